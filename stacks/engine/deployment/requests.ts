/** What providers are asked with, made of what a goal and the state say. Secrets are in it. */

import type { DiffRequest, ResourceIdentity } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { PropertyMap } from "../value.ts";
import { parseUrn } from "../values/urn.ts";
import { withoutInternal } from "../values/values.ts";
import type { Goal } from "./goal.ts";

export function identity(urn: string, goal: Pick<Goal, "type" | "name">): ResourceIdentity {
  return { urn, type: goal.type, name: goal.name };
}

/** To read or delete what the state knows. */
export function requestOf(state: ResourceState) {
  const { urn, type } = state;
  const name = parseUrn(urn)?.name ?? "";
  return { urn, type, name, id: state.id ?? "", inputs: state.inputs, outputs: state.outputs };
}

/** To compare, or to change, what the state knows with what the program asks for now. */
export function changeOf(urn: string, goal: Goal, old: ResourceState, inputs: PropertyMap): DiffRequest {
  return {
    ...identity(urn, goal),
    id: old.id ?? "",
    oldInputs: old.inputs,
    oldOutputs: old.outputs,
    newInputs: withoutInternal(inputs),
    ignoreChanges: goal.ignoreChanges,
  };
}
