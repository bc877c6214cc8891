/**
 * One registration from goal to answer: find the old one, check, diff, decide (plan.ts), carry out (calls.ts).
 * Replacements are in replace.ts, imports in imports.ts, what registers without being carried out in rehearse.ts.
 */

import { Bail, Diagnosis, messageOf, StepFailure } from "../diagnosis.ts";
import type { ResourceState } from "../state/resource.ts";
import { hashMap } from "../values/archive.ts";
import { badPath } from "../values/paths.ts";
import { isProviderType } from "../values/urn.ts";
import { equalMaps, hasUnknown, markSecrets, plain, withoutInternal, wrapSecrets } from "../values/values.ts";
import { claim } from "./aliases.ts";
import { type Asked, checkInputs, createResource, diffResource, updateResource, withIgnored } from "./calls.ts";
import { type Deployment, providerUrn } from "./deployment.ts";
import { type Goal, inherit, validateGoal } from "./goal.ts";
import { importResource } from "./imports.ts";
import { type Compulsion, compelled, decide, isImport, isReplacement, triggerReplaces } from "./plan.ts";
import { ownProvider } from "./provider-resource.ts";
import { refreshKnown } from "./refresh.ts";
import { rehearse } from "./rehearse.ts";
import { createFirst, finishReplacement, replaceResource } from "./replace.ts";
import { needs } from "./schedule.ts";
import { sameState, stateFor } from "./states.ts";
import type { Step } from "./step.ts";

/**
 * Registers a resource. Throws Bail (reported already) or Diagnosis (to be reported by the caller). Where the
 * operation goes on after failures, a step's failure is answered, and `d.results` tells of it.
 */
export async function register(d: Deployment, asked: Goal): Promise<ResourceState> {
  validateGoal(asked);
  const parent = asked.parent === undefined ? undefined : d.goals.get(asked.parent);
  const goal = inherit(asked, parent);
  const urn = d.urnOf(goal);
  if (goal.parent && !parent) throw new Diagnosis(`could not find parent resource ${goal.parent}`, urn);
  if (d.goals.has(urn)) throw new Diagnosis(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
  d.goals.set(urn, goal);
  const run = carryOut(d, goal, urn).then(
    (state) => keep(d, urn, state),
    (cause: unknown) => giveUp(d, goal, urn, cause),
  );
  d.registering.set(urn, run);
  return run;
}

function keep(d: Deployment, urn: string, state: ResourceState): ResourceState {
  if (d.skipped.has(urn) || d.results.has(urn)) return state;
  d.news.set(urn, state);
  if (d.mode === "destroy") d.toDelete.push(state);
  return state;
}

function giveUp(d: Deployment, goal: Goal, urn: string, cause: unknown): ResourceState {
  if (cause instanceof StepFailure) {
    d.results.set(urn, "failed");
    return stateFor(goal, urn, goal.inputs, goal.provider);
  }
  throw cause instanceof Bail || cause instanceof Diagnosis ? cause : new Diagnosis(messageOf(cause), urn);
}

async function carryOut(d: Deployment, goal: Goal, urn: string): Promise<ResourceState> {
  const found = claim(d, goal, urn);
  goal.inputs = await hashMap(goal.inputs, d.settings.root);
  if (d.results.size > 0) {
    const wanted = stateFor(goal, urn, goal.inputs, goal.provider, found);
    if ([...needs(wanted)].some((needed) => d.results.has(needed))) {
      d.results.set(urn, "skipped");
      return wanted;
    }
  }
  if (goal.custom && !isProviderType(goal.type)) goal.provider = await d.providerReference(goal, urn);
  const known = found && d.settings.refreshAsRegistered ? await refreshKnown(d, found) : found;
  const rehearsed = d.mode === "update" ? undefined : await rehearse(d, goal, urn, known, { record, skip });
  if (rehearsed) return rehearsed;
  if (!goal.custom) return component(d, goal, urn, known);
  return custom(d, goal, urn, known);
}

/** Left as it is, because the operation is about others. */
async function untouched(d: Deployment, old: ResourceState): Promise<ResourceState> {
  await d.executor.settle({ op: "same", urn: old.urn, type: old.type, old: d.original(old), new: old, logical: true });
  return old;
}

/** Not made, because the operation is about others: nothing may depend on it. */
async function skip(d: Deployment, goal: Goal, urn: string): Promise<ResourceState> {
  d.skipped.add(urn);
  const state = stateFor(goal, urn, goal.inputs, goal.provider);
  const shown = { ...state, inputs: {} };
  await d.executor.settle({ op: "same", urn, type: goal.type, old: shown, new: shown, logical: true });
  return state;
}

function refuseSkipped(d: Deployment, state: ResourceState): void {
  if (d.skipped.size === 0) return;
  const missing = [...needs(state)].find((needed) => d.skipped.has(needed));
  if (missing === undefined) return;
  const why = d.settings.excludes.length > 0 ? "is excluded by --exclude" : "was not specified in --target list";
  const message = `Resource '${state.urn}' depends on '${missing}' which ${why}.`;
  if (!d.settings.preview) throw new Diagnosis(message, state.urn);
  d.events.problem(message, state.urn);
}

async function component(
  d: Deployment,
  goal: Goal,
  urn: string,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  tellIneffective(d, goal, urn);
  const state = { ...stateFor(goal, urn, goal.inputs, undefined, old), outputs: old?.outputs ?? {} };
  if (!d.mayChange(state)) return old ? untouched(d, old) : skip(d, goal, urn);
  refuseSkipped(d, state);
  if (old?.custom) return componentForCustom(d, goal, urn, old);
  const op = old ? (equalMaps(old.inputs, goal.inputs) ? "same" : "update") : "create";
  return record(d, { op, urn, type: goal.type, old, new: state, logical: true });
}

/** What was a provider's is a component now: the resource goes, as in any replacement. */
async function componentForCustom(d: Deployment, goal: Goal, urn: string, old: ResourceState): Promise<ResourceState> {
  const at = d.now();
  const state: ResourceState = { ...stateFor(goal, urn, goal.inputs, undefined), created: at, modified: at };
  const condemned: ResourceState = { ...old, delete: true };
  const diff = keysDiff(["provider"]);
  const step: Step = {
    op: "create-replacement",
    urn,
    type: goal.type,
    old: d.original(old),
    new: state,
    logical: false,
  };
  d.steps.set(urn, step);
  await d.executor.settle(
    { ...step, diff },
    { resource: state, replaces: null, with: [{ resource: condemned, replaces: old }] },
  );
  d.condemned.push(condemned);
  await d.executor.settle({ ...step, op: "replace", logical: true, diff });
  return state;
}

const ineffective: [option: string, given: (goal: Goal) => boolean][] = [
  ["ignoreChanges", (goal) => goal.ignoreChanges.length > 0],
  ["customTimeouts", (goal) => goal.customTimeouts !== undefined],
  ["additionalSecretOutputs", (goal) => goal.additionalSecretOutputs.length > 0],
  ["replaceOnChanges", (goal) => goal.replaceOnChanges.length > 0],
  ["retainOnDelete", (goal) => goal.retainOnDelete !== undefined],
  ["deletedWith", (goal) => goal.deletedWith !== undefined],
  ["replaceWith", (goal) => goal.replaceWith.length > 0],
];

function tellIneffective(d: Deployment, goal: Goal, urn: string): void {
  for (const [option, given] of ineffective)
    if (given(goal))
      d.events.diagnostic({
        severity: "debug",
        urn,
        message: `The option '${option}' has no automatic effect on component resource '${urn}', ensure it is handled correctly in the component code.`,
      });
}

/** Carries out a step that asks nothing of a provider. */
async function record(d: Deployment, step: Step): Promise<ResourceState> {
  const { old } = step;
  let state = step.new!;
  if (!step.new!.custom) d.steps.set(step.urn, step);
  if (old) step.old = d.original(old);
  if (old && sameState(old, state)) {
    state = old;
    step.new = old;
    await d.executor.settle(step);
    return old;
  }
  if (step.op !== "same") state.modified = d.now();
  state.created ??= d.now();
  await d.executor.settle(step, { resource: state, replaces: old ?? null });
  return state;
}

async function custom(d: Deployment, goal: Goal, urn: string, old: ResourceState | undefined): Promise<ResourceState> {
  const bad = badPath([...goal.ignoreChanges, ...goal.replaceOnChanges]);
  if (bad !== undefined)
    throw new Diagnosis(`cannot ignore changes to the following properties because "${bad}" is no property path`, urn);
  const reference = isProviderType(goal.type) ? undefined : goal.provider;
  if (d.constrained) {
    const wanted = stateFor(goal, urn, goal.inputs, reference);
    if (!d.mayChange(wanted)) return old ? untouched(d, old) : skip(d, goal, urn);
    refuseSkipped(d, wanted);
  }
  refuseFailedProvider(d, reference);
  const configured = reference === undefined ? await ownProvider(d, goal, urn) : await d.configured(reference);
  const known = old?.custom === false ? undefined : old;
  const adopting = isImport(goal, known);
  if (adopting) return settleImport(d, { goal, urn, reference, configured, inputs: goal.inputs }, known);
  return decideAndDo(d, { goal, urn, reference, configured, inputs: goal.inputs }, old);
}

function refuseFailedProvider(d: Deployment, reference: string | undefined): void {
  const provider = providerUrn(reference);
  if (provider !== undefined && d.results.has(provider)) throw new StepFailure();
}

/** What was imported is brought to what the program says, in place; a difference that replaces is an error. */
async function settleImport(d: Deployment, asked: Asked, old: ResourceState | undefined): Promise<ResourceState> {
  const found = await importResource(d, asked, old);
  if (asked.configured.unconfigured) return found;
  return decideAndDo(d, asked, found, { imported: true });
}

async function decideAndDo(
  d: Deployment,
  before: Asked,
  old: ResourceState | undefined,
  how?: { imported: boolean },
): Promise<ResourceState> {
  const { goal, urn, configured } = before;
  const forced = d.mustReplace(urn, old);
  const recreating = d.deletedFirst.has(urn);
  const fresh = !old?.custom || recreating || old.external || forced;
  const inputs = await checkInputs(d, {
    goal,
    urn,
    configured,
    news: fresh ? goal.inputs : withIgnored(d, goal, urn, goal.inputs, old.inputs),
    olds: fresh ? undefined : old.inputs,
  });
  const asked: Asked = { ...before, inputs };
  if (!old) return createResource(d, asked);
  const keys = d.deletedFirst.get(urn);
  if (keys) return finishReplacement(d, asked, old, keysDiff(keys), keysDiff([]));
  if (old.external) return createFirst(d, asked, old, undefined);
  return change(d, asked, old, forced, how?.imported ?? false);
}

function keysDiff(replaces: string[]): ReturnType<typeof compelled> {
  return { changes: "some", replaces, stables: [], diffs: [] };
}

async function change(
  d: Deployment,
  asked: Asked,
  old: ResourceState,
  forced: boolean,
  imported: boolean,
): Promise<ResourceState> {
  const { goal } = asked;
  const by = compelled(await compulsionOf(d, asked, old, forced));
  const diff = by ?? (await diffResource(d, asked, old));
  const decision = decide({ goal, old, inputs: asked.inputs, diff, compelled: by !== undefined });
  if (decision.kind === "update") return updateResource(d, asked, old, decision.diff);
  if (decision.kind === "replace") return replaceResource(d, asked, old, decision);
  return imported ? old : same(d, asked, old);
}

function same(
  d: Deployment,
  { goal, urn, inputs, reference, configured }: Asked,
  old: ResourceState,
): Promise<ResourceState> {
  const state = { ...stateFor(goal, urn, inputs, reference, old), id: old.id };
  state.outputs = wrapSecrets(markSecrets(old.outputs, inputs), goal.additionalSecretOutputs);
  if (configured.behind) d.registry.use(`${urn}::${old.id}`, inputs, configured.behind);
  return record(d, { op: "same", urn, type: goal.type, old, new: state, logical: true });
}

async function compulsionOf(d: Deployment, asked: Asked, old: ResourceState, forced: boolean): Promise<Compulsion> {
  const { goal, urn } = asked;
  const trigger = triggerReplaces(goal.replacementTrigger, old.replacementTrigger);
  if (!d.settings.preview && hasUnknown(goal.replacementTrigger))
    throw new Diagnosis(`replacement trigger contains unknowns for ${urn}`, urn);
  return {
    trigger,
    forced,
    replaceWith: goal.replaceWith.some((other) => d.replaced.has(other)),
    deletedWith: goal.deletedWith !== undefined && d.replaced.has(goal.deletedWith),
    provider: await providerReplaces(d, asked, old),
  };
}

/** Whether what the new provider is configured with makes the old one's resources unreachable for it. */
async function providerReplaces(d: Deployment, { reference, configured }: Asked, old: ResourceState): Promise<boolean> {
  if (old.provider === reference) return false;
  if (old.provider === undefined || reference === undefined) return true;
  const [before, after] = await Promise.all([d.registry.inputsOf(old.provider), d.registry.inputsOf(reference)]);
  if (!before || !after) return true;
  const diff = await configured.provider.diffConfig({
    urn: providerUrn(reference) ?? "",
    oldInputs: plain(withoutInternal(before)),
    newInputs: plain(withoutInternal(after)),
  });
  return isReplacement(diff);
}
