/**
 * What the engine asks of a provider: Pulumi's resource provider protocol as a typed interface on plain values. A
 * provider behind this interface runs in the engine's process, or is served over gRPC as a `pulumi-resource-*`
 * executable by an adapter. The engine knows nothing else of any cloud.
 *
 * Secrets: a provider sees plain values, and the answer's properties are marked secret where the same-named input was,
 * or where the provider lists them in `secretOutputs`. One that says `acceptsSecrets` is given the wrappers and is
 * believed in what it marks itself.
 */
import type { PropertyMap, PropertyValue } from "./value.ts";

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

export interface AdoptRequest extends CreateRequest {
  /** When that create began, in milliseconds since 1970; absent: in this very run, or it was not noted. */
  since?: number;
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

/** What a component or a method needs to register resources of its own, through the monitor that asked for it. */
export interface ProgramInfo {
  project: string;
  stack: string;
  organization: string;
  /** `aws:region` to plain text, secret or not. */
  config: { [key: string]: string };
  /** The keys of `config` whose values are secret. */
  configSecretKeys: string[];
  dryRun: boolean;
  /** How many registrations may be under way at once; 1 is one after the other. */
  parallel: number;
  /** `127.0.0.1:PORT` of the ResourceMonitor and Engine services. */
  monitorAddress: string;
  /** Passed on with what is registered, so that stack traces join up; empty: none. */
  stackTraceHandle: string;
}

/** URNs each property came from. */
export interface PropertyDependencies {
  [property: string]: string[];
}

/** A name a resource went by before. */
export type AliasSpec =
  | { kind: "urn"; urn: string }
  | {
      kind: "spec";
      name?: string;
      type?: string;
      stack?: string;
      project?: string;
      parent?: string;
      noParent: boolean;
    };

export interface CallRequest extends ProgramInfo {
  /** `pkg:module/Type:Type/method` */
  token: string;
  /** With secrets, unknowns, resource references and output values as they came; `__self__` is the resource. */
  args: PropertyMap;
  argDependencies: PropertyDependencies;
  /** Whether the answer may hold output values. */
  acceptsOutputValues: boolean;
}

export interface CallResult {
  /** May hold secrets, unknowns, resource references, and output values when the caller accepts them. */
  result: PropertyMap;
  returnDependencies: PropertyDependencies;
  failures: CheckFailure[];
}

/** Texts as Go reads durations, `5m30s`. */
export interface TimeoutTexts {
  create?: string;
  update?: string;
  delete?: string;
  read?: string;
}

/** Names of registered hooks. */
export interface HookBinding {
  beforeCreate: string[];
  afterCreate: string[];
  beforeUpdate: string[];
  afterUpdate: string[];
  beforeDelete: string[];
  afterDelete: string[];
  onError: string[];
}

/** The options the component was registered with; absent ones were not given. */
export interface ConstructOptions {
  aliases: AliasSpec[];
  dependencies: string[];
  protect?: boolean;
  /** Package to `URN::ID`. */
  providers: { [pkg: string]: string };
  additionalSecretOutputs: string[];
  customTimeouts?: TimeoutTexts;
  deletedWith?: string;
  replaceWith: string[];
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  replacementTrigger?: PropertyValue;
  retainOnDelete?: boolean;
  hooks?: HookBinding;
}

export interface ConstructRequest extends ProgramInfo {
  /** `pkg:module:Type` */
  type: string;
  name: string;
  /** A URN; empty: none. */
  parent: string;
  /** With secrets, unknowns, resource references and output values as they came. */
  inputs: PropertyMap;
  inputDependencies: PropertyDependencies;
  options: ConstructOptions;
  /** Whether the answer may hold output values. */
  acceptsOutputValues: boolean;
}

export interface ConstructResult {
  /** Of the component, which the provider has registered. */
  urn: string;
  /** May hold secrets, unknowns, resource references, and output values when the caller accepts them. */
  state: PropertyMap;
  stateDependencies: PropertyDependencies;
}

/** What makes a provider stand for another package than its own. */
export interface Parameters {
  /** Of the package it becomes. */
  name: string;
  version: string;
  value: Uint8Array;
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

/** Thrown when it is in doubt what a call has done. */
export class UnclearFailure extends Error {
  /** The answer was lost: the call may have had its effect, and its intent stays until somebody has looked. */
  readonly cutOff: boolean;
  constructor(message: string, cutOff: boolean) {
    super(message);
    this.name = "UnclearFailure";
    this.cutOff = cutOff;
  }
}

/** Thrown by diff when it cannot say yet: taken for a change in place, and told as a warning. */
export class DiffUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DiffUnavailable";
  }
}

/** One configured provider: a package, a version, one set of credentials. */
export interface Provider {
  readonly package: string;
  readonly version: string;
  /** Whether property maps may hold `Secret`s, in both directions. `checkConfig` and `diffConfig` never get any. */
  readonly acceptsSecrets?: boolean;
  /** Called for `pulumi:providers:PKG` resources, before configure. */
  checkConfig(request: { urn: string; olds?: PropertyMap; news: PropertyMap }): Promise<CheckResult>;
  diffConfig(request: { urn: string; oldInputs: PropertyMap; newInputs: PropertyMap }): Promise<DiffResult>;
  /**
   * Before `configure`: what the last state holds as outputs of this provider's resources. By it a provider can tell
   * that it was given the credentials of somebody else, to whom all of these would seem to be gone.
   */
  remember?(outputs: readonly PropertyMap[]): void;
  /** Once per instance. May not be called at all in a preview with unknown configuration. */
  configure(inputs: PropertyMap, about?: { urn: string; id: string }): Promise<void>;

  check(request: CheckRequest, context: Context): Promise<CheckResult>;
  diff(request: DiffRequest, context: Context): Promise<DiffResult>;
  create(request: CreateRequest, context: Context): Promise<{ id: string; outputs: PropertyMap }>;
  read(request: ReadRequest, context: Context): Promise<ReadResult>;
  update(request: UpdateRequest, context: Context): Promise<{ outputs: PropertyMap }>;
  /** A resource that is gone already is done, not an error. */
  delete(request: DeleteRequest, context: Context): Promise<void>;
  invoke(request: InvokeRequest, context: Context): Promise<InvokeResult>;
  /** A method of a resource. Absent: the package has none, and the engine says so to whoever calls one. */
  call?(request: CallRequest, context: Context): Promise<CallResult>;
  /**
   * A component whose program is the provider's: registers it and its children with the monitor at
   * `request.monitorAddress`, and answers once the component has its outputs. Absent: the package has none.
   */
  construct?(request: ConstructRequest, context: Context): Promise<ConstructResult>;
  /** Before `checkConfig`, once. Absent: the provider stands for its own package only. */
  parameterize?(parameters: Parameters): Promise<void>;

  /** Output properties that are secret whatever the program said, per type token. */
  secretOutputs(type: string): readonly string[];
  /**
   * A physical name or client token decided in `check`, written to the journal before create, by which a create that
   * was cut off is found again. Undefined when the type has none.
   */
  intentKey?(type: string, inputs: PropertyMap): string | undefined;
  /**
   * A step's intent is being written, and its call follows: what comes before any call, such as finding out whose the
   * credentials are, may begin. Changes nothing; what goes wrong is told by the call.
   */
  prepare?(context: Context): void;
  /** Finds what an interrupted create left; null when there is nothing. Never returns what is not ours. */
  adopt?(request: AdoptRequest, context: Context): Promise<{ id: string; outputs: PropertyMap } | null>;

  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** How the engine comes by a provider for a package; undefined: no such provider here. */
export type ProviderFactory = (pkg: string, version: string | undefined) => Provider | undefined;
