/** CopyObject. A copy shares its source's files, so it costs a row, whatever its size. */
import type { Reply } from "../service.ts";
import { type Algorithm, algorithms, hasherOf, memberOf } from "./checksums.ts";
import { checkRead } from "./conditions.ts";
import { notServed, s3Error } from "./errors.ts";
import { find } from "./get.ts";
import { metaOf } from "./meta.ts";
import { writeVersion } from "./put.ts";
import type { Meta, Version } from "./records.ts";
import { bucketOf, decodeKey, isoDate, type Request, type S3, tag, xmlReply } from "./request.ts";

/** `BUCKET/KEY?versionId=V`, percent-encoded, with or without a slash in front. */
export function sourceOf(request: Request, s3: S3): { it: Version; versioned: boolean } {
  const { headers } = request.call;
  const said = headers["x-amz-copy-source"] ?? "";
  if (said.startsWith("arn:")) throw notServed("Access points");
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=(.+))?$/s.exec(said);
  if (!match)
    throw s3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  const source = { bucket: decodeKey(match[1] ?? ""), key: decodeKey(match[2] ?? "") };
  const owner = headers["x-amz-source-expected-bucket-owner"];
  if (owner !== undefined && owner !== s3.cloud.options.accountId) throw s3Error("AccessDenied");
  const row = s3.records.bucket(source.bucket);
  if (!row) throw s3Error("NoSuchBucket", undefined, { BucketName: source.bucket });
  const it = find(source, match[3] ?? null, s3);
  checkRead(headers, it, "x-amz-copy-source-");
  return { it, versioned: row.versioning !== "" };
}

export async function copyObject(request: Request, s3: S3): Promise<Reply> {
  const { call, bucket, key } = request;
  bucketOf(request, s3);
  const { it, versioned } = sourceOf(request, s3);
  const replace = (call.headers["x-amz-metadata-directive"] ?? "COPY") === "REPLACE";
  const retag = (call.headers["x-amz-tagging-directive"] ?? "COPY") === "REPLACE";
  const itself = /^\/?([^/]+)\/([^?]+)$/s.exec(call.headers["x-amz-copy-source"] ?? "");
  if (!replace && itself && decodeKey(itself[1] ?? "") === bucket && decodeKey(itself[2] ?? "") === key)
    throw s3Error(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  const client = metaOf(call.headers);
  const free = s3.bodies.hold(it.segments.map(({ id }) => id));
  try {
    const meta: Meta = {
      ...(await checksumOf(it, call.headers["x-amz-checksum-algorithm"], s3)),
      headers: replace ? client.headers : it.meta.headers,
      user: replace ? client.user : it.meta.user,
      tags: retag ? client.tags : it.meta.tags,
    };
    // Taken again inside the transaction's turn: what was read may have gone while a checksum was computed.
    const written = await writeVersion(request, s3, { ...it, meta }, [], () => {
      for (const { id } of it.segments)
        if (!s3.records.get("SELECT 1 FROM s3_bodies WHERE id = ?", id))
          throw s3Error("NoSuchKey", undefined, { Key: it.key });
    });
    return xmlReply(
      "CopyObjectResult",
      tag("ETag", `"${it.etag}"`) +
        tag("LastModified", isoDate(written.modified)) +
        tag("ChecksumType", meta.checksumType) +
        tag(memberOf(meta.algorithm), meta.checksum),
      {
        "x-amz-version-id": written.versionId,
        "x-amz-copy-source-version-id": versioned ? it.version : undefined,
        "x-amz-server-side-encryption": "AES256",
      },
    );
  } finally {
    free();
  }
}

/** The source's own, unless another algorithm is asked for: that one is computed over the bytes. */
async function checksumOf(
  it: Version,
  asked: string | undefined,
  s3: S3,
): Promise<Pick<Meta, "algorithm" | "checksum" | "checksumType" | "parts">> {
  const { algorithm, checksum, checksumType, parts } = it.meta;
  if (asked === undefined || asked.toUpperCase() === algorithm) return { algorithm, checksum, checksumType, parts };
  const wanted = asked.toUpperCase() as Algorithm;
  if (!algorithms.includes(wanted)) throw s3Error("InvalidRequest", "Checksum algorithm provided is unsupported.");
  const hasher = hasherOf(wanted);
  for await (const chunk of s3.bodies.read(it.segments)) hasher.update(chunk);
  return { algorithm: wanted, checksum: hasher.digest(), checksumType: "FULL_OBJECT" };
}
