/**
 * Replacements: create before delete, or delete first together with every dependent that would not survive it. The
 * order is such that a cut at any point leaves a state the next run goes on from.
 */

import { type Asked, checkInputs, createResource } from "./calls.ts";
import { deleteStep } from "./deletes.ts";
import type { Deployment } from "./deployment.ts";
import { Bail, Diagnosis } from "./diagnosis.ts";
import type { Decision } from "./plan.ts";
import type { DiffResult } from "./provider.ts";
import { identity } from "./requests.ts";
import { dependentsFirst, needs } from "./schedule.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { isProviderType, parseUrn } from "./urn.ts";
import { type PropertyMap, unknown } from "./value.ts";
import { withoutInternal } from "./values.ts";

export async function replaceResource(
  d: Deployment,
  before: Asked,
  old: ResourceState,
  decision: Decision & { kind: "replace" },
): Promise<ResourceState> {
  const { goal, urn } = before;
  if (old.protect && goal.protect)
    throw new Diagnosis(
      `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${urn}'\``,
      urn,
    );
  d.replaced.add(urn);
  const asked = await recheck(d, before);
  if (decision.deleteFirst) {
    await deleteDependents(d, old);
    const gone = await deleteForReplacement(d, old, decision.diff);
    return createAndShow(d, asked, gone, decision.diff, { replaces: gone });
  }
  const condemned: ResourceState = { ...old, delete: true };
  const state = await createAndShow(d, asked, old, decision.diff, {
    replaces: null,
    with: [{ resource: condemned, replaces: old }],
  });
  d.condemned.push(condemned);
  return state;
}

/** An earlier run deleted the old one and was cut off. */
export async function finishReplacement(d: Deployment, asked: Asked, old: ResourceState): Promise<ResourceState> {
  d.replaced.add(asked.urn);
  return createAndShow(d, asked, old, undefined, { replaces: old });
}

async function recheck(d: Deployment, asked: Asked): Promise<Asked> {
  const { goal, urn, configured } = asked;
  return { ...asked, inputs: await checkInputs(d, { goal, urn, configured, news: goal.inputs, olds: undefined }) };
}

async function createAndShow(
  d: Deployment,
  asked: Asked,
  old: ResourceState,
  diff: DiffResult | undefined,
  outcome: Parameters<typeof createResource>[2] extends infer P ? (P extends { outcome: infer O } ? O : never) : never,
): Promise<ResourceState> {
  const { urn, goal } = asked;
  const step: Step = { op: "create-replacement", urn, type: goal.type, old, logical: false, diff };
  const state = await createResource(d, asked, { step, outcome });
  const shown: Step = { op: "replace", urn, type: goal.type, old, new: state, logical: true, diff };
  d.events.before(shown);
  d.events.after(shown);
  return state;
}

/** The old state stays, marked, until its successor is there. */
async function deleteForReplacement(d: Deployment, old: ResourceState, diff?: DiffResult): Promise<ResourceState> {
  const marked: ResourceState = { ...old, pendingReplacement: true };
  const step: Step = { op: "delete-replaced", urn: old.urn, type: old.type, old, logical: false, diff };
  if (!(await deleteStep(d, step, old, marked))) throw new Bail();
  d.olds.set(old.urn, marked);
  return marked;
}

async function deleteDependents(d: Deployment, old: ResourceState): Promise<void> {
  const doomed = await dependentsToReplace(d, old);
  const kept = doomed.find((state) => state.protect);
  if (kept)
    throw new Diagnosis(
      `unable to replace resource "${kept.urn}" as part of replacing "${old.urn}": it is protected`,
      old.urn,
    );
  await dependentsFirst(doomed, async (state) => {
    await deleteForReplacement(d, state);
    return true;
  });
  if (d.executor.stopped) throw new Bail();
}

/** Those that would be replaced were the values they take from it unknown, transitively. */
async function dependentsToReplace(d: Deployment, root: ResourceState): Promise<ResourceState[]> {
  const doomed = new Map<string, ResourceState>([[root.urn, root]]);
  for (const state of d.olds.values()) {
    if (
      doomed.has(state.urn) ||
      d.claimed.has(state.urn) ||
      !state.custom ||
      isProviderType(state.type) ||
      state.external
    )
      continue;
    if (![...needs(state)].some((urn) => doomed.has(urn))) continue;
    if (await wouldBeReplaced(d, state, doomed)) doomed.set(state.urn, state);
  }
  doomed.delete(root.urn);
  return [...doomed.values()];
}

async function wouldBeReplaced(
  d: Deployment,
  state: ResourceState,
  doomed: Map<string, ResourceState>,
): Promise<boolean> {
  if (state.deletedWith && doomed.has(state.deletedWith)) return true;
  if (state.provider && doomed.has(state.provider.slice(0, state.provider.lastIndexOf("::")))) return true;
  const inputs: PropertyMap = { ...withoutInternal(state.inputs) };
  let touched = false;
  for (const [property, urns] of Object.entries(state.propertyDependencies))
    if (urns.some((urn) => doomed.has(urn)) && property in inputs) {
      inputs[property] = unknown;
      touched = true;
    }
  if (!touched || !state.provider) return false;
  const { provider } = await d.configured(state.provider);
  const { context, over } = d.executor.context(state.urn, 0);
  const name = parseUrn(state.urn)?.name ?? "";
  const request = {
    ...identity(state.urn, { type: state.type, name }),
    id: state.id ?? "",
    oldInputs: state.inputs,
    oldOutputs: state.outputs,
    newInputs: inputs,
    ignoreChanges: [],
  };
  const diff = await provider.diff(request, context).finally(over);
  return diff.replaces.length > 0;
}
