/**
 * Takes a snapshot of a cloud: from the registry, the list of things, the catalogs, and what the cloud says of keys, guests
 * and names of secrets. Changes nothing in the cloud. What an app is made of comes along, so that nothing has to be found
 * again; secrets do not, and data lies beside it where that was asked for.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { digestFiles } from "../blueprints/digest.ts";
import { Fault } from "../blueprints/fault.ts";
import { listFiles } from "../blueprints/files.ts";
import { readCatalogs } from "../catalog/catalogs.ts";
import type { Cloud } from "../stacks/cloud.ts";
import { pack } from "./blueprint-archive.ts";
import { catalogHome } from "./catalogs.ts";
import type { CloudConfig } from "./clouds.ts";
import { writeAtomically } from "./files.ts";
import { findCopy } from "./operations/home.ts";
import { foundationFile, type Paths } from "./paths.ts";
import { type InstalledApp, readApps } from "./registry.ts";
import { type Snapshot, snapshotDigest, snapshotText } from "./snapshot.ts";
import { filesOfThing, readThings, thingFiles } from "./things.ts";
import { iso } from "./who.ts";

type Deploy = typeof import("../stacks/deploy.ts");

export interface Taken {
  file: string;
  /** `sha256:…` of the file: what `snapshot apply --accept` takes. */
  digest: string;
  apps: number;
  things: number;
  /** Names of secrets, `APP/NAME`: their values are not in it. */
  secrets: string[];
  /** What is not in it, in words. */
  without: string[];
  /** It has all data beside it. */
  data: boolean;
}

/** Of all code together, in base64: a file larger than this is read by nothing. */
const mostCode = 256 * 1024 ** 2;

interface Taking {
  paths: Paths;
  deploy: Deploy;
  config: CloudConfig;
  cloud: Cloud;
}

/**
 * Writes it, 0600: settings may say what is nobody else's. `lenient`: what cannot be asked is left out. `data`: the export
 * that lies beside it, by the digest of its manifest.
 */
export async function takeSnapshot(
  taking: Taking,
  file: string,
  o: { lenient?: true; data?: { manifest: string } } = {},
): Promise<Taken> {
  const { paths, config } = taking;
  const without: string[] = [];
  const installed = readApps(paths, config.name);
  const listed = readThings(paths, config.name)?.things ?? [];
  const { name, target, region, timeZone } = config;
  const access = await accessOf(taking).catch((error: unknown) => {
    if (!o.lenient || !(error instanceof Fault)) throw error;
    without.push(`keys and guests: ${error.summary}`);
    return undefined;
  });
  const apps = [];
  for (const app of installed) apps.push(await appOf(taking, app, without, o.lenient === true));
  const snapshot: Omit<Snapshot, "format" | "checksum"> = {
    freehold: process.env.FREEHOLD_VERSION ?? "0",
    at: new Date().toISOString(),
    cloud: { name, target, region, timeZone },
    apps,
    things: listed.map(({ name, state, shape, kind, inputs, adopted }) => ({
      ...{ name, state, shape, kind, inputs: { ...inputs } },
      ...(adopted === undefined ? {} : { adopted }),
    })),
    ...(access ? { access } : {}),
    catalogs: (await readCatalogs(catalogHome(paths))).slice(1).map(({ name, ref }) => ({ name, ref })),
    code: await codeOf(taking, installed, without),
    ...(o.data ? { data: o.data } : {}),
  };
  const text = snapshotText(snapshot);
  writeAtomically(file, text);
  const secrets = apps.flatMap((app) => app.secrets.map((secret) => `${app.name}/${secret}`));
  const digest = snapshotDigest(Buffer.from(text));
  return { file, digest, apps: apps.length, things: listed.length, secrets, without, data: o.data !== undefined };
}

async function appOf(
  { deploy, cloud }: Taking,
  { name, state, blueprint, version, digest, ref, origin, settings, functions, rules }: InstalledApp,
  without: string[],
  lenient: boolean,
): Promise<Snapshot["apps"][number]> {
  const secrets = await deploy.listSecrets(cloud, name).catch((error: unknown) => {
    if (!lenient || !(error instanceof Fault)) throw error;
    without.push(`names of secrets of ${name}: ${error.summary}`);
    return [];
  });
  return {
    ...{ name, state: state === "kept" ? "kept" : "running" },
    ...{ blueprint, version, digest, ref, origin, settings, functions },
    ...(rules ? { rules } : {}),
    secrets,
  };
}

/** Neither keys nor links are in it: of keys what they were for, of guests whom to invite again. */
async function accessOf({ paths, deploy, cloud }: Taking): Promise<NonNullable<Snapshot["access"]>> {
  if (!existsSync(foundationFile(paths, cloud.name))) return { keys: [], guests: [] };
  const access = await deploy.access();
  const [keys, guests] = await Promise.all([access.listKeys(cloud), access.listGuests(cloud)]);
  const byName = <T extends { app: string; name: string }>(all: T[]): T[] =>
    all.sort((a, b) => (`${a.app} ${a.name}` < `${b.app} ${b.name}` ? -1 : 1));
  return {
    keys: byName(
      keys.map(({ app, name, routes, verbs, expires }) => ({ app, name, routes, verbs, expires: iso(expires) })),
    ),
    guests: byName(guests.map(({ app, name, role, expires }) => ({ app, name, role, expires: iso(expires) }))),
  };
}

/** Each folder once, by its digest. */
async function codeOf(taking: Taking, apps: readonly InstalledApp[], without: string[]): Promise<Snapshot["code"]> {
  const { paths, config } = taking;
  const code: Snapshot["code"] = {};
  let size = 0;
  const add = async (what: string, digest: string, dir: string | undefined): Promise<void> => {
    if (code[digest] !== undefined) return;
    const files = dir === undefined ? [] : await listFiles(dir);
    if (dir === undefined || (await digestFiles(files)) !== digest)
      return void without.push(`the code of ${what}: it is not on this computer any more`);
    const packed = (await pack(files)).toString("base64");
    if (size + packed.length > mostCode) return void without.push(`the code of ${what}: it is too large`);
    size += packed.length;
    code[digest] = packed;
  };
  for (const app of apps.filter(({ state }) => state !== "kept")) {
    const copy = await findCopy(taking, taking.cloud, app.digest);
    const folder = app.source === "folder" && existsSync(app.ref) ? app.ref : undefined;
    await add(app.name, app.digest, copy ?? folder);
  }
  for (const thing of readThings(paths, config.name)?.things ?? []) {
    if (thing.state !== "running") continue;
    for (const folder of new Set(filesOfThing(thing).map((path) => path.split("/")[0]!))) {
      const dir = join(thingFiles(paths, config.name), folder);
      await add(`things/${thing.name}`, folder.replace("-", ":"), existsSync(dir) ? dir : undefined);
    }
  }
  return code;
}
