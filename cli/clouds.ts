/**
 * The clouds this computer knows: config/clouds.yaml, which a person can read and edit. No secret is in it. A copy in
 * the cache spares the quick commands the YAML reader; it counts only while it is of the very same file.
 */
import { randomInt } from "node:crypto";
import { statSync } from "node:fs";
import { createServer } from "node:net";
import { isAbsolute, join } from "node:path";
import { suggest } from "../blueprints/suggest.ts";
import { faults } from "./errors.ts";
import { readText, writeAtomically } from "./files.ts";
import type { Paths } from "./paths.ts";

export interface CloudConfig {
  name: string;
  target: "local" | "aws";
  region: string;
  accountId: string;
  timeZone: string;
  /** Local clouds. */
  port?: number;
  /** Local clouds: what IAM policies do; `enforce` when it is not said. */
  access?: "enforce" | "audit" | "off";
  /** Local clouds: how many functions run at once; as many as the memory allows when it is not said. */
  lambdaConcurrency?: number;
  /** AWS clouds whose endpoint is not AWS's own. */
  endpoint?: string;
  /** AWS profile that setup used; keys or another profile in the environment count before it, unless `signIn` says so. */
  profile?: string;
  /** The way of signing in that was named at setup: it counts whatever the environment says. */
  signIn?: "profile" | "web-identity" | "container" | "instance";
  /** AWS clouds that another cloud's account pays for: signed in to by this role of theirs, by way of that cloud. */
  role?: { arn: string; cloud: string };
  /** AWS clouds: the bucket of the account that keeps the state; without it, it is still on this computer. */
  stateBucket?: string;
  /** The engine is the official Pulumi, this one; the embedded engine when it is not said. Of this computer alone. */
  official?: OfficialConfig;
}

/** Paths are absolute. */
export interface OfficialConfig {
  pulumi: string;
  /** The folder of Pulumi's own aws plugin; Freehold's provider when it is not said. */
  plugin?: string;
  /** The same of Cloudflare's. */
  cloudflarePlugin?: string;
}

export interface Clouds {
  current?: string;
  clouds: CloudConfig[];
}

const format = 1;
const file = (paths: Paths): string => join(paths.config, "clouds.yaml");
const copy = (paths: Paths): string => join(paths.cache, "clouds.json");

export async function readClouds(paths: Paths): Promise<Clouds> {
  const stamp = stampOf(file(paths));
  if (stamp === undefined) return { clouds: [] };
  const cached = readCopy(paths);
  if (cached?.stamp === stamp) return cached.value;
  const { parse } = await import("./yaml.ts");
  const value = check(parseYaml(parse, file(paths)), file(paths));
  keepCopy(paths, stamp, value);
  return value;
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.mtimeNs} ${stat.ino} ${stat.size}`;
}

function readCopy(paths: Paths): { stamp: string; value: Clouds } | undefined {
  try {
    return JSON.parse(readText(copy(paths)) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

function keepCopy(paths: Paths, stamp: string, value: Clouds): void {
  try {
    writeAtomically(copy(paths), JSON.stringify({ stamp, value }));
  } catch {
    // A cache that cannot be written costs time, nothing else.
  }
}

function parseYaml(parse: (text: string) => unknown, path: string): Record<string, any> {
  try {
    return (parse(readText(path) ?? "") ?? {}) as Record<string, any>;
  } catch (cause) {
    throw faults.fileBroken(path, (cause as Error).message, cause);
  }
}

function check(raw: Record<string, any>, path: string): Clouds {
  if (raw["format"] !== format) throw faults.fileBroken(path, `format: ${format} is expected.`);
  const clouds = Object.entries((raw["clouds"] ?? {}) as Record<string, any>).map(([name, value]) => {
    checkCloudName(name);
    const wrong = (key: string): never => {
      throw faults.fileBroken(path, `clouds.${name}.${key} is missing or does not fit.`);
    };
    const { target, region, accountId, timeZone, ...more } = value ?? {};
    const { port, access, lambdaConcurrency, endpoint, profile, signIn, role, stateBucket, official } = more;
    if (target !== "local" && target !== "aws") wrong("target");
    if (typeof region !== "string") wrong("region");
    if (!/^\d{12}$/.test(String(accountId))) wrong("accountId");
    if (typeof timeZone !== "string") wrong("timeZone");
    if (target === "local" && !(Number.isInteger(port) && port > 0 && port < 65_536)) wrong("port");
    if (![undefined, "enforce", "audit", "off"].includes(access)) wrong("access");
    if (lambdaConcurrency !== undefined && !(Number.isInteger(lambdaConcurrency) && lambdaConcurrency >= 10))
      wrong("lambdaConcurrency");
    if (![undefined, "profile", "web-identity", "container", "instance"].includes(signIn)) wrong("signIn");
    if (signIn === "profile" && typeof profile !== "string") wrong("profile");
    if (role !== undefined && !isRole(role)) wrong("role");
    if (official !== undefined && !isOfficial(official)) wrong("official");
    const way = { endpoint, profile, signIn, role };
    const rest = { timeZone, port, access, lambdaConcurrency, ...way, stateBucket, official };
    return { name, target, region, accountId: String(accountId), ...rest } as CloudConfig;
  });
  return { clouds, ...(typeof raw["current"] === "string" ? { current: raw["current"] } : {}) };
}

function isRole(said: unknown): said is NonNullable<CloudConfig["role"]> {
  const { arn, cloud } = (said ?? {}) as Partial<NonNullable<CloudConfig["role"]>>;
  return roleArn.test(String(arn)) && typeof cloud === "string";
}

/** Of IAM, in any partition; paths may be in it. */
export const roleArn = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

function isOfficial(said: unknown): said is OfficialConfig {
  const { pulumi, plugin, cloudflarePlugin } = (said ?? {}) as Partial<OfficialConfig>;
  return [pulumi, plugin ?? "/", cloudflarePlugin ?? "/"].every((path) => typeof path === "string" && isAbsolute(path));
}

export async function writeClouds(paths: Paths, { current, clouds }: Clouds): Promise<void> {
  const { stringify } = await import("./yaml.ts");
  const entries = clouds.map(({ name, ...rest }) => [name, rest]);
  const head = "# The clouds Freehold knows. `freehold cloud ls` shows them; no secret is kept here.\n";
  writeAtomically(file(paths), head + stringify({ format, current, clouds: Object.fromEntries(entries) }));
}

/** By name, or the current one. Throws `cloud-missing`, `cloud-unknown`. */
export async function findCloud(paths: Paths, name: string | undefined): Promise<CloudConfig> {
  const { current, clouds } = await readClouds(paths);
  if (clouds.length === 0 && name === undefined) throw faults.noCloud();
  const wanted = name ?? current ?? clouds[0]?.name ?? "";
  const found = clouds.find((cloud) => cloud.name === wanted);
  if (!found)
    throw faults.unknownCloud(
      wanted,
      suggest(
        wanted,
        clouds.map((cloud) => cloud.name),
      ),
    );
  return found;
}

/** Adds or replaces one; the first cloud becomes the current one. */
export async function saveCloud(paths: Paths, cloud: CloudConfig): Promise<void> {
  const { current, clouds } = await readClouds(paths);
  const others = clouds.filter(({ name }) => name !== cloud.name);
  await writeClouds(paths, { current: current ?? cloud.name, clouds: [...others, cloud] });
}

export async function forgetCloud(paths: Paths, name: string): Promise<void> {
  const { current, clouds } = await readClouds(paths);
  const left = clouds.filter((cloud) => cloud.name !== name);
  const next = current === name ? left[0]?.name : current;
  await writeClouds(paths, { clouds: left, ...(next ? { current: next } : {}) });
}

/** Throws `cloud-name-invalid`. */
export function checkCloudName(name: string): string {
  if (!/^(?=.{2,24}$)[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/.test(name)) throw faults.badCloudName(name);
  return name;
}

/** A new local cloud's facts: an account of its own, the first free port from 4780 (or FREEHOLD_PORT) that no other cloud has. */
export async function newLocalCloud(paths: Paths, name: string, region: string): Promise<CloudConfig> {
  const { clouds } = await readClouds(paths);
  const port = await freePort(new Set(clouds.flatMap((cloud) => cloud.port ?? [])));
  const accountId = String(randomInt(100_000, 1_000_000)) + String(randomInt(0, 1_000_000)).padStart(6, "0");
  return { name, target: "local", region, accountId, timeZone: localTimeZone(), port };
}

export const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  const first = Number(process.env["FREEHOLD_PORT"] ?? 4780);
  for (let port = first; port < 65_536; port++) if (!taken.has(port) && (await isFree(port))) return port;
  throw faults.answer(`No port from ${first} on is free.`, "freehold cloud start --port N");
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
