/**
 * One registration from goal to answer: find the old one, check, diff, decide (plan.ts), carry out (execute.ts).
 * Replacements are in replace.ts.
 */
import { hashMap } from "./archive.ts";
import { type Asked, checkInputs, createResource, diffResource, outputsFor, updateResource } from "./calls.ts";
import { badPaths, type Deployment, sameState, stateFor } from "./deployment.ts";
import { Bail, Diagnosis } from "./diagnosis.ts";
import { aliasUrns, type Goal, inherit, validateGoal } from "./goal.ts";
import { keepOld } from "./paths.ts";
import { decide, inputDiff, isImport } from "./plan.ts";
import { registerProviderResource } from "./provider-resource.ts";
import { finishReplacement, replaceResource } from "./replace.ts";
import { identity } from "./requests.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { isProviderType } from "./urn.ts";
import { equalMaps, markSecrets, plain, wrapSecrets } from "./values.ts";

/** Registers a resource. Throws Bail (reported already) or Diagnosis (to be reported by the caller). */
export async function register(d: Deployment, asked: Goal): Promise<ResourceState> {
  validateGoal(asked);
  const goal = inherit(asked, asked.parent ? d.goals.get(asked.parent) : undefined);
  const urn = d.urnOf(goal);
  if (goal.parent && !d.goals.has(goal.parent))
    throw new Diagnosis(`could not find parent resource ${goal.parent}`, urn);
  if (d.goals.has(urn)) throw new Diagnosis(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
  d.goals.set(urn, goal);
  const run = carryOut(d, goal, urn);
  d.registering.set(urn, run);
  const state = await run;
  d.news.set(urn, state);
  return state;
}

async function carryOut(d: Deployment, goal: Goal, urn: string): Promise<ResourceState> {
  const old = findOld(d, goal, urn);
  goal.inputs = await hashMap(goal.inputs, d.settings.root);
  if (old && !d.mayChange(urn, goal.type)) return untouched(d, old, urn);
  if (!old && !d.mayChange(urn, goal.type)) return skip(d, goal, urn);
  refuseSkipped(d, goal, urn);
  if (isProviderType(goal.type)) return registerProviderResource(d, goal, urn, old);
  return goal.custom ? custom(d, goal, urn, old) : component(d, goal, urn, old);
}

function findOld(d: Deployment, goal: Goal, urn: string): ResourceState | undefined {
  for (const candidate of [urn, ...aliasUrns(goal, d.settings.stack, d.settings.project)]) {
    const old = d.olds.get(candidate);
    if (!old) continue;
    if (d.claimed.has(candidate)) {
      if (candidate === urn)
        throw new Diagnosis(`resource '${urn}' was already claimed by a resource that has it as an alias`, urn);
      throw new Diagnosis(`Duplicate resource alias '${candidate}' applied to resource with URN '${urn}'`, urn);
    }
    d.claimed.add(candidate);
    if (candidate !== urn) d.rename(candidate, urn);
    return old;
  }
  return undefined;
}

function untouched(d: Deployment, old: ResourceState, urn: string): ResourceState {
  const step: Step = { op: "same", urn, type: old.type, old, new: old, logical: true };
  d.events.before(step);
  if (old.custom) d.events.after(step);
  return old;
}

function skip(d: Deployment, goal: Goal, urn: string): ResourceState {
  d.skipped.add(urn);
  return { ...stateFor(goal, urn, goal.inputs, undefined), outputs: {} };
}

function refuseSkipped(d: Deployment, goal: Goal, urn: string): void {
  const missing = [goal.parent, ...goal.dependencies].find((needed) => needed !== undefined && d.skipped.has(needed));
  if (missing === undefined) return;
  const why = d.settings.excludes.length > 0 ? "is excluded by --exclude" : "was not specified in --target list";
  throw new Diagnosis(`Resource '${urn}' depends on '${missing}' which ${why}.`, urn);
}

async function component(
  d: Deployment,
  goal: Goal,
  urn: string,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const state = { ...stateFor(goal, urn, goal.inputs, undefined, old), outputs: old?.outputs ?? {} };
  const op = old ? (equalMaps(old.inputs, goal.inputs) ? "same" : "update") : "create";
  const step: Step = {
    op,
    urn,
    type: goal.type,
    old,
    new: state,
    logical: true,
    diff: op === "update" && old ? inputDiff(old.inputs, goal.inputs) : undefined,
  };
  await d.executor.hooks?.before(step);
  d.unfinished.set(urn, step);
  return record(d, step);
}

/** Carries out a step that asks nothing of a provider; the event of its end comes with its outputs. */
function record(d: Deployment, step: Step): ResourceState {
  if (d.executor.stopped) throw new Bail();
  const { old } = step;
  let state = step.new!;
  if (old && sameState(old, state) && old.urn === state.urn) {
    state = old;
    step.new = old;
  } else {
    if (step.op !== "same") state.modified = d.now();
    state.created ??= d.now();
    d.executor.note({ resource: state, replaces: old ?? null });
  }
  d.events.before(step);
  if (state.custom) d.events.after(step);
  return state;
}

async function custom(d: Deployment, goal: Goal, urn: string, old: ResourceState | undefined): Promise<ResourceState> {
  for (const path of badPaths([...goal.ignoreChanges, ...goal.replaceOnChanges]))
    throw new Diagnosis(`cannot ignore changes to the following properties because "${path}" is no property path`, urn);
  const reference = await d.providerReference(goal);
  const configured = await d.configured(reference);
  const news = old ? keepOld(goal.inputs, old.inputs, goal.ignoreChanges) : goal.inputs;
  const adopting = isImport(goal, old);
  const fresh = !old || old.pendingReplacement || old.external || adopting;
  const inputs = await checkInputs(d, { goal, urn, configured, news, olds: fresh ? undefined : old.inputs });
  const asked: Asked = { goal, urn, reference, configured, inputs };
  if (adopting) return importResource(d, asked, old);
  if (!old) return createResource(d, asked);
  if (old.external) return takeOwnership(d, asked, old);
  return change(d, asked, old);
}

async function change(d: Deployment, asked: Asked, old: ResourceState): Promise<ResourceState> {
  const { goal, urn } = asked;
  const decision = decide({
    goal,
    old,
    inputs: asked.inputs,
    provider: asked.reference,
    diff: old.pendingReplacement ? undefined : await diffResource(d, asked, old),
    providerReplaced:
      old.provider !== undefined && d.replaced.has(old.provider.slice(0, old.provider.lastIndexOf("::"))),
    forced: d.mustReplace(urn),
    companionReplaced: [...goal.replaceWith, ...(goal.deletedWith ? [goal.deletedWith] : [])].some((other) =>
      d.replaced.has(other),
    ),
  });
  switch (decision.kind) {
    case "same": {
      const state = { ...stateFor(goal, urn, asked.inputs, asked.reference, old), id: old.id, outputs: old.outputs };
      state.outputs = wrapSecrets(markSecrets(old.outputs, asked.inputs), goal.additionalSecretOutputs);
      if (!state.importID && old.importID) state.importID = old.importID;
      return record(d, { op: "same", urn, type: goal.type, old, new: state, logical: true });
    }
    case "update":
      return updateResource(d, asked, old, decision.diff);
    case "replace":
      return replaceResource(d, asked, old, decision);
    case "finish-replacement":
      return finishReplacement(d, asked, old);
    default:
      return createResource(d, asked);
  }
}

async function takeOwnership(d: Deployment, asked: Asked, old: ResourceState): Promise<ResourceState> {
  const { urn, goal } = asked;
  const shown: Step = { op: "replace", urn, type: goal.type, old, logical: true };
  const state = await createResource(d, asked, {
    step: { op: "create-replacement", urn, type: goal.type, old, logical: false },
    outcome: { replaces: old },
  });
  d.events.before({ ...shown, new: state });
  d.events.after({ ...shown, new: state });
  return state;
}

async function importResource(d: Deployment, asked: Asked, old: ResourceState | undefined): Promise<ResourceState> {
  const { goal, urn, configured } = asked;
  const id = goal.importId!;
  const state: ResourceState = { ...stateFor(goal, urn, asked.inputs, asked.reference), id };
  const step: Step = {
    op: old && !old.external ? "import-replacement" : "import",
    urn,
    type: goal.type,
    old,
    new: state,
    logical: true,
  };
  d.events.before(step);
  const found = await d.executor.perform(
    step,
    { type: "importing", resource: state, timeoutSeconds: goal.customTimeouts?.read },
    async (context) => {
      if (configured.unconfigured) return { resource: state, replaces: old ?? null };
      const read = await configured.provider.read({ ...identity(urn, goal), id }, context);
      if (read.id === null) throw new Diagnosis(`resource '${id}' does not exist`, urn);
      const at = d.now();
      const resource = {
        ...state,
        id: read.id,
        inputs: markSecrets(read.inputs ?? plain(asked.inputs), asked.inputs),
        outputs: outputsFor(asked, read.outputs),
        created: at,
        modified: at,
      };
      const retired = old && !old.external ? [{ resource: { ...old, delete: true }, replaces: old }] : [];
      for (const { resource: condemned } of retired) d.condemned.push(condemned);
      return { resource, replaces: retired.length > 0 ? null : (old ?? null), with: retired };
    },
  );
  d.events.after(step);
  return settleImport(d, asked, found!);
}

/** What was imported is brought to what the program says, in place; a difference that replaces is an error. */
async function settleImport(d: Deployment, asked: Asked, found: ResourceState): Promise<ResourceState> {
  const { goal, urn, configured } = asked;
  if (configured.unconfigured) return found;
  const news = keepOld(goal.inputs, found.inputs, goal.ignoreChanges);
  const inputs = await checkInputs(d, { goal, urn, configured, news, olds: found.inputs });
  const settled: Asked = { ...asked, inputs };
  const diff = await diffResource(d, settled, found);
  if (diff.changes !== "some") {
    const state = { ...found, inputs };
    if (!equalMaps(found.inputs, inputs)) d.executor.note({ resource: state, replaces: found });
    return equalMaps(found.inputs, inputs) ? found : state;
  }
  if (diff.replaces.length > 0)
    throw new Diagnosis(
      `inputs to import do not match the existing resource: ${diff.replaces.join(", ")} would replace '${found.id}'`,
      urn,
    );
  return updateResource(d, settled, found, diff);
}
