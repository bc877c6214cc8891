/** The words of the deployment's door: what is asked and what is answered. Plain data. */
import type { Finding } from "../../blueprints/card.ts";
import type { Blueprint } from "../../blueprints/load.ts";
import type { Domain } from "../domains.ts";
import type { Emit, StepOp } from "../events.ts";
import type { PlannedResource } from "../rules/plan.ts";

export interface RunOptions {
  /** First abort: finish what is in flight, release what is held, then throw the fault `interrupted` (exit code 130). */
  signal: AbortSignal;
  emit: Emit;
}

export interface LookingOptions extends RunOptions {
  /** What is really there is looked at first: what was changed or deleted by hand is found. */
  refresh?: boolean;
}

export interface FoundationOptions extends LookingOptions {
  /** Built code of the functions that ship with every cloud: a folder with `gate/index.mjs` and `signin/index.mjs`. */
  functionsDir: string;
  /** Changes nothing, and answers what is known without. */
  preview?: boolean;
  /** It was made before: then its state has to be there. */
  installed?: boolean;
  /** With the bucket for backups. One that has it keeps it, said or not. */
  backups?: boolean;
  /** With this budget, or none; as it is where nothing is said. */
  budget?: SaidBudget;
  /** Names of sign-in's own; those it has when left out. */
  domains?: readonly Domain[];
}

export type SaidBudget = { perMonth: number; email?: string } | "none";

/** What apps need of the foundation. Plain data: keep it, or ask for it again with `foundationOutputs`. */
export interface FoundationOutputs {
  accountId: string;
  /** Physical name of the sign-in function, and its ARN. */
  signinFunction: string;
  signinArn: string;
  /** Where one signs in, with a slash at its end; empty while it is not known: AWS gives it when the function is made. */
  signinUrl: string;
  /** Names of its own that it has, the one of `signinUrl` first. */
  signinHosts: string[];
  domains: Domain[];
  /** Physical name of the table of who may come in (stacks/functions/shared/rows.ts). */
  accessTable: string;
  /** ARN of the permission boundary every role of an app carries. */
  boundaryArn: string;
}

export type Changes = Partial<Record<StepOp, number>>;

/** A resource left in the cloud by `destroy` with data kept; what a later `deployApp` takes back. */
export interface Kept {
  /** `aws:dynamodb/table:Table`, `aws:s3/bucket:Bucket`, `aws:ssm/parameter:Parameter` (secret settings). */
  kind: string;
  /** The noun of the manifest: `notes`, `files`, `token`. */
  name: string;
  /** Physical id. */
  id: string;
}

/** How much of it there is. */
export interface Measured extends Kept {
  /** Items of a table, objects of a bucket. */
  items: number;
  sizeBytes: number;
  /** There is more: a bucket is counted up to a limit. */
  more: boolean;
}

/** How many requests came to an app's gate. */
export interface RequestCount {
  count: number;
  /** There are more: they are counted up to a limit. */
  more: boolean;
}

export interface App {
  /** What it is called in this cloud: `notes`, `diary`. */
  name: string;
  blueprint: Blueprint;
  /** Digest of the installed folder. */
  digest: string;
  /** Plain settings, complete: every required one given; the blueprint's defaults are filled in here. */
  settings: Readonly<Record<string, string | number | boolean>>;
  /** Secret settings that are to be set now; those set before may be left out. Never in state, events or logs. */
  secrets: Readonly<Record<string, string>>;
  /** The owner's word on how many requests a day it may have. */
  budget?: number;
  /** Names of its own. */
  domains?: readonly Domain[];
  /** What an earlier `destroyApp` kept. */
  attach?: readonly Kept[];
  functionsDir: string;
  /** It was brought up before: then its state has to be there. */
  installed?: boolean;
}

export interface DestroyOptions extends RunOptions {
  data: "keep" | "delete";
  /** What an earlier `destroyApp` kept. */
  attach?: readonly Kept[];
  /** It was brought up before: then its state has to be there. */
  installed?: boolean;
  /** All that ran is gone, and next its state: from here on only the caller knows of this data. */
  leaving?(data: Kept[]): Promise<void>;
}

export interface AppResult {
  changes: Changes;
  /** `http://notes--home.localhost:4780/`; undefined in a preview of an app that is not there on AWS. */
  url: string | undefined;
  outputs: Record<string, unknown>;
}

export interface JudgedPlan extends AppResult {
  /** All there would be, what stays the same among it. */
  resources: PlannedResource[];
  /** The worst first. */
  findings: Finding[];
}

export interface LogLine {
  /** ISO 8601. */
  at: string;
  /** The function's name in the manifest, or `gate`. */
  function: string;
  /** Of the call that wrote it, when that can be told. */
  requestId?: string;
  /** Traces of bundled code name its sources, where the package has maps of them. */
  message: string;
}

export interface ExecAccess {
  /** The function's name in the manifest. */
  function: string;
  /** ARN of whoever was given them. */
  principal: string;
  /** Credentials, region, endpoint, and the names of the function's things. */
  environment: Record<string, string>;
}

export interface LogQuestion {
  /** Milliseconds since 1970; an hour back when left out. */
  since?: number;
  /** Goes on until the signal; else one pass. */
  follow?: boolean;
  /** Only of this function, `gate` among them. */
  function?: string;
  /** A filter pattern of CloudWatch Logs. */
  filter?: string;
  signal: AbortSignal;
}

export interface HistoryItem {
  kind: string;
  result: string;
  startTime: string;
  endTime?: string;
  changes: Changes;
  message: string;
}

/** `foundation`, or an app's name. */
export type StackName = string;
