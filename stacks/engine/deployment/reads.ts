/** Resources a program only looks at (`.get()`), and functions it calls: no state of ours is changed by them. */

import { Bail, Diagnosis, messageOf, StepFailure } from "../diagnosis.ts";
import type { PluginRequest } from "../monitor/packages.ts";
import type { CheckFailure, Context, Provider } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, Unknown } from "../value.ts";
import { unknownText } from "../values/signatures.ts";
import { parseUrn } from "../values/urn.ts";
import { equalMaps, hasUnknown, wrapSecrets } from "../values/values.ts";
import { claim } from "./aliases.ts";
import type { Deployment } from "./deployment.ts";
import { emptyGoal, type Goal } from "./goal.ts";
import { lookedAt } from "./imports.ts";
import { needs } from "./schedule.ts";
import { sameState, stateFor } from "./states.ts";
import type { Step } from "./step.ts";

export interface ReadGoal {
  id: string | Unknown;
  type: string;
  name: string;
  parent?: string;
  inputs: PropertyMap;
  dependencies: string[];
  provider?: string;
  version?: string;
  plugin?: PluginRequest;
  additionalSecretOutputs: string[];
  sourcePosition?: string;
}

export async function readResource(d: Deployment, asked: ReadGoal): Promise<ResourceState> {
  const goal: Goal = { ...emptyGoal(asked.type, asked.name), ...asked };
  const urn = d.urnOf(goal);
  if (goal.parent && !d.goals.has(goal.parent))
    throw new Diagnosis(`could not find parent resource ${goal.parent}`, urn);
  if (d.goals.has(urn)) throw new Diagnosis(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
  d.goals.set(urn, goal);
  const run = carryOut(d, asked, goal, urn).catch((cause: unknown) => {
    if (!(cause instanceof StepFailure)) throw cause;
    d.results.set(urn, "failed");
    return { ...stateFor(goal, urn, asked.inputs, goal.provider), external: true };
  });
  d.registering.set(urn, run);
  return run;
}

async function carryOut(d: Deployment, asked: ReadGoal, goal: Goal, urn: string): Promise<ResourceState> {
  const reference = await d.providerReference(goal, urn);
  goal.provider = reference;
  const configured = await d.configured(reference);
  const old = claim(d, goal, urn);
  const state: ResourceState = { ...stateFor(goal, urn, asked.inputs, reference, old), external: true };
  if ([...needs(state)].some((needed) => d.results.has(needed))) {
    d.results.set(urn, "skipped");
    return state;
  }
  if (asked.id instanceof Unknown || configured.unconfigured) return unread(d, goal, state, old);
  if (asked.id === "") throw new Diagnosis(`Expected an ID for ${urn}`, urn);
  state.id = asked.id;
  const replacing = old !== undefined && !old.external && old.id !== state.id;
  const step: Step = {
    op: replacing ? "read-replacement" : "read",
    urn,
    type: goal.type,
    old: old && d.original(old),
    new: state,
    logical: !replacing,
  };
  // What was ours and is not the one that is read now goes as after a replacement; the same one is let go of.
  const condemned = replacing ? { ...old, delete: true } : undefined;
  const read = await d.executor.perform(step, { intent: { type: "reading", resource: state } }, async (context) => {
    const resource = await look(d, state, configured.provider, context, old);
    if (!condemned) return { resource: old && sameState(old, resource) ? old : resource, replaces: old ?? null };
    d.condemned.push(condemned);
    return { resource, replaces: null, with: [{ resource: condemned, replaces: old! }] };
  });
  if (replacing) {
    d.replaced.add(urn);
    await d.executor.settle({ ...step, op: "replace", new: read!, logical: true });
  }
  d.news.set(urn, read!);
  if (d.mode === "destroy") d.toDelete.push(read!);
  return read!;
}

/** A preview shows what it cannot look at yet. */
async function unread(
  d: Deployment,
  goal: Goal,
  state: ResourceState,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const shown = { ...state, id: unknownText, outputs: {} };
  const { urn } = state;
  await d.executor.settle({ op: "read", urn, type: goal.type, old: old && d.original(old), new: shown, logical: true });
  return { ...shown, id: "" };
}

async function look(
  d: Deployment,
  state: ResourceState,
  provider: Provider,
  context: Context,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const { inputs } = state;
  const request = { urn: state.urn, type: state.type, name: parseUrn(state.urn)?.name ?? "", id: state.id! };
  const found = await lookedAt(provider.read({ ...request, inputs, outputs: inputs }, context));
  if (found.id === null) throw new Diagnosis(`resource '${state.id}' does not exist`, state.urn);
  const names = [...(state.additionalSecretOutputs ?? []), ...provider.secretOutputs(state.type)];
  const outputs = wrapSecrets(found.outputs, names);
  const changed = old !== undefined && !(equalMaps(old.inputs, state.inputs) && equalMaps(old.outputs, outputs));
  return {
    ...state,
    id: found.id,
    outputs,
    ...(found.reasons ? { initErrors: found.reasons } : {}),
    ...(changed ? { modified: d.now() } : {}),
  };
}

export interface InvokeGoal {
  token: string;
  args: PropertyMap;
  provider?: string;
  parent?: string;
  plugin?: PluginRequest;
}

export interface InvokeAnswer {
  result: PropertyMap;
  failures: CheckFailure[];
  unknown: boolean;
}

export async function invoke(d: Deployment, asked: InvokeGoal): Promise<InvokeAnswer> {
  const reference = await d.providerReference({ ...asked, type: asked.token, providers: {} }, asked.token);
  const { provider, unconfigured } = await d.configured(reference);
  if (unconfigured || hasUnknown(asked.args)) return { result: {}, failures: [], unknown: true };
  const { context, over } = d.executor.context(undefined, 0);
  const answer = await d.executor
    .track(() => provider.invoke({ token: asked.token, args: asked.args, preview: d.settings.preview }, context))
    .catch((cause: unknown) => {
      if (cause instanceof Bail) throw cause;
      throw new Diagnosis(`invocation of ${asked.token} returned an error: ${messageOf(cause)}`);
    })
    .finally(over);
  return { ...answer, unknown: false };
}

/** What a reference to a resource of this deployment is filled with; what is not registered yet is not there. */
export async function getResource(d: Deployment, args: PropertyMap): Promise<InvokeAnswer> {
  await d.providerReference({ type: "pulumi:pulumi:getResource", providers: {} }, "pulumi:pulumi:getResource");
  const urn = args["urn"];
  const state = typeof urn === "string" ? d.news.get(urn) : undefined;
  if (!state) throw new Diagnosis(`unknown resource ${String(urn)}`);
  const { id = "", provider = "", outputs } = state;
  return { result: { urn: state.urn, id, provider, state: outputs }, failures: [], unknown: false };
}

/** Whether the provider finds it; undefined while it cannot be asked. */
export async function exists(
  d: Deployment,
  asked: Pick<ReadGoal, "id" | "type" | "parent" | "inputs" | "provider" | "plugin">,
): Promise<boolean | undefined> {
  const { id, type } = asked;
  const urn = d.urnOf({ ...emptyGoal(type, "exists"), parent: asked.parent });
  const { provider, unconfigured } = await d.configured(await d.providerReference({ ...asked, providers: {} }, urn));
  if (id instanceof Unknown || unconfigured) return undefined;
  const { context, over } = d.executor.context(undefined, 0);
  const found = await d.executor.track(() => provider.read({ urn, type, name: "exists", id }, context)).finally(over);
  return found.id !== null;
}
