/** Which process holds a lock, and when it is certain that one is dead: only on this computer, only of this boot. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { LockHolder } from "./storage.ts";

export function thisProcess(nowMs: number, username?: string): LockHolder {
  return {
    pid: process.pid,
    username: username ?? userInfo().username,
    hostname: hostname(),
    timestamp: new Date(nowMs).toISOString(),
    bootId: bootId(),
    startTime: startTimeOf(process.pid),
    pidNamespace: pidNamespace(),
  };
}

/** Of this engine, wherever it runs: the official one does not say when its process started. */
export const isEngines = (holder: LockHolder | undefined): holder is LockHolder => holder?.startTime !== undefined;

export const isOurs = (holder: LockHolder | undefined): boolean => isEngines(holder) && sameComputer(holder);

/** Only what is certain: another computer's process may live, and so may one in another container. */
export function isDead(holder: LockHolder | undefined): boolean {
  if (!holder || !sameComputer(holder)) return false;
  if (holder.bootId && holder.bootId !== bootId()) return true;
  try {
    process.kill(holder.pid, 0);
    return Boolean(holder.startTime) && holder.startTime !== startTimeOf(holder.pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function sameComputer(holder: LockHolder): boolean {
  const named = holder.hostname === hostname();
  const rebooted = holder.bootId !== undefined && holder.bootId !== bootId();
  // Pids mean nothing across pid namespaces; after a reboot no namespace of before is left.
  return named && (rebooted || holder.pidNamespace === undefined || holder.pidNamespace === pidNamespace());
}

export function describeHolder(holder: LockHolder | undefined): string {
  return holder
    ? `created by ${holder.username}@${holder.hostname} (pid ${holder.pid}) at ${holder.timestamp}`
    : "which cannot be read";
}

const bootId = (): string => readOrEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
const pidNamespace = (): string => readOrEmpty(() => readlinkSync("/proc/self/ns/pid"));

/** Empty for one that has ended and that nobody has asked after yet: it can still be signalled, and does nothing. */
function startTimeOf(pid: number): string {
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, "utf8").trim());
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "" : (fields[19] ?? "");
}

function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
