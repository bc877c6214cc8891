/** `up` and `preview`: from REF, or all that is installed, to running apps. The first `up` of a home makes its cloud. */
import { type CloudConfig, findCloud, newLocalCloud, readClouds } from "../clouds.ts";
import { faults } from "../errors.ts";
import { startNew } from "../local-process.ts";
import { findSource, type Source } from "../refs.ts";
import { readApps } from "../registry.ts";
import { hasThings } from "../things.ts";
import { bringUp } from "./bring-up.ts";
import { atHome } from "./home.ts";
import { defaultRegion } from "./setup.ts";
import { upThings } from "./things.ts";
import { type End, emitStart, enterCloud, lockAll, refWhere, sayNote, type Work } from "./work.ts";

export async function up(work: Work): Promise<End> {
  const { request, paths } = work;
  const { config: chosen, isNew } = await chooseCloud(work);
  const config = await atHome(work, chosen);
  if (request.ref !== undefined || isNew || !hasThings(paths, config.name)) return upApps(work, config, isNew);
  if (!hasApps(work, config.name)) {
    emitStart(work, config.name, ["things"]);
    return { exitCode: 0, cloud: config.name, apps: await upThings(work, await enterCloud(work, config)) };
  }
  const end = await upApps(work, config, isNew);
  return { ...end, apps: [...end.apps, ...(await upThings(work, await enterCloud(work, config)))] };
}

const hasApps = ({ paths }: Work, cloud: string): boolean =>
  readApps(paths, cloud).some(({ state }) => state !== "kept");

function upApps(work: Work, config: CloudConfig, isNew: boolean): Promise<End> {
  const { request, answers } = work;
  return bringUp(work, {
    config,
    ...(isNew ? { keep: () => keepNew(work, config) } : {}),
    wanted: async () =>
      (await sourcesOf(work, config.name)).map((source) => ({
        source,
        given: answers.settings,
        ...(request.as ? { name: request.as } : {}),
      })),
  });
}

/** The first `up` of a home makes the local cloud `home`. */
async function chooseCloud({ paths, request }: Work): Promise<{ config: CloudConfig; isNew: boolean }> {
  const { clouds } = await readClouds(paths);
  if (clouds.length > 0 || request.cloud !== undefined)
    return { config: await findCloud(paths, request.cloud), isNew: false };
  return { config: await newLocalCloud(paths, "home", defaultRegion), isNew: true };
}

/** Two first `up`s may run at once: who comes second uses the first one's cloud. */
async function keepNew(work: Work, config: CloudConfig): Promise<CloudConfig> {
  const release = await lockAll({ ...work, request: { ...work.request, waitMs: -1 } }, config.name, ["setup"]);
  try {
    const there = (await readClouds(work.paths)).clouds.find(({ name }) => name === config.name);
    return there ?? (await startNew(work.paths, config));
  } finally {
    release();
  }
}

async function sourcesOf(work: Work, cloud: string): Promise<Source[]> {
  const { request, paths } = work;
  const where = refWhere(work, cloud);
  if (request.ref !== undefined) return [sayNote(work, await findSource(request.ref, where))];
  const installed = readApps(paths, cloud).filter(({ state }) => state !== "kept");
  if (installed.length === 0) throw faults.answer("What to install; nothing is installed yet.", "freehold up notes");
  return Promise.all(installed.map(({ name }) => findSource(name, where)));
}
