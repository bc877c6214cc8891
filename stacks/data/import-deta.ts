/**
 * What Deta Space exported, unpacked: `bases/NAME.json`, an array of items each, and `drives/NAME/…`, files as they are. A base
 * becomes items of a table, its `key` the table's key; a drive files of a bucket. Links are refused: an archive from
 * elsewhere leads nowhere on this computer.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { contentType } from "../components/content-types.ts";
import { s3 } from "../deploy/clients.ts";
import type { CarriedData, Emit } from "../events.ts";
import { telling } from "./export-told.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { folderPlace } from "./format/folder.ts";
import type { ObjectLine } from "./format/manifest.ts";
import { hasData } from "./import.ts";
import { writeObjects } from "./import-bucket.ts";
import { importRows, type RowsOptions, type RowsSource } from "./import-rows.ts";
import { type BucketStore, storeName, type TableStore } from "./stores.ts";

export interface DetaDrive {
  name: string;
  /** Keys, sorted, each the path below the drive's folder. */
  files: { key: string; size: number }[];
  sizeBytes: number;
}

export interface DetaExport {
  /** Absolute. */
  dir: string;
  bases: { name: string; file: string }[];
  drives: DetaDrive[];
}

/** Undefined where there are neither bases nor drives. Throws `deta-refused`. */
export async function openDeta(dir: string): Promise<DetaExport | undefined> {
  const [bases, drives] = await Promise.all([entriesOf(join(dir, "bases")), entriesOf(join(dir, "drives"))]);
  if (bases.length + drives.length === 0) return undefined;
  for (const one of [...bases, ...drives]) if (one.isSymbolicLink()) throw faults.detaPath(one.name, "is a link");
  const found: DetaExport = { dir, bases: [], drives: [] };
  for (const { name } of bases.filter((one) => one.isFile() && one.name.endsWith(".json")))
    found.bases.push({ name: name.slice(0, -".json".length), file: join(dir, "bases", name) });
  for (const { name } of drives.filter((one) => one.isDirectory())) {
    const files = await filesOf(join(dir, "drives", name), "");
    files.sort((a, b) => (a.key < b.key ? -1 : 1));
    found.drives.push({ name, files, sizeBytes: files.reduce((sum, { size }) => sum + size, 0) });
  }
  return found;
}

async function entriesOf(dir: string) {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return entries.filter(({ name }) => name !== ".DS_Store").sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function filesOf(dir: string, below: string): Promise<DetaDrive["files"]> {
  const files: DetaDrive["files"] = [];
  for (const entry of await entriesOf(dir)) {
    const key = `${below}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesOf(join(dir, entry.name), `${key}/`)));
    else if (entry.isFile()) files.push({ key, size: (await lstat(join(dir, entry.name))).size });
    else throw faults.detaPath(key, "is a link, or no file");
  }
  return files;
}

export type DetaPair =
  | { kind: "base"; source: RowsSource; store: TableStore }
  | { kind: "drive"; dir: string; drive: DetaDrive; store: BucketStore };

/** All of it is read before the first is written. Throws `data-broken`, `import-not-empty`, `import-refused`. */
export async function importDeta(
  cloud: Cloud,
  pairs: readonly DetaPair[],
  o: RowsOptions,
): Promise<CarriedData["stores"]> {
  const stores: CarriedData["stores"] = [];
  for (const pair of pairs) {
    const store = storeName(pair.store);
    if (pair.kind === "base") {
      const { count, sizeBytes, had } = await importRows(cloud, pair.store, pair.source, { ...o, dryRun: true });
      stores.push({ store, kind: "table", count, sizeBytes, had });
    } else {
      const { files, sizeBytes } = pair.drive;
      stores.push({ store, kind: "bucket", count: files.length, sizeBytes, had: await hasData(cloud, pair.store) });
    }
  }
  if (o.dryRun) return stores;
  const full = stores.filter(({ had }) => had).map(({ store }) => store);
  if (full.length > 0 && !o.merge) throw faults.notEmpty(full, o.typed);
  for (const pair of pairs)
    if (pair.kind === "base") await importRows(cloud, pair.store, pair.source, o);
    else await importDrive(cloud, pair.store, pair, o);
  return stores;
}

/** A drive's files into a bucket; what has the same key is written over. */
async function importDrive(
  cloud: Cloud,
  store: BucketStore,
  { dir, drive }: { dir: string; drive: DetaDrive },
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<void> {
  const told = telling(emit, store, "import");
  const client = await s3(cloud);
  const place = folderPlace(join(dir, "drives", drive.name));
  const line = ({ key, size }: DetaDrive["files"][number]) => ({ key, file: key, size, type: contentType(key) });
  try {
    await writeObjects(
      {
        ...{ client, cloud, name: store.id, versions: false, place, signal },
        // One that is cut off is sent again from its beginning, and what is left of it ends by the bucket's own rule.
        uploads: { began: async () => undefined },
        more: told.more,
        store: storeName(store),
      },
      linesOf(drive.files.map(line) as ObjectLine[]),
    );
    told.done();
  } catch (error) {
    told.failed(error);
    throw asDataFault(error, cloud, drive.name);
  } finally {
    client.client.destroy();
  }
}

async function* linesOf(lines: readonly ObjectLine[]): AsyncGenerator<ObjectLine> {
  yield* lines;
}
