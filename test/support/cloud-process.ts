/** A local cloud as a process of its own, for tests that kill it: started as the CLI starts it, awaited by its file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";

const main = join(import.meta.dirname, "../../stacks/local/main.ts");

export interface CloudProcess {
  /** Of the local cloud itself; under a wrapper it is not the child's. */
  pid: number;
  port: number;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** SIGKILL to the cloud itself; resolves after the child's end. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  end(): Promise<number | null>;
}

/** `wrapper` is put before `node`: a tracer, for example. */
export async function startCloudProcess(dir: string, wrapper: readonly string[] = []): Promise<CloudProcess> {
  const since = Date.now();
  const [command = "", ...args] = [...wrapper, process.execPath, main, "--data", dir, "--account", "123456789012"];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const stderr: string[] = [];
  child.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  const { pid, port, endpoint } = await vi.waitUntil(
    () => {
      assertAlive(child, stderr);
      return processFile(dir, since);
    },
    { timeout: 30_000, interval: 20 },
  );
  return {
    pid,
    port,
    endpoint,
    credentials: JSON.parse(readFileSync(join(dir, "keys.json"), "utf8")),
    async kill() {
      process.kill(pid, "SIGKILL");
      await exited;
    },
    async end() {
      process.kill(pid, "SIGTERM");
      return (await exited)[0] as number | null;
    },
  };
}

function assertAlive(child: ChildProcess, stderr: readonly string[]): void {
  if (child.exitCode !== null) throw new Error(`the local cloud did not start: ${child.exitCode} ${stderr.join("")}`);
}

/** Undefined while it is not there, or is an earlier process's. */
function processFile(dir: string, since: number): { pid: number; port: number; endpoint: string } | undefined {
  try {
    const file = JSON.parse(readFileSync(join(dir, "process.json"), "utf8"));
    return Date.parse(file.startedAt) >= since ? file : undefined;
  } catch {
    return undefined;
  }
}
