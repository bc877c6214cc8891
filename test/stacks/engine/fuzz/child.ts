/** Starts runner.ts in a process of its own and reads its answer. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import type { Scenario } from "./scenario.ts";

export const engineFolder = resolve(import.meta.dirname, "../../../../stacks/engine");

export interface Played {
  failed: boolean;
  error?: string;
  stack?: string;
  counterexample?: Scenario;
  path?: string;
  seed: number;
  scenarios: number;
  operations: number;
  crashes: number;
  cancellations: number;
  faults: number;
  /** Resources of the first program, the scenarios' median. */
  median: number;
  ms: number;
}

/** `flags`: `--stop-early` shrinks nothing, `--seconds=N` ends after that time, `--scenario=FILE` plays only that, `--progress`. */
export function playInChild(engine: string, seed: number, runs: number, flags: string[] = []): Promise<Played> {
  const runner = join(import.meta.dirname, "runner.ts");
  const child = spawn(process.execPath, [runner, engine, String(seed), String(runs), ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complained = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (complained += chunk));
  if (flags.includes("--progress")) child.stderr.pipe(process.stderr);
  return new Promise((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const line = said.trim().split("\n").at(-1) ?? "";
      if (line.startsWith("{")) settle(JSON.parse(line) as Played);
      else reject(new Error(`the runner ended with ${code ?? signal} and said nothing\n${complained}`));
    });
  });
}

/** How to see it again, and what it was. */
export function told({ seed, path, error, stack, counterexample }: Played): string {
  return [
    `FREEHOLD_FUZZ_SEED=${seed} npm run test:deep -- test/stacks/engine/fuzz (path ${path})`,
    error,
    stack ?? "",
    JSON.stringify(counterexample),
  ].join("\n");
}
