/**
 * Whether what a cloud has now is what an export has: of each store how many are just so, are others, are missing, or are
 * there besides. Another cloud writes a large file in pieces of another size, which gives it another ETag: such a file is
 * told by its bytes. Changes nothing.
 */
import { createHash } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { s3 } from "../deploy/clients.ts";
import { writtenSince } from "./backups/since.ts";
import { asDataFault } from "./format/failures.ts";
import { linesOf } from "./format/lines.ts";
import type { ExportedStore, ObjectLine, StoredObject } from "./format/manifest.ts";
import { patiently } from "./format/patience.ts";
import type { ExportPlace } from "./format/place.ts";
import { pieceBytesOf } from "./format/upload.ts";
import { checked, type OpenExport, partsOf, readObject } from "./import-check.ts";
import type { Place } from "./stores.ts";

export interface Arrived {
  /** Of the export, and just so here: every attribute, every byte. */
  same: number;
  /** Of the same key, and otherwise. */
  changed: number;
  /** In the export alone. */
  missing: number;
  /** Here alone. */
  more: number;
}

/** Faults: those of reading a store, `data-broken`. */
export async function arrivedOf(
  cloud: Cloud,
  source: OpenExport,
  [from, to]: readonly [ExportedStore, Place],
  signal: AbortSignal,
): Promise<Arrived> {
  const [{ added, changed, gone } = { added: 0, changed: 0, gone: 0 }] = await writtenSince(
    cloud,
    source,
    [[from, to]],
    signal,
  );
  try {
    const newest = from.kind === "bucket" ? await objectsIn(source, from, signal) : from.count;
    const others = from.kind === "bucket" && changed > 0 ? await othersIn(cloud, source, from, to, signal) : changed;
    return { same: newest - gone - others, changed: others, missing: gone, more: added };
  } catch (error) {
    throw asDataFault(error, cloud, source.place.at);
  }
}

/** The last line of each key, where that is no deletion: what a bucket shows. */
async function* newestOf(source: OpenExport, from: ExportedStore, signal: AbortSignal): AsyncGenerator<StoredObject> {
  let last: ObjectLine | undefined;
  for (const part of partsOf(source, from)) {
    let line = 0;
    for await (const text of linesOf(checked(source.place, part, signal), part.path)) {
      const object = readObject(text, part.path, ++line, from.folder);
      if (last && !last.deleted && last.key !== object.key) yield last;
      last = object;
    }
  }
  if (last && !last.deleted) yield last;
}

async function objectsIn(source: OpenExport, from: ExportedStore, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const _ of newestOf(source, from, signal)) count++;
  return count;
}

async function othersIn(
  cloud: Cloud,
  source: OpenExport,
  from: ExportedStore,
  { id: Bucket }: Place,
  signal: AbortSignal,
): Promise<number> {
  const { sdk, client } = await s3(cloud);
  let others = 0;
  try {
    for await (const object of newestOf(source, from, signal)) {
      signal.throwIfAborted();
      const asked = { Bucket, Key: object.key, ExpectedBucketOwner: cloud.accountId };
      const head = await patiently(signal, () => client.send(new sdk.HeadObjectCommand(asked))).catch(noneThere);
      if (!head) continue;
      if (head.ContentLength === object.size && head.ETag === object.etag) continue;
      if (head.ContentLength !== object.size) others++;
      else if (head.ETag === (await etagOf(source.place, object))) continue;
      // Encrypted by a key of somebody's, or written by another tool: then the ETag says nothing.
      else if ((await sha256Of(await client.send(new sdk.GetObjectCommand(asked)), signal)) !== object.sha256) others++;
    }
    return others;
  } finally {
    client.destroy();
  }
}

/** Counted as missing by who listed. */
function noneThere(error: Error): undefined {
  if (error.name !== "NotFound" && error.name !== "NoSuchKey") throw error;
}

/** What S3 calls a file that an import sent: of one in pieces the sum of the pieces' sums, and how many. */
async function etagOf(place: ExportPlace, { file, size }: StoredObject): Promise<string> {
  const piece = pieceBytesOf(size);
  if (size <= piece) return `"${(await md5Of(place, file, 0, size)).toString("hex")}"`;
  const sums: Buffer[] = [];
  for (let start = 0; start < size; start += piece)
    sums.push(await md5Of(place, file, start, Math.min(size, start + piece)));
  return `"${createHash("md5").update(Buffer.concat(sums)).digest("hex")}-${sums.length}"`;
}

async function md5Of(place: ExportPlace, file: string, start: number, end: number): Promise<Buffer> {
  const hash = createHash("md5");
  for await (const chunk of place.read(file, { start, end })) hash.update(chunk);
  return hash.digest();
}

async function sha256Of({ Body }: { Body?: unknown }, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}
