/**
 * `settings`, `rollback` and `undo`: an app comes up again from a folder that is kept here, set differently or as it was.
 * Nothing is fetched from where it came from. Data stays as it is, unless its return is named.
 */
import { existsSync } from "node:fs";
import { suggest } from "../../blueprints/suggest.ts";
import { enterCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { copyDir } from "../copies.ts";
import { faults } from "../errors.ts";
import type { Source } from "../refs.ts";
import { type InstalledApp, type InstalledVersion, readApp, readApps } from "../registry.ts";
import { rollbackTarget, rootOf, undoTarget } from "../versions.ts";
import { bringUp, type Undertaking } from "./bring-up.ts";
import { bringDataBack } from "./data-back.ts";
import { atHome, findCopy } from "./home.ts";
import type { Wanted } from "./plan.ts";
import type { End, Work } from "./work.ts";

/** Settings, memory, time and environment change in place; the folder is the one that is installed. */
export async function changeSettings(work: Work): Promise<End> {
  const { request, answers } = work;
  return onInstalled(work, async (config, app) => ({
    ...(await asInstalled(work, config, app)),
    given: answers.settings,
    reset: request.reset ?? [],
  }));
}

/** An app as it is, from the copy that is kept, whatever became of the folder. Throws `version-gone`. */
export async function asInstalled(work: Work, config: CloudConfig, app: InstalledApp): Promise<Wanted> {
  return { source: await sourceOf(work, config, app, app), name: app.name };
}

/** The code and settings of the version before, and with `withData` its data. */
export async function rollback(work: Work): Promise<End> {
  const wanted = (config: CloudConfig, app: InstalledApp) => {
    const target = rollbackTarget(app, work.request.to);
    if (!target) throw faults.nothingBefore(app.name, work.request.to, versionsBefore(app));
    return wantedOf(work, config, app, target);
  };
  // Data first: interrupted after it, the same command finds it back already, and goes on with the code.
  const before: Undertaking["before"] = (cloud, plan) => bringDataBack(work, cloud, plan);
  return onInstalled(work, wanted, work.request.withData ? { before } : {});
}

/** The last change of version or settings is taken back. */
export async function undo(work: Work): Promise<End> {
  return onInstalled(work, (config, app) => {
    const target = undoTarget(app);
    if (!target) throw faults.nothingToUndo(app.name);
    return wantedOf(work, config, app, target);
  });
}

const versionsBefore = ({ versions, digest }: InstalledApp): string[] => [
  ...new Set(versions.filter((one) => one.digest !== digest).map(({ version }) => version)),
];

async function onInstalled(
  work: Work,
  wanted: (config: CloudConfig, app: InstalledApp) => Promise<Wanted>,
  more: Pick<Undertaking, "before"> = {},
): Promise<End> {
  const config = await atHome(work, await findCloud(work.paths, work.request.cloud));
  return bringUp(work, {
    config,
    wanted: async () => [await wanted(config, installedApp(work, config.name))],
    ...more,
  });
}

/** Throws `app-unknown`, `app-not-running`. */
export function installedApp({ request, paths }: Work, cloud: string): InstalledApp {
  const name = request.ref ?? "";
  const app = readApp(paths, cloud, name);
  if (!app) {
    const known = readApps(paths, cloud).map((one) => one.name);
    throw faults.unknownApp(name, suggest(name, known));
  }
  if (app.state === "kept") throw faults.notConnected(name);
  return app;
}

/** An app as it was then: what is said to change is what that version said. */
export async function wantedOf(
  work: Work,
  config: CloudConfig,
  app: InstalledApp,
  version: InstalledVersion,
): Promise<Wanted> {
  const { settings, functions, rules = {} } = version;
  return {
    source: await sourceOf(work, config, app, version),
    name: app.name,
    base: { settings, functions, rules },
    restored: rootOf(version),
  };
}

/** From the copy that is kept. Throws `version-gone`. */
async function sourceOf(
  work: Work,
  config: CloudConfig,
  app: InstalledApp,
  { version, digest, ref, origin }: Pick<InstalledVersion, "version" | "digest" | "ref" | "origin">,
): Promise<Source> {
  const here = copyDir(work.paths, config.name, digest);
  const copy = existsSync(here) ? here : await findCopy(work, await enterCloud(work.paths, config), digest);
  // An earlier Freehold kept no copies of folders.
  const dir = copy ?? (app.source === "folder" && digest === app.digest && existsSync(app.ref) ? app.ref : undefined);
  if (dir === undefined) throw faults.versionGone(app.name, version);
  return { source: origin.source, ref, origin, dir, app };
}
