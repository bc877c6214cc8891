/** GetObject, HeadObject and GetObjectAttributes: versions, ranges, parts, conditions, overridden headers. */
import type { Reply } from "../service.ts";
import { memberOf } from "./checksums.ts";
import { checkRead } from "./conditions.ts";
import { s3Error } from "./errors.ts";
import { checksumHeaders, objectHeaders } from "./meta.ts";
import type { BucketRow, Version } from "./records.ts";
import { bucketOf, httpDate, type Request, type S3, tag, xmlReply } from "./request.ts";
import { getAcl } from "./settings.ts";

/** The version a read is about. Delete markers are errors that carry their own headers. */
export function find(
  { bucket, key }: Pick<Request, "bucket" | "key">,
  versionId: string | null,
  { records }: S3,
): Version {
  const it = versionId === null ? records.latest(bucket, key) : records.version(bucket, key, versionId);
  if (!it && versionId !== null) throw s3Error("NoSuchVersion", undefined, { Key: key, VersionId: versionId });
  if (it?.marker) {
    const headers = { "x-amz-delete-marker": "true", "x-amz-version-id": it.version };
    throw versionId === null
      ? s3Error("NoSuchKey", undefined, { Key: key, headers })
      : s3Error("MethodNotAllowed", undefined, { headers });
  }
  if (!it) throw s3Error("NoSuchKey", undefined, { Key: key });
  return it;
}

const overrides = [
  "content-type",
  "content-language",
  "expires",
  "cache-control",
  "content-disposition",
  "content-encoding",
];

export function getObject(request: Request, s3: S3): Reply {
  const { call } = request;
  const bucket = bucketOf(request, s3);
  const it = find(request, call.query.get("versionId"), s3);
  checkRead(call.headers, it);
  const headers = describe(request, it, bucket);
  for (const name of overrides) {
    const value = call.query.get(`response-${name}`);
    if (value !== null) headers[name] = value;
  }
  const part = partOf(call.query.get("partNumber"), it);
  const range = part ?? rangeOf(call.headers["range"], it.size);
  if (part) headers["x-amz-mp-parts-count"] = it.meta.parts ? String(it.meta.parts.length) : undefined;
  const body = () => (call.method === "HEAD" ? undefined : s3.bodies.read(it.segments, range));
  if (!range) return { status: 200, headers: { ...headers, "content-length": String(it.size) }, body: body() };
  const length = range.end - range.start + 1;
  const partial = { "content-length": String(length), "content-range": `bytes ${range.start}-${range.end}/${it.size}` };
  return { status: 206, headers: { ...headers, ...partial }, body: body() };
}

function describe({ call }: Request, it: Version, bucket: BucketRow): Record<string, string | undefined> {
  const wanted =
    call.headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED" && call.headers["range"] === undefined;
  const withChecksum = wanted && call.query.get("partNumber") === null;
  return { ...objectHeaders(it, bucket.versioning !== ""), ...(withChecksum ? checksumHeaders(it.meta) : {}) };
}

/** Undefined: no range, or one S3 ignores (several, or not bytes). */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const suffix = match[1] === "";
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (!suffix && match[2] !== "" && Number(match[2]) < start) return undefined;
  if (start >= size || (suffix && Number(match[2]) === 0))
    throw s3Error("InvalidRange", undefined, {
      RangeRequested: header,
      ActualObjectSize: size,
      headers: { "content-range": `bytes */${size}` },
    });
  return { start, end };
}

function partOf(asked: string | null, it: Version): { start: number; end: number } | undefined {
  if (asked === null) return undefined;
  const number = Number(asked);
  const parts = it.meta.parts ?? [{ number: 1, size: it.size, checksum: "" }];
  const part = parts[number - 1];
  if (!part)
    throw s3Error("InvalidPartNumber", undefined, { PartNumberRequested: number, ActualPartCount: parts.length });
  if (it.size === 0) return undefined;
  const start = parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + part.size - 1 };
}

/** The bucket owner's, of every version that is there. */
export function getObjectAcl(request: Request, s3: S3): Reply {
  const bucket = bucketOf(request, s3);
  const it = find(request, request.call.query.get("versionId"), s3);
  const reply = getAcl(request, s3);
  return {
    ...reply,
    headers: { ...reply.headers, "x-amz-version-id": bucket.versioning === "" ? undefined : it.version },
  };
}

export function getObjectAttributes(request: Request, s3: S3): Reply {
  const { call } = request;
  const bucket = bucketOf(request, s3);
  const it = find(request, call.query.get("versionId"), s3);
  checkRead(call.headers, it);
  const wanted = new Set((call.headers["x-amz-object-attributes"] ?? "").split(",").map((one) => one.trim()));
  const { meta } = it;
  const checksum = tag(memberOf(meta.algorithm), meta.checksum) + tag("ChecksumType", meta.checksumType);
  const content =
    (wanted.has("ETag") ? tag("ETag", it.etag) : "") +
    (wanted.has("Checksum") ? `<Checksum>${checksum}</Checksum>` : "") +
    (wanted.has("ObjectParts") && meta.parts ? attributeParts(request, it) : "") +
    (wanted.has("StorageClass") ? tag("StorageClass", "STANDARD") : "") +
    (wanted.has("ObjectSize") ? tag("ObjectSize", it.size) : "");
  return xmlReply("GetObjectAttributesResponse", content, {
    "last-modified": httpDate(it.modified),
    "x-amz-version-id": bucket.versioning === "" ? undefined : it.version,
  });
}

function attributeParts({ call }: Request, { meta }: Version): string {
  const parts = meta.parts ?? [];
  const marker = Number(call.headers["x-amz-part-number-marker"] ?? 0);
  const max = Math.min(Number(call.headers["x-amz-max-parts"] ?? 1000), 1000);
  const rest = parts.filter(({ number }) => number > marker);
  const page = rest.slice(0, max);
  // Parts are listed one by one only where each has a checksum that says something of the whole.
  const listed = meta.checksumType === "COMPOSITE" ? page : [];
  const items = listed.map(
    ({ number, size, checksum }) =>
      `<Part>${tag("PartNumber", number)}${tag("Size", size)}${tag(memberOf(meta.algorithm), checksum)}</Part>`,
  );
  return `<ObjectParts>${tag("IsTruncated", rest.length > page.length)}${tag("MaxParts", max)}${tag("NextPartNumberMarker", page.at(-1)?.number ?? 0)}${tag("PartNumberMarker", marker)}${items.join("")}${tag("PartsCount", parts.length)}</ObjectParts>`;
}
