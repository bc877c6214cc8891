/**
 * `destroy`: apps come down, from any state. Data stays and is remembered unless its deletion was named; `--all` takes
 * the foundation too, and with `--data delete` or, behind an export of all of it, `--data export` everything the cloud has on
 * this computer.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { suggest } from "../../blueprints/suggest.ts";
import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { Kept } from "../../stacks/deploy.ts";
import { type CloudConfig, findCloud, forgetCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { writeAtomically } from "../files.ts";
import { stopProcess } from "../local-process.ts";
import { cloudDir, type Paths, snapshotsDir } from "../paths.ts";
import { type InstalledApp, readApp, readApps, wasUp } from "../registry.ts";
import { readThings } from "../things.ts";
import { thingFaults } from "../things-errors.ts";
import { shellWord } from "../ui/shell-word.ts";
import { exportLeft, exportThenDelete } from "./destroy-export.ts";
import { destroyThing } from "./destroy-thing.ts";
import { eachApp } from "./each-app.ts";
import { atHome, dropInstalled, keepInstalled, pullInstalled, writeInstalled } from "./home.ts";
import { forgetOnHomePage } from "./home-page.ts";
import { lockOfThings } from "./things.ts";
import { type End, emitStart, enterCloud, forgetFoundation, lockAll, type Work, whenFree } from "./work.ts";

export async function destroy(work: Work): Promise<End> {
  const { request, paths } = work;
  if (request.all && endsWhole(request)) {
    const config = await findCloud(paths, request.cloud);
    if (existsSync(endingFile(paths, config.name))) return finishEnd(work, config);
  }
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const names = namesOf(work, config.name);
  emitStart(work, config.name, names);
  const locks = names.map((name) => (thingIn(name) === undefined ? name : lockOfThings));
  const release = await lockAll(work, config.name, request.all ? [...locks, foundationStack] : locks);
  try {
    const cloud = await enterCloud(work, config);
    if (request.all && config.target === "aws") await (await work.deploy.accounts()).endAccounts(cloud, work);
    if (request.all && names.length > 0) await keepSnapshot(work, cloud, config);
    const end = await destroyApps(work, cloud, names);
    if (!request.all || end.exitCode !== 0) return end;
    if (request.data === "export") return await exportThenEnd(work, cloud, config);
    await destroyCloud(work, cloud, config);
    return end;
  } finally {
    release();
  }
}

/**
 * How the cloud was, in a file that outlives it; without it nothing is removed. What cannot be asked of a cloud that is half
 * gone is left out of it, and said.
 */
async function keepSnapshot({ deploy, paths, emit, request }: Work, cloud: Cloud, config: CloudConfig): Promise<void> {
  const { takeSnapshot } = await import("../snapshot-taken.ts");
  const stamp = request.id.slice(0, 15);
  const file = join(snapshotsDir(paths), `${config.name}-${stamp}.json`);
  const { without } = await takeSnapshot({ paths, deploy, config, cloud }, file, { lenient: true });
  const say = (level: "info" | "warning", message: string): void => emit({ type: "note", level, message });
  say("info", `How the cloud was is in ${file}: freehold snapshot apply ${shellWord(file, "FILE")}`);
  for (const what of without) say("warning", `Not in it: ${what}`);
}

/** Nothing of it is to be left. */
const endsWhole = ({ data }: Work["request"]): boolean => data === "delete" || data === "export";

/** With everything down: all data comes out as one, is read back, and then goes, and the cloud with it. */
async function exportThenEnd(work: Work, cloud: Cloud, config: CloudConfig): Promise<End> {
  await exportLeft(work, cloud, undefined, config.name);
  const gone: Work = { ...work, request: { ...work.request, data: "delete" } };
  const end = await destroyApps(gone, cloud, namesOf(gone, config.name));
  if (end.exitCode === 0) await destroyCloud(gone, cloud, config);
  return end;
}

/** An end that was cut off after the last stack. */
async function finishEnd(work: Work, config: CloudConfig): Promise<End> {
  emitStart(work, config.name, []);
  const release = await lockAll(work, config.name, [foundationStack]);
  try {
    await endCloud(work, await enterCloud(work, config), config);
    return { exitCode: 0, cloud: config.name, apps: [] };
  } finally {
    release();
  }
}

function namesOf({ request, paths }: Work, cloud: string): string[] {
  const apps = readApps(paths, cloud).map(({ name }) => name);
  const list = readThings(paths, cloud);
  const things = [...new Set([...(list?.things ?? []), ...(list?.begun ? [list.begun] : [])].map(({ name }) => name))];
  if (request.all) return [...apps, ...things.map((name) => `${thingPrefix}${name}`)];
  const names = [...new Set(request.apps ?? [])];
  for (const name of names) {
    const thing = thingIn(name);
    if (thing === undefined && !apps.includes(name)) throw faults.unknownApp(name, suggest(name, apps));
    if (thing !== undefined && !things.includes(thing)) throw thingFaults.unknown(thing, suggest(thing, things));
  }
  return names;
}

const thingPrefix = "things/";
const thingIn = (name: string): string | undefined =>
  name.startsWith(thingPrefix) ? name.slice(thingPrefix.length) : undefined;

const destroyApps = (work: Work, cloud: Cloud, names: string[]): Promise<End> =>
  eachApp(work, cloud, names, async (name) => {
    const thing = thingIn(name);
    const kept = await whenFree(work, async (again) => {
      if (again) await pullInstalled(work, cloud);
      return thing === undefined ? destroyOne(work, cloud, name) : destroyThing(work, cloud, thing);
    });
    return { name, kept };
  });

const begun = { state: "partial", begun: "destroy" } as const;

async function destroyOne(work: Work, cloud: Cloud, name: string) {
  const { deploy, paths, request, emit, signal } = work;
  const app = readApp(paths, cloud.name, name);
  const gone = app && withoutStack(app);
  const takeBack = app && app.state !== "kept" ? await keepInstalled(work, cloud, { ...app, ...begun }) : undefined;
  // An app that is exported goes first: what it would write while it is read would be lost.
  const data = request.data === "delete" ? "delete" : "keep";
  // Cut off after this, the same command goes on without a state, and knows what data there is.
  const leaving = async (kept: Kept[]): Promise<void> => {
    if (gone) await writeInstalled(work, cloud, { ...gone, ...begun, kept });
  };
  const { kept } = await deploy
    .destroyApp(cloud, name, { emit, signal, data, attach: app?.kept ?? [], installed: wasUp(app), leaving })
    .catch(async (error) => {
      if (error instanceof Fault && error.exitCode === exitCodes.locked) await takeBack?.();
      throw error;
    });
  await forgetOnHomePage(work, cloud, name);
  if (kept.length === 0 || !gone) await dropInstalled(work, cloud, name);
  else {
    await keepInstalled(work, cloud, { ...gone, state: "kept", kept, updatedAt: new Date().toISOString() });
    if (request.data === "export" && !request.all) {
      await exportThenDelete(work, cloud, name, kept);
      await dropInstalled(work, cloud, name);
      return [];
    }
  }
  return kept;
}

/** Its address and its names go with it. */
function withoutStack({ url: _, domains: __, begun: ___, ...app }: InstalledApp): InstalledApp {
  return app;
}

/** Says here that the stacks are gone and only the state's place is left to go: it cannot say so itself. */
const endingFile = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "ending");

async function destroyCloud({ deploy, paths, request, emit, signal }: Work, cloud: Cloud, config: CloudConfig) {
  forgetFoundation(paths, cloud.name);
  const all = request.data === "delete" ? { data: "delete" as const } : {};
  const { backups } = await deploy.destroyFoundation(cloud, { emit, signal, ...all });
  if (backups)
    emit({ type: "note", level: "info", message: `Backups are kept in s3://${backups}: freehold data backups` });
  if (request.data !== "delete") {
    emit({ type: "note", level: "info", message: `The cloud ${cloud.name} stays, because data in it was kept.` });
    return;
  }
  await endCloud({ deploy, paths, emit }, cloud, config);
}

type Ending = Pick<Work, "deploy" | "paths" | "emit">;

async function endCloud({ deploy, paths, emit }: Ending, cloud: Cloud, config: CloudConfig) {
  writeAtomically(endingFile(paths, cloud.name), "");
  if (config.target === "local") await stopProcess(config);
  if (cloud.stateBucket) await deploy.removeHome({ ...cloud, stateBucket: cloud.stateBucket });
  await forgetCloud(paths, cloud.name);
  rmSync(cloudDir(paths, cloud.name), { recursive: true, force: true });
  emit({ type: "note", level: "info", message: `The cloud ${cloud.name} is gone.` });
}
