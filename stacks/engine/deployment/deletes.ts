/**
 * What follows a program that ended well: everything it no longer asks for goes, dependents first, the rest side by
 * side. A destroy is the same with an empty program.
 */

import { Bail } from "../diagnosis.ts";
import type { ResourceState } from "../state/resource.ts";
import { isProviderType } from "../values/urn.ts";
import type { Deployment } from "./deployment.ts";
import { requestOf } from "./requests.ts";
import { dependentsFirst, needs } from "./schedule.ts";
import type { Step } from "./step.ts";

/** Deletes what nothing registered claims, what replacements left, and what a program run to destroy registered. */
export async function deleteUnclaimed(d: Deployment): Promise<void> {
  const unclaimed = [...d.olds.values()].filter((state) => !d.claimed.has(state.urn));
  const meant = chooseTargets(d, unclaimed);
  const doomed = [...d.toDelete, ...unclaimed, ...d.condemned].filter((state) => meant(state.urn));
  if (!refuseUnnamed(d, doomed)) return;
  for (const state of unclaimed)
    if (!meant(state.urn))
      await d.executor.settle({ op: "same", urn: state.urn, type: state.type, old: state, new: state, logical: true });
  const isNeeded = ({ urn, id }: ResourceState): boolean => d.neededYet.has(`${urn}::${id}`);
  const staying = new Set([...untouchedByFailure(d), ...keptBy(d, doomed.filter(isNeeded))]);
  const going = doomed.filter((state) => !isNeeded(state) && (!staying.has(state.urn) || state.delete));
  // Whom a protected one contains does not go with it, since it stays.
  const urns = new Set(going.filter((state) => state.delete || !state.protect).map((state) => state.urn));
  await dependentsFirst(going, (state) => remove(d, state, urns));
}

/**
 * Leaves out what is protected and what that needs. Answers how many there are, and whether there is anything else.
 */
export function excludeProtected(d: Deployment): { kept: number; others: boolean } {
  const states = [...d.olds.values(), ...d.condemned];
  const kept = keptBy(
    d,
    states.filter((state) => state.protect),
  );
  for (const urn of kept) d.named.excludes.add(urn);
  return { kept: kept.size, others: states.some((state) => !kept.has(state.urn)) };
}

/** Which URNs `--target` and `--exclude` let go. */
function chooseTargets(d: Deployment, unclaimed: ResourceState[]): (urn: string) => boolean {
  const { targets, excludes } = d.named;
  const all = [...unclaimed, ...d.condemned, ...d.toDelete];
  if (targets.constrained) {
    const named = all.map((state) => state.urn).filter((urn) => targets.has(urn));
    const meant = new Set([...named, ...d.references.closure(named)]);
    return (urn) => meant.has(urn);
  }
  if (!excludes.constrained) return () => true;
  const kept = keptBy(
    d,
    [...d.olds.values(), ...d.toDelete].filter((state) => excludes.has(state.urn)),
  );
  return (urn) => !kept.has(urn);
}

/** What stays keeps what it needs, and what is left of it from a replacement stays with it and does the same. */
function keptBy(d: Deployment, excluded: ResourceState[]): Set<string> {
  const kept = new Set<string>();
  const condemned = Map.groupBy(d.condemned, (state) => state.urn);
  const open = excluded.map((state) => state.urn);
  for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
    if (kept.has(urn)) continue;
    kept.add(urn);
    const live = d.news.get(urn) ?? d.olds.get(urn);
    for (const state of [...(live ? [live] : []), ...(condemned.get(urn) ?? [])]) open.push(...needs(state));
    if (d.settings.excludeDependents) open.push(...d.references.to(urn));
  }
  return kept;
}

/** Dependents of what was named go only when that was asked for. Answers whether to go on. */
function refuseUnnamed(d: Deployment, doomed: ResourceState[]): boolean {
  const { targets } = d.named;
  if (!targets.constrained) return true;
  const needing = neededByOthers(d, doomed);
  if (d.settings.targetDependents) return !needing;
  const unnamed = doomed.filter((state) => !targets.has(state.urn));
  for (const { urn } of unnamed)
    d.events.problem(
      `Resource '${urn}' will be destroyed but was not specified in --target list.\nEither include resource in --target list or pass --target-dependents to proceed.`,
      urn,
    );
  if (unnamed.length > 0 && !d.settings.preview) d.executor.stop("failed");
  return !needing && (unnamed.length === 0 || d.settings.preview);
}

/** What the program still has and the operation leaves as it is keeps what it needed before. Answers whether it does. */
function neededByOthers(d: Deployment, doomed: ResourceState[]): boolean {
  const going = new Set(doomed.filter((state) => !state.delete).map((state) => state.urn));
  let found = false;
  for (const state of d.news.values())
    for (const urn of needs(state)) {
      if (!going.has(urn)) continue;
      found = true;
      d.events.problem(
        `Resource '${urn}' cannot be destroyed: '${state.urn}', which was not specified in --target list, depends on it.\nEither include that resource in --target list, or run without targets.`,
        urn,
      );
    }
  if (found && !d.settings.preview) d.executor.stopFailed();
  return found;
}

/**
 * Where others went on after a failure: what failed or was left out is as it was, and so is what it stands on. What
 * depends on it may be missing only because a program cannot ask for it without the failed one's outputs.
 */
function untouchedByFailure(d: Deployment): Set<string> {
  if (d.results.size === 0) return new Set();
  const staying = new Set([...d.results.keys(), ...d.references.closure(d.results.keys())]);
  const open = [...staying];
  for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
    const state = d.olds.get(urn);
    if (!state) continue;
    for (const needed of needs(state))
      if (!staying.has(needed)) {
        staying.add(needed);
        open.push(needed);
      }
  }
  return staying;
}

function stepFor(d: Deployment, state: ResourceState): Step {
  const { urn, type, external } = state;
  const old = d.original(state);
  if (state.delete) return { op: external ? "discard-replaced" : "delete-replaced", urn, type, old, logical: false };
  if (state.pendingReplacement) return { op: "remove-pending-replace", urn, type, old, logical: false };
  return { op: external ? "discard" : "delete", urn, type, old, logical: true };
}

async function remove(d: Deployment, state: ResourceState, doomed: ReadonlySet<string>): Promise<boolean> {
  if (d.executor.stopped) return false;
  try {
    const step = stepFor(d, state);
    const withTarget = state.deletedWith !== undefined && doomed.has(state.deletedWith);
    if (step.op === "remove-pending-replace" || withTarget) await removeSilently(d, step, state);
    else await deleteStep(d, step, state, null);
    if (!state.delete) {
      d.olds.delete(state.urn);
      d.gone.add(state.urn);
    }
    return true;
  } catch (cause) {
    if (!(cause instanceof Bail)) d.executor.fail(cause, state.urn);
    return false;
  }
}

async function removeSilently(d: Deployment, step: Step, state: ResourceState): Promise<void> {
  refuseProtected(d, step, state);
  await d.executor.settle(step, { resource: null, replaces: state });
}

/** A protected resource stays; what does not need it may go all the same. */
function refuseProtected(d: Deployment, step: Step, state: ResourceState): void {
  if (!state.protect || step.op !== "delete") return;
  d.events.before(step);
  const { urn } = state;
  const message = `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${urn}'\``;
  d.executor.stepFailed(step, message, "clean", true);
}

/** One delete; `remains` is what state keeps afterwards. Throws Bail when it failed (reported). */
export async function deleteStep(
  d: Deployment,
  step: Step,
  old: ResourceState,
  remains: ResourceState | null,
): Promise<void> {
  if (d.executor.stopped) throw new Bail();
  refuseProtected(d, step, old);
  const silent = old.retainOnDelete || old.external || !old.custom || isProviderType(old.type) || d.settings.preview;
  if (silent || !old.provider) {
    await d.executor.settle(step, { resource: remains, replaces: old });
    return;
  }
  const { provider } = await d.configured(old.provider);
  await d.executor.perform(
    step,
    { intent: { type: "deleting", resource: old }, provider, timeoutSeconds: old.customTimeouts?.delete },
    async (context) => {
      await provider.delete(requestOf(old), context);
      return { resource: remains, replaces: old };
    },
  );
}
