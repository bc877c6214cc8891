/**
 * The engine: its start and its own cost. Each operation is a process of its own, cold, on state that the one before it
 * left. What is run is bundled as the build bundles it, with a worker's flags.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerFlags } from "../../cli/node-flags.ts";
import { bundledProcesses } from "../support/bundled.ts";
import { root, run } from "../support/home.ts";
import { table } from "./table.ts";

const operations = ["up", "up again", "preview", "destroy"] as const;
type Operation = (typeof operations)[number];

export async function engine(): Promise<void> {
  const folder = await mkdtemp(join(root, "node_modules/.freehold-bench-"));
  const state = await mkdtemp(join(tmpdir(), "freehold-bench-"));
  const env = { PATH: process.env["PATH"], HOME: state };
  try {
    const script = await bundledProcesses(
      folder,
      ["engine-alone.ts", "engine-start.ts"].map((name) => join(import.meta.dirname, name)),
    );
    await nothing(env);
    await start(script("engine-start.ts"), state, env);
    await alone(script("engine-alone.ts"), state, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  }
}

/** What an empty process takes here and now: the design's figures are from a machine where it took 35 ms. */
async function nothing(env: NodeJS.ProcessEnv): Promise<void> {
  const samples: number[] = [];
  for (let at = 0; at < 11; at++) samples.push((await checked(["-e", "0"], env)).ms);
  table.add({ name: "node -e 0", unit: "ms", goal: "-", samples });
}

async function start(script: string, state: string, env: NodeJS.ProcessEnv): Promise<void> {
  const samples: number[] = [];
  for (let at = 0; at <= 9; at++) {
    const dir = join(state, `start-${at}`);
    await mkdir(dir);
    const { stdout } = await checked([script, dir], env);
    const { imported, register } = JSON.parse(stdout);
    // The first run keeps its code.
    if (at > 0) samples.push(imported + register);
  }
  table.add({ name: "engine, from import to first registration", unit: "ms", goal: "<= 150", samples });
}

const goals: { [figure: string]: string } = {
  "1000 up": "<= 1000",
  "1000 up again": "<= 350",
  "10000 up": "<= 12x of 1,000",
  "10000 up again": "<= 12x of 1,000",
};

/** Wall time and peak memory of the engine fed registrations without the SDK. */
async function alone(script: string, state: string, env: NodeJS.ProcessEnv): Promise<void> {
  const medians: { [operation: string]: number[] } = {};
  for (const size of [1_000, 10_000]) {
    const took: Record<Operation, number[]> = { up: [], "up again": [], preview: [], destroy: [] };
    const peaks: number[] = [];
    for (let round = 0; round < 5; round++) {
      const dir = join(state, `alone-${size}-${round}`);
      await mkdir(dir);
      await checked([...workerFlags, script, dir, "init", String(size)], env);
      for (const operation of operations) {
        const { ms, stdout } = await checked(
          [...workerFlags, script, dir, operation.split(" ")[0]!, String(size)],
          env,
        );
        took[operation].push(ms);
        peaks.push(Number(stdout) / 1024);
      }
    }
    for (const operation of operations) {
      const before = medians[operation];
      medians[operation] = took[operation];
      table.add({
        name: `engine alone, ${operation} of ${size.toLocaleString("en")}`,
        unit: "ms",
        goal: goals[`${size} ${operation}`] ?? "-",
        samples: took[operation],
        ...(before ? { peer: { name: "1,000", samples: before } } : {}),
      });
    }
    table.add({
      name: `engine alone, peak memory at ${size.toLocaleString("en")}`,
      unit: "MiB",
      goal: size > 1_000 ? "<= 400" : "-",
      samples: peaks,
    });
  }
}

async function checked(args: string[], env: NodeJS.ProcessEnv) {
  const finished = await run(args, env);
  if (finished.code !== 0) throw new Error(`${args.join(" ")}\n${finished.stdout}${finished.stderr}`);
  return finished;
}
