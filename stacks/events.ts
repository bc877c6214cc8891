/**
 * What an operation tells whoever watches: one JSON object a line in its event file, and the same with `--json`.
 * Commands emit these; views draw them; nothing prints. Versioned by `start.format`. Secrets are never in them.
 */
import type { CardSetting, Consent } from "../blueprints/card.ts";
import type { SetupPlan, WaysDocument } from "./deploy/setup-types.ts";

export type OperationKind =
  | "setup"
  | "up"
  | "preview"
  | "upgrade"
  | "rollback"
  | "settings"
  | "undo"
  | "destroy"
  | "refresh"
  | "add"
  | "adopt"
  | "export"
  | "import"
  | "backup"
  | "restore"
  | "apply"
  | "engine"
  | "vend"
  | "close"
  | "domain";

/** Pulumi's step names, as they stand in the engine's event stream. */
export type StepOp =
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

export interface StartEvent {
  type: "start";
  format: 1;
  operation: OperationKind;
  /** The operation's id: what `attach` takes. */
  id: string;
  cloud: string;
  apps: string[];
  /** ISO 8601. */
  at: string;
  pid: number;
}

/** A stack's turn begins: foundation, then apps. */
export interface StackEvent {
  type: "stack";
  stack: string;
  app?: string;
  preview: boolean;
}

export interface ResourceEvent {
  type: "resource";
  phase: "started" | "waiting" | "done" | "failed";
  stack: string;
  op: StepOp;
  urn: string;
  parent?: string;
  /** `aws:s3/bucket:Bucket` */
  kind: string;
  name: string;
  /** Physical id, when known. */
  id?: string;
  /** On deletes: it leaves the state and stays in the cloud, data and all. */
  retained?: true;
  /** Milliseconds since the step started; on done and failed. */
  elapsedMs?: number;
  /** What it waits for and why, on waiting; the cause, on failed. Already safe for a terminal. */
  message?: string;
  /** Changed top-level properties, on updates and replacements. */
  diffs?: string[];
  at: string;
}

/** A new app's address answers for the first time; what it can do without may still be made. */
export interface AddressEvent {
  type: "address";
  stack: string;
  app: string;
  url: string;
  /** Milliseconds since the stack's turn began. */
  elapsedMs: number;
  /** ISO 8601. */
  at: string;
}

export interface NoteEvent {
  type: "note";
  level: "info" | "warning" | "error";
  message: string;
  stack?: string;
  urn?: string;
  /** Records of DNS that it is about, in its message too: to be written by hand, or in the way. */
  records?: { name: string; type: string; value: string }[];
}

/**
 * What an app is, reaches and costs, before anything is changed. `needed`: somebody has to accept its digest first, and
 * without that the operation ends here with exit code 3, nothing changed.
 */
export interface ConsentEvent {
  type: "consent";
  stack: string;
  needed: boolean;
  consent: Consent;
}

/**
 * Settings that an app cannot be without were not given: the operation ends here with exit code 3, nothing changed.
 * Asked again with them, it goes on.
 */
export interface SettingsNeededEvent {
  type: "settings-needed";
  /** What it is called in the cloud. */
  app: string;
  /** In the manifest's order, at least one. */
  settings: CardSetting[];
}

/** Secrets that a snapshot names and the cloud has not: the operation ends here with exit code 3, nothing changed. */
export interface SecretsNeededEvent {
  type: "secrets-needed";
  /** At least one; what is not required may stay without. */
  secrets: { app: string; secret: string; required: boolean }[];
}

/**
 * Setup found several ways of signing in, and none was chosen: it ends here with exit code 3, nothing changed. Asked
 * again with the flag of one of them, it goes on.
 */
export interface WaysEvent {
  type: "ways";
  ways: WaysDocument;
}

/** Setup does not know where the cloud is to be: it ends here with exit code 3, nothing changed (`--region`). */
export interface RegionEvent {
  type: "region";
  /** What the environment or the profile says. */
  usual: string | null;
  /** Where the account has a cloud of this name already, when in several. */
  found: string[];
}

/** Nobody said whether the account is to have a budget: setup ends here with exit code 3, nothing changed (`--budget`). */
export interface BudgetEvent {
  type: "budget";
  /** US dollars a month. */
  suggested: number;
}

/**
 * Nobody said which engine is to carry a new cloud in AWS out: setup ends here with exit code 3, nothing changed
 * (`--engine`). The official Pulumi is what is recommended.
 */
export interface EngineEvent {
  type: "engine";
  /** The official Pulumi of this computer that would be taken. */
  found: { file: string; version: string } | null;
  /** Without one, this version would be fetched. */
  fetched: string;
}

/**
 * What setup is about to do, before anything is changed. `needed`: somebody has to agree first (`--yes`), and without
 * that the operation ends here with exit code 3, nothing changed.
 */
export interface SetupPlanEvent {
  type: "setup-plan";
  needed: boolean;
  plan: SetupPlan;
}

/** How a stack's turn ended. */
export interface SummaryEvent {
  type: "summary";
  stack: string;
  app?: string;
  result: "succeeded" | "failed" | "canceled";
  preview: boolean;
  /** Steps by op; a replacement counts once. */
  changes: Partial<Record<StepOp, number>>;
  /** How many of the deletes left their resource in the cloud. */
  retained?: number;
  durationMs: number;
}

export interface ErrorEvent {
  type: "error";
  code: string;
  summary: string;
  detail?: string;
  at?: string;
  next?: string;
}

/** Always the last one. `exitCode` is what the command ends with. */
export interface ResultEvent {
  type: "result";
  ok: boolean;
  exitCode: number;
  operation: OperationKind;
  cloud: string;
  /** What the operation made or found, per app. */
  apps: {
    name: string;
    url?: string;
    link?: string;
    version?: string;
    kept?: { kind: string; name: string; id: string }[];
  }[];
  /** What an export or import carried, and where the files are. */
  data?: CarriedData;
  durationMs: number;
}

export interface CarriedData {
  /** A folder, an archive, `s3://BUCKET/PREFIX`. */
  at: string;
  stores: {
    /** `notes/files` */
    store: string;
    kind: "table" | "bucket";
    /** Items, or objects. */
    count: number;
    sizeBytes: number;
    /** Of imports: there was data before. */
    had?: boolean;
    /** Of a snapshot that was brought up: what is here now beside what it has, item by item. Missing of a dry run. */
    arrived?: { same: number; changed: number; missing: number; more: number };
    /** Of a snapshot: nothing was written here, because what is here differs. */
    stays?: true;
  }[];
  /** Looked, and wrote nothing. */
  dryRun?: true;
  /** What was made by a backup, an app each. */
  backups?: MadeBackup[];
}

export interface MadeBackup {
  app: string;
  id: string;
  /** Each item and file is as it was at some time between these. */
  from: string;
  until: string;
  /** When every byte had been read back. */
  verified: string;
  sizeBytes: number;
  /** US dollars, for as long as it is kept. */
  costPerMonth: number;
  /** Those that a rule let go, and the rule in words. */
  gone: string[];
  rule?: string;
}

/**
 * What would be lost if data went back to a backup. `needed`: somebody has to say yes to exactly this, and without that the
 * operation ends here with exit code 3, nothing changed.
 */
export interface LossEvent {
  type: "loss";
  stack: string;
  needed: boolean;
  loss: {
    app: string;
    /** What `--lose` takes. */
    digest: string;
    backup: { id: string; until: string; version?: string };
    /** Items or files written since, others than then, and gone since. */
    stores: { store: string; kind: "table" | "bucket"; added: number; changed: number; gone: number }[];
  };
}

export type OperationEvent =
  | StartEvent
  | StackEvent
  | ResourceEvent
  | AddressEvent
  | NoteEvent
  | ConsentEvent
  | LossEvent
  | SettingsNeededEvent
  | SecretsNeededEvent
  | WaysEvent
  | RegionEvent
  | BudgetEvent
  | EngineEvent
  | SetupPlanEvent
  | SummaryEvent
  | ErrorEvent
  | ResultEvent;

export type Emit = (event: OperationEvent) => void;
