/**
 * A bucket into files and a line each: objects are read a few at once, from the cloud to the disk. A thousand of them are
 * a part, noted with the key after which it goes on. Where versions are kept all of them come, the oldest first.
 */
import type { Cloud } from "../cloud.ts";
import { s3 } from "../deploy/clients.ts";
import { type ExportWork, noted, type PartSize } from "./export-progress.ts";
import { telling } from "./export-told.ts";
import type { BucketSchema, ObjectLine } from "./format/manifest.ts";
import { objectFile, objectsFile } from "./format/names.ts";
import { mayPass, patiently } from "./format/patience.ts";
import { put, type Sum, type Writing } from "./format/place.ts";
import type { BucketStore } from "./stores.ts";

const atOnce = 8;

/** One version of one object, as it is listed. */
interface Listed {
  key: string;
  sizeBytes: number;
  version?: string;
  deleted?: true;
  modified?: string;
}

type Client = Awaited<ReturnType<typeof s3>>;

export async function exportBucket(work: ExportWork, store: BucketStore, folder: string): Promise<void> {
  const own = work.progress.notes.filter((one) => one.folder === folder);
  const last = own.findLast(({ next }) => next !== undefined);
  const told = telling(work.emit, store, "read");
  for (const { count, sizeBytes } of own) told.more(count, sizeBytes);
  const s3 = await clientOf(work.cloud);
  try {
    const versions = await isVersioned(s3, work, store.id);
    const about = `${folder}/bucket.json`;
    if (!own.some(({ file }) => file?.path === about)) await writeAbout(work, store, folder, about, versions);
    if (last?.next !== null) {
      const state = {
        objects: last?.objects ?? 0,
        parts: own.filter(({ file, next }) => file && next !== undefined).length,
      };
      const copy = { work, s3, store, folder, state, more: told.more };
      for await (const part of parts(listing(s3, work, store.id, versions, last?.next?.["after"]), work.part))
        await exportPart(copy, part);
    }
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  } finally {
    s3.client.destroy();
  }
}

const clientOf = (cloud: Cloud): Promise<Client> => s3(cloud);

async function isVersioned({ sdk, client }: Client, { cloud, signal }: ExportWork, Bucket: string): Promise<boolean> {
  const asked = new sdk.GetBucketVersioningCommand({ Bucket, ExpectedBucketOwner: cloud.accountId });
  const { Status } = await patiently(signal, () => client.send(asked));
  // Suspended: what was kept before is still there.
  return Status !== undefined;
}

async function writeAbout(
  { place, progress }: ExportWork,
  { id }: BucketStore,
  folder: string,
  file: string,
  versions: boolean,
) {
  const from = new Date().toISOString();
  const about: BucketSchema = { bucket: id, versions };
  const sum = await put(place, file, `${JSON.stringify(about, null, 2)}\n`);
  await progress.add({ folder, segment: 0, file: noted(file, sum), count: 0, sizeBytes: 0, from, until: from });
}

/** All versions of a key together, the oldest first. */
async function* listing(s3: Client, work: ExportWork, Bucket: string, versions: boolean, after: string | undefined) {
  yield* versions ? listVersions(s3, work, Bucket, after) : listObjects(s3, work, Bucket, after);
}

async function* listObjects(
  { sdk, client }: Client,
  { cloud, signal }: ExportWork,
  Bucket: string,
  after: string | undefined,
): AsyncGenerator<Listed[]> {
  let ContinuationToken: string | undefined;
  do {
    const where = ContinuationToken ? { ContinuationToken } : after ? { StartAfter: after } : {};
    const asked = { Bucket, ExpectedBucketOwner: cloud.accountId, ...where };
    const page = await patiently(signal, () =>
      client.send(new sdk.ListObjectsV2Command(asked), { abortSignal: signal }),
    );
    for (const { Key: key = "", Size = 0 } of page.Contents ?? []) yield [{ key, sizeBytes: Size }];
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

async function* listVersions(
  { sdk, client }: Client,
  { cloud, signal }: ExportWork,
  Bucket: string,
  after: string | undefined,
): AsyncGenerator<Listed[]> {
  let where: { KeyMarker?: string; VersionIdMarker?: string } = after ? { KeyMarker: after } : {};
  let group: Listed[] = [];
  for (;;) {
    const asked = { Bucket, ExpectedBucketOwner: cloud.accountId, ...where };
    const page = await patiently(signal, () =>
      client.send(new sdk.ListObjectVersionsCommand(asked), { abortSignal: signal }),
    );
    for (const one of newestFirst(page)) {
      if (group[0] && group[0].key !== one.key) {
        yield group.reverse();
        group = [];
      }
      group.push(one);
    }
    if (!page.IsTruncated) break;
    where = {
      ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
      ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
  if (group.length > 0) yield group.reverse();
}

interface ListedVersion {
  Key?: string | undefined;
  VersionId?: string | undefined;
  IsLatest?: boolean | undefined;
  LastModified?: Date | undefined;
  Size?: number | undefined;
}

/** Versions and deletions are two lists of S3's: by key, and of a key the latest, then by their time. */
function newestFirst({
  Versions = [],
  DeleteMarkers = [],
}: {
  Versions?: ListedVersion[];
  DeleteMarkers?: ListedVersion[];
}) {
  const keys = new Map<string, ListedVersion[]>();
  const deletions = new Set(DeleteMarkers);
  for (const one of [...Versions, ...DeleteMarkers]) {
    const key = one.Key ?? "";
    const known = keys.get(key);
    if (known) known.push(one);
    else keys.set(key, [one]);
  }
  const time = ({ LastModified }: ListedVersion): number => LastModified?.getTime() ?? 0;
  const order = (a: ListedVersion, b: ListedVersion): number =>
    Number(b.IsLatest ?? false) - Number(a.IsLatest ?? false) || time(b) - time(a);
  return [...keys]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap(([key, all]) =>
      all.sort(order).map(
        (one): Listed => ({
          key,
          sizeBytes: one.Size ?? 0,
          ...(one.VersionId ? { version: one.VersionId } : {}),
          ...(deletions.has(one) ? { deleted: true as const } : {}),
          ...(one.LastModified ? { modified: one.LastModified.toISOString() } : {}),
        }),
      ),
    );
}

/** The last one says that nothing comes after it. */
async function* parts(
  groups: AsyncGenerator<Listed[]>,
  size: PartSize,
): AsyncGenerator<{ listed: Listed[]; last: boolean }> {
  let listed: Listed[] = [];
  let bytes = 0;
  for await (const group of groups) {
    if (listed.length >= size.objects || bytes >= size.objectBytes) {
      yield { listed, last: false };
      [listed, bytes] = [[], 0];
    }
    for (const one of group) listed.push(one);
    bytes += group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
  yield { listed, last: true };
}

interface Copy {
  work: ExportWork;
  s3: Client;
  store: BucketStore;
  folder: string;
  state: { objects: number; parts: number };
  more: (count: number, bytes: number) => void;
}

async function exportPart(copy: Copy, { listed, last }: { listed: Listed[]; last: boolean }): Promise<void> {
  const { work, folder, state, more } = copy;
  const from = new Date().toISOString();
  const lines: (ObjectLine | undefined)[] = [];
  const first = state.objects + 1;
  let at = 0;
  const failed = new AbortController();
  const signal = AbortSignal.any([work.signal, failed.signal]);
  const results = await Promise.allSettled(
    Array.from({ length: atOnce }, async () => {
      for (let i = at++; i < listed.length; i = at++) {
        signal.throwIfAborted();
        const one = listed[i]!;
        lines[i] = await copyObject(copy, one, objectFile(folder, first + i, one.key), signal).catch((error) => {
          failed.abort();
          throw error;
        });
        more(1, one.sizeBytes);
      }
    }),
  );
  const reasons = results.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
  if (reasons.length > 0) throw reasons.find(({ name }) => name !== "AbortError") ?? reasons[0];
  const there = lines.filter((line) => line !== undefined);
  const bytes = there.reduce((sum, line) => sum + (line.deleted ? 0 : line.size), 0);
  const path = objectsFile(folder, state.parts + 1);
  const text = there.map((line) => `${JSON.stringify(line)}\n`).join("");
  const file = text === "" ? {} : { file: noted(path, await put(work.place, path, text)) };
  if (text !== "") state.parts++;
  state.objects += listed.length;
  const next = last ? null : { after: listed.at(-1)!.key };
  const until = new Date().toISOString();
  const { objects } = state;
  await work.progress.add({
    folder,
    segment: 0,
    ...file,
    count: there.length,
    sizeBytes: bytes,
    objects,
    next,
    from,
    until,
  });
}

/** Undefined when it is gone meanwhile. */
async function copyObject(
  { work, s3: { sdk, client }, store }: Copy,
  { key, version, deleted, modified }: Listed,
  file: string,
  signal: AbortSignal,
): Promise<ObjectLine | undefined> {
  if (deleted) return { key, deleted, ...(version ? { version } : {}), ...(modified ? { modified } : {}) };
  const what = {
    Bucket: store.id,
    Key: key,
    ExpectedBucketOwner: work.cloud.accountId,
    ...(version ? { VersionId: version } : {}),
  };
  const get = (range: { Range?: string; IfMatch?: string }) =>
    patiently(signal, () => client.send(new sdk.GetObjectCommand({ ...what, ...range }), { abortSignal: signal }));
  const found = await get({}).catch((error: Error) => {
    if (!/^(NoSuchKey|NoSuchVersion|NotFound)$/.test(error.name)) throw error;
    return undefined;
  });
  if (!found) return undefined;
  const writing = await work.place.create(file);
  let sum: Sum;
  try {
    const size = found.ContentLength ?? 0;
    const etag = found.ETag ? { IfMatch: found.ETag } : {};
    await pour(found.Body as AsyncIterable<Uint8Array>, writing, signal, size, async (got) => {
      const rest = await get({ Range: `bytes=${got}-${size - 1}`, ...etag });
      return rest.Body as unknown as AsyncIterable<Uint8Array>;
    });
    sum = await writing.finish();
  } catch (error) {
    await writing.abandon();
    throw error;
  }
  const tags = found.TagCount ? await tagsOf({ sdk, client } as Client, what, signal) : undefined;
  return lineOf(key, file, sum, found, version, tags);
}

/** A connection that breaks off is taken up where it broke, as long as it brings anything. */
async function pour(
  body: AsyncIterable<Uint8Array>,
  writing: Writing,
  signal: AbortSignal,
  size: number,
  from: (got: number) => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  let got = 0;
  for (let chunks = body; ; chunks = await from(got)) {
    const before = got;
    try {
      for await (const chunk of chunks) {
        signal.throwIfAborted();
        await writing.write(chunk);
        got += chunk.length;
      }
      if (got >= size) return;
    } catch (error) {
      if (signal.aborted || !mayPass(error) || got === before || got >= size) throw error;
    }
  }
}

async function tagsOf(
  { sdk, client }: Client,
  {
    Bucket,
    Key,
    ExpectedBucketOwner,
    VersionId,
  }: { Bucket: string; Key: string; ExpectedBucketOwner: string; VersionId?: string },
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const asked = { Bucket, Key, ExpectedBucketOwner, ...(VersionId ? { VersionId } : {}) };
  const { TagSet = [] } = await patiently(signal, () => client.send(new sdk.GetObjectTaggingCommand(asked)));
  return Object.fromEntries(TagSet.map(({ Key: name = "", Value = "" }) => [name, Value]));
}

interface Found {
  ContentType?: string | undefined;
  ContentEncoding?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentLanguage?: string | undefined;
  ExpiresString?: string | undefined;
  WebsiteRedirectLocation?: string | undefined;
  Metadata?: Record<string, string> | undefined;
  LastModified?: Date | undefined;
  ETag?: string | undefined;
  StorageClass?: string | undefined;
}

function lineOf(
  key: string,
  file: string,
  { sizeBytes, sha256 }: Sum,
  found: Found,
  version: string | undefined,
  tags: Record<string, string> | undefined,
): ObjectLine {
  const said = {
    type: found.ContentType,
    encoding: found.ContentEncoding,
    cache: found.CacheControl,
    disposition: found.ContentDisposition,
    language: found.ContentLanguage,
    expires: found.ExpiresString,
    redirect: found.WebsiteRedirectLocation,
    metadata: Object.keys(found.Metadata ?? {}).length > 0 ? found.Metadata : undefined,
    tags,
    modified: found.LastModified?.toISOString(),
    etag: found.ETag,
    class: found.StorageClass,
    version,
  };
  return { key, file, size: sizeBytes, sha256, ...said } as ObjectLine;
}
