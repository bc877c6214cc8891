/**
 * What the engine asks of a provider: Pulumi's resource provider protocol as a typed interface on plain values. A
 * provider behind this interface runs in the engine's process, or is served over gRPC as a `pulumi-resource-*`
 * executable by an adapter. The engine knows nothing else of any cloud.
 *
 * Secrets: the engine unwraps secrets before it calls (a provider sees plain values) and marks the answer's
 * properties secret where the same-named input was, or where the provider lists them in `secretOutputs`.
 */
import type { PropertyMap } from "./value.ts";

export interface CheckFailure {
  /** Property path, `tags.name` or `rules[0].id`; empty for the resource as a whole. */
  property: string;
  reason: string;
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface PropertyDiff {
  kind: DiffKind;
  /** True when the difference is between old and new inputs, false between old state and new inputs. */
  inputDiff: boolean;
}

export interface DiffResult {
  /** `unknown`: the provider cannot say; the engine compares old and new inputs itself. */
  changes: "none" | "some" | "unknown";
  /** Property paths that force a replacement; empty means an update in place does. */
  replaces: string[];
  /** Output properties that will not change even if the resource does. */
  stables: string[];
  /** Changed top-level property names. */
  diffs: string[];
  detailedDiff?: { [path: string]: PropertyDiff };
  deleteBeforeReplace?: boolean;
}

export interface ResourceIdentity {
  urn: string;
  /** `aws:s3/bucket:Bucket` */
  type: string;
  /** The logical name, the last part of the URN. */
  name: string;
}

export interface Context {
  /** Aborted when the operation is cancelled or the time is up; providers stop waiting and throw. */
  signal: AbortSignal;
  /** Seconds allowed for this step; 0 when the program said nothing. */
  timeoutSeconds: number;
  /** A line a person may see while the step runs: what it waits for, and why. Replaced by the next. */
  status(message: string): void;
  /** A diagnostic that stays. */
  log(severity: "debug" | "info" | "warning" | "error", message: string): void;
}

export interface CheckRequest extends ResourceIdentity {
  /** Inputs of the last deployment; absent on create and on replacement. */
  olds?: PropertyMap;
  news: PropertyMap;
  /** 32 bytes that make autonaming deterministic within one deployment. */
  randomSeed: Uint8Array;
}

export interface CheckResult {
  inputs: PropertyMap;
  failures: CheckFailure[];
}

export interface CreateRequest extends ResourceIdentity {
  inputs: PropertyMap;
  preview: boolean;
}

export interface DiffRequest extends ResourceIdentity {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  newInputs: PropertyMap;
  ignoreChanges: string[];
}

export interface UpdateRequest extends DiffRequest {
  preview: boolean;
}

export interface ReadRequest extends ResourceIdentity {
  id: string;
  /** Present on refresh, absent on import and `.get()`. */
  inputs?: PropertyMap;
  outputs?: PropertyMap;
}

export interface ReadResult {
  /** Null: the resource is gone. */
  id: string | null;
  /** What a program would have to say to describe the resource as it is; undefined keeps the old inputs. */
  inputs?: PropertyMap;
  outputs: PropertyMap;
}

export interface DeleteRequest extends ResourceIdentity {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

export interface InvokeRequest {
  /** `aws:index/getCallerIdentity:getCallerIdentity` */
  token: string;
  args: PropertyMap;
  preview: boolean;
}

export interface InvokeResult {
  result: PropertyMap;
  failures: CheckFailure[];
}

/** Thrown by create and update when the resource exists but is not right: it is saved, with the reasons. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly inputs: PropertyMap;
  readonly reasons: string[];
  constructor(init: { id: string; outputs: PropertyMap; inputs: PropertyMap; reasons: string[] }) {
    super(init.reasons.join("; "));
    this.name = "PartialFailure";
    this.id = init.id;
    this.outputs = init.outputs;
    this.inputs = init.inputs;
    this.reasons = init.reasons;
  }
}

/** One configured provider: a package, a version, one set of credentials. */
export interface Provider {
  readonly package: string;
  readonly version: string;
  /** Called for `pulumi:providers:PKG` resources, before configure. */
  checkConfig(request: { urn: string; olds?: PropertyMap; news: PropertyMap }): Promise<CheckResult>;
  diffConfig(request: { urn: string; oldInputs: PropertyMap; newInputs: PropertyMap }): Promise<DiffResult>;
  /** Once per instance. May not be called at all in a preview with unknown configuration. */
  configure(inputs: PropertyMap): Promise<void>;

  check(request: CheckRequest, context: Context): Promise<CheckResult>;
  diff(request: DiffRequest, context: Context): Promise<DiffResult>;
  create(request: CreateRequest, context: Context): Promise<{ id: string; outputs: PropertyMap }>;
  read(request: ReadRequest, context: Context): Promise<ReadResult>;
  update(request: UpdateRequest, context: Context): Promise<{ outputs: PropertyMap }>;
  /** A resource that is gone already is done, not an error. */
  delete(request: DeleteRequest, context: Context): Promise<void>;
  invoke(request: InvokeRequest, context: Context): Promise<InvokeResult>;

  /** Output properties that are secret whatever the program said, per type token. */
  secretOutputs(type: string): readonly string[];
  /**
   * A physical name or client token decided in `check`, written to the journal before create, by which a create that
   * was cut off is found again. Undefined when the type has none.
   */
  intentKey?(type: string, inputs: PropertyMap): string | undefined;
  /** Finds what an interrupted create left; null when there is nothing. Never returns what is not ours. */
  adopt?(request: CreateRequest, context: Context): Promise<{ id: string; outputs: PropertyMap } | null>;

  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** How the engine comes by a provider for a package; undefined: no such provider here. */
export type ProviderFactory = (pkg: string, version: string | undefined) => Provider | undefined;
