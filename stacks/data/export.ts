/**
 * An export: every item and object of some stores as lines and files at a place, with sums while they stream and a
 * manifest at the end. Interrupted anywhere, the same call goes on. Reads the cloud, changes nothing in it.
 */
import type { Cloud } from "../cloud.ts";
import type { Emit } from "../events.ts";
import { exportBucket } from "./export-bucket.ts";
import { type ExportWork, openProgress, type PartSize, summed } from "./export-progress.ts";
import { exportTable } from "./export-table.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { type ExportedApp, format, type Manifest, manifestSchema } from "./format/manifest.ts";
import { folderOf, manifestFile, progressFile } from "./format/names.ts";
import { type ExportPlace, put, textOf } from "./format/place.ts";
import { type BucketStore, describeStore, isTable, type Place, type Store } from "./stores.ts";

export interface ExportOptions {
  emit: Emit;
  signal: AbortSignal;
  /** What is said of apps in the manifest. */
  apps: readonly ExportedApp[];
  /** Freehold's own version. */
  freehold: string;
  /** What to type for another place. */
  next: string;
  /** Test seam: how large a part is. */
  part?: PartSize;
}

/** Of a table, the page that brings a part here is its last; of a bucket, the object. */
const partSize: PartSize = { bytes: 32 * 1024 ** 2, objects: 1000, objectBytes: 256 * 1024 ** 2 };
/** A table of fewer items is read by one. */
const manyItems = 20_000;
const segmentsOfMany = 2;

/** Answers with the manifest. Faults: `export-taken`, `export-not-written`, `interrupted`, `throttled`, credentials. */
export async function exportData(
  cloud: Cloud,
  places: readonly Place[],
  place: ExportPlace,
  o: ExportOptions,
): Promise<Manifest> {
  try {
    const done = await finished(place, o);
    if (done) return done;
    const stores = (await Promise.all(places.map((one) => describeStore(cloud, one)))).filter(
      (one) => one !== undefined,
    );
    const asked = {
      format,
      cloud: cloud.name,
      begun: new Date().toISOString(),
      stores: stores.map((store) => ({ folder: folderOf(store), id: store.id, segments: segmentsOf(store) })),
    } as const;
    const progress = await openProgress(place, asked, o.next);
    const work: ExportWork = { cloud, place, progress, emit: o.emit, signal: o.signal, part: o.part ?? partSize };
    for (const store of stores) {
      o.signal.throwIfAborted();
      if (isTable(store)) await exportTable(work, store, folderOf(store));
      else await exportBucket(work, store as BucketStore, folderOf(store));
    }
    return await finish(cloud, work, stores, o);
  } catch (error) {
    throw asDataFault(error, cloud, place.at);
  }
}

const segmentsOf = ({ items = 0 }: Store): number => (items >= manyItems ? segmentsOfMany : 1);

/** Only its note was left to go. */
async function finished(place: ExportPlace, { next }: ExportOptions): Promise<Manifest | undefined> {
  const text = await textOf(place, manifestFile);
  if (text === undefined) return undefined;
  if ((await place.size(progressFile)) === undefined) throw faults.taken(place.at, "has a whole export in it", next);
  const manifest = manifestSchema.parse(JSON.parse(text));
  await place.remove(progressFile);
  return manifest;
}

async function finish(
  cloud: Cloud,
  { place, progress }: ExportWork,
  stores: readonly Store[],
  { apps, freehold }: ExportOptions,
): Promise<Manifest> {
  const found = summed(
    progress,
    stores.map((store) => {
      const { app, kind, name, id } = store;
      return { app, kind, name, id, folder: folderOf(store) };
    }),
  );
  const manifest: Manifest = {
    format,
    freehold,
    cloud: { name: cloud.name, target: cloud.target, region: cloud.region },
    begun: progress.header.begun,
    ended: new Date().toISOString(),
    apps: [...apps],
    ...found,
  };
  await put(place, manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  await place.settle();
  await place.remove(progressFile);
  return manifest;
}
