/** Resources a program only looks at (`.get()`), and functions it calls: no state of ours is changed by them. */
import type { Deployment } from "./deployment.ts";
import { stateFor } from "./deployment.ts";
import { Diagnosis } from "./diagnosis.ts";
import { emptyGoal, type Goal } from "./goal.ts";
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
  version?: string;
}

export async function invoke(
  d: Deployment,
  asked: InvokeGoal,
): Promise<{ result: PropertyMap; failures: CheckFailure[]; unknown: boolean }> {
  if (asked.token === "pulumi:pulumi:getResource")
    return { result: resourceByUrn(d, asked.args["urn"]), failures: [], unknown: false };
  if (asked.token.startsWith("pulumi:pulumi:")) throw new Diagnosis(`${asked.token} is not supported by this engine`);
  const reference = await d.providerReference({
    type: asked.token,
    provider: asked.provider,
    providers: {},
    parent: asked.parent,
    version: asked.version,
  });
  const { provider, unconfigured } = await d.configured(reference);
  if (unconfigured || hasUnknown(asked.args)) return { result: {}, failures: [], unknown: true };
  const { context, over } = d.executor.context(undefined, 0);
  const answer = await d.executor
    .track(() => provider.invoke({ token: asked.token, args: asked.args, preview: d.settings.preview }, context))
    .finally(over);
  return { ...answer, unknown: false };
}

function resourceByUrn(d: Deployment, urn: unknown): PropertyMap {
  const state = typeof urn === "string" ? (d.news.get(urn) ?? d.olds.get(urn)) : undefined;
  if (!state) throw new Diagnosis(`unknown resource ${String(urn)}`);
  return { urn: state.urn, id: state.id ?? "", state: state.outputs };
}
