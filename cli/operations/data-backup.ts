/**
 * `data backup`: what apps keep is copied into a bucket of the cloud's own and read back. A rule of which to keep is applied
 * when it is named, after the new one is whole, and never otherwise: nothing goes to make room.
 */
import { join } from "node:path";
import { storageCost } from "../../blueprints/prices.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { BackupRecord, KeepRule, Place } from "../../stacks/deploy.ts";
import type { CarriedData, MadeBackup } from "../../stacks/events.ts";
import { findCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import type { Paths } from "../paths.ts";
import { aboutApp } from "./data-export.ts";
import { appsMeant, inTurns, placesIn } from "./data-places.ts";
import { eachApp } from "./each-app.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, ensureBackups, enterCloud, lockAll, type Work } from "./work.ts";

export async function dataBackup(work: Work): Promise<End> {
  const { request, paths, deploy } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const apps = appsMeant(work, config.name);
  emitStart(work, config.name, apps);
  const { readRule, bucketOf } = await deploy.backups();
  const rule = request.keep === undefined ? undefined : readRule(request.keep);
  const cloud = await enterCloud(work, config);
  const places = await placesIn(work, cloud, apps);
  const full = apps.filter((app) => places.some((one) => one.app === app));
  if (full.length === 0) throw faults.noData(request.all ? config.name : apps.join(", "));
  const missing = request.all ? [] : apps.filter((app) => !full.includes(app));
  for (const app of missing)
    work.emit({ type: "note", level: "warning", message: `${app} has no table and no bucket.`, stack: app });
  await ensureBackups(work, cloud);
  const made: MadeBackup[] = [];
  const stores: CarriedData["stores"] = [];
  const end = await eachApp(work, cloud, full, async (app) => {
    const own = places.filter((one) => one.app === app);
    const backup = await backUp(work, cloud, app, own, "asked", rule);
    made.push(backup.made);
    stores.push(...storesOf(backup.record));
    return { name: app };
  });
  return { ...end, data: { at: `s3://${bucketOf(cloud)}`, stores, backups: made } };
}

export const storesOf = ({ app, stores }: BackupRecord): CarriedData["stores"] =>
  stores.map(({ name, kind, count, sizeBytes }) => ({ store: `${app}/${name}`, kind, count, sizeBytes }));

/** One app's, whole and read back. The bucket is there. */
export async function backUp(
  work: Work,
  cloud: Cloud,
  app: string,
  places: readonly Place[],
  why: "asked" | "upgrade",
  rule?: KeepRule,
): Promise<{ record: BackupRecord; made: MadeBackup }> {
  const release = await lockAll(work, cloud.name, [`backup-${app}`]);
  try {
    const { takeBackup, ruleWords } = await work.deploy.backups();
    const record = await inTurns(work, [app], "read", async (emit) =>
      takeBackup(cloud, places, { ...(await backupOptions(work, cloud, app)), emit, why }),
    );
    const gone = rule ? await keepOnly(work, cloud, app, rule) : [];
    const { id, from, until, verified, sizeBytes } = record;
    const costPerMonth = storageCost(cloud, sizeBytes);
    const made = { app, id, from, until, verified, sizeBytes, costPerMonth, gone };
    return { record, made: { ...made, ...(rule ? { rule: ruleWords(rule) } : {}) } };
  } finally {
    release();
  }
}

/** What every backup of an app has in hand. */
export async function backupOptions(work: Work, cloud: Cloud, app: string) {
  return {
    signal: work.signal,
    app,
    about: await aboutApp(work, cloud, app),
    scratch: backupScratch(work.paths, cloud, app),
    freehold: process.env.FREEHOLD_VERSION ?? "",
  };
}

export const backupScratch = ({ cache }: Paths, cloud: Cloud, app: string): string =>
  join(cache, "backups", cloud.name, app);

/** Written down before anything goes, and said one by one. */
async function keepOnly(work: Work, cloud: Cloud, app: string, rule: KeepRule): Promise<string[]> {
  const { dropBackup, goneBy, listBackups, noteRule, ruleWords } = await work.deploy.backups();
  const now = new Date();
  await noteRule(cloud, app, rule, now);
  const gone = goneBy(rule, await listBackups(cloud, [app]), now);
  for (const one of gone) {
    await dropBackup(cloud, one, work.signal);
    const message = `Removed the backup ${one.id} of ${app}: ${ruleWords(rule)} are kept.`;
    work.emit({ type: "note", level: "info", message, stack: app });
  }
  return gone.map(({ id }) => id);
}
