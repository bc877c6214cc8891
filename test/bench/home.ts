/** A new, empty FREEHOLD_HOME and the built command in it. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
export const freehold = join(root, "dist/freehold.cjs");

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** Whole process, milliseconds. */
  ms: number;
}

export function run(args: string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? -1, stdout, stderr, ms: performance.now() - started }));
  });
}

export async function withHome() {
  const dir = await mkdtemp(join(tmpdir(), "freehold-bench-"));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: dir,
    FREEHOLD_HOME: join(dir, "freehold"),
    CI: "1",
  };
  return {
    dir,
    env,
    async freehold(...args: string[]): Promise<Finished> {
      const finished = await run([freehold, ...args], env);
      if (finished.code !== 0)
        throw new Error(`freehold ${args.join(" ")} ended with ${finished.code}\n${finished.stdout}${finished.stderr}`);
      return finished;
    },
    async close(): Promise<void> {
      await run([freehold, "cloud", "stop", "--all"], env);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type Home = Awaited<ReturnType<typeof withHome>>;
