/**
 * Programs that are run for a refresh or a destroy: what they register says how providers are configured now and which
 * options resources have, and nothing of a cloud is made or changed by it.
 */

import type { ResourceState } from "../state/resource.ts";
import { isProviderType } from "../values/urn.ts";
import type { Deployment } from "./deployment.ts";
import type { Goal } from "./goal.ts";
import { needs } from "./schedule.ts";
import { stateFor } from "./states.ts";
import type { Step } from "./step.ts";

export interface Ways {
  record(d: Deployment, step: Step): Promise<ResourceState>;
  skip(d: Deployment, goal: Goal, urn: string): Promise<ResourceState>;
}

/** The state to answer with; undefined for providers and components, which are registered as always. */
export async function rehearse(
  d: Deployment,
  goal: Goal,
  urn: string,
  known: ResourceState | undefined,
  { record, skip }: Ways,
): Promise<ResourceState | undefined> {
  const wanted = stateFor(goal, urn, goal.inputs, goal.provider);
  const unfounded = [...needs(wanted)].some((needed) => d.skipped.has(needed));
  if (!unfounded && (!goal.custom || isProviderType(goal.type))) return undefined;
  if (!known || (unfounded && d.mode === "destroy")) return skip(d, goal, urn);
  if (d.mode === "refresh") return known;
  const state = { ...stateFor(goal, urn, known.inputs, goal.provider, known), id: known.id, outputs: known.outputs };
  return record(d, { op: "same", urn, type: goal.type, old: known, new: state, logical: true });
}
