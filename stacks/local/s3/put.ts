/** PutObject, and the one place where a new version of an object is written. */
import { randomBytes } from "node:crypto";
import type { Call, Reply } from "../service.ts";
import { checkWrite } from "./conditions.ts";
import { s3Error } from "./errors.ts";
import { checksumHeaders, metaOf } from "./meta.ts";
import type { Meta, Segment, Version } from "./records.ts";
import { bucketOf, empty, type Request, type S3 } from "./request.ts";

export interface NewVersion {
  size: number;
  etag: string;
  segments: Segment[];
  meta: Meta;
}

export const newVersionId = (): string => randomBytes(24).toString("base64url");

export async function putObject(request: Request, s3: S3): Promise<Reply> {
  const { call } = request;
  bucketOf(request, s3);
  const client = metaOf(call.headers);
  const received = await s3.bodies.receive(call, "CRC64NVME");
  const { segment, md5, algorithm, checksum } = received;
  const version = {
    size: segment.size,
    etag: md5,
    segments: segment.size === 0 ? [] : [segment],
    meta: { ...client, algorithm, checksum, checksumType: "FULL_OBJECT" as const },
  };
  const written = await writeVersion(request, s3, version, [segment.id]);
  return empty(200, {
    etag: `"${md5}"`,
    "x-amz-server-side-encryption": "AES256",
    ...checksumHeaders(version.meta),
    "x-amz-version-id": written.versionId,
  });
}

/**
 * Durable when it resolves. `fresh` are files written for this version: they go when the row cannot be written.
 * `alongside` runs in the same transaction, first, and answers bodies that it released.
 */
export async function writeVersion(
  { call, bucket, key }: Pick<Request, "bucket" | "key"> & { call: Pick<Call, "headers"> },
  { cloud, records, bodies }: S3,
  it: NewVersion,
  fresh: readonly string[],
  alongside?: () => void,
): Promise<{ versionId: string | undefined; modified: number }> {
  try {
    const done = await cloud.store.write(() => {
      const row = records.bucket(bucket);
      if (!row) throw s3Error("NoSuchBucket", undefined, { BucketName: bucket });
      checkWrite(call.headers, records.latest(bucket, key));
      alongside?.();
      const version = row.versioning === "Enabled" ? newVersionId() : "null";
      const modified = cloud.clock.now();
      // Before the old one is let go: a body both refer to must not fall to zero between.
      records.retain(it.segments.map(({ id }) => id));
      const old = version === "null" ? records.version(bucket, key, "null") : undefined;
      const gone = old ? records.remove(bucket, old) : [];
      const row2: Omit<Version, "latest"> = { ...it, key, version, marker: false, modified };
      records.insert(bucket, row2);
      records.release(it.segments.map(({ id }) => id));
      return { gone, versionId: row.versioning === "" ? undefined : version, modified };
    });
    const used = new Set(it.segments.map(({ id }) => id));
    bodies.drop([...done.gone, ...fresh.filter((id) => !used.has(id))]);
    return done;
  } catch (error) {
    bodies.drop(fresh);
    throw error;
  }
}
