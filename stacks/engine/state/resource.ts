/**
 * The nouns of a deployment's state, in memory: decrypted, with wrappers for secrets. Their JSON (deployment v3) is
 * made and read in checkpoint.ts; nothing else knows that form.
 */
import type { PropertyMap, PropertyValue } from "../value.ts";

export interface CustomTimeouts {
  /** Seconds. */
  create?: number;
  update?: number;
  delete?: number;
  read?: number;
}

/** One resource as state holds it. Absent means the zero value, as in Pulumi's own JSON. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  type: string;
  /** Replaced and waiting to be deleted. */
  delete?: boolean;
  id?: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  parent?: string;
  protect?: boolean;
  taint?: boolean;
  external?: boolean;
  dependencies: string[];
  initErrors?: string[];
  /** `URN::ID` of the provider resource. */
  provider?: string;
  propertyDependencies: { [property: string]: string[] };
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: CustomTimeouts;
  importID?: string;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith?: string[];
  /** RFC 3339. */
  created?: string;
  modified?: string;
  sourcePosition?: string;
  ignoreChanges?: string[];
  hideDiff?: string[];
  replaceOnChanges?: string[];
  replacementTrigger?: PropertyValue;
  refreshBeforeUpdate?: boolean;
  viewOf?: string;
  resourceHooks?: { [hook: string]: string[] };
  /** Fields of ResourceV3 this version does not interpret, kept as they were read. */
  rest?: { [field: string]: unknown };
}

export type PendingOperationType = "creating" | "updating" | "deleting" | "reading" | "importing";

export interface PendingOperation {
  type: PendingOperationType;
  resource: ResourceState;
}

export interface Snapshot {
  /** In dependency order: what a resource refers to stands earlier. */
  resources: ResourceState[];
  pendingOperations: PendingOperation[];
  /** Manifest, metadata and other parts of the deployment that pass through unharmed. */
  rest?: { [field: string]: unknown };
}

/** Which stack: `ORGANIZATION/PROJECT/STACK`. */
export interface StackRef {
  organization: string;
  project: string;
  stack: string;
}
