/**
 * Multipart uploads. Parts are files; completing writes the list of those files as the object's body, so nothing is
 * ever concatenated. Composite and full-object checksums.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Reply } from "../service.ts";
import type { Received } from "./bodies.ts";
import { type Algorithm, algorithms, type ChecksumType, combine, composite, headerOf, memberOf } from "./checksums.ts";
import { sourceOf } from "./copy.ts";
import { readDocument } from "./documents.ts";
import { notServed, s3Error } from "./errors.ts";
import { type ClientMeta, metaOf } from "./meta.ts";
import { writeVersion } from "./put.ts";
import { keyBytes } from "./records.ts";
import { bucketOf, empty, isoDate, type Request, type S3, tag, xmlReply } from "./request.ts";

interface UploadMeta extends ClientMeta {
  algorithm: Algorithm;
  checksumType: ChecksumType;
  /** Said by the client at the start; else parts need not name one. */
  asked: boolean;
}

interface Part {
  number: number;
  etag: string;
  size: number;
  modified: number;
  body: string;
  checksum: string;
}

const minPartBytes = 5 * 1024 * 1024;

function uploadOf({ call, bucket, key }: Request, { records }: S3): { id: string; meta: UploadMeta } {
  const id = call.query.get("uploadId") ?? "";
  const row = records.get(
    "SELECT meta FROM s3_uploads WHERE id = ? AND bucket = ? AND key = ?",
    id,
    bucket,
    keyBytes(key),
  );
  if (!row) throw s3Error("NoSuchUpload", undefined, { UploadId: id });
  return { id, meta: JSON.parse(row.meta) };
}

export async function createUpload(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket, key } = request;
  bucketOf(request, s3);
  const said = call.headers["x-amz-checksum-algorithm"]?.toUpperCase() as Algorithm | undefined;
  if (said !== undefined && !algorithms.includes(said))
    throw s3Error("InvalidRequest", "Checksum algorithm provided is unsupported.");
  const algorithm = said ?? "CRC64NVME";
  const type = (call.headers["x-amz-checksum-type"]?.toUpperCase() ??
    (algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE")) as ChecksumType;
  if (type !== "COMPOSITE" && type !== "FULL_OBJECT")
    throw s3Error("InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
  if (said === undefined && call.headers["x-amz-checksum-type"] !== undefined)
    throw s3Error(
      "InvalidRequest",
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  const possible =
    type === "COMPOSITE" ? algorithm !== "CRC64NVME" : type === "FULL_OBJECT" && !algorithm.startsWith("SHA");
  if (!possible)
    throw s3Error(
      "InvalidRequest",
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  const meta: UploadMeta = { ...metaOf(call.headers), algorithm, checksumType: type, asked: said !== undefined };
  const id = randomBytes(48).toString("base64url");
  await s3.cloud.store.write(() => {
    bucketOf(request, s3);
    s3.records.run(
      "INSERT INTO s3_uploads (id, bucket, key, started, meta) VALUES (?, ?, ?, ?, ?)",
      id,
      bucket,
      keyBytes(key),
      s3.cloud.clock.now(),
      JSON.stringify(meta),
    );
  });
  return xmlReply("InitiateMultipartUploadResult", tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", id), {
    "x-amz-server-side-encryption": "AES256",
    ...(meta.asked ? { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type } : {}),
  });
}

async function writePart(request: Request, s3: S3, { segment, md5, checksum }: Received): Promise<number> {
  const number = Number(request.call.query.get("partNumber"));
  const { records, bodies, cloud } = s3;
  try {
    const done = await cloud.store.write(() => {
      const { id } = uploadOf(request, s3);
      const old = records.get("SELECT body FROM s3_parts WHERE upload = ? AND number = ?", id, number);
      const modified = cloud.clock.now();
      records.run(
        "INSERT OR REPLACE INTO s3_parts (upload, number, etag, size, modified, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        number,
        md5,
        segment.size,
        modified,
        segment.id,
        checksum,
      );
      records.retain([segment.id]);
      return { modified, gone: old ? records.release([old.body]) : [] };
    });
    bodies.drop(done.gone);
    return done.modified;
  } catch (error) {
    bodies.drop([segment.id]);
    throw error;
  }
}

export async function uploadPart(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { meta } = uploadOf(request, s3);
  const received = await s3.bodies.receive(request.call, meta.algorithm);
  if (received.algorithm !== meta.algorithm) {
    if (meta.asked) {
      s3.bodies.drop([received.segment.id]);
      throw mismatch(meta.algorithm, received.algorithm);
    }
    // The upload named no algorithm, so the object's own checksum needs CRC64NVME of this part, too.
    const again = await s3.bodies.store(s3.bodies.read([received.segment]), meta.algorithm);
    s3.bodies.drop([received.segment.id]);
    await writePart(request, s3, again);
    return empty(200, {
      etag: `"${again.md5}"`,
      "x-amz-server-side-encryption": "AES256",
      [headerOf(received.algorithm)]: received.checksum,
    });
  }
  await writePart(request, s3, received);
  return empty(200, {
    etag: `"${received.md5}"`,
    "x-amz-server-side-encryption": "AES256",
    [headerOf(received.algorithm)]: received.checksum,
  });
}

export async function uploadPartCopy(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { meta } = uploadOf(request, s3);
  const { it, versioned } = sourceOf(request, s3);
  const header = request.call.headers["x-amz-copy-source-range"];
  const match = /^bytes=(\d+)-(\d+)$/.exec(header ?? "");
  if (header !== undefined && (!match || Number(match[2]) >= it.size || Number(match[1]) > Number(match[2])))
    throw s3Error("InvalidArgument", `Range specified is not valid for source object of size: ${it.size}`);
  const range = match ? { start: Number(match[1]), end: Number(match[2]) } : undefined;
  const received = await s3.bodies.store(s3.bodies.read(it.segments, range), meta.algorithm);
  const modified = await writePart(request, s3, received);
  return xmlReply(
    "CopyPartResult",
    tag("ETag", `"${received.md5}"`) +
      tag("LastModified", isoDate(modified)) +
      tag(memberOf(meta.algorithm), received.checksum),
    { "x-amz-copy-source-version-id": versioned ? it.version : undefined, "x-amz-server-side-encryption": "AES256" },
  );
}

interface Named {
  PartNumber?: number;
  ETag?: string;
  [checksum: string]: string | number | undefined;
}

/** The parts the client names, in its order, each as it was uploaded. */
function chosen(named: Named[], stored: Map<number, Part>, { algorithm }: UploadMeta, UploadId: string): Part[] {
  let previous = 0;
  const parts = named.map((one) => {
    const number = one.PartNumber;
    if (number === undefined) throw s3Error("MalformedXML");
    if (number <= previous) throw s3Error("InvalidPartOrder", undefined, { UploadId });
    previous = number;
    const part = stored.get(number);
    const checksum = one[memberOf(algorithm)];
    if (
      !part ||
      (one.ETag ?? "").replaceAll('"', "") !== part.etag ||
      (checksum !== undefined && checksum !== part.checksum)
    )
      throw s3Error("InvalidPart", undefined, {
        ...{ PartNumber: number, ETag: (one.ETag ?? "").replaceAll('"', "") },
        UploadId,
      });
    return part;
  });
  for (const part of parts.slice(0, -1))
    if (part.size < minPartBytes)
      throw s3Error("EntityTooSmall", undefined, {
        ProposedSize: part.size,
        MinSizeAllowed: minPartBytes,
        PartNumber: part.number,
        ETag: part.etag,
      });
  return parts;
}

export async function completeUpload(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket, key } = request;
  bucketOf(request, s3);
  const named = (await readDocument(call, "CompleteMultipartUpload")).Part as Named[] | undefined;
  if (!named || named.length === 0) throw s3Error("MalformedXML");
  const { id, meta } = uploadOf(request, s3);
  const stored = s3.records.all("SELECT * FROM s3_parts WHERE upload = ? ORDER BY number", id) as Part[];
  const parts = chosen(named, new Map(stored.map((part) => [part.number, part])), meta, id);
  const checksum = wholeChecksum(meta, parts);
  checkTypes(call.headers, meta);
  const said = call.headers[headerOf(meta.algorithm)];
  if (said !== undefined && said.replace(/-\d+$/, "") !== checksum.replace(/-\d+$/, ""))
    throw s3Error("BadDigest", `The ${meta.algorithm} you specified did not match the calculated checksum.`);
  const md5 = createHash("md5");
  for (const { etag } of parts) md5.update(Buffer.from(etag, "hex"));
  const etag = `${md5.digest("hex")}-${parts.length}`;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const expected = call.headers["x-amz-mp-object-size"];
  if (expected !== undefined && Number(expected) !== size)
    throw s3Error(
      "InvalidRequest",
      `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
    );
  const { asked: _asked, ...clean } = meta;
  const version = {
    size,
    etag,
    segments: parts.filter((part) => part.size > 0).map((part) => ({ id: part.body, size: part.size })),
    meta: { ...clean, checksum, parts: parts.map(({ size, checksum }, at) => ({ number: at + 1, size, checksum })) },
  };
  let unused: string[] = [];
  const written = await writeVersion(request, s3, version, [], () => {
    // A second complete, an abort or a part uploaded meanwhile: whoever came first won.
    uploadOf(request, s3);
    const now = s3.records.all("SELECT body FROM s3_parts WHERE upload = ?", id);
    if (parts.some((part) => !now.some(({ body }) => body === part.body))) throw s3Error("InvalidPart");
    unused = endUpload(
      s3,
      id,
      version.segments.map((segment) => segment.id),
    );
  });
  s3.bodies.drop(unused);
  return xmlReply(
    "CompleteMultipartUploadResult",
    tag("Location", `http://${call.host}/${bucket}/${encodeURIComponent(key)}`) +
      tag("Bucket", bucket) +
      tag("Key", key) +
      tag("ETag", `"${etag}"`) +
      tag(memberOf(meta.algorithm), checksum) +
      tag("ChecksumType", meta.checksumType),
    { "x-amz-version-id": written.versionId, "x-amz-server-side-encryption": "AES256" },
  );
}

/** What the client says of the whole object is said in the upload's own algorithm and way. */
function checkTypes(headers: Request["call"]["headers"], { algorithm, checksumType }: UploadMeta): void {
  const other = algorithms.find((one) => one !== algorithm && headers[headerOf(one)] !== undefined);
  if (other !== undefined) throw mismatch(algorithm, other);
  const type = headers["x-amz-checksum-type"];
  if (type !== undefined && type.toUpperCase() !== checksumType)
    throw s3Error(
      "InvalidRequest",
      `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
    );
}

const mismatch = (expected: Algorithm, actual: Algorithm) =>
  s3Error(
    "InvalidRequest",
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  );

function wholeChecksum({ algorithm, checksumType }: UploadMeta, parts: Part[]): string {
  if (checksumType === "COMPOSITE")
    return composite(
      algorithm,
      parts.map(({ checksum }) => checksum),
    );
  const whole = combine(algorithm, parts);
  if (whole === undefined) throw notServed(`Full-object ${algorithm}`);
  return whole;
}

/** Inside a transaction: rows of the upload go; `kept` bodies are about to be referred to by an object. */
function endUpload({ records }: S3, id: string, kept: readonly string[]): string[] {
  const bodies = records.all("SELECT body FROM s3_parts WHERE upload = ?", id).map(({ body }) => body as string);
  records.run("DELETE FROM s3_parts WHERE upload = ?", id);
  records.run("DELETE FROM s3_uploads WHERE id = ?", id);
  records.retain(kept);
  const gone = records.release(bodies);
  // The object's own row takes this reference over; see writeVersion, which retains before it releases.
  for (const body of kept) records.run("UPDATE s3_bodies SET refs = refs - 1 WHERE id = ?", body);
  return gone;
}

export async function abortUpload(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const gone = await s3.cloud.store.write(() => endUpload(s3, uploadOf(request, s3).id, []));
  s3.bodies.drop(gone);
  return empty(204);
}

export function listParts(request: Request, s3: S3): Reply {
  const { call, bucket, key } = request;
  bucketOf(request, s3);
  const { id, meta } = uploadOf(request, s3);
  const max = Math.min(Number(call.query.get("max-parts") || 1000), 1000);
  const marker = Number(call.query.get("part-number-marker") || 0);
  const rows = s3.records.all(
    "SELECT * FROM s3_parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
    id,
    marker,
    max + 1,
  ) as Part[];
  const page = rows.slice(0, max);
  const items = page.map(
    (part) =>
      `<Part>${tag("PartNumber", part.number)}${tag("LastModified", isoDate(part.modified))}${tag("ETag", `"${part.etag}"`)}${tag("Size", part.size)}${meta.asked ? tag(memberOf(meta.algorithm), part.checksum) : ""}</Part>`,
  );
  const owner = tag("ID", s3.cloud.options.accountId);
  return xmlReply(
    "ListPartsResult",
    `${tag("Bucket", bucket)}${tag("Key", key)}${tag("UploadId", id)}${tag("PartNumberMarker", marker)}${tag("NextPartNumberMarker", page.at(-1)?.number ?? 0)}${tag("MaxParts", max)}${tag("IsTruncated", rows.length > max)}${items.join("")}<Initiator>${owner}</Initiator><Owner>${owner}</Owner>${tag("StorageClass", "STANDARD")}${meta.asked ? tag("ChecksumAlgorithm", meta.algorithm) + tag("ChecksumType", meta.checksumType) : ""}`,
  );
}
