/** Asks providers what is really there and takes it into state. Changes nothing in any cloud. */

import { Bail } from "../diagnosis.ts";
import type { DiffResult, Provider } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { isProviderType } from "../values/urn.ts";
import { equalMaps, wrapSecrets } from "../values/values.ts";
import { compare } from "./calls.ts";
import type { Deployment } from "./deployment.ts";
import { type Found, lookedAt } from "./imports.ts";
import { inverted } from "./plan.ts";
import { requestOf } from "./requests.ts";
import { needs } from "./schedule.ts";
import { withoutReferences } from "./states.ts";
import type { Step } from "./step.ts";

/** Everything that was not looked at yet, at once, as far as parallelism goes. One that fails does not stop others. */
export async function refreshAll(d: Deployment): Promise<void> {
  const states = [...d.olds.values(), ...d.condemned].filter((s) => !d.claimed.has(s.urn) && d.isIncluded(s));
  const gone: ResourceState[] = [];
  let failed = false;
  await Promise.all(
    states.map(async (state) => {
      const found = await refreshOne(d, state, { goOn: true }).catch((cause) => {
        if (!(cause instanceof Bail))
          d.events.diagnostic({ severity: "error", message: String(cause), urn: state.urn });
        failed = true;
        return state;
      });
      if (!found) gone.push(state);
    }),
  );
  forget(d, gone);
  if (failed) d.executor.stop("failed");
}

/** One that the program has registered; undefined when it is gone. Components and providers have nothing to look at. */
export async function refreshKnown(d: Deployment, old: ResourceState): Promise<ResourceState | undefined> {
  if (!d.isIncluded(old)) return old;
  const found = await refreshOne(d, old, { internal: !old.custom || isProviderType(old.type) });
  if (!found) forget(d, [old]);
  return found;
}

async function refreshOne(
  d: Deployment,
  old: ResourceState,
  { internal = false, goOn = false },
): Promise<ResourceState | undefined> {
  const shown = d.original(old);
  const step: Step = { op: "refresh", urn: old.urn, type: old.type, old: shown, new: shown, logical: false, internal };
  if (!old.custom || isProviderType(old.type) || old.pendingReplacement || !old.provider) {
    await d.executor.settle({ ...step, resultOp: "same" });
    return old;
  }
  const { provider } = await d.configured(old.provider);
  const found = await d.executor.perform(step, { timeoutSeconds: old.customTimeouts?.read, goOn }, async (context) => {
    const read = await lookedAt(provider.read(requestOf(old), context));
    const resource = read.id === null ? null : refreshed(d, provider, old, read);
    const diff = resource && !old.external ? inverted(await drift(d, provider, old, resource)) : undefined;
    step.diff = diff;
    step.resultOp = resultOf(old, resource, diff);
    if (read.reasons)
      d.events.diagnostic({
        severity: "warning",
        urn: old.urn,
        message: `Refreshed resource is in an unhealthy state:\n* ${read.reasons.join("\n* ")}`,
      });
    return { resource, replaces: old, deferred: resource === null };
  });
  if (found) replaceOld(d, old, found);
  return found ?? undefined;
}

function refreshed(d: Deployment, provider: Provider, old: ResourceState, read: Found): ResourceState {
  const names = [...(old.additionalSecretOutputs ?? []), ...provider.secretOutputs(old.type)];
  const inputs = read.inputs ?? old.inputs;
  const outputs = wrapSecrets(read.outputs, names);
  const same = equalMaps(inputs, old.inputs) && equalMaps(outputs, old.outputs);
  if (same && !read.reasons && !old.initErrors && read.id === old.id) return old;
  const modified = same ? old.modified : d.now();
  return { ...old, id: read.id ?? undefined, inputs, outputs, initErrors: read.reasons, modified };
}

/** How what is there differs from what was asked for, as the provider judges it. */
async function drift(d: Deployment, provider: Provider, old: ResourceState, now: ResourceState): Promise<DiffResult> {
  const request = {
    ...requestOf(old),
    id: now.id ?? "",
    oldInputs: now.inputs,
    oldOutputs: now.outputs,
    newInputs: old.inputs,
    ignoreChanges: old.ignoreChanges ?? [],
  };
  return compare(d, provider, request, now.inputs, old.inputs);
}

function resultOf(old: ResourceState, now: ResourceState | null, diff: DiffResult | undefined): Step["resultOp"] {
  if (now === null) return "delete";
  if (now === old) return "same";
  if (diff) return diff.changes === "none" ? "same" : "update";
  return equalMaps(old.outputs, now.outputs) ? "same" : "update";
}

function replaceOld(d: Deployment, old: ResourceState, now: ResourceState | null): void {
  if (old.delete) {
    const at = d.condemned.indexOf(old);
    if (now) d.condemned[at] = now;
    else d.condemned.splice(at, 1);
  } else if (now) d.olds.set(old.urn, now);
  else d.olds.delete(old.urn);
}

/** Takes what is gone out of the state, references to it first: cut off in between, what is written is still whole. */
export function forget(d: Deployment, gone: readonly ResourceState[]): void {
  const at = gone.map((state) => (state.delete ? d.condemned.indexOf(state) : -1));
  forgetReferences(d, new Map(gone.filter((state) => !state.delete).map((state) => [state.urn, state.parent])));
  const now = gone.map((state, index) => (state.delete ? d.condemned[at[index]!] : d.olds.get(state.urn)) ?? state);
  for (const state of now) {
    d.executor.note({ resource: null, replaces: state });
    replaceOld(d, state, null);
  }
}

/** Takes references to what is gone out of what stays. `gone`: URN to the parent it had. */
function forgetReferences(d: Deployment, gone: ReadonlyMap<string, string | undefined>): void {
  const referring = new Set([...gone.keys()].flatMap((urn) => [...d.references.to(urn)]));
  for (const urn of referring) {
    const state = d.olds.get(urn);
    if (!state || (d.claimed.has(urn) && d.news.has(urn)) || ![...needs(state)].some((needed) => gone.has(needed)))
      continue;
    const next = withoutReferences(state, gone);
    d.executor.note({ resource: next, replaces: state });
    d.olds.set(urn, next);
  }
  for (const [at, state] of d.condemned.entries()) {
    if (gone.size === 0 || ![...needs(state)].some((needed) => gone.has(needed))) continue;
    const next = withoutReferences(state, gone);
    d.executor.note({ resource: next, replaces: state });
    d.condemned[at] = next;
  }
}
