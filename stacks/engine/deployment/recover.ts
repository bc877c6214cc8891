/**
 * What an interrupted run left: creates are looked for and adopted, half-done updates are read again and done again,
 * deletes are looked at. No human is asked. Runs before the program, never in a preview.
 */

import { messageOf } from "../diagnosis.ts";
import type { Provider } from "../provider.ts";
import type { PendingOperation, ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { parseUrn, rootStackType } from "../values/urn.ts";
import { markSecrets, withoutInternal, wrapSecrets } from "../values/values.ts";
import { compare } from "./calls.ts";
import type { Deployment } from "./deployment.ts";
import { forget } from "./refresh.ts";
import { requestOf } from "./requests.ts";
import { needs } from "./schedule.ts";
import { withoutReferences } from "./states.ts";

export function warnOfPending(d: Deployment): void {
  if (d.pending.length === 0) return;
  const lines = d.pending.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`);
  d.events.diagnostic({
    severity: "warning",
    message: `Attempting to deploy or update resources with ${d.pending.length} pending operations from previous deployment.\n${lines.join("\n")}\nWhat they left is looked for and taken over.`,
  });
}

/** What a person asks for who has looked: interrupted creates are forgotten, whatever they left. */
export function clearPendingCreates(d: Deployment): void {
  for (const operation of d.pending.filter(({ type }) => type === "creating")) {
    d.pending.splice(d.pending.indexOf(operation), 1);
    d.executor.journal?.settle(operation);
  }
}

export async function recover(d: Deployment): Promise<void> {
  for (const operation of [...d.pending]) {
    try {
      if (!(await settle(d, operation))) continue;
      d.pending.splice(d.pending.indexOf(operation), 1);
      d.executor.journal?.settle(operation);
    } catch (cause) {
      const { resource, type } = operation;
      if (type === "creating" && resource.provider) d.neededYet.add(resource.provider);
      d.events.diagnostic({
        severity: "warning",
        urn: operation.resource.urn,
        message: `could not look for what was left of it: ${messageOf(cause)}`,
      });
    }
  }
}

/** True when nothing of it is open any more. */
async function settle(d: Deployment, operation: PendingOperation): Promise<boolean> {
  const { resource, type } = operation;
  if (!resource.provider || !resource.custom) return true;
  if (type === "creating") return adopt(d, resource);
  if (type === "updating" || type === "deleting") return reread(d, resource, type === "updating");
  return true;
}

async function adopt(d: Deployment, left: ResourceState): Promise<boolean> {
  const { provider } = await d.configured(left.provider!);
  if (!provider.adopt) return false;
  const inputs = withoutInternal(left.inputs);
  const { context, over } = d.executor.context(left.urn, 0);
  const name = parseUrn(left.urn)?.name ?? "";
  const found = await provider
    .adopt({ urn: left.urn, type: left.type, name, inputs, preview: false, since: sinceOf(left) }, context)
    .finally(over);
  const intentKey = provider.intentKey?.(left.type, inputs);
  // Without a name nobody can say that it is not there: it stays pending, as with Pulumi's own engine.
  if (!found && intentKey === undefined) return false;
  const old = d.olds.get(left.urn);
  // An earlier run took it over, and was cut off before it could say that nothing is open any more.
  if (found && old?.id === found.id && !old.pendingReplacement) return true;
  const entry = await d.executor.journal?.begin({ type: "creating", resource: left, intentKey });
  if (!found) {
    await entry?.failed();
    return true;
  }
  const at = d.now();
  const names = [...(left.additionalSecretOutputs ?? []), ...provider.secretOutputs(left.type)];
  const outputs = wrapSecrets(markSecrets(found.outputs, left.inputs), names);
  const state: ResourceState = { ...withoutMissing(d, left), id: found.id, outputs, created: at, modified: at };
  const made = await madeOf(d, provider, state);
  state.inputs = made.inputs;
  state.outputs = wrapSecrets(outputs, made.besides);
  const takesPlace = old === undefined || old.pendingReplacement === true;
  if (old && !takesPlace) {
    const condemned: ResourceState = { ...old, delete: true };
    d.executor.note({ resource: condemned, replaces: old });
    d.condemned.push(condemned);
  }
  await entry?.done({ resource: state, replaces: takesPlace ? (old ?? null) : null });
  d.olds.set(left.urn, state);
  d.events.diagnostic({ severity: "info", urn: left.urn, message: `taken over from an interrupted run: ${found.id}` });
  return true;
}

/** An intent is noted with the time it began at. */
function sinceOf({ created }: ResourceState): number | undefined {
  return created === undefined ? undefined : Date.parse(created);
}

/** As it is written down: what it was to refer to may be gone by now. */
function withoutMissing(d: Deployment, left: ResourceState): ResourceState {
  const states = [...d.olds.values(), ...d.condemned];
  const there = new Set(states.map(({ urn }) => urn));
  const missing = [...needs(left)].filter((urn) => !there.has(urn));
  if (missing.length === 0) return left;
  const root = states.find(({ type }) => type === rootStackType)?.urn;
  return withoutReferences(left, new Map(missing.map((urn) => [urn, root])));
}

/**
 * What is there may have been made of other inputs than those that the intent had: then of these. Of those that the
 * intent did not have (`besides`) nobody knows whether they are secret: they are, until the program says otherwise.
 */
async function madeOf(
  d: Deployment,
  provider: Provider,
  state: ResourceState,
): Promise<{ inputs: PropertyMap; besides: string[] }> {
  const { context, over } = d.executor.context(state.urn, 0);
  const read = await provider.read(requestOf(state), context).finally(over);
  const asAsked = { inputs: state.inputs, besides: [] };
  if (read.id === null || !read.inputs) return asAsked;
  const request = { ...requestOf(state), oldInputs: read.inputs, oldOutputs: read.outputs, newInputs: state.inputs };
  const diff = await compare(d, provider, { ...request, ignoreChanges: [] }, read.inputs, state.inputs);
  if (diff.changes === "none") return asAsked;
  const besides = Object.keys(read.inputs).filter((name) => !(name in state.inputs));
  return { inputs: wrapSecrets(markSecrets(read.inputs, state.inputs), besides), besides };
}

async function reread(d: Deployment, left: ResourceState, updating: boolean): Promise<boolean> {
  const old = d.olds.get(left.urn) ?? d.condemned.find((state) => state.urn === left.urn && state.id === left.id);
  if (!old) return true;
  const { provider } = await d.configured(old.provider ?? left.provider!);
  const { context, over } = d.executor.context(old.urn, 0);
  const read = await provider.read(requestOf(old), context).finally(over);
  if (read.id === null) {
    forget(d, [old]);
    return true;
  }
  if (!updating) return true;
  // Nobody knows how far the update came: it is done once more, whatever the program says now.
  const named = [old, left].flatMap(({ additionalSecretOutputs = [] }) => additionalSecretOutputs);
  const known = [old.outputs, old.inputs, left.inputs].reduce(markSecrets, read.outputs);
  const outputs = wrapSecrets(known, [...named, ...provider.secretOutputs(old.type)]);
  const state: ResourceState = { ...old, outputs, initErrors: ["an update was interrupted"] };
  d.executor.note({ resource: state, replaces: old });
  d.olds.set(old.urn, state);
  return true;
}
