/**
 * ListObjectsV2, ListObjects and ListObjectVersions. Keys come in the order of their bytes from an index; a group of
 * keys behind a delimiter costs one step, however many keys it has.
 */
import type { Reply } from "../service.ts";
import { s3Error } from "./errors.ts";
import { keyBytes, type Version, versionOf } from "./records.ts";
import { bucketOf, isoDate, type Request, type S3, tag, urlEncoded, xmlReply } from "./request.ts";

export interface Walk {
  prefix: string;
  delimiter: string;
  /** Keys after this one; undefined: from the first. */
  after: string | undefined;
  max: number;
}

export interface Page<T> {
  entries: ({ row: T } | { group: string })[];
  truncated: boolean;
  /** Key or group of the last entry. */
  last: string;
}

/** The first bytes that sort after everything that begins with `bytes`. */
export function successor(bytes: Buffer): Buffer {
  const next = Buffer.from(bytes);
  next[next.length - 1]! += 1;
  return next;
}

/** `rows` yields what lies at or after `from`, in order. */
export function walk<T>(
  { prefix, delimiter, after, max }: Walk,
  rows: (from: Buffer) => Iterable<{ key: string; row: T }>,
): Page<T> {
  const page: Page<T> = { entries: [], truncated: false, last: "" };
  let from: Buffer | undefined = start(prefix, delimiter, after);
  while (from) {
    const at: Buffer = from;
    from = undefined;
    for (const { key, row } of rows(at)) {
      if (!key.startsWith(prefix)) break;
      if (page.entries.length >= max) {
        page.truncated = max > 0;
        break;
      }
      const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      page.last = cut === -1 ? key : key.slice(0, cut + delimiter.length);
      page.entries.push(cut === -1 ? { row } : { group: page.last });
      if (cut === -1) continue;
      from = successor(keyBytes(page.last));
      break;
    }
  }
  return page;
}

function start(prefix: string, delimiter: string, after: string | undefined): Buffer {
  const first = keyBytes(prefix);
  if (after === undefined || after === "") return first;
  const group =
    delimiter !== "" && after.startsWith(prefix) && after.endsWith(delimiter) && after.length > prefix.length;
  // After a group that was listed comes what follows all its keys; after a key, the very next bytes.
  const next = group ? successor(keyBytes(after)) : Buffer.concat([keyBytes(after), Buffer.from([0])]);
  return Buffer.compare(next, first) > 0 ? next : first;
}

const currentRows = ({ records }: S3, bucket: string, limit: number) =>
  function* (from: Buffer): Generator<{ key: string; row: Version }> {
    const found = records.all(
      "SELECT * FROM s3_versions WHERE bucket = ? AND key >= ? AND latest = 1 AND marker = 0 ORDER BY key LIMIT ?",
      bucket,
      from,
      limit,
    );
    for (const row of found) {
      const version = versionOf(row);
      yield { key: version.key, row: version };
    }
  };

export interface Asked extends Walk {
  /** Encodes names when the client asked for it. */
  name(text: string): string;
  encoding: string | undefined;
}

export function askedOf({ call }: Request, maxName = "max-keys"): Asked {
  const encoding = call.query.get("encoding-type") ?? undefined;
  const max = Number(call.query.get(maxName) || 1000);
  return {
    prefix: call.query.get("prefix") ?? "",
    delimiter: call.query.get("delimiter") ?? "",
    after: undefined,
    max: Math.min(max, 1000),
    encoding,
    name: encoding === "url" ? urlEncoded : (text) => text,
  };
}

const owner = (accountId: string) => `<Owner>${tag("ID", accountId)}</Owner>`;

function contents({ name }: Asked, it: Version, ownedBy: string | undefined): string {
  const checksum = tag("ChecksumAlgorithm", it.meta.algorithm) + tag("ChecksumType", it.meta.checksumType);
  return `<Contents>${tag("Key", name(it.key))}${tag("LastModified", isoDate(it.modified))}${tag("ETag", `"${it.etag}"`)}${checksum}${tag("Size", it.size)}${ownedBy === undefined ? "" : owner(ownedBy)}${tag("StorageClass", "STANDARD")}</Contents>`;
}

export const groups = ({ name }: Asked, page: Page<unknown>): string =>
  page.entries
    .map((entry) => ("group" in entry ? `<CommonPrefixes>${tag("Prefix", name(entry.group))}</CommonPrefixes>` : ""))
    .join("");

const listed = (asked: Asked, page: Page<Version>, ownedBy: string | undefined): string =>
  page.entries.map((entry) => ("row" in entry ? contents(asked, entry.row, ownedBy) : "")).join("") +
  groups(asked, page);

export function listObjectsV2(request: Request, s3: S3): Reply {
  const { call, bucket } = request;
  bucketOf(request, s3);
  const asked = askedOf(request);
  const token = call.query.get("continuation-token");
  const startAfter = call.query.get("start-after") ?? undefined;
  if (token === "")
    throw s3Error("InvalidArgument", "The continuation token provided is incorrect", {
      ArgumentName: "continuation-token",
    });
  const after = token === null ? startAfter : Buffer.from(token, "base64url").toString("utf8");
  // A start-after that looks like a group is only a key; a token that does is a group that was listed.
  const page = walk(
    { ...asked, after: token === null && after !== undefined && after !== "" ? `${after}\u0000` : after },
    currentRows(s3, bucket, asked.max + 1),
  );
  const ownedBy = call.query.get("fetch-owner") === "true" ? s3.cloud.options.accountId : undefined;
  return xmlReply(
    "ListBucketResult",
    tag("Name", bucket) +
      tag("Prefix", asked.name(asked.prefix)) +
      (token === null ? "" : tag("ContinuationToken", token)) +
      (page.truncated ? tag("NextContinuationToken", Buffer.from(page.last).toString("base64url")) : "") +
      (startAfter === undefined ? "" : tag("StartAfter", asked.name(startAfter))) +
      tag("KeyCount", page.entries.length) +
      tag("MaxKeys", asked.max) +
      (asked.delimiter === "" ? "" : tag("Delimiter", asked.name(asked.delimiter))) +
      tag("EncodingType", asked.encoding) +
      tag("IsTruncated", page.truncated) +
      listed(asked, page, ownedBy),
  );
}

export function listObjects(request: Request, s3: S3): Reply {
  const { call, bucket } = request;
  bucketOf(request, s3);
  const asked = askedOf(request);
  const marker = call.query.get("marker") ?? "";
  const page = walk({ ...asked, after: marker }, currentRows(s3, bucket, asked.max + 1));
  return xmlReply(
    "ListBucketResult",
    tag("Name", bucket) +
      tag("Prefix", asked.name(asked.prefix)) +
      tag("Marker", asked.name(marker)) +
      (page.truncated && asked.delimiter !== "" ? tag("NextMarker", asked.name(page.last)) : "") +
      tag("MaxKeys", asked.max) +
      (asked.delimiter === "" ? "" : tag("Delimiter", asked.name(asked.delimiter))) +
      tag("EncodingType", asked.encoding) +
      tag("IsTruncated", page.truncated) +
      listed(asked, page, s3.cloud.options.accountId),
  );
}

export function listObjectVersions(request: Request, s3: S3): Reply {
  const { call, bucket } = request;
  bucketOf(request, s3);
  const asked = askedOf(request);
  const keyMarker = call.query.get("key-marker") ?? "";
  const versionMarker = call.query.get("version-id-marker") ?? "";
  if (versionMarker !== "" && keyMarker === "")
    throw s3Error("InvalidArgument", "A version-id marker cannot be specified without a key marker.");
  const page = walk({ ...asked, after: keyMarker }, versionRows(s3, bucket, asked.max + 1, keyMarker, versionMarker));
  const last = page.entries.at(-1);
  const { accountId } = s3.cloud.options;
  const item = (it: Version): string => {
    const kind = it.marker ? "DeleteMarker" : "Version";
    const sized = it.marker
      ? ""
      : `${tag("ETag", `"${it.etag}"`)}${tag("ChecksumAlgorithm", it.meta.algorithm)}${tag("ChecksumType", it.meta.checksumType)}${tag("Size", it.size)}${tag("StorageClass", "STANDARD")}`;
    return `<${kind}>${tag("Key", asked.name(it.key))}${tag("VersionId", it.version)}${tag("IsLatest", it.latest)}${tag("LastModified", isoDate(it.modified))}${sized}${owner(accountId)}</${kind}>`;
  };
  const next =
    tag("NextKeyMarker", asked.name(page.last)) +
    (last && "row" in last ? tag("NextVersionIdMarker", last.row.version) : "");
  return xmlReply(
    "ListVersionsResult",
    tag("Name", bucket) +
      tag("Prefix", asked.name(asked.prefix)) +
      tag("KeyMarker", asked.name(keyMarker)) +
      tag("VersionIdMarker", versionMarker) +
      (page.truncated ? next : "") +
      tag("MaxKeys", asked.max) +
      (asked.delimiter === "" ? "" : tag("Delimiter", asked.name(asked.delimiter))) +
      tag("EncodingType", asked.encoding) +
      tag("IsTruncated", page.truncated) +
      page.entries.map((entry) => ("row" in entry ? item(entry.row) : "")).join("") +
      groups(asked, page),
  );
}

/** A version marker means: within the marked key, go on behind that version. */
function versionRows({ records }: S3, bucket: string, limit: number, keyMarker: string, versionMarker: string) {
  const at =
    versionMarker === ""
      ? undefined
      : records.get(
          "SELECT seq FROM s3_versions WHERE bucket = ? AND key = ? AND version = ?",
          bucket,
          keyBytes(keyMarker),
          versionMarker,
        )?.seq;
  let first = true;
  return function* (from: Buffer): Generator<{ key: string; row: Version }> {
    const rest =
      first && at !== undefined
        ? records.all(
            "SELECT * FROM s3_versions WHERE bucket = ? AND key = ? AND seq > ? ORDER BY seq LIMIT ?",
            bucket,
            keyBytes(keyMarker),
            at,
            limit,
          )
        : [];
    first = false;
    const more = records.all(
      "SELECT * FROM s3_versions WHERE bucket = ? AND key >= ? ORDER BY key, seq LIMIT ?",
      bucket,
      from,
      limit,
    );
    for (const row of [...rest, ...more]) {
      const version = versionOf(row);
      yield { key: version.key, row: version };
    }
  };
}
