/** DeleteObject and DeleteObjects: rows go, delete markers come, and files follow once that is durable. */
import type { Reply } from "../service.ts";
import { objectNeed } from "./access.ts";
import { checkWrite } from "./conditions.ts";
import { readDocument } from "./documents.ts";
import { notServed, s3Error } from "./errors.ts";
import { newVersionId } from "./put.ts";
import type { BucketRow, Version } from "./records.ts";
import { bucketOf, empty, type Request, type S3, tag, xmlReply } from "./request.ts";

interface Deleted {
  versionId?: string | undefined;
  marker: boolean;
  /** The delete marker that was made. */
  markerVersion?: string | undefined;
  gone: string[];
}

/** Inside a transaction. Deleting what is not there is done already. */
function deleteOne({ records, cloud }: S3, bucket: BucketRow, key: string, versionId: string | undefined): Deleted {
  if (versionId !== undefined) {
    const it = records.version(bucket.name, key, versionId);
    return { versionId, marker: it?.marker ?? false, gone: it ? records.remove(bucket.name, it) : [] };
  }
  if (bucket.versioning === "") {
    const it = records.latest(bucket.name, key);
    return { marker: false, gone: it ? records.remove(bucket.name, it) : [] };
  }
  const version = bucket.versioning === "Enabled" ? newVersionId() : "null";
  const old = version === "null" ? records.version(bucket.name, key, "null") : undefined;
  const gone = old ? records.remove(bucket.name, old) : [];
  const marker: Omit<Version, "latest"> = {
    key,
    version,
    marker: true,
    size: 0,
    etag: "",
    modified: cloud.clock.now(),
    segments: [],
    meta: { headers: {}, user: {}, tags: {}, algorithm: "CRC64NVME", checksumType: "FULL_OBJECT", checksum: "" },
  };
  records.insert(bucket.name, marker);
  return { marker: true, markerVersion: version, gone };
}

export async function deleteObject(request: Request, s3: S3): Promise<Reply> {
  const { call, key } = request;
  bucketOf(request, s3);
  const done = await s3.cloud.store.write(() => {
    const bucket = bucketOf(request, s3);
    const versionId = call.query.get("versionId") ?? undefined;
    if (call.headers["if-match"] !== undefined)
      checkWrite({ "if-match": call.headers["if-match"] }, s3.records.latest(bucket.name, key));
    return deleteOne(s3, bucket, key, versionId);
  });
  s3.bodies.drop(done.gone);
  return empty(204, {
    "x-amz-version-id": done.markerVersion ?? done.versionId,
    "x-amz-delete-marker": done.marker ? "true" : undefined,
  });
}

const maxKeys = 1000;

export async function deleteObjects(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const document = await readDocument(request.call, "DeleteObjects");
  const objects = document.Object as { Key: string; VersionId?: string; ETag?: string }[];
  if (objects.length > maxKeys || objects.some(({ Key }) => !Key)) throw s3Error("MalformedXML");
  for (const name of ["LastModifiedTime", "Size"])
    if (objects.some((one) => name in one)) throw notServed(`Object ${name}`);
  const refusals = new Map(
    objects.map(({ Key, VersionId }) => {
      const action = VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion";
      const need = objectNeed(s3, request, action, { bucket: request.bucket, key: Key, version: VersionId });
      const reason = s3.cloud.access.refusal(request.call, need);
      return [`${Key} ${VersionId}`, reason && (request.call.caller ? reason : "Access Denied")];
    }),
  );
  const gone: string[] = [];
  const lines = await s3.cloud.store.write(() => {
    const bucket = bucketOf(request, s3);
    return objects.map(({ Key, VersionId, ETag }) => {
      const refused = refusals.get(`${Key} ${VersionId}`);
      if (refused !== undefined)
        return `<Error>${tag("Key", Key)}${tag("VersionId", VersionId)}${tag("Code", "AccessDenied")}${tag("Message", refused)}</Error>`;
      if (ETag !== undefined) {
        const current = s3.records.latest(bucket.name, Key);
        if (!current || current.marker || current.etag !== ETag.replaceAll('"', ""))
          return `<Error>${tag("Key", Key)}${tag("Code", "PreconditionFailed")}${tag("Message", s3Error("PreconditionFailed").message)}</Error>`;
      }
      const done = deleteOne(s3, bucket, Key, VersionId);
      gone.push(...done.gone);
      if (document.Quiet === true) return "";
      const markerVersion = done.markerVersion ?? (done.marker ? done.versionId : undefined);
      return `<Deleted>${tag("Key", Key)}${tag("VersionId", done.versionId)}${done.marker ? tag("DeleteMarker", true) : ""}${tag("DeleteMarkerVersionId", markerVersion)}</Deleted>`;
    });
  });
  s3.bodies.drop(gone);
  return xmlReply("DeleteResult", lines.join(""));
}
