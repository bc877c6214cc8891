/**
 * Replacements: create before delete, or delete first together with every dependent that would not survive it. The
 * order is such that a cut at any point leaves a state the next run goes on from.
 */

import { Bail, Diagnosis } from "../diagnosis.ts";
import type { DiffResult } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, unknown } from "../value.ts";
import { isProviderType, parseUrn } from "../values/urn.ts";
import { withoutInternal } from "../values/values.ts";
import { type Asked, checkInputs, compare, createResource } from "./calls.ts";
import { deleteStep } from "./deletes.ts";
import { type Deployment, providerUrn } from "./deployment.ts";
import { applyReplaceOnChanges, type Decision, isReplacement } from "./plan.ts";
import { ownProviderOf } from "./provider-resource.ts";
import { identity } from "./requests.ts";
import type { Step } from "./step.ts";

export async function replaceResource(
  d: Deployment,
  before: Asked,
  old: ResourceState,
  decision: Decision & { kind: "replace" },
): Promise<ResourceState> {
  const { goal, urn } = before;
  refuseReplacement(d, before, old, decision.diff);
  d.replaced.add(urn);
  const fresh = d.mustReplace(urn, old)
    ? before
    : { ...before, inputs: await checkInputs(d, { ...before, news: goal.inputs, olds: undefined }) };
  if (old.pendingReplacement) return finishReplacement(d, fresh, old, decision.diff);
  if (!decision.deleteFirst) return createFirst(d, fresh, old, decision.diff);
  await deleteDependents(d, old);
  const gone = await deleteForReplacement(d, old);
  return finishReplacement(d, fresh, gone, decision.diff);
}

/** What forbids it is an error; a preview tells it and shows the rest. */
function refuseReplacement(d: Deployment, { goal, urn }: Asked, old: ResourceState, diff: DiffResult): void {
  if (old.protect && goal.protect) {
    const message = `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\``;
    if (!d.settings.preview) throw new Diagnosis(message, urn);
    d.events.problem(message, urn);
  }
  if (goal.importId) {
    const message = `previously-imported resources that still specify an ID may not be replaced; please remove the \`import\` declaration from your program;\n${diff.replaces.join("\n")}`;
    if (!d.settings.preview) throw new Diagnosis(message, urn);
    d.events.diagnostic({ severity: "warning", message, urn });
  }
}

/** The new one first; the old one is marked, and goes when everything has moved over. */
export async function createFirst(
  d: Deployment,
  asked: Asked,
  old: ResourceState,
  diff: DiffResult | undefined,
): Promise<ResourceState> {
  const condemned: ResourceState = { ...old, delete: true };
  const state = await createResource(d, asked, {
    old,
    diff,
    outcome: { replaces: null, with: [{ resource: condemned, replaces: old }] },
  });
  d.condemned.push(condemned);
  if (isProviderType(old.type)) d.registry.remember(condemned);
  await showReplacement(d, asked, condemned, state, diff);
  return state;
}

/** What stood here is deleted already. */
export async function finishReplacement(
  d: Deployment,
  asked: Asked,
  old: ResourceState,
  diff: DiffResult | undefined,
  shown = diff,
): Promise<ResourceState> {
  d.replaced.add(asked.urn);
  await showReplacement(d, asked, old, undefined, shown);
  return createResource(d, asked, { old, diff, outcome: { replaces: old } });
}

/** The one step a person sees of a replacement, and that is counted. */
export async function showReplacement(
  d: Deployment,
  { urn, goal, inputs, reference }: Asked,
  old: ResourceState,
  state: ResourceState | undefined,
  diff: DiffResult | undefined,
): Promise<void> {
  const next = state ?? { ...old, inputs, outputs: {}, id: "", provider: reference, pendingReplacement: undefined };
  const step: Step = { op: "replace", urn, type: goal.type, old: shownOld(d, old), new: next, logical: true, diff };
  await d.executor.settle(step);
}

/** As it was before it got its present URN, if marked to be deleted since. */
function shownOld(d: Deployment, old: ResourceState): ResourceState {
  const original = d.original(old);
  return old.delete && !original.delete ? { ...original, delete: true } : original;
}

/** The old state stays, marked, until its successor is there. */
async function deleteForReplacement(d: Deployment, old: ResourceState): Promise<ResourceState> {
  const marked: ResourceState = { ...old, pendingReplacement: true };
  const step: Step = { op: "delete-replaced", urn: old.urn, type: old.type, old: d.original(old), logical: false };
  await deleteStep(d, step, old, marked);
  d.olds.set(old.urn, marked);
  return marked;
}

async function deleteDependents(d: Deployment, old: ResourceState): Promise<void> {
  const doomed = await dependentsToReplace(d, old);
  const kept = doomed.find(({ state }) => state.protect);
  if (kept)
    throw new Diagnosis(
      `unable to replace resource "${kept.state.urn}" as part of replacing "${old.urn}" as it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${kept.state.urn}'\``,
      old.urn,
    );
  for (const { state, keys } of doomed.reverse()) {
    await deleteForReplacement(d, state);
    d.deletedFirst.set(state.urn, keys);
  }
  if (d.executor.stopped) throw new Bail();
}

interface Doomed {
  state: ResourceState;
  keys: string[];
}

/** Those that would be replaced were the values they take from it unknown, transitively; what others need is first. */
async function dependentsToReplace(d: Deployment, root: ResourceState): Promise<Doomed[]> {
  const gone = new Set([root.urn]);
  const doomed: Doomed[] = [];
  const isOpen = (state: ResourceState | undefined): state is ResourceState =>
    state !== undefined && !d.claimed.has(state.urn) && !state.pendingReplacement && !d.deletedFirst.has(state.urn);
  for (const urn of d.references.inOrder(d.references.closure([root.urn]))) {
    const state = d.olds.get(urn);
    if (!isOpen(state) || !state.custom || state.external) continue;
    const keys = state.replaceWith?.some((other) => gone.has(other)) ? [] : await keysIfGone(d, state, gone);
    if (!keys) continue;
    gone.add(urn);
    doomed.push({ state, keys });
  }
  return doomed;
}

/** What makes it be replaced when these are; undefined: it stays. */
async function keysIfGone(
  d: Deployment,
  state: ResourceState,
  gone: ReadonlySet<string>,
): Promise<string[] | undefined> {
  if (state.deletedWith && gone.has(state.deletedWith)) return [];
  if (gone.has(providerUrn(state.provider) ?? "")) return [];
  const inputs: PropertyMap = { ...withoutInternal(state.inputs) };
  let touched = false;
  for (const [property, urns] of Object.entries(state.propertyDependencies))
    if (property in inputs && urns.some((urn) => gone.has(urn))) {
      inputs[property] = unknown;
      touched = true;
    }
  if (!touched) return undefined;
  if (!isProviderType(state.type) && !state.provider) return undefined;
  const provider = isProviderType(state.type)
    ? await ownProviderOf(d, state)
    : (await d.configured(state.provider!)).provider;
  const request = {
    ...identity(state.urn, { type: state.type, name: parseUrn(state.urn)?.name ?? "" }),
    id: state.id ?? "",
    oldInputs: state.inputs,
    oldOutputs: state.outputs,
    newInputs: inputs,
    ignoreChanges: state.ignoreChanges ?? [],
  };
  const diff = await compare(d, provider, request, state.inputs, inputs);
  const judged = applyReplaceOnChanges(diff, state.replaceOnChanges ?? [], false, [state.inputs, inputs]);
  return isReplacement(judged) ? judged.replaces : undefined;
}
