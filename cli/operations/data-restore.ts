/**
 * `data restore`: a backup comes back, all of an app or one table, bucket, item or file of it, into the app itself or into a
 * copy. What is there already is asked about as by an import, and stays until a copy of it is whole.
 */
import { join } from "node:path";
import type { Cloud } from "../../stacks/cloud.ts";
import type { BackupRecord, ExportedStore, OneRestored, OpenExport, Place } from "../../stacks/deploy.ts";
import type { CarriedData } from "../../stacks/events.ts";
import { findCloud } from "../clouds.ts";
import { faults } from "../data-faults.ts";
import { readApp } from "../registry.ts";
import { ownersOf } from "../stores.ts";
import { shellWord } from "../ui/shell-word.ts";
import { backupOptions, backupScratch } from "./data-backup.ts";
import { importInto } from "./data-import.ts";
import { inTurns, placesIn, shortDigest } from "./data-places.ts";
import { atHome } from "./home.ts";
import { type End, emitStart, ensureBackups, enterCloud, lockAll, type Work } from "./work.ts";

/** `APP`, or `APP/STORE` and perhaps `:table` or `:bucket`. */
interface Meant {
  app: string;
  store?: string;
  kind?: "table" | "bucket";
}

function meantBy(said: string): Meant {
  const [, app = said, store, kind] = /^([^/]+)(?:\/([^:]+)(?::(table|bucket))?)?$/.exec(said) ?? [];
  return { app, ...(store ? { store } : {}), ...(kind ? { kind: kind as "table" | "bucket" } : {}) };
}

export async function dataRestore(work: Work): Promise<End> {
  const { request, paths } = work;
  const config = await atHome(work, await findCloud(paths, request.cloud));
  const meant = meantBy(request.ref ?? "");
  const into = request.into ?? meant.app;
  emitStart(work, config.name, [into]);
  if (into !== meant.app && !readApp(paths, config.name, into)) throw faults.noCopy(meant.app, into);
  const cloud = await enterCloud(work, config);
  const release = await lockAll(work, config.name, [into]);
  try {
    const backup = await backupMeant(work, cloud, meant);
    const source = await openBackup(work, cloud, backup);
    const from = storesIn(source, meant, backup);
    const stores =
      request.key === undefined
        ? await restoreStores(work, cloud, source, from, into)
        : await restoreOne(work, cloud, source, from, { ...meant, app: into }, request.key);
    const data = { at: `${meant.app} ${backup.id}`, stores, ...(request.dryRun ? { dryRun: true as const } : {}) };
    return { exitCode: 0, cloud: config.name, apps: [], data };
  } finally {
    release();
  }
}

/** The one that is named, or the newest that is whole; or one of a table's past. Throws `backup-none`, `backup-unfinished`. */
async function backupMeant(work: Work, cloud: Cloud, meant: Meant): Promise<BackupRecord> {
  const { request, deploy } = work;
  if (request.moment !== undefined) return backupOfPast(work, cloud, meant, new Date(request.moment));
  const { isWhole, listBackups } = await deploy.backups();
  const known = await listBackups(cloud, [meant.app]);
  const found = request.from === undefined ? known.find(isWhole) : known.find(({ id }) => id === request.from);
  if (!found) throw faults.noBackup(meant.app, request.from);
  if (!isWhole(found)) throw faults.backupUnfinished(meant.app, found.id);
  return found;
}

async function backupOfPast(work: Work, cloud: Cloud, meant: Meant, moment: Date): Promise<BackupRecord> {
  const places = (await placesIn(work, cloud, [meant.app])).filter(isMeant(meant));
  const [place, ...more] = places;
  if (!place) throw faults.noStoreOf(meant.app, meant.store);
  if (more.length > 0 || place.kind === "bucket") throw faults.pastOfTable(meant.app);
  const { backupOfMoment } = await work.deploy.backups();
  return inTurns(work, [meant.app], "read", async (emit) =>
    backupOfMoment(cloud, place, moment, {
      ...(await backupOptions(work, cloud, meant.app)),
      emit,
      ready: () => ensureBackups(work, cloud),
    }),
  );
}

const isMeant =
  ({ store, kind }: Meant) =>
  (one: Pick<Place, "name" | "kind">): boolean =>
    (store === undefined || one.name === store) && (kind === undefined || one.kind === kind);

/** Throws `data-broken` where it is not what its record says. */
export async function openBackup(work: Work, cloud: Cloud, backup: BackupRecord): Promise<OpenExport> {
  const { backupPlace } = await work.deploy.backups();
  const { openExport } = await work.deploy.carrying();
  const scratch = backupScratch(work.paths, cloud, backup.app);
  const source = await openExport(await backupPlace(cloud, backup, scratch, work.signal));
  if (source.digest !== backup.manifest) throw faults.backupChanged(backup.app, backup.id);
  return source;
}

function storesIn({ manifest }: OpenExport, meant: Meant, { id }: BackupRecord): ExportedStore[] {
  const found = manifest.stores.filter(isMeant(meant));
  if (found.length === 0) throw faults.notInBackup(meant.app, meant.store ?? "", id);
  return found;
}

async function restoreStores(
  work: Work,
  cloud: Cloud,
  source: OpenExport,
  from: readonly ExportedStore[],
  into: string,
): Promise<CarriedData["stores"]> {
  const { targetsOf } = await work.deploy.carrying();
  const pairs = targetsOf(from, await placesIn(work, cloud, [into]), into);
  return importInto(work, cloud, source, pairs);
}

async function restoreOne(
  work: Work,
  cloud: Cloud,
  source: OpenExport,
  [from, ...more]: readonly ExportedStore[],
  { app, store: name = "", kind }: Meant,
  key: readonly string[],
): Promise<CarriedData["stores"]> {
  const { request, paths, signal, deploy } = work;
  const room = await deploy.data();
  const said = `${app}/${name}${kind ? `:${kind}` : ""}`;
  if (!from || more.length > 0) throw room.dataFaults.severalStores(said);
  const store = await room.findStore(cloud, ownersOf(paths, cloud.name), `${app}/${name}:${from.kind}`);
  const { restoreFile, restoreItem } = await deploy.backups();
  const typed = `freehold data restore ${[said, ...key].map((word) => shellWord(word, "KEY")).join(" ")}`;
  const o = { signal, over: request.mode !== undefined, dryRun: request.dryRun === true, typed };
  const isTable = store.kind === "table";
  const restored: OneRestored = await inTurns(work, [app], request.dryRun ? "same" : "import", () => {
    if (room.isTable(store)) return restoreItem(cloud, source, from, { store, key: room.keyFrom(store, key) }, o);
    const [file = "", ...others] = key;
    if (others.length > 0) throw faults.oneName(said, others[0]!);
    const scratch = join(backupScratch(paths, cloud, app), shortDigest([request.id, file]));
    return restoreFile(cloud, source, from, { store: store as never, key: file, scratch }, o);
  });
  if (restored.same)
    work.emit({ type: "note", level: "info", message: "It is as it is in the backup: nothing was changed." });
  else if (!request.dryRun) work.emit({ type: "note", level: "info", message: '"freehold data undo" takes it back.' });
  const { had, sizeBytes } = restored;
  return [{ store: `${app}/${name}`, kind: isTable ? "table" : "bucket", count: 1, sizeBytes, had }];
}
