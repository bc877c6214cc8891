/**
 * One operation an app at a time: a file that names its holder, made whole by link(2). A dead holder's lock is taken
 * over. Holds nothing by itself: who dies loses it.
 */
import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./errors.ts";
import { readText } from "./files.ts";
import { makeFolder } from "./paths.ts";
import { isAlive, type ProcessId, processId } from "./process-id.ts";

export interface Holder extends ProcessId {
  /** The operation's id. */
  id: string;
  /** ISO 8601. */
  since: string;
}

/** The lock's name: `CLOUD--APP`, `CLOUD--foundation`. */
export const lockName = (cloud: string, app: string): string => `${cloud}--${app}`;

function lockFile(state: string, name: string): string {
  return join(state, "locks", `${name}.json`);
}

function read(file: string): Holder | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Holder;
  } catch {
    // Written whole or not at all by us, so nobody alive wrote it.
    return { pid: 0, started: "", id: "unknown", since: "" };
  }
}

/** The living holder, if any. */
export function holderOf(state: string, name: string): Holder | undefined {
  const holder = read(lockFile(state, name));
  return holder && isAlive(holder) ? holder : undefined;
}

/** The holder that is in the way, or what gives the lock back. */
export function tryLock(state: string, name: string, id: string): Holder | (() => void) {
  makeFolder(join(state, "locks"));
  const file = lockFile(state, name);
  const mine: Holder = { ...processId(process.pid), id, since: new Date().toISOString() };
  const beside = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(beside, JSON.stringify(mine), { mode: 0o600, flag: "wx" });
  try {
    for (;;) {
      if (linked(beside, file)) return () => release(file, mine);
      const holder = read(file);
      if (!holder) continue;
      if (isAlive(holder)) return holder;
      takeAway(file, `${beside}.old`, holder);
    }
  } finally {
    rmSync(beside, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Two may see the same dead holder; who moved a living one's lock by mistake puts it back. */
function takeAway(file: string, aside: string, dead: Holder): void {
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved && (moved.pid !== dead.pid || moved.started !== dead.started) && isAlive(moved)) linked(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, mine: Holder): void {
  const holder = read(file);
  if (holder?.pid === mine.pid && holder.started === mine.started) rmSync(file, { force: true });
}

export interface WaitOptions {
  /** Milliseconds; 0 answers at once, Infinity waits for ever. */
  waitMs: number;
  signal: AbortSignal;
  /** Called once, when there is somebody to wait for. */
  onWait(holder: Holder): void;
}

/** Throws `locked` (exit code 5). */
export async function lock(
  state: string,
  name: string,
  id: string,
  { waitMs, signal, onWait }: WaitOptions,
): Promise<() => void> {
  const until = Date.now() + waitMs;
  for (let told = false; ; ) {
    const got = tryLock(state, name, id);
    if (typeof got === "function") return got;
    if (Date.now() >= until) throw faults.held(name.replace("--", ": "), got);
    if (!told) onWait(got);
    told = true;
    await delay(50, undefined, { signal });
  }
}
