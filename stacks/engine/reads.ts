/** Resources a program only looks at (`.get()`), and functions it calls: no state of ours is changed by them. */
import type { Deployment } from "./deployment.ts";
import { stateFor } from "./deployment.ts";
import { Bail, Diagnosis, messageOf } from "./diagnosis.ts";
import { emptyGoal, type Goal } from "./goal.ts";
import type { PluginRequest } from "./packages.ts";
import type { CheckFailure } from "./provider.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { type PropertyMap, Unknown } from "./value.ts";
import { hasUnknown, markSecrets, wrapSecrets } from "./values.ts";

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
  if (d.goals.has(urn)) throw new Diagnosis(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
  d.goals.set(urn, goal);
  const reference = await d.providerReference(goal);
  const { provider, unconfigured } = await d.configured(reference);
  const old = d.olds.get(urn);
  if (old) d.claimed.add(urn);
  const state: ResourceState = { ...stateFor(goal, urn, asked.inputs, reference, old), external: true };
  if (asked.id instanceof Unknown || unconfigured) return { ...state, id: "", outputs: {} };
  state.id = asked.id;
  const id = asked.id;
  const replacing = old !== undefined && !old.external && old.id !== id;
  const step: Step = {
    op: replacing ? "read-replacement" : "read",
    urn,
    type: goal.type,
    old,
    new: state,
    logical: true,
  };
  d.events.before(step);
  const read = await d.executor.perform(step, { type: "reading", resource: state }, async (context) => {
    const found = await provider.read({ urn, type: goal.type, name: goal.name, id }, context);
    if (found.id === null) throw new Diagnosis(`resource '${id}' does not exist`, urn);
    const names = [...goal.additionalSecretOutputs, ...provider.secretOutputs(goal.type)];
    const resource = { ...state, id: found.id, outputs: wrapSecrets(markSecrets(found.outputs, asked.inputs), names) };
    if (!replacing) return { resource, replaces: old ?? null };
    // What was ours and is not the one that is read now goes as after a replacement; the same one is let go of.
    const condemned: ResourceState = { ...old, delete: true };
    d.condemned.push(condemned);
    return { resource, replaces: null, with: [{ resource: condemned, replaces: old }] };
  });
  d.news.set(urn, read!);
  d.events.after(step);
  return read!;
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
  const reference = await d.providerReference({ ...asked, type: asked.token, providers: {} });
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
  await d.providerReference({ type: "pulumi:pulumi:getResource", providers: {} });
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
  const { provider, unconfigured } = await d.configured(await d.providerReference({ ...asked, providers: {} }));
  const { id, type } = asked;
  if (id instanceof Unknown || unconfigured) return undefined;
  const urn = d.urnOf({ ...emptyGoal(type, "exists"), parent: asked.parent });
  const { context, over } = d.executor.context(undefined, 0);
  const found = await d.executor.track(() => provider.read({ urn, type, name: "exists", id }, context)).finally(over);
  return found.id !== null;
}
