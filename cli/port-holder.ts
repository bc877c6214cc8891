/** Who listens at a port of this computer, in words: for the message alone, so not knowing is an answer. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";

export async function portHolder(port: number): Promise<string | undefined> {
  try {
    return process.platform === "linux" ? fromProc(port) : await fromLsof(port);
  } catch {
    return undefined;
  }
}

function fromProc(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "latin1")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === "0A")
      .map((fields) => `socket:[${fields[9]}]`),
  );
  if (inodes.length === 0) return undefined;
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && holds(name, inodes));
  if (!pid) return "a process of another user";
  return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
}

function holds(pid: string, inodes: string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(link(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

async function fromLsof(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)/m.exec(stdout)?.[1];
  return pid && `process ${pid} (${/^c(.*)/m.exec(stdout)?.[1]})`;
}
