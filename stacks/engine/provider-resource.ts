/** Resources of type `pulumi:providers:PKG`: checked and compared by the provider itself, configured when taken in use. */

import { reportFailures } from "./calls.ts";
import { type Deployment, sameState, stateFor } from "./deployment.ts";
import { Bail } from "./diagnosis.ts";
import type { Goal } from "./goal.ts";
import { pluginOf } from "./packages.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Op, Step } from "./step.ts";
import { packageOf } from "./urn.ts";
import type { PropertyMap } from "./value.ts";
import { hasUnknown, markSecrets, plain, withoutInternal } from "./values.ts";
import { unknownText } from "./wire.ts";

export async function registerProviderResource(
  d: Deployment,
  goal: Goal,
  urn: string,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const provider = await d.registry.make(pluginOf(packageOf(goal.type), goal.inputs, goal.version));
  const checked = await provider.checkConfig({
    urn,
    olds: old && plain(withoutInternal(old.inputs)),
    news: plain(withoutInternal(goal.inputs)),
  });
  reportFailures(d, urn, goal, checked.failures, goal.inputs);
  const inputs = markSecrets(withVersion(checked.inputs, goal), goal.inputs);
  const op = await compare(d, provider, urn, old, inputs);
  const made = op === "create" || op === "replace";
  const id = !made ? old?.id : d.settings.preview ? unknownText : d.executor.clock.uuid();
  const state: ResourceState = {
    ...stateFor(goal, urn, inputs, undefined, op === "replace" ? undefined : old),
    id,
    outputs: inputs,
  };
  await d.registry.configure(`${urn}::${id}`, state, provider);
  return record(d, { op, urn, type: goal.type, old, new: state, logical: true, uncounted: isDefault(goal) }, old);
}

/** The engine's own part of the configuration, which the provider does not see. */
function withVersion(inputs: PropertyMap, goal: Goal): PropertyMap {
  const version = goal.inputs["version"] ?? goal.version;
  const internal = goal.inputs["__internal"];
  return {
    ...inputs,
    ...(version === undefined || "version" in inputs ? {} : { version }),
    ...(internal === undefined ? {} : { __internal: internal }),
  };
}

function isDefault(goal: Goal): boolean {
  return /^default(_\d|$)/.test(goal.name) && goal.parent === undefined;
}

async function compare(
  d: Deployment,
  provider: Parameters<Deployment["registry"]["configure"]>[2],
  urn: string,
  old: ResourceState | undefined,
  inputs: PropertyMap,
): Promise<Op & ("create" | "same" | "update" | "replace")> {
  if (!old) return "create";
  if (hasUnknown(inputs)) return "update";
  const { version: _before, ...before } = plain(withoutInternal(old.inputs));
  const { version: _after, ...after } = plain(withoutInternal(inputs));
  const diff = await provider.diffConfig({ urn, oldInputs: before, newInputs: after });
  if (diff.changes !== "some" && !d.mustReplace(urn)) return "same";
  return diff.replaces.length > 0 || d.mustReplace(urn) ? "replace" : "update";
}

function record(d: Deployment, step: Step, old: ResourceState | undefined): ResourceState {
  if (d.executor.stopped) throw new Bail();
  const state = step.new!;
  if (step.op === "replace" && old) return replaceProvider(d, step, old);
  const keep = old !== undefined && sameState(old, state) && old.urn === state.urn;
  if (!keep) {
    state.created ??= d.now();
    if (step.op !== "same") state.modified = d.now();
    d.executor.note({ resource: state, replaces: old ?? null });
  }
  d.events.before(step);
  d.events.after(step);
  return keep ? old : state;
}

/** Its resources are replaced too, and the old one has to live until they are deleted. */
function replaceProvider(d: Deployment, step: Step, old: ResourceState): ResourceState {
  const state = step.new!;
  const condemned: ResourceState = { ...old, delete: true };
  d.replaced.add(step.urn);
  d.condemned.push(condemned);
  state.created = d.now();
  state.modified = state.created;
  d.executor.note({ resource: state, replaces: null, with: [{ resource: condemned, replaces: old }] });
  for (const op of ["create-replacement", "replace"] as const) {
    const shown: Step = { ...step, op, logical: op === "replace" };
    d.events.before(shown);
    d.events.after(shown);
  }
  return state;
}
