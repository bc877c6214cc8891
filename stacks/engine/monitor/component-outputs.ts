/**
 * The outputs a program registers for a component, and for its stack. The stack's are taken into state when all else is
 * through: they are new when the operation went well, and added to those before when it did not.
 */
import type { Deployment } from "../deployment/deployment.ts";
import { sameState } from "../deployment/states.ts";
import { Bail, Diagnosis } from "../diagnosis.ts";
import type { PropertyMap } from "../value.ts";
import { parseUrn, rootStackType } from "../values/urn.ts";

export async function registerOutputs(d: Deployment, urn: string, outputs: PropertyMap): Promise<void> {
  if (parseUrn(urn)?.type === rootStackType) d.heardOut = true;
  await d.registering.get(urn)?.catch(() => undefined);
  const step = d.steps.get(urn);
  if (d.skipped.has(urn) || d.results.has(urn)) return;
  const known = d.news.get(urn);
  // Left as it is, because the operation is about others.
  if (!step && known && !d.mayChange(known)) return;
  if (!step || !known) throw new Diagnosis(`cannot complete a resource '${urn}' whose registration isn't pending`);
  d.steps.delete(urn);
  const complete = async (values: PropertyMap): Promise<void> => {
    const state = d.news.get(urn);
    if (!state) return;
    const next = { ...state, outputs: values };
    if (!sameState(state, next) && !d.gone.has(urn)) d.executor.note({ resource: next, replaces: state });
    d.news.set(urn, next);
    const done = { ...step, new: next };
    const after = d.executor.hooks?.after(done);
    if (after) await after;
    d.events.outputs(done);
  };
  if (step.type !== rootStackType) {
    if (d.executor.stopped) throw new Bail();
    return complete(outputs);
  }
  const before = step.old?.outputs ?? {};
  d.rootOutputs = () => complete(d.failed ? { ...before, ...outputs } : outputs);
}
