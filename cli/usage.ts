/**
 * What the apps of a cloud use: requests today, size of data, and what they cost a month while nobody calls. Asked of the
 * cloud app by app; what cannot be had is said by name and fails nothing. Changes nothing.
 */
import { Fault } from "../blueprints/fault.ts";
import type { RequestCount } from "../stacks/deploy.ts";
import { enterCloud } from "./access.ts";
import type { CloudConfig } from "./clouds.ts";
import { installedBlueprint } from "./installed.ts";
import type { Paths } from "./paths.ts";
import { dayOf, rememberProbes } from "./probes.ts";
import type { InstalledApp } from "./registry.ts";

export interface AppUsage {
  /** Since this computer's midnight; without those of `status` on this computer. Not of apps that are removed. */
  requestsToday?: RequestCount;
  /** Of its tables and buckets, bytes. */
  data?: { sizeBytes: number; more: boolean };
  /** What it would cost in AWS, dollars a month, while nobody calls; nothing where its files are not here any more. */
  idleInAws?: number;
  /** Why requests or data could not be counted. */
  unknown?: string;
}

/** `probes`: ids of the requests by which the apps were asked just now. */
export async function usageOf(
  paths: Paths,
  config: CloudConfig,
  apps: readonly InstalledApp[],
  probes: readonly string[],
): Promise<Map<string, AppUsage>> {
  const day = dayOf(Date.now());
  const besides = rememberProbes(paths, config.name, day, probes);
  const entering = enterCloud(paths, config);
  const all = apps.map(async (app): Promise<[string, AppUsage]> => {
    const [cost, counted] = await Promise.all([
      idleOf(paths, config, app),
      entering.then((cloud) => countOf(cloud, app, day, besides)).catch(unknown),
    ]);
    return [app.name, { ...counted, ...(cost === undefined ? {} : { idleInAws: cost }) }];
  });
  return new Map(await Promise.all(all));
}

function unknown(error: unknown): AppUsage {
  if (!(error instanceof Fault)) throw error;
  return { unknown: error.message };
}

async function countOf(
  cloud: Awaited<ReturnType<typeof enterCloud>>,
  { name, state, kept }: InstalledApp,
  day: number,
  besides: ReadonlySet<string>,
): Promise<AppUsage> {
  const { countRequests, measureData } = await import("../stacks/deploy.ts");
  const [requests, measured] = await Promise.all([
    state === "kept" ? undefined : countRequests(cloud, name, day, besides),
    measureData(cloud, name, kept),
  ]);
  const sizeBytes = measured.reduce((sum, one) => sum + one.sizeBytes, 0);
  const data = { sizeBytes, more: measured.some(({ more }) => more) };
  return { ...(requests ? { requestsToday: requests } : {}), data };
}

/** As its card says: memory costs nothing while nobody calls. Of what is removed nothing runs. */
async function idleOf(paths: Paths, { name, region }: CloudConfig, app: InstalledApp): Promise<number | undefined> {
  if (app.state === "kept") return undefined;
  const blueprint = await installedBlueprint(paths, name, app);
  if (!blueprint) return undefined;
  const { cardOf } = await import("../blueprints/card-of.ts");
  return (await cardOf(blueprint, app.origin, { region })).cost.idlePerMonth;
}
