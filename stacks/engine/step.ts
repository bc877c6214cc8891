/** The vocabulary of a deployment: a step is one change (or none) to one resource. Data only. */
import type { DiffResult } from "./provider.ts";
import type { ResourceState } from "./state/resource.ts";

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
  /** A default provider's step is shown but not counted. */
  uncounted?: boolean;
}

/** What a person watching is told about the step; for `refresh` the outcome decides what is counted. */
export type Changes = { [op: string]: number };
