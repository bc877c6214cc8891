/**
 * A file sent to a bucket: a small one in one call, a large one in parts. Which upload was begun is written down, so that
 * after an interruption the same command sends only what is missing; only uploads that were begun here are gone on with.
 * The content is compared part by part, so a file that changed in between is not mixed with what it was.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { inBucket, inIts, seeFile } from "./files.ts";
import type { BucketStore } from "./stores.ts";

/** Where it comes from: bytes, or a file on this computer that may be larger than memory. */
export type Source = { bytes: Uint8Array } | { path: string; size: number };

export interface Sending {
  type?: string;
  metadata?: Record<string, string>;
  /** The version that it takes the place of; undefined: there is none. Else the call is refused. */
  over: string | undefined;
  /** Bytes that are there, those of an earlier try among them. */
  onProgress?: (sent: number, all: number) => void;
}

/** Up to here in one call. */
const wholeBytes = 8 * 1024 * 1024;
/** S3 takes at most 10,000 parts. */
const partBytesOf = (size: number): number => Math.max(wholeBytes, Math.ceil(size / 9000 / 1024 / 1024) * 1024 * 1024);

const sizeOf = (source: Source): number => ("bytes" in source ? source.bytes.length : source.size);

/**
 * The version it is now (an ETag). Throws PreconditionFailed as the cloud's own where something else stands there. A call
 * whose answer was lost is made again, and then finds what it did itself: that is none.
 */
export function sendFile(
  cloud: Cloud,
  store: BucketStore,
  Key: string,
  source: Source,
  sending: Sending,
): Promise<string> {
  return "path" in source && sizeOf(source) > wholeBytes
    ? inParts(cloud, store, Key, source, sending)
    : atOnce(cloud, store, Key, source, sending);
}

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

/** The cloud refused it because exactly this stands there already. */
function unlessThere(cloud: Cloud, store: BucketStore, Key: string, etag: string) {
  return async (error: Error): Promise<{ ETag: string }> => {
    const now = /^(PreconditionFailed|NoSuchUpload)$/.test(error.name) ? await seeFile(cloud, store, Key) : undefined;
    if (now?.etag.replaceAll('"', "") !== etag) throw error;
    return { ETag: now.etag };
  };
}

const conditionOf = ({ over }: Sending) => (over === undefined ? { IfNoneMatch: "*" } : { IfMatch: over });
const aboutOf = ({ type, metadata }: Sending) => ({
  ...(type ? { ContentType: type } : {}),
  ...(metadata ? { Metadata: metadata } : {}),
});

async function atOnce(
  cloud: Cloud,
  store: BucketStore,
  Key: string,
  source: Source,
  sending: Sending,
): Promise<string> {
  const Body = "bytes" in source ? source.bytes : readFileSync(source.path);
  return inBucket(cloud, async ({ sdk, client }) => {
    const about = { ...inIts(cloud, store), Key, ...aboutOf(sending), ...conditionOf(sending) };
    const { ETag = "" } = await client
      .send(new sdk.PutObjectCommand({ ...about, Body }))
      .catch(unlessThere(cloud, store, Key, md5(Body)));
    sending.onProgress?.(Body.length, Body.length);
    return ETag;
  });
}

type Begun = { id: string; parts: ReadonlyMap<number, { ETag: string; Size: number }> };

async function inParts(
  cloud: Cloud,
  store: BucketStore,
  Key: string,
  source: { path: string; size: number },
  sending: Sending,
): Promise<string> {
  const note = noteOf(cloud, store, Key, source);
  const partBytes = partBytesOf(source.size);
  const file = await open(source.path, "r");
  try {
    return await inBucket(cloud, async ({ sdk, client }) => {
      const about = { ...inIts(cloud, store), Key };
      const begun = (await goOn(cloud, store, Key, note)) ?? (await begin(cloud, store, Key, note, sending));
      const Parts: { PartNumber: number; ETag: string }[] = [];
      for (let at = 0, PartNumber = 1; at < source.size; at += partBytes, PartNumber++) {
        const Body = await readPart(file, at, Math.min(partBytes, source.size - at));
        const there = begun.parts.get(PartNumber);
        const etag = md5(Body);
        const same = there && there.ETag.replaceAll('"', "") === etag && there.Size === Body.length;
        const ETag = same
          ? there.ETag
          : (await client.send(new sdk.UploadPartCommand({ ...about, UploadId: begun.id, PartNumber, Body }))).ETag!;
        Parts.push({ PartNumber, ETag });
        sending.onProgress?.(at + Body.length, source.size);
      }
      const parts = Parts.map((part) => Buffer.from(part.ETag.replaceAll('"', ""), "hex"));
      const complete = { ...about, UploadId: begun.id, MultipartUpload: { Parts }, ...conditionOf(sending) };
      const { ETag = "" } = await client
        .send(new sdk.CompleteMultipartUploadCommand(complete))
        .catch(unlessThere(cloud, store, Key, `${md5(Buffer.concat(parts))}-${Parts.length}`));
      rmSync(note, { force: true });
      return ETag;
    });
  } finally {
    await file.close();
  }
}

async function readPart(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new Error("the file became shorter while it was sent");
    filled += bytesRead;
  }
  return bytes;
}

/** Where the upload of this very file to this place is written down. */
function noteOf(
  cloud: Cloud,
  { id }: BucketStore,
  key: string,
  { path, size }: { path: string; size: number },
): string {
  const name = createHash("sha256")
    .update(JSON.stringify([id, key, path, size]))
    .digest("hex")
    .slice(0, 32);
  const folder = join(cloud.dir, "data-uploads");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, name);
}

async function begin(cloud: Cloud, store: BucketStore, Key: string, note: string, sending: Sending): Promise<Begun> {
  return inBucket(cloud, async ({ sdk, client }) => {
    const { UploadId = "" } = await client.send(
      new sdk.CreateMultipartUploadCommand({ ...inIts(cloud, store), Key, ...aboutOf(sending) }),
    );
    writeFileSync(note, UploadId, { mode: 0o600 });
    return { id: UploadId, parts: new Map() };
  });
}

/** What is there of an upload that was begun here; undefined where there is none, or the cloud has let it go. */
async function goOn(cloud: Cloud, store: BucketStore, Key: string, note: string): Promise<Begun | undefined> {
  const UploadId = readNote(note);
  if (UploadId === undefined) return undefined;
  return inBucket(cloud, async ({ sdk, client }) => {
    const parts = new Map<number, { ETag: string; Size: number }>();
    try {
      for (let PartNumberMarker: string | undefined, more = true; more; ) {
        const page = await client.send(
          new sdk.ListPartsCommand({ ...inIts(cloud, store), Key, UploadId, PartNumberMarker }),
        );
        for (const { PartNumber = 0, ETag = "", Size = 0 } of page.Parts ?? []) parts.set(PartNumber, { ETag, Size });
        more = page.IsTruncated === true;
        PartNumberMarker = page.NextPartNumberMarker;
      }
    } catch (error) {
      if ((error as Error).name !== "NoSuchUpload") throw error;
      return undefined;
    }
    return { id: UploadId, parts };
  });
}

function readNote(note: string): string | undefined {
  try {
    return readFileSync(note, "utf8");
  } catch {
    return undefined;
  }
}
