/** Asks providers what is really there and takes it into state. Changes nothing in any cloud. */
import { forgetReferences } from "./deletes.ts";
import type { Deployment } from "./deployment.ts";
import { Bail } from "./diagnosis.ts";
import { keepOld } from "./paths.ts";
import { inputDiff } from "./plan.ts";
import { PartialFailure } from "./provider.ts";
import { requestOf } from "./requests.ts";
import type { ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";
import { isProviderType } from "./urn.ts";
import { equalMaps, wrapSecrets } from "./values.ts";

/** Every custom resource at once, as far as parallelism goes. */
export async function refreshAll(d: Deployment): Promise<void> {
  const states = [...d.olds.values()].filter(
    (s) => s.custom && !isProviderType(s.type) && !s.pendingReplacement && d.mayChange(s.urn, s.type),
  );
  const gone = new Set<string>();
  await Promise.all(
    states.map(async (state) => {
      const outcome = await refreshOne(d, state).catch((cause) => {
        if (!(cause instanceof Bail)) d.executor.fail(cause, state.urn);
        return undefined;
      });
      if (outcome === "gone") gone.add(state.urn);
    }),
  );
  forgetReferences(d, gone);
  for (const state of d.olds.values()) if (!state.custom) d.events.count("same");
}

async function refreshOne(d: Deployment, old: ResourceState): Promise<"gone" | "there"> {
  if (!old.provider) return "there";
  const { provider } = await d.configured(old.provider);
  const step: Step = { op: "refresh", urn: old.urn, type: old.type, old, new: old, logical: true };
  d.events.before(step);
  const state = await d.executor.perform(
    step,
    { type: "reading", resource: old, timeoutSeconds: old.customTimeouts?.read },
    async (context) => {
      const read = await provider.read(requestOf(old), context).catch((cause: unknown) => {
        if (cause instanceof PartialFailure)
          return { id: cause.id, inputs: cause.inputs, outputs: cause.outputs, reasons: cause.reasons };
        throw cause;
      });
      if (read.id === null) return { resource: null, replaces: old };
      const secretNames = [...(old.additionalSecretOutputs ?? []), ...provider.secretOutputs(old.type)];
      const inputs = read.inputs ? keepOld(read.inputs, old.inputs, old.ignoreChanges ?? []) : old.inputs;
      const outputs = wrapSecrets(read.outputs, secretNames);
      const reasons = "reasons" in read ? (read.reasons as string[]) : undefined;
      const unchanged =
        equalMaps(inputs, old.inputs) &&
        equalMaps(outputs, old.outputs) &&
        !reasons &&
        !old.initErrors &&
        read.id === old.id;
      return {
        resource: unchanged ? old : { ...old, id: read.id, inputs, outputs, initErrors: reasons, modified: d.now() },
        replaces: old,
      };
    },
  );
  conclude(d, step, old, state);
  return state ? "there" : "gone";
}

function conclude(d: Deployment, step: Step, old: ResourceState, state: ResourceState | null): void {
  if (state === null) d.olds.delete(old.urn);
  else d.olds.set(old.urn, state);
  if (state?.initErrors?.length)
    d.events.diagnostic({ severity: "warning", urn: old.urn, message: state.initErrors.join("\n") });
  const op = state === null ? "delete" : state === old ? "same" : "update";
  d.events.count(op);
  const diff = op === "update" && state ? inputDiff(old.outputs, state.outputs) : undefined;
  d.events.after({ ...step, new: state ?? undefined, diff });
}
