/**
 * What follows a program that ended well: everything it no longer asks for goes, dependents first, the rest side by
 * side. A destroy is the same with an empty program.
 */
import { type Deployment, withoutReferences } from "./deployment.ts";
import { Bail } from "./diagnosis.ts";
import { requestOf } from "./requests.ts";
import { dependentsFirst, needs } from "./schedule.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { isProviderType, parseUrn, rootStackType } from "./urn.ts";

/** Deletes what nothing registered claims, and what replacements left. */
export async function deleteUnclaimed(d: Deployment): Promise<void> {
  const unclaimed = [...d.olds.values()].filter((state) => !d.claimed.has(state.urn));
  const chosen = chooseTargets(d, unclaimed);
  const doomed = [...chosen, ...d.condemned].filter((state) => mayGo(d, state));
  if (d.executor.stopped) return;
  const urns = new Set(doomed.map((state) => state.urn));
  await dependentsFirst(order(doomed), (state) => remove(d, state, urns));
}

/** In the order of dependence: what others need comes first. */
function order(states: ResourceState[]): ResourceState[] {
  return [...states].sort((a, b) => rank(a) - rank(b));
}

function rank(state: ResourceState): number {
  return state.type === rootStackType ? 0 : isProviderType(state.type) ? 1 : 2;
}

function chooseTargets(d: Deployment, states: ResourceState[]): ResourceState[] {
  const { targets, excludes, excludeProtected, targetDependents } = d.settings;
  if (excludeProtected) return withoutProtected(d, states);
  if (targets.length === 0 && excludes.length === 0) return states;
  const chosen = new Set(
    states.filter((s) => d.mayChange(s.urn, s.type) && !isProviderType(s.type) && s.type !== rootStackType),
  );
  const urns = new Set([...chosen].map((state) => state.urn));
  for (const state of states) {
    const needed = [...needs(state)].find((urn) => urns.has(urn));
    if (chosen.has(state) || !needed || isProviderType(state.type)) continue;
    if (targetDependents) {
      chosen.add(state);
      urns.add(state.urn);
      continue;
    }
    d.executor.fail(
      new Error(
        `Cannot delete parent resource '${needed}' without also deleting '${state.urn}'; name it with --target or use --target-dependents`,
      ),
      state.urn,
    );
  }
  return [...chosen];
}

/** Everything but the protected and what they need. */
function withoutProtected(d: Deployment, states: ResourceState[]): ResourceState[] {
  const kept = new Set<string>();
  for (const state of [...states].reverse()) {
    if (!state.protect && !kept.has(state.urn)) continue;
    kept.add(state.urn);
    for (const urn of needs(state)) kept.add(urn);
  }
  if (kept.size > 0)
    d.events.diagnostic({
      severity: "info",
      message: `All unprotected resources were destroyed. There are still ${kept.size} protected resources associated with this stack.`,
    });
  return states.filter((state) => !kept.has(state.urn));
}

function mayGo(d: Deployment, state: ResourceState): boolean {
  if (!state.protect || state.delete) return true;
  const message = `resource "${state.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${state.urn}'\``;
  d.executor.fail(new Error(message), state.urn);
  return false;
}

async function remove(d: Deployment, state: ResourceState, doomed: Set<string>): Promise<boolean> {
  if (d.executor.stopped) return false;
  const { urn, type } = state;
  if (state.pendingReplacement && !state.delete)
    return forget(d, { op: "remove-pending-replace", urn, type, old: state, logical: false }, state);
  const step: Step = state.delete
    ? { op: state.external ? "discard-replaced" : "delete-replaced", urn, type, old: state, logical: false }
    : {
        op: state.external ? "discard" : "delete",
        urn,
        type,
        old: state,
        logical: true,
        uncounted: isProviderType(type) && /^default(_\d|$)/.test(parseUrn(urn)?.name ?? ""),
      };
  const withTarget = state.deletedWith !== undefined && doomed.has(state.deletedWith);
  const silent = !state.custom || isProviderType(type) || state.external || state.retainOnDelete || withTarget;
  return silent ? forget(d, step, state) : deleteStep(d, step, state, null);
}

/** A delete that asks nothing of a provider. */
async function forget(d: Deployment, step: Step, state: ResourceState): Promise<boolean> {
  d.events.before(step);
  try {
    const before = d.executor.hooks?.before(step);
    if (before) await before;
  } catch (cause) {
    d.events.failed(step, false);
    d.executor.fail(cause, state.urn);
    return false;
  }
  d.executor.note({ resource: null, replaces: state });
  d.olds.delete(state.urn);
  const after = d.executor.hooks?.after(step);
  if (after) await after;
  d.events.after(step);
  return true;
}

/** One provider delete; `remains` is what state keeps afterwards. False when it failed (reported). */
export async function deleteStep(
  d: Deployment,
  step: Step,
  old: ResourceState,
  remains: ResourceState | null,
): Promise<boolean> {
  if (old.retainOnDelete || old.external || !old.provider) {
    d.events.before(step);
    d.executor.note({ resource: remains, replaces: old });
    d.events.after(step);
    return true;
  }
  try {
    const { provider } = await d.configured(old.provider);
    d.events.before(step);
    await d.executor.perform(
      step,
      { type: "deleting", resource: old, timeoutSeconds: old.customTimeouts?.delete },
      async (context) => {
        if (!d.settings.preview) await provider.delete(requestOf(old), context);
        return { resource: remains, replaces: old };
      },
    );
    if (remains === null && !old.delete) d.olds.delete(old.urn);
    d.events.after(step);
    return true;
  } catch (cause) {
    if (!(cause instanceof Bail)) d.executor.fail(cause, old.urn);
    return false;
  }
}

/** Takes references to what is gone out of what stays. */
export function forgetReferences(d: Deployment, gone: ReadonlySet<string>): void {
  if (gone.size === 0) return;
  for (const [urn, state] of d.olds) {
    if (![...needs(state)].some((needed) => gone.has(needed))) continue;
    const next = withoutReferences(state, gone);
    d.executor.note({ resource: next, replaces: state });
    d.olds.set(urn, next);
  }
}
