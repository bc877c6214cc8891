/**
 * What is asked of a provider for one registration: check, diff, create, update, each with its failures told and its
 * outcome journalled. Decides nothing about replacing.
 */

import { Bail } from "../diagnosis.ts";
import { type DiffRequest, type DiffResult, DiffUnavailable, PartialFailure, type Provider } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { keepOld } from "../values/paths.ts";
import { isProviderType } from "../values/urn.ts";
import { inBraces, toDisplay, withoutInternal, wrapSecrets } from "../values/values.ts";
import type { Deployment } from "./deployment.ts";
import type { Outcome } from "./execute.ts";
import type { Goal } from "./goal.ts";
import { inputDiff } from "./plan.ts";
import type { Configured } from "./registry.ts";
import { changeOf, identity } from "./requests.ts";
import { stateFor } from "./states.ts";
import type { Step } from "./step.ts";

export interface Asked {
  goal: Goal;
  urn: string;
  /** Absent for provider resources, which have none. */
  reference: string | undefined;
  /** `behind`: of a provider resource, the provider it stands for. */
  configured: Pick<Configured, "provider" | "unconfigured"> & { behind?: Provider };
  /** Checked. */
  inputs: PropertyMap;
}

/** What the program says, but for what it wants left as it is. Paths that lead nowhere are told. */
export function withIgnored(d: Deployment, goal: Goal, urn: string, news: PropertyMap, olds: PropertyMap): PropertyMap {
  if (goal.ignoreChanges.length === 0) return news;
  const { kept, invalid } = keepOld(news, olds, goal.ignoreChanges);
  if (invalid.length > 0)
    d.events.diagnostic({
      severity: "info",
      urn,
      message: `cannot ignore changes in added or removed elements of the path: "${invalid.join(", ")}"`,
    });
  return kept;
}

/** Asks the provider to check; failures are reported, each, and end the registration. */
export async function checkInputs(
  d: Deployment,
  q: { goal: Goal; urn: string; configured: Asked["configured"]; news: PropertyMap; olds: PropertyMap | undefined },
): Promise<PropertyMap> {
  if (q.configured.unconfigured) return q.news;
  const { context, over } = d.executor.context(q.urn, 0);
  const result = await q.configured.provider
    .check(
      {
        ...identity(q.urn, q.goal),
        olds: q.olds,
        news: withoutInternal(q.news),
        randomSeed: d.seedOf(q.urn),
      },
      context,
    )
    .finally(over);
  reportFailures(d, q.urn, q.goal, result.failures, q.news);
  return isProviderType(q.goal.type) && "__internal" in q.news
    ? { ...result.inputs, __internal: q.news["__internal"]! }
    : result.inputs;
}

function reportFailures(
  d: Deployment,
  urn: string,
  goal: Goal,
  failures: { property: string; reason: string }[],
  news: PropertyMap,
): void {
  if (failures.length === 0) return;
  for (const { property, reason } of failures) {
    const value = property ? news[property] : undefined;
    const shown = value === undefined ? "" : ` value ${inBraces(toDisplay(value, "computed", "[secret]"))}`;
    const message = property
      ? `${goal.type} resource '${goal.name}': property ${property}${shown} has a problem: ${reason}`
      : `${goal.type} resource '${goal.name}' has a problem: ${reason}`;
    d.events.diagnostic({ severity: "error", message, urn });
  }
  d.executor.fail(new Bail(), urn);
  throw new Bail();
}

/** Asks the provider what differs. One that cannot say yet is taken for a change in place, with a warning. */
export async function diffResource(d: Deployment, asked: Asked, old: ResourceState): Promise<DiffResult> {
  const { goal, urn, configured, inputs } = asked;
  try {
    if (configured.unconfigured)
      throw new DiffUnavailable(
        "The provider for this resource has inputs that are not known during preview.\nThis preview may not correctly represent the changes that will be applied during an update.",
      );
    return await compare(d, configured.provider, changeOf(urn, goal, old, inputs), old.inputs, inputs);
  } catch (cause) {
    if (!(cause instanceof DiffUnavailable)) throw cause;
    d.events.diagnostic({ severity: "warning", urn, message: cause.message });
    return { changes: "some", replaces: [], stables: [], diffs: [] };
  }
}

/** The provider's word, or where it has none, what differs between the inputs. */
export async function compare(
  d: Deployment,
  provider: Provider,
  request: DiffRequest,
  olds: PropertyMap,
  news: PropertyMap,
): Promise<DiffResult> {
  const { context, over } = d.executor.context(request.urn, 0);
  const result = await provider.diff(request, context).finally(over);
  return result.changes === "unknown"
    ? { ...result, ...inputDiff(olds, keepOld(news, olds, request.ignoreChanges).kept), replaces: result.replaces }
    : result;
}

/** Outputs as state keeps them: secret also where the program asked for it, and where the provider always is. */
export function outputsFor(asked: Asked, outputs: PropertyMap): PropertyMap {
  const named = [...asked.goal.additionalSecretOutputs, ...asked.configured.provider.secretOutputs(asked.goal.type)];
  return wrapSecrets(outputs, named);
}

/** Creates. `replacing` adds what replacing needs. */
export async function createResource(
  d: Deployment,
  asked: Asked,
  replacing?: { old: ResourceState; diff?: DiffResult; outcome: Pick<Outcome, "replaces" | "with"> },
): Promise<ResourceState> {
  const { goal, urn, configured, inputs } = asked;
  const { provider } = configured;
  const state = stateFor(goal, urn, inputs, asked.reference);
  const step: Step = replacing
    ? {
        op: "create-replacement",
        urn,
        type: goal.type,
        old: d.original(replacing.old),
        new: state,
        logical: false,
        diff: replacing.diff,
      }
    : { op: "create", urn, type: goal.type, new: state, logical: true };
  const intentKey = provider.intentKey?.(goal.type, inputs);
  const request = { ...identity(urn, goal), inputs: withoutInternal(inputs), preview: d.settings.preview };
  const findable = intentKey !== undefined && !d.settings.preview && !configured.unconfigured;
  const made = await d.executor.perform(
    step,
    {
      intent:
        asked.reference === undefined
          ? undefined
          : { type: "creating", resource: { ...state, created: d.now() }, intentKey },
      provider,
      mayHaveLeft: async (context) => findable && ((await provider.adopt?.(request, context)) ?? null) !== null,
      timeoutSeconds: goal.customTimeouts?.create,
    },
    async (context): Promise<Outcome> => {
      if (configured.unconfigured) return { replaces: null, ...replacing?.outcome, resource: { ...state, id: "" } };
      const result = await provider.create(request, context).catch(partialCreate);
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
      d.news.set(urn, resource);
      // Once its successor is there, what is replaced is to be deleted.
      if (step.old && replacing?.outcome.with) step.old = { ...step.old, delete: true };
      return { resource, replaces: null, ...replacing?.outcome, partial };
    },
  );
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
  const step: Step = { op: "update", urn, type: goal.type, old: d.original(old), new: state, logical: true, diff };
  const updated = await d.executor.perform(
    step,
    {
      intent: asked.reference === undefined ? undefined : { type: "updating", resource: state },
      provider: configured.provider,
      timeoutSeconds: goal.customTimeouts?.update,
    },
    async (context) => {
      if (configured.unconfigured) return { resource: { ...state, outputs: {} }, replaces: old };
      const request = { ...changeOf(urn, goal, old, inputs), preview: d.settings.preview };
      const done = await configured.provider.update(request, context).catch((cause: unknown) => {
        if (cause instanceof PartialFailure) return cause;
        throw cause;
      });
      const resource: ResourceState = { ...state, outputs: outputsFor(asked, done.outputs), modified: d.now() };
      d.news.set(urn, resource);
      if (!(done instanceof PartialFailure)) return { resource, replaces: old };
      // The old inputs stay, so that the next run sees the difference and goes on.
      const kept = { ...resource, inputs: old.inputs, initErrors: done.reasons };
      return { resource: kept, shown: { ...resource, initErrors: done.reasons }, replaces: old, partial: done };
    },
  );
  return updated!;
}
