/** Which operation a request asks for: its method, whether it names a bucket or an object, and its sub-resource. */
import type { Call } from "../service.ts";
import * as buckets from "./buckets.ts";
import { copyObject } from "./copy.ts";
import { getCors, putCors } from "./cors.ts";
import { deleteObject, deleteObjects } from "./delete.ts";
import { getObject, getObjectAcl, getObjectAttributes } from "./get.ts";
import { listObjects, listObjectsV2, listObjectVersions } from "./list.ts";
import { listUploads } from "./list-uploads.ts";
import * as multipart from "./multipart.ts";
import { addressName, type Level } from "./naming.ts";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./object-tags.ts";
import { getPolicy, getPolicyStatus, putPolicy } from "./policies.ts";
import { putObject } from "./put.ts";
import type { Operation } from "./request.ts";
import * as settings from "./settings.ts";

export const operations: Readonly<Record<string, Operation>> = {
  "GET service": buckets.listBuckets,
  "PUT bucket": buckets.createBucket,
  "HEAD bucket": buckets.headBucket,
  "DELETE bucket": buckets.deleteBucket,
  "GET bucket": (request, s3) =>
    (request.call.query.get("list-type") === "2" ? listObjectsV2 : listObjects)(request, s3),
  "GET bucket location": buckets.getLocation,
  "GET bucket versioning": buckets.getVersioning,
  "PUT bucket versioning": buckets.putVersioning,
  "GET bucket versions": listObjectVersions,
  "GET bucket uploads": listUploads,
  "POST bucket delete": deleteObjects,
  "GET bucket acl": settings.getAcl,
  "PUT bucket acl": settings.putAcl,
  "GET bucket cors": getCors,
  "PUT bucket cors": putCors,
  "DELETE bucket cors": settings.remove("cors"),
  "GET bucket publicAccessBlock": settings.getPublicAccessBlock,
  "PUT bucket publicAccessBlock": settings.putPublicAccessBlock,
  "DELETE bucket publicAccessBlock": settings.remove("publicAccessBlock"),
  "GET bucket ownershipControls": settings.getOwnership,
  "PUT bucket ownershipControls": settings.putOwnership,
  "DELETE bucket ownershipControls": settings.remove("ownership"),
  "GET bucket encryption": settings.getEncryption,
  "PUT bucket encryption": settings.putEncryption,
  "DELETE bucket encryption": settings.remove("encryption"),
  "GET bucket tagging": settings.getBucketTagging,
  "PUT bucket tagging": settings.putBucketTagging,
  "DELETE bucket tagging": settings.remove("tagging"),
  "GET bucket policy": getPolicy,
  "PUT bucket policy": putPolicy,
  "DELETE bucket policy": settings.remove("policy"),
  "GET bucket policyStatus": getPolicyStatus,
  ...Object.fromEntries(
    Object.keys(settings.absent).flatMap((name) => [
      [`GET bucket ${name}`, settings.getAbsent(name)],
      [`PUT bucket ${name}`, settings.putAbsent(name)],
    ]),
  ),
  ...Object.fromEntries(settings.deletable.map((name) => [`DELETE bucket ${name}`, settings.deleteAbsent(name)])),
  "GET object": getObject,
  "HEAD object": getObject,
  "PUT object": (request, s3) =>
    (request.call.headers["x-amz-copy-source"] === undefined ? putObject : copyObject)(request, s3),
  "DELETE object": deleteObject,
  "GET object attributes": getObjectAttributes,
  "GET object acl": getObjectAcl,
  "PUT object acl": settings.putAcl,
  "GET object tagging": getObjectTagging,
  "PUT object tagging": putObjectTagging,
  "DELETE object tagging": deleteObjectTagging,
  "POST object uploads": multipart.createUpload,
  "PUT object uploadId": (request, s3) =>
    (request.call.headers["x-amz-copy-source"] === undefined ? multipart.uploadPart : multipart.uploadPartCopy)(
      request,
      s3,
    ),
  "POST object uploadId": multipart.completeUpload,
  "DELETE object uploadId": multipart.abortUpload,
  "GET object uploadId": multipart.listParts,
};

/** Whatever has no operation above is refused, never taken for another. */
export function route(call: Call, level: Level): { name: string; run: Operation | undefined } {
  const name = addressName(call, level);
  return { name, run: Object.hasOwn(operations, name) ? operations[name] : undefined };
}
