/** The `import` option: what exists already is read and becomes ours. Changes nothing of it. */

import { Diagnosis } from "../diagnosis.ts";
import { PartialFailure, type ReadResult } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { packageOf } from "../values/urn.ts";
import { markSecrets, wrapSecrets } from "../values/values.ts";
import type { Asked } from "./calls.ts";
import type { Deployment } from "./deployment.ts";
import { showReplacement } from "./replace.ts";
import { identity } from "./requests.ts";
import { stateFor } from "./states.ts";
import type { Step } from "./step.ts";

/** Its state as it was found, in the journal. One of ours under this name that is another one is to be deleted. */
export async function importResource(
  d: Deployment,
  asked: Asked,
  old: ResourceState | undefined,
): Promise<ResourceState> {
  const { goal, urn, configured } = asked;
  const id = goal.importId!;
  const state: ResourceState = { ...stateFor(goal, urn, asked.inputs, asked.reference), id };
  const replacing = old !== undefined && !d.deletedFirst.has(urn);
  const op = replacing ? "import-replacement" : "import";
  const step: Step = { op, urn, type: goal.type, new: state, logical: !replacing };
  const condemned = replacing ? { ...old, delete: true } : undefined;
  const found = await d.executor.perform(
    step,
    { intent: { type: "importing", resource: state }, timeoutSeconds: goal.customTimeouts?.read },
    async (context) => {
      const outcome = condemned
        ? { replaces: null, with: [{ resource: condemned, replaces: old! }] }
        : { replaces: old ?? null };
      if (configured.unconfigured) return { resource: state, ...outcome };
      const read = await lookedAt(configured.provider.read({ ...identity(urn, goal), id }, context));
      const resource = imported(d, asked, state, read);
      d.news.set(urn, resource);
      // What was found is what it was, as far as anybody knows.
      step.old = resource;
      if (condemned) d.condemned.push(condemned);
      return { resource, ...outcome };
    },
  );
  if (condemned) await showReplacement(d, asked, condemned, found!, undefined);
  return found!;
}

function imported(d: Deployment, asked: Asked, state: ResourceState, read: Found): ResourceState {
  const { goal, urn, configured } = asked;
  if (read.id === null) throw new Diagnosis(`resource '${goal.importId}' does not exist`, urn);
  if (!read.inputs)
    throw new Diagnosis(
      `provider does not support importing resources; please try updating the '${packageOf(goal.type)}' plugin`,
      urn,
    );
  const at = d.now();
  const names = [...goal.additionalSecretOutputs, ...configured.provider.secretOutputs(goal.type)];
  return {
    ...state,
    id: read.id,
    inputs: markSecrets(read.inputs, asked.inputs),
    outputs: wrapSecrets(markSecrets(read.outputs, asked.inputs), names),
    ...(read.reasons ? { initErrors: read.reasons } : {}),
    created: at,
    modified: at,
  };
}

export type Found = ReadResult & { reasons?: string[] };

/** What is there and not well is there. */
export async function lookedAt(read: Promise<ReadResult>): Promise<Found> {
  try {
    return await read;
  } catch (cause) {
    if (!(cause instanceof PartialFailure)) throw cause;
    return { id: cause.id, inputs: cause.inputs, outputs: cause.outputs, reasons: cause.reasons };
  }
}
