/**
 * A file of a bucket written, written over or removed: noted first, with the content that stood there where it is small
 * enough to be kept, and only if what was seen is still there.
 */
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Cloud } from "../cloud.ts";
import type { Command } from "./changes.ts";
import { faults } from "./faults.ts";
import { fileBytes, inBucket, inIts, missing } from "./files.ts";
import { contentFile, type FileState, keepRoom, newId, noteChange, noteEnding } from "./journal.ts";
import { type BucketStore, storeName } from "./stores.ts";
import { type Source, sendFile } from "./uploads.ts";

/** A larger one that goes, or is written over, is not kept: whoever does it is asked first. */
export const mostKeptBytes = 25_000_000;

export interface FileChange {
  key: string;
  seen: FileState | undefined;
  /** Undefined: it goes. */
  wanted: { source: Source; type?: string; metadata?: Record<string, string> } | undefined;
  onProgress?: (sent: number, all: number) => void;
}

/** What it is now; null when it is gone. Throws `changed-meanwhile`, `journal-failed`; then nothing was changed. */
export async function changeFile(
  cloud: Cloud,
  store: BucketStore,
  change: FileChange,
  command: Command,
): Promise<FileState | null> {
  const { key, seen, wanted } = change;
  const id = newId();
  const content = seen && seen.size <= mostKeptBytes ? await keepContent(cloud, store, key, id) : undefined;
  noteChange(cloud, {
    ...command,
    ...{ id, at: new Date().toISOString(), store: storeName(store), storeId: store.id, kind: "file", key },
    before: seen ? { ...seen, ...(content ? { content } : {}) } : null,
    // Its version is known when it is there.
    after: wanted
      ? { etag: "", size: "bytes" in wanted.source ? wanted.source.bytes.length : wanted.source.size }
      : null,
  });
  const after = await make(cloud, store, change).catch((error: Error) => {
    const refused = (error.cause as Error | undefined)?.name === "PreconditionFailed";
    if (refused) noteEnding(cloud, id, "failed");
    throw refused ? faults.changedMeanwhile(storeName(store), key) : error;
  });
  noteEnding(cloud, id, "done", after ?? undefined);
  return after;
}

async function make(
  cloud: Cloud,
  store: BucketStore,
  { key, seen, wanted, onProgress }: FileChange,
): Promise<FileState | null> {
  if (!wanted) {
    await inBucket(cloud, ({ sdk, client }) =>
      client
        .send(
          new sdk.DeleteObjectCommand({ ...inIts(cloud, store), Key: key, ...(seen ? { IfMatch: seen.etag } : {}) }),
        )
        // Gone already is done.
        .catch(missing),
    );
    return null;
  }
  const { source, ...about } = wanted;
  const etag = await sendFile(cloud, store, key, source, {
    ...{ ...about, over: seen?.etag },
    ...(onProgress ? { onProgress } : {}),
  });
  return { etag, size: "bytes" in source ? source.bytes.length : source.size, ...about };
}

/** Its content beside the journal, on the disk before anything is changed. Throws `journal-failed`. */
async function keepContent(cloud: Cloud, store: BucketStore, key: string, id: string): Promise<string> {
  const file = contentFile(cloud, id);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    keepRoom(cloud);
    const kept = createWriteStream(file, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(Readable.from(fileBytes(cloud, store, key)), kept);
    return id;
  } catch (error) {
    rmSync(file, { force: true });
    throw (error as NodeJS.ErrnoException).syscall ? faults.journalFailed(file, error) : error;
  }
}
