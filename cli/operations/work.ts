/** What every operation of a worker has in hand, and the steps they share: the cloud, the foundation, locks. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../blueprints/fault.ts";
import { type Cloud, foundationStack, foundationVersion } from "../../stacks/cloud.ts";
import type { Domain, FoundationOutputs, SaidBudget } from "../../stacks/deploy.ts";
import type { CarriedData, Emit, ResultEvent } from "../../stacks/events.ts";
import { enterCloud as enter } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import { readJson, writeJson } from "../files.ts";
import { lock, lockName } from "../lock.ts";
import { foundationFile, functionsDir, type Paths } from "../paths.ts";
import type { RefWhere } from "../refs.ts";
import type { OperationAnswers, OperationRequest } from "./request.ts";
import { tellingOfMoves, tellMoved } from "./signin-moves.ts";

export type Deploy = typeof import("../../stacks/deploy.ts");

export interface Work {
  request: OperationRequest;
  answers: OperationAnswers;
  paths: Paths;
  emit: Emit;
  signal: AbortSignal;
  deploy: Deploy;
}

/** Where REFs are looked up; a token is only what the command handed over. */
export const refWhere = ({ request, answers, paths, signal }: Work, cloud: string): RefWhere => ({
  paths,
  cloud,
  cwd: request.cwd,
  env: process.env,
  signIn: async () => answers.github,
  signal,
  pinned: true,
});

/** That a REF is what it was the last time, since nobody could be asked. */
export function sayNote<T extends { note?: string }>({ emit }: Work, found: T): T {
  if (found.note) emit({ type: "note", level: "warning", message: found.note });
  return found;
}

/** How an operation ended when it did not throw. */
export interface End {
  exitCode: number;
  cloud: string;
  apps: ResultEvent["apps"];
  data?: CarriedData;
}

export function emitStart({ request, emit }: Work, cloud: string, apps: string[]): void {
  const { operation, id, at } = request;
  emit({ type: "start", format: 1, operation, id, cloud, apps, at, pid: process.pid });
}

/** Entered by an operation: whose the credentials are is asked once, and by each deployment again. */
const entered = new WeakMap<OperationRequest, Map<string, Promise<Cloud>>>();

/** Of an AWS cloud: only with credentials of the account it was set up in. */
export function enterCloud(work: Pick<Work, "paths"> & Partial<Work>, config: CloudConfig): Promise<Cloud> {
  if (config.target === "local" || !work.request) return enter(work.paths, config);
  const before = entered.get(work.request) ?? new Map<string, Promise<Cloud>>();
  entered.set(work.request, before);
  const key = JSON.stringify(config);
  const cloud = before.get(key) ?? enter(work.paths, config);
  before.set(key, cloud);
  // What went wrong is asked again by whoever comes next.
  cloud.catch(() => before.delete(key));
  return cloud;
}

/** In the order of their names, so that two operations never wait for each other. Throws `locked`. */
export async function lockAll(work: Work, cloud: string, apps: readonly string[]): Promise<() => void> {
  const held: (() => void)[] = [];
  const release = (): void => {
    for (const one of held.reverse()) one();
  };
  try {
    for (const app of [...new Set(apps)].sort()) held.push(await lockOne(work, lockName(cloud, app), waitOf(work)));
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

function waitOf({ request }: Work): number {
  return request.waitMs === undefined ? 0 : request.waitMs < 0 ? Number.POSITIVE_INFINITY : request.waitMs;
}

function lockOne({ paths, request, emit, signal }: Work, name: string, waitMs: number): Promise<() => void> {
  return lock(paths.state, name, request.id, {
    waitMs,
    signal,
    onWait: ({ id, pid }) =>
      emit({ type: "note", level: "info", message: `Waiting for operation ${id} (process ${pid}).` }),
  });
}

const askedAgainMs = 1_000;

/**
 * Performs it, and again while a stack of it is held from another computer, for as long as `--wait` says: the locks of
 * files tell of this one alone. `again`: somebody else has changed something in the meantime. Throws `stack-locked`.
 */
export async function whenFree<T>(
  work: Work,
  perform: (again: boolean) => Promise<T>,
  waitMs = waitOf(work),
): Promise<T> {
  const until = performance.now() + waitMs;
  for (let again = false; ; again = true) {
    try {
      return await perform(again);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "stack-locked" || performance.now() >= until) throw error;
      if (!again) work.emit({ type: "note", level: "info", message: `Waiting. ${error.detail}` });
      await delay(askedAgainMs, undefined, { signal: work.signal });
    }
  }
}

interface FoundationRecord {
  format: 1;
  /** Of what the foundation was made from: the same means there is nothing to do. */
  stamp: string;
  outputs: FoundationOutputs;
  /** It has a bucket for backups, whole. */
  backups?: true;
}

export function forgetFoundation(paths: Paths, cloud: string): void {
  rmSync(foundationFile(paths, cloud), { force: true });
}

const recordOf = (paths: Paths, cloud: string): FoundationRecord | undefined =>
  readJson<FoundationRecord>(foundationFile(paths, cloud));

/** A cloud without a record never had a foundation, as far as is known here. */
const hasFoundation = (paths: Paths, cloud: string): boolean => recordOf(paths, cloud) !== undefined;

/** What it last was, whatever it was made from. */
export const lastFoundation = ({ paths }: Pick<Work, "paths">, cloud: Cloud): FoundationOutputs | undefined =>
  recordOf(paths, cloud.name)?.outputs;

/** The record becomes what the account says: another computer may have given sign-in another name since. */
export async function pullFoundation({ paths, deploy }: Pick<Work, "paths" | "deploy">, cloud: Cloud): Promise<void> {
  const record = recordOf(paths, cloud.name);
  const outputs = record && (await deploy.foundationOutputs(cloud));
  if (!outputs || isDeepStrictEqual(outputs, record.outputs)) return;
  writeJson(foundationFile(paths, cloud.name), { ...record, outputs });
}

/** Asked before the foundation is made: whether the cloud is new, and the home page is to come with it. */
export const homeIsDue = ({ paths, request }: Work, cloud: string): boolean =>
  !request.noHome && !process.env["FREEHOLD_NO_HOME"] && !hasFoundation(paths, cloud);

function stampOf(cloud: Cloud): string {
  const code = readFileSync(join(functionsDir(), "signin", "index.mjs"));
  const facts = JSON.stringify([
    foundationVersion,
    process.env.FREEHOLD_VERSION,
    cloud.target,
    cloud.region,
    cloud.accountId,
    cloud.port,
  ]);
  return createHash("sha256").update(facts).update(code).digest("hex");
}

export function knownFoundation({ paths }: Work, cloud: Cloud): FoundationOutputs | undefined {
  const record = recordOf(paths, cloud.name);
  return record?.stamp === stampOf(cloud) ? record.outputs : undefined;
}

/** Brings it up unless what it is made from is what it was made from. Waits for whoever is at it. */
export async function ensureFoundation(work: Work, cloud: Cloud): Promise<FoundationOutputs> {
  const known = knownFoundation(work, cloud);
  if (known) return known;
  const release = await lockOne(work, lockName(cloud.name, foundationStack), Number.POSITIVE_INFINITY);
  try {
    const made = () => deployFoundation(work, cloud);
    return knownFoundation(work, cloud) ?? (await whenFree(work, made, Number.POSITIVE_INFINITY));
  } finally {
    release();
  }
}

/** The bucket of backups is part of the foundation from the first backup on. */
export async function ensureBackups(work: Work, cloud: Cloud): Promise<void> {
  const known = (): boolean => recordOf(work.paths, cloud.name)?.backups === true;
  if (known()) return;
  const release = await lockOne(work, lockName(cloud.name, foundationStack), Number.POSITIVE_INFINITY);
  try {
    if (!known()) await deployFoundation(work, cloud, { backups: true });
  } finally {
    release();
  }
}

/** The caller holds the foundation's lock. */
export async function deployFoundation(
  work: Work,
  cloud: Cloud,
  more: { backups?: true; budget?: SaidBudget; domains?: readonly Domain[]; refresh?: true } = {},
): Promise<FoundationOutputs> {
  const { deploy, paths, signal } = work;
  const before = lastFoundation(work, cloud);
  const emit = tellingOfMoves(work.emit, before);
  // A cloud with a record has a foundation; without its state it would be made a second time.
  const installed = hasFoundation(paths, cloud.name);
  const outputs = await deploy.deployFoundation(cloud, {
    emit,
    signal,
    functionsDir: functionsDir(),
    installed,
    ...more,
  });
  tellMoved(work.emit, before, outputs);
  const backups = more.backups ?? recordOf(paths, cloud.name)?.backups;
  const record: FoundationRecord = { format: 1, stamp: stampOf(cloud), outputs, ...(backups ? { backups } : {}) };
  writeJson(foundationFile(paths, cloud.name), record);
  return outputs;
}
