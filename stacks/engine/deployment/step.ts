/** The vocabulary of a deployment: a step is one change (or none) to one resource. Data only. */
import type { DiffResult } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { isProviderType, parseUrn } from "../values/urn.ts";

export type Op =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "discard"
  | "discard-replaced"
  | "remove-pending-replace"
  | "import"
  | "import-replacement";

export interface Step {
  op: Op;
  urn: string;
  type: string;
  old?: ResourceState;
  new?: ResourceState;
  /** False for the halves of a replacement: they are not counted. */
  logical: boolean;
  diff?: DiffResult;
  /** What a refresh found: what is counted and shown at its end. */
  resultOp?: "same" | "update" | "delete";
  /** Nothing a person asked for: see `isInternal`. */
  internal?: boolean;
  /** What events show of its states, as JSON. */
  texts?: Map<ResourceState, string>;
}

/** How many of each operation there were, as a summary tells it. */
export type Changes = { [op: string]: number };

/** Shown to machines, not to people, and not counted: the user asked for none of these. */
export function isInternal(step: Step): boolean {
  return step.internal === true || step.op === "remove-pending-replace" || isDefaultProvider(step);
}

function isDefaultProvider({ type, urn }: Step): boolean {
  return isProviderType(type) && parseUrn(urn)?.name.startsWith("default") === true;
}
