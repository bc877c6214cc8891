/**
 * Our engine beside the official one, in turn, each operation in processes of their own, cold: a thousand resources of
 * a provider that answers at once, and the project's own notes on a local cloud. The provider is the same; the official
 * engine finds it served already, which it would otherwise have to start.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findOfficial } from "../official/support/official.ts";
import { localCloud } from "../stacks/deploy-session.ts";
import { bundled, bundledProcesses } from "../support/bundled.ts";
import { root } from "../support/home.ts";
import { startTestCloud } from "../support/local-cloud.ts";
import { table } from "./table.ts";

const own = join(root, "stacks/engine/index.ts");
const here = (script: string): string => join(import.meta.dirname, script);
const scripts = ["engine-child.ts", "notes-child.ts", "provider-server.ts"];
const names = ["ours", "official"] as const;
type Name = (typeof names)[number];

export async function enginePairs(): Promise<void> {
  const official = findOfficial();
  if (!official) return;
  const folder = await mkdtemp(join(root, "node_modules/.freehold-bench-"));
  const state = await mkdtemp(join(tmpdir(), "freehold-bench-"));
  // Without these the official engine looks on the internet for a newer one, and for providers that are attached.
  const alone = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
  const env = { PATH: process.env["PATH"], HOME: state, ...alone };
  try {
    const bundles = {
      ours: await bundledProcesses(join(folder, "ours"), scripts.map(here)),
      official: await bundled(join(folder, "official"), scripts.map(here), {
        [own]: join(import.meta.dirname, "official-engine.ts"),
      }),
    };
    const environments = {
      ours: env,
      official: { ...env, NODE_COMPILE_CACHE: join(state, "compiled"), OFFICIAL_PULUMI: resolve(official, "../..") },
    };
    const engines = { bundles, environments };
    await thousand(engines, state);
    await notes(engines, state);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  }
}

interface Engines {
  bundles: Record<Name, (script: string) => string>;
  environments: Record<Name, NodeJS.ProcessEnv>;
}

const steps = [
  { figure: "create", operation: "up", goal: "<= 0.17x (6 times faster)" },
  { figure: "nothing to do", operation: "up", goal: "<= 0.33x (3 times faster)" },
  { figure: "preview", operation: "preview", goal: "<= 0.33x (3 times faster)" },
  { figure: "destroy", operation: "destroy", goal: "<= 0.1x (10 times faster)" },
] as const;

async function thousand({ bundles, environments }: Engines, state: string): Promise<void> {
  const provider = await serve(bundles.ours("provider-server.ts"), "bench", environments.ours);
  try {
    const rows = await rounds({ count: counted, warmUp: 0 }, async (name, round) => {
      const dir = join(state, `thousand-${name}-${round}`);
      await mkdir(dir);
      const env = {
        ...environments[name],
        PULUMI_DEBUG_PROVIDERS: name === "official" ? `bench:${provider.port}` : "",
      };
      const took: Measured[] = [];
      for (const { operation } of steps)
        took.push(await measure([bundles[name]("engine-child.ts"), dir, operation, "1000"], env));
      return took;
    });
    for (const [at, { figure, goal }] of steps.entries())
      add(`1,000 resources, SDK included: ${figure}`, "ms", goal, rows, (round) => round[at]!.ms);
    add("1,000 resources: peak memory of all processes", "MiB", "< 1x", rows, (round) =>
      Math.max(...round.map(({ peakMiB }) => peakMiB)),
    );
  } finally {
    provider.child.kill();
  }
}

const notesSteps = ["preview", "up", "destroy"] as const;

async function notes({ bundles, environments }: Engines, state: string): Promise<void> {
  const clouds = { ours: await startTestCloud(), official: await startTestCloud() };
  const servers: ChildProcess[] = [];
  try {
    const run = {} as Record<Name, (operation: string) => Promise<Measured>>;
    for (const name of names) {
      const dir = join(state, `notes-${name}`);
      await mkdir(join(dir, "cloud"), { recursive: true });
      await writeFile(join(dir, "passphrase"), "p");
      const provider = await serve(bundles.ours("provider-server.ts"), "aws", {
        ...environments.ours,
        ...clouds[name].env,
      });
      servers.push(provider.child);
      const env = { ...environments[name], PULUMI_DEBUG_PROVIDERS: name === "official" ? `aws:${provider.port}` : "" };
      const request = {
        cloud: localCloud(clouds[name], dir),
        functionsDir: join(root, "dist/functions"),
        folder: join(root, "blueprints/notes"),
      };
      run[name] = (operation) =>
        measure([bundles[name]("notes-child.ts"), JSON.stringify({ ...request, operation })], env);
      await run[name]("setup");
    }
    const rows = await rounds({ count: counted, warmUp: 1 }, async (name) => {
      await run[name]("up");
      const took: Measured[] = [];
      for (const operation of notesSteps) took.push(await run[name](operation));
      return took;
    });
    for (const [at, operation] of notesSteps.entries())
      add(
        `notes: ${operation === "up" ? "nothing to do" : operation}`,
        "ms",
        "<= 0.5x (twice as fast)",
        rows,
        (round) => round[at]!.ms,
      );
  } finally {
    for (const server of servers) server.kill();
    for (const name of names) await clouds[name].close();
  }
}

type Rows = Record<Name, Measured[][]>;

/** A round of a thousand resources takes the official engine minutes. */
const counted = Number(process.env["FREEHOLD_BENCH_ROUNDS"] ?? 3);

/** In turn, so that a machine that slows down slows both. Rounds that warm caches are not counted. */
async function rounds(
  { count, warmUp }: { count: number; warmUp: number },
  work: (name: Name, round: number) => Promise<Measured[]>,
): Promise<Rows> {
  const rows: Rows = { ours: [], official: [] };
  for (let round = 0; round < warmUp + count; round++)
    for (const name of names) {
      const took = await work(name, round);
      process.stderr.write(`  ${name}: ${took.map(({ ms }) => Math.round(ms)).join(", ")} ms\n`);
      if (round >= warmUp) rows[name].push(took);
    }
  return rows;
}

function add(name: string, unit: string, goal: string, rows: Rows, figure: (round: Measured[]) => number): void {
  const peer = { name: "official", samples: rows.official.map(figure) };
  table.add({ name, unit, goal, samples: rows.ours.map(figure), peer });
}

interface Measured {
  ms: number;
  /** Of the process and everything below it, at their highest, summed. */
  peakMiB: number;
}

async function measure(args: string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const peaks = new Map<number, number>();
  const watch = setInterval(() => {
    for (const pid of familyOf(child.pid!)) peaks.set(pid, peakOf(pid) ?? peaks.get(pid) ?? 0);
  }, 100);
  const code = await new Promise<number | null>((done) => child.on("close", done));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}\n${said}`);
  return { ms: performance.now() - started, peakMiB: [...peaks.values()].reduce((sum, kib) => sum + kib, 0) / 1024 };
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name)) {
      const stat = readOrEmpty(`/proc/${name}/stat`);
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    }
  const below = (of: number): number[] => [
    of,
    ...[...parents].filter(([, up]) => up === of).flatMap(([child]) => below(child)),
  ];
  return below(pid);
}

/** KiB. */
function peakOf(pid: number): number | undefined {
  const found = /VmHWM:\s+(\d+) kB/.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  return found === undefined ? undefined : Number(found);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function serve(script: string, what: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [script, what], { env, stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((done, fail) => {
    child.stdout.once("data", (chunk) => done(Number(String(chunk))));
    child.once("exit", () => fail(new Error(`the ${what} provider did not start`)));
  });
  return { child, port };
}
