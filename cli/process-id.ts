/** Which process: a pid alone is used again by the system, so it is kept with the time the process started. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ProcessId {
  pid: number;
  /** Opaque: the same for as long as the process lives. */
  started: string;
}

export function processId(pid: number): ProcessId {
  return { pid, started: startOf(pid) };
}

export function isAlive({ pid, started }: ProcessId): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return now !== "" && (started === "" || now === started);
}

function startOf(pid: number): string {
  if (process.platform !== "linux") return startByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything; fields count from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : `${bootId()}-${fields[19]}`;
  } catch {
    return "";
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim().slice(0, 8);
}

function startByPs(pid: number): string {
  if (process.platform === "win32") return String(pid);
  try {
    return execFileSync("/bin/ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
