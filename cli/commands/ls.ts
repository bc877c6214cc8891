/** `ls`: reads the registry's files; of a cloud that other computers use too, what its account says is read first. */

import { existsSync } from "node:fs";
import { Fault } from "../../blueprints/fault.ts";
import { foundationStack } from "../../stacks/cloud.ts";
import type { Thing } from "../../stacks/deploy.ts";
import { type CloudConfig, findCloud, readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { holderOf, lockName } from "../lock.ts";
import { foundationFile } from "../paths.ts";
import { type InstalledApp, readApps } from "../registry.ts";
import { readThings } from "../things.ts";
import { type NewerVersion, updatesOf } from "../updates.ts";

export interface ListDocument {
  cloud: string | null;
  target: "local" | "aws" | null;
  region: string | null;
  /** Why the account could not be asked: then this is what was last seen of it. */
  stale?: string;
  /** The cloud's setup stopped half-way; `setup` goes on. */
  unfinished?: true;
  /** What makes or changes the cloud itself on this computer at the moment: an id, as `attach` takes it. */
  operation?: string;
  apps: ListedApp[];
  things: ListedThing[];
}

export type ListedThing = Pick<Thing, "name" | "kind" | "addedAt"> & {
  state: Thing["state"] | "partial";
  id?: string;
  url?: string;
  /** It was there before Freehold. */
  adopted: boolean;
  /** Of a function: things it may use, `photos=write`. */
  uses: string[];
  kept: Thing["kept"];
};

export type ListedApp = Pick<
  InstalledApp,
  "name" | "title" | "blueprint" | "version" | "digest" | "source" | "state" | "url" | "kept" | "installedAt"
> & {
  update?: NewerVersion;
  /** What is at work on it on this computer: an id, as `attach` takes it. */
  operation?: string;
};

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const wanted = text(flags, "cloud");
  const { clouds } = await readClouds(paths);
  if (clouds.length === 0 && wanted === undefined)
    return { document: { cloud: null, target: null, region: null, apps: [], things: [] } satisfies ListDocument };
  const config = await findCloud(paths, wanted);
  const { name, target, region, stateBucket } = config;
  const stale = stateBucket ? await look(paths, config) : undefined;
  const installed = readApps(paths, name);
  const updates = await updatesOf(paths, installed);
  const atWork = (what: string): { operation?: string } => {
    const holder = holderOf(paths.state, lockName(config.name, what));
    return holder ? { operation: holder.id } : {};
  };
  const apps = installed.map(({ name, title, blueprint, version, digest, source, state, url, kept, installedAt }) => ({
    name,
    title,
    blueprint,
    version,
    digest,
    source,
    state,
    ...(url ? { url } : {}),
    kept,
    installedAt,
    ...(updates.has(name) ? { update: updates.get(name)! } : {}),
    ...atWork(name),
  }));
  // With an app in it there is nothing to go on with: `up` brings up what its apps need.
  const things = listedThings(paths, name);
  const unfinished = apps.length + things.length === 0 && !existsSync(foundationFile(paths, name));
  const about = { ...(stale ? { stale } : {}), ...(unfinished ? { unfinished } : {}), ...atWork(foundationStack) };
  return { document: { cloud: name, target, region, ...about, apps, things } satisfies ListDocument };
}

/** What was begun and did not come up stands there as half made. */
export function listedThings(paths: Input["paths"], cloud: string): ListedThing[] {
  const { things = [], begun } = readThings(paths, cloud) ?? {};
  const all = [...things.filter(({ name }) => name !== begun?.name), ...(begun ? [begun] : [])];
  return all
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((thing) => ({
      name: thing.name,
      kind: thing.kind,
      state: thing === begun ? "partial" : thing.state,
      ...(thing.id === undefined ? {} : { id: thing.id }),
      ...(thing.url === undefined ? {} : { url: thing.url }),
      adopted: thing.adopted !== undefined,
      uses: Object.entries((thing.inputs["uses"] ?? {}) as object).map(([name, verb]) => `${name}=${verb}`),
      kept: thing.kept,
      addedAt: thing.addedAt,
    }));
}

/** Nothing, or why it could not be asked. */
async function look(paths: Input["paths"], config: CloudConfig): Promise<string | undefined> {
  try {
    await (await import("../operations/home.ts")).lookAtHome(paths, config);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.message;
  }
}
