/**
 * What computers that use one AWS cloud share: the registry of what is installed, and the blueprints it is of, beside
 * the state in the account's bucket. The files here are a copy of it; for local clouds they are all there is.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { digestFiles, digestName } from "../../blueprints/digest.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { type Cloud, foundationStack } from "../../stacks/cloud.ts";
import type { Housed } from "../../stacks/deploy.ts";
import { pack, unpack } from "../blueprint-archive.ts";
import { type CloudConfig, saveCloud } from "../clouds.ts";
import { copyDir, digestsOf } from "../copies.ts";
import { faults } from "../errors.ts";
import { cloudDir, makeFolder } from "../paths.ts";
import { completed, type InstalledApp, readApps, removeApp, writeApp } from "../registry.ts";
import { pullThings } from "../things.ts";
import { enterCloud, lockAll, pullFoundation, type Work } from "./work.ts";

type Reach = Pick<Work, "paths" | "deploy">;

const appsFolder = "freehold/apps/";
/** So many of the apps that were there the last time are asked for before the list of them has come. */
const mostGuessed = 8;
const appKey = (name: string): string => `${appsFolder}${name}.json`;
const blueprintKey = (digest: string): string => `freehold/blueprints/${digestName(digest)}.json.gz`;
type MayBeHoused = Omit<Housed, "stateBucket"> & { stateBucket?: string };
const housed = (cloud: MayBeHoused): Housed | undefined =>
  cloud.stateBucket === undefined ? undefined : { ...cloud, stateBucket: cloud.stateBucket };

/**
 * Before an AWS cloud is worked on: its state moves into its account when it is still here (never for a preview), and
 * what is known here of what is installed becomes what the account says. Local clouds pass as they are.
 */
export async function atHome(work: Work, config: CloudConfig): Promise<CloudConfig> {
  if (config.target === "local") return config;
  const moved = config.stateBucket || work.request.operation === "preview" ? config : await move(work, config);
  if (moved.stateBucket) {
    const cloud = await enterCloud(work, moved);
    const pulled = Promise.all([pullInstalled(work, cloud), pullFoundation(work, cloud)]);
    work.deploy.beginState(cloud);
    await pulled;
  }
  return moved;
}

async function move(work: Work, config: CloudConfig): Promise<CloudConfig> {
  const { paths, deploy, emit } = work;
  const apps = readApps(paths, config.name);
  const release = await lockAll(work, config.name, [foundationStack, ...apps.map(({ name }) => name)]);
  try {
    const cloud = await enterCloud(work, config);
    const { bucket, files, aside } = await deploy.moveHome(cloud, async (to) => {
      const { putObject } = await deploy.shelf();
      for (const app of apps) {
        await putBlueprints(work, to, app);
        await putObject(to, appKey(app.name), JSON.stringify(app, null, 2));
      }
    });
    const moved = { ...config, stateBucket: bucket };
    await saveCloud(paths, moved);
    const message = `The state of ${config.name} is now in the bucket ${bucket} of its account (${files} files, compared). The old folder is kept at ${aside}; nothing reads it any more.`;
    emit({ type: "note", level: "info", message });
    return moved;
  } finally {
    release();
  }
}

/** The registry and the copies of blueprints here become what the account says. Throws credentials, `home-missing`. */
export async function pullInstalled({ paths, deploy }: Reach, cloud: Cloud): Promise<void> {
  const from = housed(cloud);
  if (!from) return;
  const { listObjects, getObject, eachOf } = await deploy.shelf();
  const names: string[] = [];
  // What is known here is there still, most likely: it is asked for with the list.
  const guessed = new Map(
    readApps(paths, cloud.name)
      .slice(0, mostGuessed)
      .map(({ name }) => [appKey(name), getObject(from, appKey(name))]),
  );
  for (const guess of guessed.values()) guess.catch(() => undefined);
  const pullApps = async (): Promise<void> =>
    eachOf(await listObjects(from, appsFolder), async ({ key }) => {
      const found = (await guessed.get(key)) ?? (await getObject(from, key));
      if (!found) return;
      const app = completed(JSON.parse(found.bytes.toString()) as InstalledApp);
      if (appKey(app.name) !== key) throw faults.fileBroken(`s3://${from.stateBucket}/${key}`, "it is of another app.");
      if (app.format !== 1) throw faults.fileBroken(`s3://${from.stateBucket}/${key}`, "a newer Freehold wrote it.");
      names.push(app.name);
      writeApp(paths, cloud.name, app);
    });
  await Promise.all([pullApps(), pullThings(paths, cloud, deploy)]);
  for (const { name } of readApps(paths, cloud.name)) if (!names.includes(name)) removeApp(paths, cloud.name, name);
  for (const app of readApps(paths, cloud.name)) await fetchBlueprint({ paths, deploy }, from, app);
}

/** What an app of a folder is made of is fetched only where that folder is not. */
async function fetchBlueprint(reach: Reach, from: Housed, app: InstalledApp): Promise<void> {
  if (app.state === "kept" || (app.source === "folder" && existsSync(app.ref))) return;
  await findCopy(reach, from, app.digest);
}

/** Where the copy with this digest is, fetched from the account when it is not here; nothing when neither has it. */
export async function findCopy(
  { paths, deploy }: Reach,
  cloud: MayBeHoused,
  digest: string,
): Promise<string | undefined> {
  const to = copyDir(paths, cloud.name, digest);
  if (existsSync(to)) return to;
  const from = housed(cloud);
  if (!from) return undefined;
  const { getObject } = await deploy.shelf();
  const archive = await getObject(from, blueprintKey(digest));
  if (!archive) return undefined;
  makeFolder(join(cloudDir(paths, cloud.name), "blueprints"));
  await unpack(archive.bytes, to, digest);
  return to;
}

/** Its own, and those of the versions it can go back to. */
async function putBlueprints(reach: Reach, to: Housed, app: InstalledApp): Promise<void> {
  for (const digest of new Set(digestsOf(app))) await putBlueprint(reach, to, app, digest);
}

async function putBlueprint({ paths, deploy }: Reach, to: Housed, app: InstalledApp, digest: string): Promise<void> {
  const { hasObject, putObject } = await deploy.shelf();
  const key = blueprintKey(digest);
  const copy = copyDir(paths, to.name, digest);
  const dir = existsSync(copy) ? copy : app.source === "folder" ? app.ref : undefined;
  if (!dir || !existsSync(dir)) return;
  // Of nothing that is installed, it is not there most likely, and the same when it is.
  const known = readApps(paths, to.name).some((one) => digestsOf(one).includes(digest));
  if (known && (await hasObject(to, key))) return;
  const { files } = await loadBlueprint(dir);
  // A folder may have moved on since it was installed.
  if ((await digestFiles(files)) === digest) await putObject(to, key, await pack(files));
}

/** Writes down what is installed: in the account first, since the files here are its copy. Answers how to take it back. */
export async function keepInstalled(work: Work, cloud: Cloud, app: InstalledApp): Promise<() => Promise<void>> {
  const { paths, deploy } = work;
  const to = housed(cloud);
  if (!to) {
    writeApp(paths, cloud.name, app);
    return async () => undefined;
  }
  const { getObject, putObject, removeObjects } = await deploy.shelf();
  const key = appKey(app.name);
  const [before] = await Promise.all([
    getObject(to, key),
    app.state === "kept" ? undefined : putBlueprint(work, to, app, app.digest),
  ]);
  const tag = await writeInstalled(work, cloud, app);
  // Only while nobody has written since: another computer's word is newer.
  return async () => {
    const now = await getObject(to, key);
    if (tag === undefined || now?.tag !== tag) return;
    if (before) await putObject(to, key, before.bytes, { tag });
    else await removeObjects(to, [key]);
    await pullInstalled(work, cloud);
  };
}

/** The same, of what is kept already and has become something else: nobody takes that back. Answers the object's tag. */
export async function writeInstalled(
  { paths, deploy }: Work,
  cloud: Cloud,
  app: InstalledApp,
): Promise<string | undefined> {
  const to = housed(cloud);
  const tag = to && (await (await deploy.shelf()).putObject(to, appKey(app.name), JSON.stringify(app, null, 2)));
  writeApp(paths, cloud.name, app);
  return tag;
}

export async function dropInstalled({ paths, deploy }: Work, cloud: Cloud, name: string): Promise<void> {
  const from = housed(cloud);
  if (from) await (await deploy.shelf()).removeObjects(from, [appKey(name)]);
  removeApp(paths, cloud.name, name);
}

/**
 * Blueprints in the account that no app is of any more go, as the copies here do, once what is answered is called: of those
 * that are there now, since what comes meanwhile may be another computer's.
 */
export function pruneBlueprints({ paths, deploy }: Work, cloud: Cloud): () => Promise<void> {
  const from = housed(cloud);
  if (!from) return async () => undefined;
  const listing = deploy.shelf().then(({ listObjects }) => listObjects(from, "freehold/blueprints/"));
  // Told to whoever prunes, at the end.
  listing.catch(() => undefined);
  return async () => {
    const used = new Set(readApps(paths, cloud.name).flatMap(digestsOf).map(blueprintKey));
    const gone = (await listing).map(({ key }) => key).filter((key) => !used.has(key));
    if (gone.length > 0) await (await deploy.shelf()).removeObjects(from, gone);
  };
}

/** For queries: what the account says is installed, with nothing started and nothing moved. */
export async function lookAtHome(paths: Work["paths"], config: CloudConfig): Promise<void> {
  if (!config.stateBucket) return;
  const deploy = await import("../../stacks/deploy.ts");
  await pullInstalled({ paths, deploy }, await enterCloud({ paths }, config));
}
