/** What the engine may ask of state: the types of the door. stack-backend.ts carries them out. */
import type { Clock } from "../clock.ts";
import type { Environment } from "./aws-address.ts";
import type { UntypedDeployment } from "./checkpoint.ts";
import type { Journal } from "./journal.ts";
import type { Snapshot, StackRef } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";

export type UpdateKind = "update" | "preview" | "refresh" | "rename" | "destroy" | "import" | "resource-import";

export interface BackendOptions {
  clock: Pick<Clock, "now" | "uuid">;
  /** For the lock's text; the process's own when left out. */
  username?: string;
  /** What the call was given: PULUMI_DIY_BACKEND_*, and AWS credentials, region and endpoint for buckets. */
  env?: Environment;
  /** For warnings that stop nothing. */
  warn?: (text: string) => void;
  /** How long the lock in a bucket holds without a renewal; 30 when left out. */
  leaseSeconds?: number;
}

export interface StackSummary {
  ref: StackRef;
  /** ISO 8601; absent before the first update. */
  lastUpdate?: string;
  resourceCount?: number;
  /** Why its checkpoint cannot be read; it says nothing of other stacks. */
  unreadable?: string;
}

export interface LoadedCheckpoint {
  /** What the checkpoint says of its secrets; absent before the first update. */
  secretsProvider?: { type: string; state: { [field: string]: unknown } };
  resourceCount: number;
  /** Something in it is encrypted. */
  holdsSecrets: boolean;
  /** A journal of a run that ended early lies beside it: the next openUpdate folds it in. */
  interrupted: boolean;
  /** Decrypts. `manager` may be missing while nothing is secret. */
  snapshot(manager?: SecretsManager): Snapshot;
}

/** A value as settings files have it: plain (string, number, boolean, object) or `{ secure: ciphertext }`. */
export type ConfigValue = unknown;

export interface UpdateInfo {
  result: "succeeded" | "failed" | "in-progress";
  resourceChanges: { [op: string]: number };
  config: { [key: string]: ConfigValue };
  message: string;
  environment: { [key: string]: string };
}

export interface HistoryEntry extends Partial<UpdateInfo> {
  /** Always 0, as in every backend that is not Pulumi's own service. */
  version: number;
  kind: UpdateKind;
  /** ISO 8601. */
  startTime: string;
  endTime?: string;
}

export interface Update {
  base: Snapshot;
  /** A journal of a dead run was folded in. */
  recovered: boolean;
  /** What a person should know of the recovery: a torn record was dropped, say. */
  notes: string[];
  journal: Journal;
  /** Folds the journal, writes history and backup, gives the lock back. */
  finish(info: UpdateInfo): Promise<void>;
  /** Gives the lock back without an entry in history; what the journal holds is folded first. */
  abandon(): Promise<void>;
}

export interface Tags {
  get(name: string): Promise<string>;
  set(name: string, value: string): Promise<void>;
  rm(name: string): Promise<void>;
  ls(): Promise<{ [name: string]: string }>;
}

/** Something about a stack's state. A note stops nothing; with a problem the stack cannot be used as it is. */
export interface Finding {
  severity: "note" | "problem";
  /** A StateError's code, or `integrity`, `secrets`, `pending`, `journal`, `lock`, `copy`. */
  kind: string;
  file: string;
  message: string;
}

export interface Verification {
  ref: StackRef;
  /** Without problems. */
  sound: boolean;
  findings: Finding[];
}

export interface RepairStep {
  /** `fold` a journal, `restore` a copy of the checkpoint, `mend` references, `salvage` a journal that cannot be folded. */
  action: "fold" | "restore" | "mend" | "salvage";
  says: string;
  /** What is gone after it. */
  loses?: string;
}

export interface RepairResult {
  /** False when nothing was to be done, or it was not agreed to. */
  repaired: boolean;
  steps: RepairStep[];
}

export interface Backend {
  /** `file:///path` or `s3://bucket/prefix`, as it was given. */
  readonly url: string;
  /** Each look at it is a way through a network. */
  readonly isFar: boolean;
  stacks(project?: string): Promise<StackSummary[]>;
  exists(ref: StackRef): Promise<boolean>;
  create(ref: StackRef): Promise<void>;
  remove(ref: StackRef, options: { force: boolean }): Promise<void>;
  /** `STACK` or `organization/PROJECT/STACK`. Rewrites the names in every URN. */
  rename(ref: StackRef, newName: string): Promise<StackRef>;
  load(ref: StackRef): Promise<LoadedCheckpoint>;
  /** Takes the lock; throws StateError `locked` while a living process holds it. */
  openUpdate(ref: StackRef, kind: UpdateKind, secrets: SecretsManager | undefined): Promise<Update>;
  tags(ref: StackRef): Tags;
  /** Newest first. */
  history(ref: StackRef, page?: { page?: number; pageSize?: number }): Promise<HistoryEntry[]>;
  /** Removes every lock of the stack. */
  cancel(ref: StackRef): Promise<void>;
  exportDeployment(
    ref: StackRef,
    secrets: SecretsManager | undefined,
    options: { showSecrets: boolean },
  ): Promise<UntypedDeployment>;
  importDeployment(
    ref: StackRef,
    json: unknown,
    secrets: SecretsManager | undefined,
    options: { force: boolean },
  ): Promise<void>;
  /** Puts a deployment in the place of a checkpoint that is gone or cannot be read, with what is damaged kept aside. */
  restore(ref: StackRef, json: unknown, secrets: SecretsManager | undefined): Promise<void>;
  /** Looks the state over, and changes nothing. With a manager its secrets are opened, too. */
  verify(ref: StackRef, secrets: SecretsManager | undefined): Promise<Verification>;
  /** `agree` is asked once, before anything is changed. Throws `locked`, and refuses what another version wrote. */
  repair(
    ref: StackRef,
    secrets: SecretsManager | undefined,
    agree: (steps: readonly RepairStep[]) => Promise<boolean>,
  ): Promise<RepairResult>;
}
