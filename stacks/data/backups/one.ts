/**
 * One item or one file of an export, back where it was: what stands there now is kept by the data journal, so that
 * `data undo` takes the return back. Nothing else of the store is read or changed.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Cloud } from "../../cloud.ts";
import { s3 } from "../../deploy/clients.ts";
import { changeItem, type ItemChange, newCommand } from "../changes.ts";
import { faults } from "../faults.ts";
import { changeFile } from "../file-changes.ts";
import { seeFile } from "../files.ts";
import { asDataFault } from "../format/failures.ts";
import { linesOf } from "../format/lines.ts";
import type { ExportedStore, StoredObject } from "../format/manifest.ts";
import { writeObjects } from "../import-bucket.ts";
import { checked, type OpenExport, partsOf, readObject } from "../import-check.ts";
import { getItem, keyAttributes, keyWords } from "../items.ts";
import { type BucketStore, storeName, type TableStore } from "../stores.ts";
import { type Item, sameItem, untypedItem } from "../values.ts";

export interface OneOptions {
  signal: AbortSignal;
  /** What is there and differs may be written over. */
  over: boolean;
  dryRun: boolean;
  /** The command, for messages. */
  typed: string;
}

export interface OneRestored {
  /** Of a file; of an item as its line in the export has it. */
  sizeBytes: number;
  /** Something stood there. */
  had: boolean;
  /** It was as it is in the export already. */
  same: boolean;
}

/** Throws `backup-without`, `restore-not-empty`, `changed-meanwhile`. */
export async function restoreItem(
  cloud: Cloud,
  source: OpenExport,
  from: ExportedStore,
  { store, key }: { store: TableStore; key: Item },
  o: OneOptions,
): Promise<OneRestored> {
  const found = await findItem(source, from, store, key, o.signal);
  if (!found) throw faults.notInBackup(storeName(store), keyWords(key));
  const { wanted, sizeBytes } = found;
  const change: ItemChange = { key, seen: await getItem(cloud, store, key), wanted };
  const same = sameItem(change.seen, wanted);
  const had = change.seen !== undefined;
  if (had && !same && !o.over && !o.dryRun) throw faults.standsThere(storeName(store), keyWords(key), o.typed);
  if (!same && !o.dryRun) await changeItem(cloud, store, change, newCommand());
  return { sizeBytes, had, same };
}

async function findItem(
  source: OpenExport,
  from: ExportedStore,
  store: TableStore,
  key: Item,
  signal: AbortSignal,
): Promise<{ wanted: Item; sizeBytes: number } | undefined> {
  const names = keyAttributes(store).map(({ name }) => name);
  for (const part of partsOf(source, from))
    for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
      const row = JSON.parse(text);
      const own = untypedItem(Object.fromEntries(names.map((name) => [name, row[name]])));
      if (sameItem(own, key)) return { wanted: untypedItem(row), sizeBytes: Buffer.byteLength(text) + 1 };
    }
  return undefined;
}

/** Throws `backup-without`, `restore-not-empty`, `changed-meanwhile`. */
export async function restoreFile(
  cloud: Cloud,
  source: OpenExport,
  from: ExportedStore,
  { store, key, scratch }: { store: BucketStore; key: string; scratch: string },
  o: OneOptions,
): Promise<OneRestored> {
  const line = await findObject(source, from, key, o.signal);
  if (!line) throw faults.notInBackup(storeName(store), key);
  const seen = await seeFile(cloud, store, key);
  const same = seen !== undefined && seen.etag === line.etag && seen.size === line.size;
  const done = { sizeBytes: line.size, had: seen !== undefined, same };
  if (seen && !same && !o.over && !o.dryRun) throw faults.standsThere(storeName(store), key, o.typed);
  if (same || o.dryRun) return done;
  try {
    await mkdir(dirname(scratch), { recursive: true, mode: 0o700 });
    const bytes = checked(source.place, { path: line.file, sizeBytes: line.size, sha256: line.sha256 }, o.signal);
    await pipeline(Readable.from(bytes), createWriteStream(scratch, { mode: 0o600 }));
    const { type, metadata, size } = line;
    const wanted = { source: { path: scratch, size }, ...(type ? { type } : {}), ...(metadata ? { metadata } : {}) };
    await changeFile(cloud, store, { key, seen, wanted }, newCommand());
    await restoreRest(cloud, source, store, line, o.signal);
    return done;
  } catch (error) {
    throw asDataFault(error, cloud, scratch);
  } finally {
    await rm(scratch, { force: true });
  }
}

/** The newest of it that was not deleted. */
async function findObject(
  source: OpenExport,
  from: ExportedStore,
  key: string,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  let found: StoredObject | undefined;
  for (const part of partsOf(source, from)) {
    let line = 0;
    for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
      const object = readObject(text, part.path, ++line, from.folder);
      if (object.key === key && !object.deleted) found = object;
    }
  }
  return found;
}

/** What an object has besides its bytes, type and metadata: the journal keeps none of it, so it is written on top. */
async function restoreRest(
  cloud: Cloud,
  source: OpenExport,
  store: BucketStore,
  line: StoredObject,
  signal: AbortSignal,
) {
  const { encoding, cache, disposition, language, expires, redirect, tags } = line;
  if (!tags && ![encoding, cache, disposition, language, expires, redirect].some(Boolean)) return;
  const client = await s3(cloud);
  const one = async function* () {
    yield line;
  };
  try {
    const bucket = { client, cloud, name: store.id, versions: false, place: source.place, store: storeName(store) };
    // Ended by the bucket itself when it is cut off: a file of the same bytes is there already.
    const uploads = { began: async () => undefined };
    await writeObjects({ ...bucket, uploads, signal, more: () => undefined }, one());
  } finally {
    client.client.destroy();
  }
}
