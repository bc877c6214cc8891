/**
 * What is asked of a provider for one registration: check, diff, create, update, each with its failures told and its
 * outcome journalled. Decides nothing about replacing.
 */
import { type Deployment, stateFor } from "./deployment.ts";
import { Bail } from "./diagnosis.ts";
import type { Outcome } from "./execute.ts";
import type { Goal } from "./goal.ts";
import { inputDiff } from "./plan.ts";
import { type DiffResult, PartialFailure } from "./provider.ts";
import type { Configured } from "./registry.ts";
import { changeOf, identity } from "./requests.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import type { PropertyMap } from "./value.ts";
import { toDisplay, withoutInternal, wrapSecrets } from "./values.ts";

export interface Asked {
  goal: Goal;
  urn: string;
  reference: string;
  configured: Configured;
  /** Checked. */
  inputs: PropertyMap;
}

/** Asks the provider to check; failures are reported, each, and end the registration. */
export async function checkInputs(
  d: Deployment,
  q: { goal: Goal; urn: string; configured: Configured; news: PropertyMap; olds: PropertyMap | undefined },
): Promise<PropertyMap> {
  if (q.configured.unconfigured) return q.news;
  const { context, over } = d.executor.context(q.urn, 0);
  const result = await q.configured.provider
    .check(
      {
        ...identity(q.urn, q.goal),
        olds: q.olds,
        news: withoutInternal(q.news),
        randomSeed: d.seed,
      },
      context,
    )
    .finally(over);
  reportFailures(d, q.urn, q.goal, result.failures, q.news);
  return result.inputs;
}

export function reportFailures(
  d: Deployment,
  urn: string,
  goal: Goal,
  failures: { property: string; reason: string }[],
  news: PropertyMap,
): void {
  if (failures.length === 0) return;
  for (const { property, reason } of failures) {
    const value = property ? news[property] : undefined;
    const shown = value === undefined ? "" : ` value {${JSON.stringify(toDisplay(value, "computed", "[secret]"))}}`;
    const message = property
      ? `${goal.type} resource '${goal.name}': property ${property}${shown} has a problem: ${reason}`
      : `${goal.type} resource '${goal.name}' has a problem: ${reason}`;
    d.events.diagnostic({ severity: "error", message, urn });
  }
  d.executor.fail(new Bail(), urn);
  throw new Bail();
}

export async function diffResource(d: Deployment, asked: Asked, old: ResourceState): Promise<DiffResult> {
  const { goal, urn, configured, inputs } = asked;
  if (configured.unconfigured) {
    d.events.diagnostic({
      severity: "warning",
      urn,
      message:
        "The provider for this resource has inputs that are not known during preview.\nThis preview may not correctly represent the changes that will be applied during an update.",
    });
    return { ...inputDiff(old.inputs, inputs), changes: "some" };
  }
  const { context, over } = d.executor.context(urn, 0);
  const result = await configured.provider.diff(changeOf(urn, goal, old, inputs), context).finally(over);
  return result.changes === "unknown" ? inputDiff(old.inputs, inputs) : result;
}

/** Outputs as state keeps them: secret also where the program asked for it, and where the provider always is. */
export function outputsFor(asked: Asked, outputs: PropertyMap): PropertyMap {
  const named = [...asked.goal.additionalSecretOutputs, ...asked.configured.provider.secretOutputs(asked.goal.type)];
  return wrapSecrets(outputs, named);
}

/** Creates, having looked first for what an interrupted run may have left. `done` adds what replacing needs. */
export async function createResource(
  d: Deployment,
  asked: Asked,
  replacing?: { step: Step; outcome: Pick<Outcome, "replaces" | "with"> },
): Promise<ResourceState> {
  const { goal, urn, configured, inputs } = asked;
  const { provider } = configured;
  const state = stateFor(goal, urn, inputs, asked.reference);
  const step: Step = replacing?.step ?? { op: "create", urn, type: goal.type, new: state, logical: true };
  step.new = state;
  d.events.before(step);
  const timeoutSeconds = goal.customTimeouts?.create;
  const intentKey = provider.intentKey?.(goal.type, inputs);
  const left = d.pending.findIndex((operation) => operation.type === "creating" && operation.resource.urn === urn);
  const made = await d.executor.perform(
    step,
    { type: "creating", resource: state, intentKey, timeoutSeconds },
    async (context): Promise<Outcome> => {
      const request = { ...identity(urn, goal), inputs: withoutInternal(inputs), preview: d.settings.preview };
      if (configured.unconfigured) return { resource: { ...state, id: "" }, replaces: null };
      const found = left >= 0 && !d.settings.preview ? await provider.adopt?.(request, context) : undefined;
      const result = found ?? (await provider.create(request, context).catch(partialCreate));
      for (const settled of left >= 0 ? d.pending.splice(left, 1) : []) d.executor.journal?.settle(settled);
      const at = d.now();
      const resource: ResourceState = {
        ...state,
        id: result.id,
        outputs: outputsFor(asked, result.outputs),
        created: at,
        modified: at,
      };
      const partial = "partial" in result && result.partial instanceof PartialFailure ? result.partial : undefined;
      if (partial) resource.initErrors = partial.reasons;
      return { resource, replaces: null, ...replacing?.outcome, partial };
    },
  );
  d.events.after(step);
  return made!;
}

function partialCreate(cause: unknown): { id: string; outputs: PropertyMap; partial: PartialFailure } {
  if (cause instanceof PartialFailure) return { id: cause.id, outputs: cause.outputs, partial: cause };
  throw cause;
}

export async function updateResource(
  d: Deployment,
  asked: Asked,
  old: ResourceState,
  diff: DiffResult,
): Promise<ResourceState> {
  const { goal, urn, configured, inputs } = asked;
  const state: ResourceState = {
    ...stateFor(goal, urn, inputs, asked.reference, old),
    id: old.id,
    outputs: old.outputs,
  };
  const step: Step = { op: "update", urn, type: goal.type, old, new: state, logical: true, diff };
  d.events.before(step);
  const updated = await d.executor.perform(
    step,
    { type: "updating", resource: state, timeoutSeconds: goal.customTimeouts?.update },
    async (context) => {
      if (configured.unconfigured) return { resource: { ...state, outputs: {} }, replaces: old };
      const request = { ...changeOf(urn, goal, old, inputs), preview: d.settings.preview };
      try {
        const { outputs } = await configured.provider.update(request, context);
        return { resource: { ...state, outputs: outputsFor(asked, outputs), modified: d.now() }, replaces: old };
      } catch (cause) {
        if (!(cause instanceof PartialFailure)) throw cause;
        // The old inputs stay, so that the next run sees the difference and goes on.
        const kept = {
          ...state,
          inputs: old.inputs,
          outputs: outputsFor(asked, cause.outputs),
          initErrors: cause.reasons,
          modified: d.now(),
        };
        return { resource: kept, replaces: old, partial: cause };
      }
    },
  );
  d.events.after(step);
  return updated!;
}
