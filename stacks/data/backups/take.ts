/**
 * A backup: an export into the cloud's own bucket, every byte read back, and only then noted as whole. One that was
 * interrupted a short while ago goes on; an older one is left as it is. Changes nothing of what it reads, deletes nothing.
 */
import { Fault } from "../../../blueprints/fault.ts";
import type { Cloud } from "../../cloud.ts";
import type { Emit } from "../../events.ts";
import { exportData } from "../export.ts";
import type { PartSize } from "../export-progress.ts";
import { asDataFault } from "../format/failures.ts";
import type { ExportedApp, Manifest } from "../format/manifest.ts";
import { folderOf, manifestFile, progressFile } from "../format/names.ts";
import { type ExportPlace, put, textOf } from "../format/place.ts";
import { checkExport, openExport } from "../import-check.ts";
import type { Place } from "../stores.ts";
import { backupPlace, bucketOf, listBackups } from "./bucket.ts";
import { type BackupRecord, begunOf, isWhole, newBackupId, recordFile } from "./record.ts";

export interface BackupOptions {
  emit: Emit;
  signal: AbortSignal;
  app: string;
  /** What its manifest says of the app. */
  about: readonly ExportedApp[];
  why: BackupRecord["why"];
  moment?: string;
  /** For what is being written. */
  scratch: string;
  freehold: string;
  now?: () => Date;
  /** Test seam. */
  part?: PartSize;
}

/** Older, and its first parts are of another day than its last. */
const goesOnWithinMs = 3_600_000;

/** All of `places` are `app`'s. Faults: those of an export, `data-broken`. */
export async function takeBackup(cloud: Cloud, places: readonly Place[], o: BackupOptions): Promise<BackupRecord> {
  try {
    const begun = await begunBackup(cloud, places, o);
    if (begun) {
      try {
        return await carryOn(cloud, places, begun, o);
      } catch (error) {
        // What lies there is of something else, or was changed: it is left alone, and another one is begun.
        if (!(error instanceof Fault && /^(export-taken|export-changed|data-broken)$/.test(error.code))) throw error;
      }
    }
    return await carryOn(cloud, places, newBackupId((o.now ?? (() => new Date()))()), o);
  } catch (error) {
    throw asDataFault(error, cloud, `s3://${bucketOf(cloud)}/${o.app}`);
  }
}

/** What was asked for before and was interrupted; what is taken before a change is of now. */
async function begunBackup(
  cloud: Cloud,
  places: readonly Place[],
  { app, why, scratch, signal, now = () => new Date() }: BackupOptions,
): Promise<string | undefined> {
  if (why === "upgrade") return undefined;
  const [newest] = await listBackups(cloud, [app]);
  if (!newest || isWhole(newest) || now().getTime() - Date.parse(newest.begun) > goesOnWithinMs) return undefined;
  const place = await backupPlace(cloud, newest, scratch, signal);
  const text = await textOf(place, manifestFile);
  return text === undefined || sameStores(text, places) ? newest.id : undefined;
}

/** It has its manifest already. */
function sameStores(text: string, places: readonly Place[]): boolean {
  const of = (stores: readonly Pick<Place, "app" | "kind" | "name" | "id">[]): string =>
    stores
      .map((one) => `${folderOf(one)} ${one.id}`)
      .sort()
      .join("\n");
  try {
    return of((JSON.parse(text) as Manifest).stores) === of(places);
  } catch {
    return false;
  }
}

async function carryOn(cloud: Cloud, places: readonly Place[], id: string, o: BackupOptions): Promise<BackupRecord> {
  const place = await backupPlace(cloud, { app: o.app, id }, o.scratch, o.signal);
  const manifest = await exported(cloud, places, place, o);
  const source = await openExport(place);
  await checkExport(source, source.manifest.stores, o);
  const [about] = o.about;
  const record: BackupRecord = {
    ...{ format: "freehold-backup/1", app: o.app, id, why: o.why },
    ...(o.moment ? { moment: o.moment } : {}),
    ...(about ? { version: about.version, digest: about.digest } : {}),
    begun: begunOf(id),
    from: manifest.stores.map(({ from }) => from).sort()[0] ?? manifest.begun,
    until: manifest.ended,
    verified: new Date().toISOString(),
    sizeBytes: storedBytes(manifest),
    manifest: source.digest,
    stores: manifest.stores.map(({ name, kind, count, sizeBytes }) => ({ name, kind, count, sizeBytes })),
  };
  await put(place, recordFile, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** Whole already, where only reading it back was interrupted. */
async function exported(cloud: Cloud, places: readonly Place[], place: ExportPlace, o: BackupOptions) {
  const progress = await place.size(progressFile);
  if (progress === undefined && (await place.size(manifestFile)) !== undefined)
    return (await openExport(place)).manifest;
  const { emit, signal, about, freehold, part } = o;
  const next = `freehold data backup ${o.app}`;
  return exportData(cloud, places, place, { emit, signal, apps: about, freehold, next, ...(part ? { part } : {}) });
}

function storedBytes({ files, stores }: Manifest): number {
  const objects = stores.filter(({ kind }) => kind === "bucket");
  return [...files, ...objects].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
