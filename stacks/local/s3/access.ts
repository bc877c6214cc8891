/**
 * What each operation of S3 needs: IAM actions, buckets' and objects' ARNs. Several operations have an action of another
 * name: HeadObject needs GetObject, a listing needs ListBucket, and whatever names a version needs an action of its own.
 */
import { free } from "../access/rows.ts";
import type { AccessRow, AccessTable, Need } from "../service.ts";
import { bucketKeys, existingTags, listKeys, type ObjectRef, objectKeys, requestTagKeys } from "./access-keys.ts";
import { bucketPolicy } from "./policies.ts";
import { decodeKey, type Request, type S3 } from "./request.ts";

type Row = AccessRow<Request>;
type Keys = ReturnType<NonNullable<Need["keys"]>>;

/** The owner can always take back a policy that locks everybody out. */
const ownersOwn = new Set(["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"]);

export function bucketNeed(s3: S3, { call }: Request, action: string, bucket: string, keys?: () => Keys): Need {
  const owners = ownersOwn.has(action) && call.caller?.arn === `arn:aws:iam::${call.accountId}:root`;
  return {
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${bucket}`,
    policy: () => (owners ? undefined : bucketPolicy(s3.records, bucket, call.caller)),
    keys: () => ({ ...bucketKeys(call), ...keys?.() }),
  };
}

export function objectNeed(
  s3: S3,
  { call }: Pick<Request, "call">,
  action: string,
  of: ObjectRef,
  keys?: () => Keys,
): Need {
  return {
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${of.bucket}/${of.key}`,
    policy: () => bucketPolicy(s3.records, of.bucket, call.caller),
    keys: () => ({ ...bucketKeys(call), ...objectKeys(call, of), ...existingTags(s3, of), ...keys?.() }),
  };
}

/** `Get` and `Put` of a bucket's settings: the sub-resource, and the rest of the action's name. */
const settings: Readonly<Record<string, string>> = {
  acl: "BucketAcl",
  cors: "BucketCORS",
  publicAccessBlock: "BucketPublicAccessBlock",
  ownershipControls: "BucketOwnershipControls",
  encryption: "EncryptionConfiguration",
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  accelerate: "AccelerateConfiguration",
  analytics: "AnalyticsConfiguration",
  "intelligent-tiering": "IntelligentTieringConfiguration",
  inventory: "InventoryConfiguration",
  lifecycle: "LifecycleConfiguration",
  logging: "BucketLogging",
  metrics: "MetricsConfiguration",
  notification: "BucketNotification",
  "object-lock": "BucketObjectLockConfiguration",
  replication: "ReplicationConfiguration",
  requestPayment: "BucketRequestPayment",
  website: "BucketWebsite",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
};

/** Settings whose removal has an action of its own; the others need the one that sets them. */
const deletable = new Set(["website", "policy"]);

/** By the same names as the operations in routes.ts. */
export function s3Access(s3: S3): AccessTable<Request> {
  const bucket =
    (action: string, keys?: (request: Request) => Keys): Row =>
    (request) => [bucketNeed(s3, request, action, request.bucket, keys && (() => keys(request)))];
  const object =
    (action: string): Row =>
    (request) => [objectNeed(s3, request, action, refOf(request))];
  /** `versioned`: the action when a version is named. */
  const version =
    (action: string, versioned: string): Row =>
    (request) => [objectNeed(s3, request, request.call.query.has("versionId") ? versioned : action, refOf(request))];
  const setting = ([name, what]: [string, string]): [string, Row][] => [
    [`GET bucket ${name}`, bucket(`Get${what}`)],
    [`PUT bucket ${name}`, bucket(`Put${what}`)],
    [`DELETE bucket ${name}`, bucket(`${deletable.has(name) ? "Delete" : "Put"}${what}`)],
  ];

  return {
    ...Object.fromEntries(Object.entries(settings).flatMap(setting)),
    "GET service": () => [{ action: "s3:ListAllMyBuckets", resource: "arn:aws:s3:::*", shown: "*" }],
    "PUT bucket": bucket("CreateBucket"),
    "HEAD bucket": bucket("ListBucket"),
    "DELETE bucket": bucket("DeleteBucket"),
    "GET bucket": bucket("ListBucket", ({ call }) => listKeys(call)),
    "GET bucket location": bucket("GetBucketLocation"),
    "GET bucket versions": bucket("ListBucketVersions", ({ call }) => listKeys(call)),
    "GET bucket uploads": bucket("ListBucketMultipartUploads", ({ call }) => listKeys(call)),
    // Key by key: each that is not allowed is an error of its own in the answer.
    "POST bucket delete": free,
    "GET object": version("GetObject", "GetObjectVersion"),
    "HEAD object": version("GetObject", "GetObjectVersion"),
    "PUT object": (request) => [...written(s3, request), ...copied(s3, request)],
    "DELETE object": version("DeleteObject", "DeleteObjectVersion"),
    "GET object attributes": (request, call) => [
      ...version("GetObject", "GetObjectVersion")(request, call),
      ...version("GetObjectAttributes", "GetObjectVersionAttributes")(request, call),
    ],
    "GET object acl": version("GetObjectAcl", "GetObjectVersionAcl"),
    "PUT object acl": version("PutObjectAcl", "PutObjectVersionAcl"),
    "GET object tagging": version("GetObjectTagging", "GetObjectVersionTagging"),
    "PUT object tagging": version("PutObjectTagging", "PutObjectVersionTagging"),
    "DELETE object tagging": version("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "POST object uploads": (request) => written(s3, request),
    "PUT object uploadId": (request) => [
      objectNeed(s3, request, "PutObject", refOf(request)),
      ...copied(s3, request, false),
    ],
    "POST object uploadId": object("PutObject"),
    "DELETE object uploadId": object("AbortMultipartUpload"),
    "GET object uploadId": object("ListMultipartUploadParts"),
  };
}

const refOf = ({ call, bucket, key }: Request): ObjectRef => ({
  bucket,
  key,
  version: call.query.get("versionId") ?? undefined,
});

/** A new object, with the tags and the ACL that come in its headers. */
function written(s3: S3, request: Request): Need[] {
  const { headers } = request.call;
  const ref = refOf(request);
  const need = (action: string): Need =>
    objectNeed(s3, request, action, ref, () => requestTagKeys(headers["x-amz-tagging"]));
  return [
    need("PutObject"),
    ...(headers["x-amz-tagging"] === undefined ? [] : [need("PutObjectTagging")]),
    ...(headers["x-amz-acl"] === undefined ? [] : [need("PutObjectAcl")]),
  ];
}

/** What a copy reads; `tags`: they go along, unless the request brings others. */
function copied(s3: S3, request: Request, tags = true): Need[] {
  const source = copySource(request);
  if (!source) return [];
  const suffix = source.version === undefined ? "" : "Version";
  const found = tags && request.call.headers["x-amz-tagging-directive"] !== "REPLACE" && hasTags(s3, source);
  return [
    objectNeed(s3, request, `GetObject${suffix}`, source),
    ...(found
      ? [
          objectNeed(s3, request, `GetObject${suffix}Tagging`, source),
          objectNeed(s3, request, "PutObjectTagging", refOf(request)),
        ]
      : []),
  ];
}

const hasTags = (s3: S3, ref: ObjectRef): boolean => Object.keys(existingTags(s3, ref)).length > 0;

/** Undefined for no copy, and for a source that the operation will refuse. */
export function copySource({ call }: Request): ObjectRef | undefined {
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=(.+))?$/s.exec(call.headers["x-amz-copy-source"] ?? "");
  return match ? { bucket: decodeKey(match[1]!), key: decodeKey(match[2]!), version: match[3] } : undefined;
}
