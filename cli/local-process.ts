/**
 * The local cloud's process: started by the first command that needs it, found again by its health address, stopped
 * on request. Never moves a cloud to another port by itself, and ends no process that is not that cloud.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../blueprints/fault.ts";
import { type CloudConfig, freePort, readClouds, saveCloud } from "./clouds.ts";
import { faults } from "./errors.ts";
import { readJson } from "./files.ts";
import { cloudFlags } from "./node-flags.ts";
import { distDir, makeFolder, type Paths, storeDir } from "./paths.ts";
import { portHolder } from "./port-holder.ts";
import { atPort } from "./registry.ts";

export interface Health {
  name: string;
  version: string;
  region: string;
  accountId: string;
  pid: number;
  ready: boolean;
}

const startWithinMs = 20_000;
const stopWithinMs = 15_000;
const maxPortTries = 20;

export const endpointOf = (cloud: CloudConfig): string => `http://127.0.0.1:${cloud.port}`;

/** What holds functions back in a local cloud: `bubblewrap`, `namespaces`, `sandbox-exec`, or `none` and why. */
export interface SandboxState {
  kind: string;
  why?: string;
}

/** What a local cloud answers at a path of its own, if one does. Past any proxy: an agent of its own knows of none. */
function ask(port: number, path: string, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const none = (): void => resolve(undefined);
    const call = request({ host: "127.0.0.1", port, path, timeout: timeoutMs, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (text.length > 65_536) response.destroy();
      });
      response.on("error", none).on("close", none);
      response.on("end", () => resolve(response.statusCode === 200 ? parsed(text) : undefined));
    });
    call.on("error", none).on("timeout", () => call.destroy());
    call.end();
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function healthAt(port: number): Promise<Health | undefined> {
  const health = (await ask(port, "/_freehold/health", 2000)) as Health | undefined;
  return typeof health?.name === "string" && Number.isInteger(health.pid) ? health : undefined;
}

/** Of a cloud that runs. Undefined when it does not say: one of an earlier version. The first to ask waits for a trial. */
export async function sandboxOf(cloud: CloudConfig): Promise<SandboxState | undefined> {
  const state = (await ask(cloud.port!, "/_freehold/sandbox", 15_000)) as SandboxState | undefined;
  return typeof state?.kind === "string" ? state : undefined;
}

/** The cloud's own process, when it is ready: another home's cloud of the same name is another account. */
export async function running(cloud: CloudConfig): Promise<Health | undefined> {
  const health = await healthAt(cloud.port!);
  return health && health.name === cloud.name && health.accountId === cloud.accountId && health.ready
    ? health
    : undefined;
}

/** Starts it unless it runs; answers when it is ready. Throws `port-taken`, `local-cloud-failed`. */
export async function ensureRunning(paths: Paths, cloud: CloudConfig): Promise<{ health: Health; started: boolean }> {
  const before = await running(cloud);
  if (before) return { health: before, started: false };
  const dir = makeFolder(storeDir(paths, cloud.name));
  const errors = join(dir, "start.log");
  const child = launch(dir, cloud, errors);
  let ended: number | undefined;
  child.once("exit", (code) => (ended = code ?? -1));
  child.once("error", () => (ended = -1));
  const until = Date.now() + startWithinMs;
  while (Date.now() < until) {
    const health = await running(cloud);
    if (health) {
      atPort(paths, cloud.name, cloud.port!);
      return { health, started: true };
    }
    // Code 5: somebody else just started the same cloud; it will be ready soon, or the time runs out.
    if (ended !== undefined && ended !== 5) throw await failure(paths, cloud, errors);
    await delay(10);
  }
  throw await failure(paths, cloud, errors);
}

/**
 * Writes a new cloud down and starts it. It has no addresses yet, so it may still move: whoever took its port since it
 * was looked for keeps it.
 */
export async function startNew(paths: Paths, made: CloudConfig): Promise<CloudConfig> {
  const tried = new Set<number>();
  for (let cloud = made; ; cloud = { ...cloud, port: await freePort(tried) }) {
    tried.add(cloud.port!);
    await saveCloud(paths, cloud);
    try {
      await ensureRunning(paths, cloud);
      return cloud;
    } catch (error) {
      if (!(error instanceof Fault && error.code === "port-taken" && tried.size < maxPortTries)) throw error;
    }
  }
}

function launch(dir: string, cloud: CloudConfig, errors: string): ChildProcess {
  const dist = distDir();
  const flags: Record<string, string> = {
    data: dir,
    port: String(cloud.port),
    name: cloud.name,
    account: cloud.accountId,
    region: cloud.region,
    access: cloud.access ?? "enforce",
    ...(cloud.lambdaConcurrency !== undefined && { "lambda-concurrency": String(cloud.lambdaConcurrency) }),
    "sdk-dir": join(dist, "sdk"),
    "runtime-dir": join(dist, "runtime"),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const log = openSync(errors, "w", 0o600);
  try {
    const child = spawn(process.execPath, [...cloudFlags, join(dist, "local-cloud.cjs"), ...args], {
      cwd: dir,
      detached: true,
      stdio: ["ignore", log, log],
      env: processEnvironment(),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Nothing of the shell that happened to start it, credentials least of all, lives on in the cloud. */
function processEnvironment(): NodeJS.ProcessEnv {
  const kept = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "FREEHOLD_HOME",
    "XDG_CACHE_HOME",
    "SystemRoot",
    "TEMP",
    "TMP",
  ];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function failure(paths: Paths, cloud: CloudConfig, log: string): Promise<Error> {
  const said = readFileSync(log, "utf8").trim();
  const holder = await portHolder(cloud.port!);
  if (said.includes('"port-taken"') || (holder && !said)) {
    const other = await healthAt(cloud.port!);
    const who = other
      ? `the local cloud ${other.name} of another home (process ${other.pid})`
      : (holder ?? "a process");
    const { clouds } = await readClouds(paths);
    return faults.portTaken(
      cloud.port!,
      who,
      cloud.name,
      await freePort(new Set(clouds.flatMap(({ port }) => port ?? []))),
    );
  }
  return faults.localCloudFailed(cloud.name, said.split("\n").at(-1) || "it did not become ready in time.", log);
}

/** Ends it gracefully; false when it was not running. */
export async function stopProcess(cloud: CloudConfig): Promise<boolean> {
  const health = await running(cloud);
  if (!health) return false;
  process.kill(health.pid, "SIGTERM");
  const until = Date.now() + stopWithinMs;
  while (alive(health.pid)) {
    if (Date.now() > until) {
      process.kill(health.pid, "SIGKILL");
      break;
    }
    await delay(10);
  }
  return true;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The owner's key of a local cloud; made by its process at the first start. */
export function ownerKey(paths: Paths, cloud: string): { accessKeyId: string; secretAccessKey: string } | undefined {
  return readJson(join(storeDir(paths, cloud), "keys.json"));
}
