/**
 * The door to the stacks: what the command line may do with a cloud, as functions that emit OperationEvents and throw
 * Faults. Nothing heavy is loaded before it is called. It reads no configuration, no environment and no registry: the
 * caller passes what it knows, and keeps what is answered.
 */
import type { Cloud } from "./cloud.ts";
import type { AccountBudget } from "./components/budget.ts";
import { beginStackKey } from "./deploy/begin-key.ts";
import type { Ejected } from "./deploy/eject.ts";
import type { Mending, StackHealth } from "./deploy/health.ts";
import type { HomeFacts, Place } from "./deploy/home.ts";
import type { Caller } from "./deploy/identity.ts";
import type { Moved } from "./deploy/move.ts";
import type { Rebuilt } from "./deploy/rebuild.ts";
import type { Housed } from "./deploy/shelf.ts";
import type { Tagged } from "./deploy/tagged.ts";
import type {
  App,
  AppResult,
  Changes,
  DestroyOptions,
  ExecAccess,
  FoundationOptions,
  FoundationOutputs,
  HistoryItem,
  JudgedPlan,
  Kept,
  LogLine,
  LogQuestion,
  LookingOptions,
  Measured,
  RequestCount,
  RunOptions,
  StackName,
} from "./deploy/types.ts";
import type { Charged } from "./deploy/use/charged.ts";
import type { Asked as AskedUse, UseOfAll } from "./deploy/use/index.ts";
import type { Domain } from "./domains.ts";

export type { Blueprint } from "../blueprints/load.ts";
export type { Cloud } from "./cloud.ts";
export type * from "./data/backups/index.ts";
export type * from "./data/import-export.ts";
export type * from "./data/index.ts";
export type * from "./deploy/access/index.ts";
export type { AccountPlan, Known, Organization, QuotaRequest } from "./deploy/account.ts";
export type { ListedAccount, NewAccount } from "./deploy/accounts.ts";
export type { Ejected } from "./deploy/eject.ts";
export type { Mending, StackHealth } from "./deploy/health.ts";
export type { Caller } from "./deploy/identity.ts";
export type { FoundPulumi } from "./deploy/official.ts";
export type { Rebuilt } from "./deploy/rebuild.ts";
export type * from "./deploy/setup-types.ts";
export type { Housed } from "./deploy/shelf.ts";
export type { Tagged } from "./deploy/tagged.ts";
export type { ThingsResult, Wanted as WantedThings } from "./deploy/things.ts";
export type * from "./deploy/types.ts";
export type { Charged } from "./deploy/use/charged.ts";
export type { Asked as AskedUse, MeasuredUse, UseOfAll } from "./deploy/use/index.ts";
export type { Dns, Domain, Front, MadeDomain, WantedRecord } from "./domains.ts";
export type { Field, ThingType } from "./things/schema.ts";
export type { Shape, Thing } from "./things/thing.ts";

/**
 * Where an AWS cloud's state is kept: makes what is missing of it, or finds it. Faults: `home-taken`, `home-moving`,
 * `home-broken`, credentials.
 */
export async function ensureHome(cloud: Place, timeZone: string): Promise<{ bucket: string; facts: HomeFacts }> {
  return (await import("./deploy/home.ts")).ensureHome(cloud, timeZone);
}

/** The regions in which this account has state of a cloud of this name. */
export async function homeRegions(cloud: Place): Promise<string[]> {
  return (await import("./deploy/home.ts")).regionsOf(cloud);
}

/** Moves state from this computer into the account; nobody else may work on the cloud meanwhile. */
export async function moveHome(cloud: Cloud, alsoPut: (housed: Housed) => Promise<void>): Promise<Moved> {
  return (await import("./deploy/move.ts")).moveHome(cloud, alsoPut);
}

/** Of a cloud whose state is in its account: asks for what opens it. Whoever needs it is told what goes wrong. */
export { beginState } from "./deploy/stack-state.ts";

/** The last of a cloud in its account: state and passphrase, for ever. */
export async function removeHome(housed: Housed): Promise<void> {
  return (await import("./deploy/home.ts")).removeHome(housed);
}

/** Objects of ours beside the state: what is installed, the blueprints it is of. */
export async function shelf(): Promise<typeof import("./deploy/shelf.ts")> {
  return import("./deploy/shelf.ts");
}

/** Creates or updates the foundation. Faults: credentials, locked. */
export async function deployFoundation(cloud: Cloud, o: FoundationOptions): Promise<FoundationOutputs> {
  return (await import("./deploy/foundation.ts")).deployFoundation(cloud, o);
}

/** Null when the foundation is not there. */
export async function foundationOutputs(cloud: Cloud): Promise<FoundationOutputs | null> {
  return (await import("./deploy/foundation.ts")).foundationOutputs(cloud);
}

/** What apps need of a foundation that is not there yet: all of it follows from the cloud. */
export async function derivedFoundation(cloud: Cloud): Promise<FoundationOutputs> {
  return (await import("./deploy/foundation.ts")).derivedFoundation(cloud);
}

/** What apps need of a foundation whose sign-in is to have these names, whatever names it has now. */
export async function namedFoundation(cloud: Cloud, domains: readonly Domain[]): Promise<FoundationOutputs> {
  return (await import("./deploy/foundation.ts")).namedFoundation(cloud, domains);
}

/** The last thing to go: refuses (fault `cloud-in-use`) while an app's stack is there. */
export async function destroyFoundation(
  cloud: Cloud,
  o: RunOptions & { data?: "delete" },
): Promise<{ backups?: string }> {
  return (await import("./deploy/foundation.ts")).destroyFoundation(cloud, o);
}

/**
 * Asks for what a deployment of this app will begin with, whose state is in its account: whoever needs it finds it asked
 * for, and is told what went wrong. The official engine remembers nothing of what it was asked.
 */
export function lookAhead(cloud: Cloud, app: string): void {
  if (cloud.stateBucket === undefined || cloud.engine) return;
  import("./deploy/workspace.ts").then(({ lookForStack }) => lookForStack(cloud, app)).catch(() => undefined);
}

/** `preview: true` changes nothing, secrets included. `ready`: what has to be over before the first change. */
export async function deployApp(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: LookingOptions & { preview?: boolean; ready?: Promise<unknown> },
): Promise<AppResult> {
  beginStackKey(cloud, app.name);
  return (await import("./deploy/app.ts")).deployApp(cloud, foundation, app, o);
}

/**
 * What `deployApp` would do, and what the rules (stacks/rules) have against it. Changes nothing; `emit` hears the preview.
 * Throws what a deployment throws before its first change. That something is to be refused is a finding, not a fault.
 */
export async function judgePlan(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: LookingOptions,
): Promise<JudgedPlan> {
  beginStackKey(cloud, app.name);
  return (await import("./deploy/app.ts")).judgePlan(cloud, foundation, app, o);
}

/**
 * Takes an app down, from any state it is in, a half-made one included; an app that is not there is done. With
 * `data: "keep"` tables, buckets and secret settings stay and are named; `attach` (what an earlier destroy kept) is
 * deleted too with `data: "delete"`.
 */
export async function destroyApp(
  cloud: Cloud,
  name: string,
  o: DestroyOptions,
): Promise<{ kept: Kept[]; changes: Changes }> {
  return (await import("./deploy/destroy.ts")).destroyApp(cloud, name, o);
}

/** Pulumi's own deployment JSON; with `showSecrets` what is secret in it stands there in plain. */
export async function exportStack(cloud: Cloud, name: StackName, showSecrets: boolean): Promise<unknown> {
  return (await import("./deploy/state.ts")).exportStack(cloud, name, showSecrets);
}

/** Makes the stack when there is none. Faults: `deployment-refused`, locked; then nothing was changed. */
export async function importStack(cloud: Cloud, name: StackName, deployment: unknown): Promise<void> {
  return (await import("./deploy/state.ts")).importStack(cloud, name, deployment);
}

/** How many resources the stack has (null: there is none), and would have. Changes nothing. */
export async function compareImport(
  cloud: Cloud,
  name: StackName,
  deployment: unknown,
): Promise<{ now: number | null; after: number }> {
  return (await import("./deploy/state.ts")).compareImport(cloud, name, deployment);
}

/** How much data an app has: `kept` of one that is removed, else what its state names. Changes nothing. */
export async function measureData(cloud: Cloud, app: string, kept: readonly Kept[]): Promise<Measured[]> {
  return (await import("./deploy/measure.ts")).measureData(cloud, app, kept);
}

/** `since`: milliseconds, 1970; `besides`: ids of requests that are left out. Changes nothing. */
export async function countRequests(
  cloud: Cloud,
  app: string,
  since: number,
  besides: ReadonlySet<string>,
): Promise<RequestCount> {
  return (await import("./deploy/requests.ts")).countRequests(cloud, app, since, besides);
}

/** How much each part of a cloud was used this month, in the amounts AWS charges. Changes nothing; metrics are paid for. */
export async function measureUse(cloud: Cloud, asked: readonly AskedUse[], now: number): Promise<UseOfAll> {
  return (await import("./deploy/use/index.ts")).measureUse(cloud, asked, now);
}

/** What the account has been charged this month, by Cost Explorer: one call, which is paid for. */
export async function chargedByAws(cloud: Cloud, now: number): Promise<Charged> {
  return (await import("./deploy/use/charged.ts")).chargedByAws(cloud, now);
}

/** The foundation's budget. */
export async function budgetOf(cloud: Cloud): Promise<AccountBudget | undefined> {
  return (await import("./deploy/budget.ts")).budgetInState(cloud);
}

/** Names of the stacks there are. */
export async function stackNames(cloud: Cloud): Promise<StackName[]> {
  return (await import("./deploy/workspace.ts")).stackNames(cloud);
}

/** Looks a stack's state over. Changes nothing. */
export async function stackHealth(cloud: Cloud, name: StackName): Promise<StackHealth> {
  return (await import("./deploy/health.ts")).stackHealth(cloud, name);
}

type Agree = (steps: Mending["steps"]) => Promise<boolean>;

/** Mends it from what is kept beside it; `agree` is asked once, before anything is changed. */
export async function mendStack(cloud: Cloud, name: StackName, agree: Agree): Promise<Mending> {
  return (await import("./deploy/health.ts")).mendStack(cloud, name, agree);
}

/** A state found anew takes the place of one that is lost. */
export async function restoreStack(cloud: Cloud, name: StackName, deployment: unknown): Promise<void> {
  return (await import("./deploy/health.ts")).restoreStack(cloud, name, deployment);
}

/** Finds by its names what an app is made of. Changes nothing. */
export async function rebuildApp(cloud: Cloud, app: App, o: RunOptions): Promise<Rebuilt> {
  const { derivedFoundation } = await import("./deploy/foundation.ts");
  return (await import("./deploy/app.ts")).rebuildApp(cloud, await derivedFoundation(cloud), app, o);
}

/** Finds by its names what the foundation is made of. Changes nothing. */
export async function rebuildFoundation(cloud: Cloud, o: FoundationOptions): Promise<Rebuilt> {
  return (await import("./deploy/foundation.ts")).rebuildFoundation(cloud, o);
}

/** What carries this cloud's tags, whatever any state says. */
export async function taggedResources(cloud: Cloud): Promise<Tagged[]> {
  return (await import("./deploy/tagged.ts")).taggedResources(cloud);
}

/** Secret outputs are the text `[secret]`. */
export async function stackOutputs(cloud: Cloud, name: StackName): Promise<Record<string, unknown>> {
  return (await import("./deploy/state.ts")).stackOutputs(cloud, name);
}

/** Newest first. */
export async function history(cloud: Cloud, name: StackName): Promise<HistoryItem[]> {
  return (await import("./deploy/state.ts")).history(cloud, name);
}

/**
 * A one-use address, good for `linkSeconds`, that signs the owner in and leads to the app; with `enrol` by way of a page
 * that adds a passkey.
 */
export async function mintLink(
  cloud: Cloud,
  foundation: FoundationOutputs,
  to: { app?: string; purpose?: "open" | "enrol" },
): Promise<string> {
  return (await import("./deploy/links.ts")).mintLink(cloud, foundation, to);
}

/** Who the credentials belong to. Throws `credentials` and its kin (exit code 6), `region-off`, `region-unknown`. */
export async function callerIdentity(cloud: Pick<Cloud, "region" | "endpoint" | "environment">): Promise<Caller> {
  return (await import("./deploy/identity.ts")).callerIdentity(cloud);
}

/** A session's keys, as an environment names them, of a profile whose role wants a code: asked for by its factor's name. */
export async function keysByCode(
  cloud: Pick<Cloud, "region" | "endpoint" | "environment">,
  code: (factor: string) => Promise<string>,
): Promise<{ keys: Record<string, string>; expires?: number }> {
  return (await import("./deploy/clients.ts")).keysByCode(cloud, code);
}

/** What can be known of an account before anything is changed in it. */
export async function preflight(): Promise<typeof import("./deploy/preflight.ts")> {
  return import("./deploy/preflight.ts");
}

/** Lines of the app's functions and gate, oldest first; with `follow` until the signal. `since`: milliseconds, 1970. */
export async function readLogs(
  cloud: Cloud,
  app: string,
  o: LogQuestion,
  onLine: (line: LogLine) => void,
): Promise<void> {
  return (await import("./deploy/logs.ts")).readLogs(cloud, app, o, onLine);
}

/**
 * An hour's credentials of what one function may do, for a command of the owner's; reading alone without `write`. Faults:
 * `function-unknown`, `answer-needed`, `exec-not-yet`, credentials.
 */
export async function execAccess(
  cloud: Cloud,
  app: string,
  o: { function?: string; write: boolean },
): Promise<ExecAccess> {
  return (await import("./deploy/exec.ts")).execAccess(cloud, app, o);
}

/** Puts or removes (null) one secret setting; functions read it with their next call. */
export async function putSecret(cloud: Cloud, app: string, setting: string, value: string | null): Promise<void> {
  return (await import("./deploy/secrets.ts")).putSecret(cloud, app, setting, value);
}

/** The value of one that is set: to be compared, and not to be kept. */
export async function readSecret(cloud: Cloud, app: string, setting: string): Promise<string> {
  return (await import("./deploy/secrets.ts")).readSecret(cloud, app, setting);
}

/** Names of the secret settings that are set. */
export async function listSecrets(cloud: Cloud, app: string): Promise<string[]> {
  return (await import("./deploy/secrets.ts")).listSecrets(cloud, app);
}

/** Names of the owner's own: where their DNS is, what is there already, how far a certificate is. */
export async function domains(): Promise<typeof import("./deploy/domains.ts")> {
  return import("./deploy/domains.ts");
}

/** Things of the owner's own: what may be said of them, and the stack they are. */
export async function things(): Promise<typeof import("./deploy/things.ts")> {
  return import("./deploy/things.ts");
}

/**
 * Writes a stack as a plain Pulumi project into a new folder: `foundation`, `things` or an app. Changes nothing else. Faults:
 * `stack-not-found`, `eject-unfinished`, `eject-files-gone`.
 */
export async function ejectStack(cloud: Cloud, name: StackName, dir: string): Promise<Ejected> {
  return (await import("./deploy/eject.ts")).ejectStack(cloud, name, dir);
}

/** What may be said of a thing, and what was: loads no engine. */
export async function thingWords(): Promise<typeof import("./things/index.ts")> {
  return import("./things/index.ts");
}

/** The official Pulumi on this computer: found, looked at, fetched. */
export async function officialPulumi(): Promise<typeof import("./deploy/official.ts")> {
  return import("./deploy/official.ts");
}

/** What a run that ended early left is taken into the state. Answers what was cut off: URNs. Throws `stack-locked`. */
export async function settleStack(cloud: Cloud, name: StackName): Promise<{ unfinished: string[] }> {
  return (await import("./deploy/health.ts")).settle(cloud, name);
}

/** Accounts for others: members of the organization that a cloud's account manages. */
export async function accounts(): Promise<typeof import("./deploy/accounts.ts")> {
  return import("./deploy/accounts.ts");
}

/** Faults of the choice of an engine. */
export { engineFaults } from "./deploy/engine-faults.ts";

/** Who may come in: passkeys, sessions, keys, guests and links as rows of the table `access`, and who came. */
export async function access(): Promise<typeof import("./deploy/access/index.ts")> {
  return import("./deploy/access/index.ts");
}

/** What apps and their owner keep: stores (tables and buckets), their items and files. */
export async function data(): Promise<typeof import("./data/index.ts")> {
  return import("./data/index.ts");
}

/** Copies of it in a bucket of the cloud's own, and what they bring back. */
export async function backups(): Promise<typeof import("./data/backups/index.ts")> {
  return import("./data/backups/index.ts");
}

/** All of it out into files, and back: exports and imports. */
export async function carrying(): Promise<typeof import("./data/import-export.ts")> {
  return import("./data/import-export.ts");
}
