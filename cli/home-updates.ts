/**
 * Tells the home pages of clouds which apps have a newer version, once catalogs were asked. A picture of what the copies
 * say: no cloud is started for it, rows that say so already stay, and what cannot be told fails nothing and is said.
 */
import { Fault } from "../blueprints/fault.ts";
import { newerOf } from "../catalog/lookup.ts";
import { enterCloud } from "./access.ts";
import { catalogHome } from "./catalogs.ts";
import { type CloudConfig, readClouds } from "./clouds.ts";
import { running } from "./local-process.ts";
import type { Paths } from "./paths.ts";
import { type InstalledApp, readApps } from "./registry.ts";

export interface ToldUpdates {
  cloud: string;
  /** Apps whose update the home page shows from now on, or no longer shows. */
  changed: string[];
  /** Why it could not be told. */
  why?: string;
}

/** Local clouds that run, and the current cloud where it is in AWS. */
export async function tellUpdates(paths: Paths): Promise<ToldUpdates[]> {
  const { clouds, current } = await readClouds(paths);
  const told = await Promise.all(
    clouds.map(async (config) => {
      const apps = readApps(paths, config.name).filter(({ state }) => state !== "kept");
      const meant = config.target === "local" ? await running(config) : config.name === current;
      return apps.length > 0 && meant ? tell(paths, config, apps) : undefined;
    }),
  );
  return told.filter((one) => one !== undefined);
}

async function tell(paths: Paths, config: CloudConfig, apps: readonly InstalledApp[]): Promise<ToldUpdates> {
  const about = { cloud: config.name };
  try {
    const newer = new Map((await newerOf(catalogHome(paths), apps)).map(({ app, version }) => [app, version]));
    const [cloud, { access }] = await Promise.all([enterCloud(paths, config), import("../stacks/deploy.ts")]);
    return { ...about, changed: await (await access()).setUpdates(cloud, newer) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // A cloud of an earlier Freehold has no home page to tell.
    if (error.code === "access-not-yet") return { ...about, changed: [] };
    return { ...about, changed: [], why: error.message };
  }
}
