/**
 * Files into a bucket, with all that was said of them. Large ones go up in pieces. Versions of one object go one after the
 * other, different objects at once. Where a bucket keeps no versions the newest alone is written.
 */
import type { Cloud } from "../cloud.ts";
import type { s3 } from "../deploy/clients.ts";
import { faults } from "./format/faults.ts";
import type { ObjectLine, StoredObject } from "./format/manifest.ts";
import { patiently } from "./format/patience.ts";
import type { ExportPlace } from "./format/place.ts";
import { upload } from "./format/upload.ts";

const atOnce = 4;

type Client = Awaited<ReturnType<typeof s3>>;

export interface Uploads {
  /** Before a large file's first piece: an upload that a kill cuts off is ended by the next attempt. */
  began(upload: { key: string; id: string }): Promise<void>;
}

export interface Bucket {
  client: Client;
  cloud: Cloud;
  name: string;
  /** It keeps versions. */
  versions: boolean;
  place: ExportPlace;
  uploads: Uploads;
  signal: AbortSignal;
  more: (count: number, bytes: number) => void;
  /** For messages. */
  store: string;
}

/** All lines, the same key's in their order. */
export async function writeObjects(bucket: Bucket, lines: AsyncIterable<ObjectLine>): Promise<void> {
  const groups = groupsOf(lines);
  const failed = new AbortController();
  const signal = AbortSignal.any([bucket.signal, failed.signal]);
  const results = await Promise.allSettled(
    Array.from({ length: atOnce }, async () => {
      try {
        for (let group = await groups.next(); !group.done; group = await groups.next()) {
          signal.throwIfAborted();
          await writeVersions({ ...bucket, signal }, group.value);
        }
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  const reasons = results.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
  if (reasons.length > 0) throw reasons.find(({ name }) => name !== "AbortError") ?? reasons[0];
}

async function* groupsOf(lines: AsyncIterable<ObjectLine>): AsyncGenerator<ObjectLine[], undefined> {
  let group: ObjectLine[] = [];
  for await (const line of lines) {
    if (group[0] && group[0].key !== line.key) {
      yield group;
      group = [];
    }
    group.push(line);
  }
  if (group.length > 0) yield group;
  return undefined;
}

async function writeVersions(bucket: Bucket, group: readonly ObjectLine[]): Promise<void> {
  const wanted = bucket.versions ? group : group.slice(-1);
  for (const line of wanted) {
    if (!line.deleted) await writeObject(bucket, line);
    else if (bucket.versions) await markDeleted(bucket, line.key);
  }
  bucket.more(group.length, 0);
}

async function markDeleted({ client: { sdk, client }, cloud, name, signal }: Bucket, Key: string): Promise<void> {
  const asked = { Bucket: name, Key, ExpectedBucketOwner: cloud.accountId };
  await patiently(signal, () => client.send(new sdk.DeleteObjectCommand(asked)));
}

async function writeObject(bucket: Bucket, { key, file, size, ...line }: StoredObject): Promise<void> {
  const { client, cloud, place, uploads, more, signal } = bucket;
  try {
    await upload({
      client,
      what: { Bucket: bucket.name, Key: key, ExpectedBucketOwner: cloud.accountId },
      headers: headersOf(line),
      sizeBytes: size,
      bytes: (start, end) => bytesOf(place, file, start, end),
      began: (id) => uploads.began({ key, id }),
      more: (bytes) => more(0, bytes),
      signal,
    });
  } catch (error) {
    const { name, message, $fault } = error as { name: string; message: string; $fault?: string };
    if ($fault === "client" && !/Credential|Token|AccessDenied|Throttl|SlowDown|Signature|InvalidAccessKey/.test(name))
      throw faults.refused(bucket.store, `${JSON.stringify(key.slice(0, 100))}: ${message}.`, error);
    throw error;
  }
}

function headersOf(line: Omit<StoredObject, "key" | "file" | "size">): Record<string, unknown> {
  const expires = line.expires === undefined ? undefined : new Date(line.expires);
  const tags = Object.entries(line.tags ?? {});
  const given = {
    ContentType: line.type,
    ContentEncoding: line.encoding,
    CacheControl: line.cache,
    ContentDisposition: line.disposition,
    ContentLanguage: line.language,
    Expires: expires && !Number.isNaN(expires.getTime()) ? expires : undefined,
    WebsiteRedirectLocation: line.redirect,
    Metadata: line.metadata,
    Tagging: tags.length > 0 ? new URLSearchParams(tags).toString() : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function bytesOf(place: ExportPlace, file: string, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of place.read(file, { start, end })) chunks.push(chunk);
  // Most files are one chunk, which needs no copy.
  const bytes =
    chunks.length === 1
      ? Buffer.from(chunks[0]!.buffer, chunks[0]!.byteOffset, chunks[0]!.length)
      : Buffer.concat(chunks);
  if (bytes.length !== end - start) throw faults.broken(file, "has other bytes than were written: it became shorter");
  return bytes;
}

/** Uploads that an earlier attempt noted and did not finish. */
export async function endUploads(
  { sdk, client }: Client,
  cloud: Cloud,
  Bucket: string,
  uploads: readonly { key: string; id: string }[],
): Promise<void> {
  for (const { key: Key, id: UploadId } of uploads) {
    const asked = { Bucket, Key, UploadId, ExpectedBucketOwner: cloud.accountId };
    await client.send(new sdk.AbortMultipartUploadCommand(asked)).catch((error: Error) => {
      if (error.name !== "NoSuchUpload") throw error;
    });
  }
}

/** Every object goes, its versions, too. */
export async function clearBucket(
  { sdk, client }: Client,
  cloud: Cloud,
  Bucket: string,
  { signal, more }: { signal: AbortSignal; more: (count: number, bytes: number) => void },
): Promise<void> {
  const ExpectedBucketOwner = cloud.accountId;
  for (;;) {
    signal.throwIfAborted();
    const page = await patiently(signal, () =>
      client.send(new sdk.ListObjectVersionsCommand({ Bucket, ExpectedBucketOwner })),
    );
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length === 0) return;
    const { Errors = [] } = await patiently(signal, () =>
      client.send(new sdk.DeleteObjectsCommand({ Bucket, ExpectedBucketOwner, Delete: { Objects, Quiet: true } })),
    );
    const [first] = Errors;
    if (first)
      throw faults.refused(
        Bucket,
        `${JSON.stringify(first.Key)} could not be removed: ${first.Code} ${first.Message ?? ""}`,
      );
    more(Objects.length, 0);
  }
}
