/**
 * Who may change a stack. Between our own processes SQLite's exclusive lock decides: races have one winner, and it goes
 * with its process. The official engine's lock files are honoured and written besides; one whose process is provably
 * dead on this computer is taken away.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errors } from "./errors.ts";
import { readText, removeFile, removeLeftovers, writeAtomically } from "./files.ts";

/** The official file, with two fields more by which a dead process is known. */
export interface LockHolder {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
  bootId?: string;
  startTime?: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** SQLITE_BUSY; anything else (a full disk, a folder that may not be written) is no other process's doing. */
const busy = 5;

/** `folder` holds the official lock files of one stack, `guard` is our own file. Throws the `locked` error. */
export async function acquireLock(folder: string, guard: string, nowMs: number): Promise<Lock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(join(guard, ".."), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(guard);
  try {
    database.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    throw errors.locked(await describe(folder, await holders(folder)));
  }
  const own = join(folder, `${randomUUID()}.json`);
  const release = async (): Promise<void> => {
    try {
      await removeFile(own);
    } finally {
      // Open, it would lock the stack for as long as this process lives.
      database.close();
    }
  };
  try {
    await removeLeftovers(folder);
    await refuseOthers(folder);
    await writeAtomically(own, JSON.stringify(thisProcess(nowMs)));
    // Another engine may have written its own in the same moment; the later look decides, as in the official protocol.
    const dead = await refuseOthers(folder, own);
    // Only now: until our own stands there, a dead one still keeps other engines away from a checkpoint that lags.
    for (const file of dead) await removeFile(file);
    return { release };
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
}

/** The files of processes that are dead. */
async function refuseOthers(folder: string, own?: string): Promise<string[]> {
  const others = (await holders(folder)).filter(({ file }) => file !== own);
  const alive: FoundLock[] = [];
  const dead: string[] = [];
  for (const other of others) {
    // Whoever holds our guard is us: a file of this engine on this computer is from a process that died.
    const ours = other.holder?.startTime !== undefined && other.holder.hostname === hostname();
    if (ours || isDead(other.holder)) dead.push(other.file);
    else alive.push(other);
  }
  if (alive.length > 0) throw errors.locked(await describe(folder, alive));
  return dead;
}

export interface FoundLock {
  file: string;
  holder: LockHolder | undefined;
}

export async function holders(folder: string): Promise<FoundLock[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
  return Promise.all(files.map(async (file) => ({ file, holder: parse(await readText(file)) })));
}

function parse(text: string | undefined): LockHolder | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function describe(folder: string, found: FoundLock[]): Promise<{ url: string; created: string }[]> {
  if (found.length === 0) return [{ url: `file://${folder}`, created: "by a process that is starting" }];
  return found.map(({ file, holder }) => ({
    url: `file://${file}`,
    created: holder
      ? `created by ${holder.username}@${holder.hostname} (pid ${holder.pid}) at ${holder.timestamp}`
      : "which cannot be read",
  }));
}

/** Only what is certain: another computer's process may live. */
function isDead(holder: LockHolder | undefined): boolean {
  if (!holder || holder.hostname !== hostname()) return false;
  if (holder.bootId !== undefined && holder.bootId !== bootId()) return true;
  try {
    process.kill(holder.pid, 0);
    return holder.startTime !== undefined && holder.startTime !== startTimeOf(holder.pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function thisProcess(nowMs: number): LockHolder {
  return {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date(nowMs).toISOString(),
    bootId: bootId(),
    startTime: startTimeOf(process.pid),
  };
}

/** Both are empty where the system does not say: then nothing is concluded from them. */
function bootId(): string {
  return readOrEmpty("/proc/sys/kernel/random/boot_id");
}

function startTimeOf(pid: number): string {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
