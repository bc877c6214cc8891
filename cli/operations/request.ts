/** What a command asks of a worker, and where an operation's files lie. The request file never has a setting's value in it. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SignIn } from "../../catalog/github/asking.ts";
import type { Dns, Front, SaidBudget } from "../../stacks/deploy.ts";
import type { OperationKind } from "../../stacks/events.ts";
import type { OfficialConfig } from "../clouds.ts";
import { readJson, writeJson } from "../files.ts";
import { operationsDir, type Paths } from "../paths.ts";
import { isAlive, type ProcessId } from "../process-id.ts";
import type { Sessions } from "../signing-in/second-factor.ts";

export interface OperationRequest {
  format: 1;
  id: string;
  operation: OperationKind;
  /** ISO 8601. */
  at: string;
  /** What to type to do it again: for messages. */
  command: string;
  cwd: string;
  cloud?: string;
  /** Milliseconds to wait for a holder; absent: not at all; -1: for ever. */
  waitMs?: number;
  /** up, preview, restore: what; absent means all that is installed. */
  ref?: string;
  as?: string;
  /** up, upgrade, rollback, undo: the digest of a consent that was shown, and said yes to; apply: of the snapshot. */
  accept?: string;
  /** up, upgrade: the digest the folder has to have; apply: the snapshot. */
  expect?: string;
  /** upgrade: a version, or a REF; rollback: a version; export, destroy: where to, as it was typed. */
  to?: string;
  /** import, apply: what, as it was typed; restore: the id of a backup. */
  from?: string;
  /** apply: what is there and is otherwise becomes what the snapshot says. */
  update?: boolean;
  /** import: into which app or store; restore: into which app. */
  into?: string;
  /** import: what becomes of what is there. */
  mode?: "merge" | "replace";
  /** import, apply: look, write nothing. */
  dryRun?: boolean;
  /** restore: the key of one item or file. */
  key?: string[];
  /** restore: of a table as it was at this time, ISO 8601. */
  moment?: string;
  /** backup: a rule of which to keep, as it was typed. */
  keep?: string;
  /** rollback: data goes back, too; the digest of the loss that was shown, and said yes to. */
  withData?: boolean;
  lose?: string;
  /** export: how the cloud is beside its data, so that both are brought up elsewhere. */
  snapshot?: true;
  /** up, preview, upgrade, setup: what is really there is looked at first. */
  refresh?: true;
  /** settings: what goes back to the blueprint's default. */
  reset?: string[];
  /** up: a stranger's app may run without a sandbox. */
  unsandboxed?: boolean;
  /** setup, up: a new cloud goes without the home page. */
  noHome?: boolean;
  /** destroy, export */
  apps?: string[];
  all?: boolean;
  data?: "keep" | "export" | "delete";
  /** destroy: ids of what was adopted and is to be deleted all the same. */
  adopted?: string[];
  /** add, adopt, and a preview of them. */
  thing?: ThingRequest;
  /** engine: what is to be it from now on; the embedded one when null. */
  official?: OfficialConfig | null;
  /** domain */
  domain?: DomainRequest;
  /** setup */
  target?: "local" | "aws";
  region?: string;
  /** setup: the profile to sign in with, or the other way of signing in. */
  profile?: string;
  signIn?: "environment" | "web-identity" | "container" | "instance";
  /** setup: what it is about to do was agreed to. */
  agreed?: boolean;
  /** setup: the account's budget, US dollars a month; without an address the one it has stays. */
  budget?: SaidBudget;
  /** setup: AWS is to be asked to let more functions run at once. */
  raiseConcurrency?: boolean;
  /** setup: which engine was asked for; the command changes it once the cloud is there. */
  engine?: "official" | "embedded";
  /** vend: the account that is to be; close: of it the name alone. */
  account?: AccountRequest;
  /** setup, apply: a person is there to be asked, so nothing is taken because it is usual. */
  ask?: boolean;
}

export interface ThingRequest {
  name: string;
  /** As it was typed: `bucket`, `s3/bucket`, `aws.s3.Bucket`. */
  type: string;
  /** A table's key: `id:string,at:number`. */
  key?: string;
  /** A function's folder, as it was typed; what it may use, `NAME=VERB`; whether it has an address. */
  code?: string;
  uses?: string[];
  route?: boolean;
  /** adopt: its id in AWS. */
  id?: string;
}

export interface AccountRequest {
  /** The account's, and its cloud's. */
  name: string;
  email: string;
  roleName: string;
  /** Of its cloud; the payer's when left out. */
  region?: string;
  /** There is no organization, and one may be made. */
  createOrganization?: boolean;
}

export interface DomainRequest {
  action: "add" | "rm";
  host: string;
  /** What stands before it; as it is, or an HTTP API, when left out. */
  front?: Front;
  /** Who has its DNS; found out when left out. */
  dns?: Dns["at"];
  /** Records by hand are waited for. */
  waits: boolean;
  /** What is there already may go. */
  replaces: boolean;
  /** Where sign-in goes along to: `keep` for nowhere. */
  signin?: string;
}

/**
 * Where an API token of Cloudflare is read, and its name among the secrets of a domain operation's answers: no setting of an
 * app's can be called so.
 */
export const tokenVariable = "CLOUDFLARE_API_TOKEN";

/** Over the worker's stdin, because values may be secret. */
export interface OperationAnswers {
  /** What codes of a second factor have opened, for the profiles that wanted them. */
  sessions?: Sessions;
  settings: Record<string, string>;
  /** Of secret settings, when a person was asked for them; they go to the cloud's parameter store and nowhere else. Of apply: by `APP/NAME`; of domain: `tokenVariable`. */
  secrets?: Readonly<Record<string, string>>;
  /** add: a parameter's text. */
  value?: string;
  /** For what GitHub shows nobody who is not signed in; used for that alone. */
  github?: SignIn;
}

export interface OperationFiles {
  dir: string;
  request: string;
  events: string;
  /** The worker's process id. */
  worker: string;
  log: string;
}

export function filesOf(paths: Paths, id: string): OperationFiles {
  const dir = join(operationsDir(paths), id);
  const at = (name: string): string => join(dir, name);
  return {
    dir,
    request: at("request.json"),
    events: at("events.ndjson"),
    worker: at("worker.json"),
    log: at("worker.log"),
  };
}

/** Sorts by time. */
export function newOperationId(operation: OperationKind | "state", now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${stamp}-${operation}-${randomBytes(3).toString("hex")}`;
}

export const isOperationId = (text: string): boolean => /^\d{8}-\d{6}-[a-z]+-[0-9a-f]{6}$/.test(text);

/** Oldest first. */
export function operationIds(paths: Paths): string[] {
  const dir = operationsDir(paths);
  return existsSync(dir) ? readdirSync(dir).filter(isOperationId).sort() : [];
}

export function workerAlive(files: OperationFiles): boolean {
  const worker = readJson<ProcessId>(files.worker);
  return worker !== undefined && isAlive(worker);
}

/** The newest that still runs, else the newest. */
export function latestOperation(paths: Paths): string | undefined {
  const ids = operationIds(paths).reverse();
  return ids.find((id) => workerAlive(filesOf(paths, id))) ?? ids[0];
}

const keptOperations = 50;

export function pruneOperations(paths: Paths): void {
  for (const id of operationIds(paths).slice(0, -keptOperations)) {
    const files = filesOf(paths, id);
    if (!workerAlive(files)) rmSync(files.dir, { recursive: true, force: true });
  }
}

export function writeRequest(paths: Paths, request: OperationRequest): OperationFiles {
  const files = filesOf(paths, request.id);
  writeJson(files.request, request);
  return files;
}
