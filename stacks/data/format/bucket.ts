/**
 * An export below a prefix of a bucket: the folder as objects. A file is written on this computer's disk first, since its
 * size has to be known, and goes up when it is whole; so much disk is needed, and no more.
 */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cloud } from "../../cloud.ts";
import { s3 } from "../../deploy/clients.ts";
import { folderPlace } from "./folder.ts";
import { patiently } from "./patience.ts";
import { type ExportPlace, textOf, type Writing } from "./place.ts";
import { upload } from "./upload.ts";

type Client = Awaited<ReturnType<typeof s3>>;

export interface BucketAddress {
  bucket: string;
  /** With `/` at its end, or empty. */
  prefix: string;
}

/** Of `s3://BUCKET/PREFIX`; undefined when it is none. */
export function bucketAddress(typed: string): BucketAddress | undefined {
  const [, bucket, path = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(typed) ?? [];
  if (bucket === undefined) return undefined;
  const prefix = path.replace(/\/+$/, "");
  return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
}

/** With the cloud's own credentials. `scratch`: a folder for what is being written. */
export async function bucketPlace(
  cloud: Cloud,
  { bucket: Bucket, prefix }: BucketAddress,
  scratch: string,
  signal: AbortSignal,
): Promise<ExportPlace> {
  const client = await s3(cloud);
  const disk = folderPlace(scratch);
  const place: ExportPlace = {
    at: `s3://${Bucket}/${prefix.replace(/\/$/, "")}`,
    async create(path) {
      const beside = path.replaceAll("/", "+");
      const writing = await disk.create(beside);
      return uploading(writing, join(scratch, beside), (sizeBytes, bytes) =>
        upload({ client, what: { Bucket, Key: prefix + path }, headers: {}, sizeBytes, bytes, signal }),
      );
    },
    size: (path) => sizeOf(client, Bucket, prefix + path, signal),
    read: (path, range) => readObject(client, Bucket, prefix + path, range, signal),
    // What a socket brings is small, and gone soon.
    pass: (path) => readObject(client, Bucket, prefix + path, undefined, signal),
    async remove(path) {
      const asked = new client.sdk.DeleteObjectCommand({ Bucket, Key: prefix + path });
      await patiently(signal, () => client.client.send(asked));
    },
    list: () => listBelow(client, Bucket, prefix, signal),
    // An object cannot grow: it is written anew, which is as good as a line more.
    async append(path, line) {
      const text = `${(await textOf(place, path)) ?? ""}${line}\n`;
      const asked = new client.sdk.PutObjectCommand({ Bucket, Key: prefix + path, Body: text });
      await patiently(signal, () => client.client.send(asked));
    },
    settle: async () => undefined,
  };
  return place;
}

/** Whole on the disk, then whole in the bucket. */
function uploading(
  writing: Writing,
  file: string,
  send: (sizeBytes: number, bytes: (start: number, end: number) => Promise<Buffer>) => Promise<void>,
): Writing {
  return {
    write: (chunk) => writing.write(chunk),
    async finish() {
      const sum = await writing.finish();
      const handle = await open(file, "r");
      try {
        await send(sum.sizeBytes, async (start, end) => {
          const bytes = Buffer.alloc(end - start);
          for (let got = 0; got < bytes.length; ) {
            const { bytesRead } = await handle.read(bytes, got, bytes.length - got, start + got);
            if (bytesRead === 0) return bytes.subarray(0, got);
            got += bytesRead;
          }
          return bytes;
        });
      } finally {
        await handle.close();
        await rm(file, { force: true });
      }
      return sum;
    },
    abandon: () => writing.abandon(),
  };
}

async function sizeOf(
  { sdk, client }: Client,
  Bucket: string,
  Key: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const head = await patiently(signal, () => client.send(new sdk.HeadObjectCommand({ Bucket, Key })));
    return head.ContentLength ?? 0;
  } catch (error) {
    if (/^(NotFound|NoSuchKey)$/.test((error as Error).name)) return undefined;
    throw error;
  }
}

async function* readObject(
  { sdk, client }: Client,
  Bucket: string,
  Key: string,
  range: { start: number; end: number } | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (range && range.end <= range.start) return;
  const Range = range && `bytes=${range.start}-${range.end - 1}`;
  const asked = new sdk.GetObjectCommand({ Bucket, Key, ...(Range ? { Range } : {}) });
  const { Body } = await patiently(signal, () => client.send(asked, { abortSignal: signal }));
  yield* Body as unknown as AsyncIterable<Uint8Array>;
}

async function* listBelow(
  { sdk, client }: Client,
  Bucket: string,
  Prefix: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let ContinuationToken: string | undefined;
  do {
    const asked = { Bucket, Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) };
    const page = await patiently(signal, () => client.send(new sdk.ListObjectsV2Command(asked)));
    for (const { Key = "" } of page.Contents ?? []) yield Key.slice(Prefix.length);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}
