/**
 * What S3 does with each member of each operation's input: carried out, refused by name, or without effect and why. A
 * test holds the tables against the model: a member that AWS adds must be named here. admit.ts judges by them.
 */
import type { ServiceError } from "../service.ts";
import { notServed, s3Error } from "./errors.ts";

export interface Refusal {
  /** Values that ask for what is done anyway. */
  taken?: readonly string[];
  /** In AWS's words, where a bucket on AWS would refuse it, too; else by name. */
  error?: (value: string) => ServiceError;
}

const lock: Refusal = { error: () => s3Error("InvalidRequest", "Bucket is missing Object Lock Configuration") };
const acls: Refusal = { error: () => s3Error("AccessControlListNotSupported") };
const byName: Refusal = {};
const kms = (header: string): Refusal => ({
  error: (value) =>
    s3Error(
      "InvalidArgument",
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
      { ArgumentName: header, ArgumentValue: value },
    ),
});

/** Wherever the operation does not carry them out (below). */
export const refused: Readonly<Record<string, Refusal>> = {
  ACL: { ...acls, taken: ["private", "bucket-owner-full-control"] },
  GrantFullControl: acls,
  GrantRead: acls,
  GrantReadACP: acls,
  GrantWrite: acls,
  GrantWriteACP: acls,
  BucketKeyEnabled: { taken: ["false"] },
  BucketNamespace: { taken: ["global"] },
  ChecksumMD5: byName,
  ChecksumSHA512: byName,
  ChecksumXXHASH128: byName,
  ChecksumXXHASH3: byName,
  ChecksumXXHASH64: byName,
  CopySourceSSECustomerAlgorithm: byName,
  CopySourceSSECustomerKey: byName,
  CopySourceSSECustomerKeyMD5: byName,
  IfMatchInitiatedTime: byName,
  IfMatchLastModifiedTime: byName,
  IfMatchSize: byName,
  ObjectLockEnabledForBucket: { taken: ["false"] },
  ObjectLockEventHold: lock,
  ObjectLockEventHoldDurationDays: lock,
  ObjectLockEventHoldDurationYears: lock,
  ObjectLockLegalHoldStatus: lock,
  ObjectLockMode: lock,
  ObjectLockRetainUntilDate: lock,
  SSECustomerAlgorithm: byName,
  SSECustomerKey: byName,
  SSECustomerKeyMD5: byName,
  SSEKMSEncryptionContext: kms("x-amz-server-side-encryption-context"),
  SSEKMSKeyId: kms("x-amz-server-side-encryption-aws-kms-key-id"),
  ServerSideEncryption: { taken: ["AES256"] },
  StorageClass: { taken: ["STANDARD"] },
  WebsiteRedirectLocation: byName,
  WriteOffsetBytes: byName,
};

const noAcls = () => s3Error("InvalidBucketAclWithObjectOwnership");

/** Where one operation says it in other words. */
export const refusedIn: Readonly<Record<string, Readonly<Record<string, Refusal>>>> = {
  CreateBucket: {
    ACL: { taken: ["private"], error: noAcls },
    GrantFullControl: { error: noAcls },
    GrantRead: { error: noAcls },
    GrantReadACP: { error: noAcls },
    GrantWrite: { error: noAcls },
    GrantWriteACP: { error: noAcls },
    ObjectOwnership: { taken: ["BucketOwnerEnforced"] },
  },
};

/** Each with the reason why nobody can see that it is not looked at. */
export const withoutEffect: Readonly<Record<string, string>> = {
  AnnotationDirective: "no object has annotations: they are refused",
  BypassGovernanceRetention: "nothing is locked: object lock is refused",
  ConfirmRemoveSelfBucketAccess: "the owner's key can always take a policy back",
  MFA: "no bucket asks for it: MFA delete is refused",
  OptionalObjectAttributes: "asks for RestoreStatus, and nothing is archived: storage classes are refused",
  RequestPayer: "one account owns every bucket and pays for it",
};

const always = ["Bucket", "Key", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm"];
const checksums = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];
const described = [
  ...["CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires"],
  ...["Metadata", "Tagging"],
];
const sources = [
  ...["CopySource", "CopySourceIfMatch", "CopySourceIfModifiedSince", "CopySourceIfNoneMatch"],
  ...["CopySourceIfUnmodifiedSince", "ExpectedSourceBucketOwner"],
];
const reads = [
  ...["IfMatch", "IfModifiedSince", "IfNoneMatch", "IfUnmodifiedSince", "PartNumber", "Range", "VersionId"],
  ...["ResponseCacheControl", "ResponseContentDisposition", "ResponseContentEncoding", "ResponseContentLanguage"],
  ...["ResponseContentType", "ResponseExpires", "ChecksumMode"],
];
const listed = ["Delimiter", "EncodingType", "MaxKeys", "Prefix"];

/** By operation, the members that its handler carries out, besides those that all carry out. */
const carried: Readonly<Record<string, readonly string[]>> = {
  AbortMultipartUpload: ["UploadId"],
  CompleteMultipartUpload: [
    ...["MultipartUpload", "UploadId", "ChecksumType", "MpuObjectSize", "IfMatch", "IfNoneMatch"],
    ...checksums,
  ],
  CopyObject: [...described, ...sources, "IfMatch", "IfNoneMatch", "MetadataDirective", "TaggingDirective"],
  CreateBucket: ["CreateBucketConfiguration"],
  CreateMultipartUpload: [...described, "ChecksumType"],
  DeleteObject: ["VersionId", "IfMatch"],
  DeleteObjectTagging: ["VersionId"],
  DeleteObjects: ["Delete"],
  GetObject: reads,
  GetObjectAcl: ["VersionId"],
  GetObjectAttributes: ["MaxParts", "ObjectAttributes", "PartNumberMarker", "VersionId"],
  GetObjectTagging: ["VersionId"],
  HeadObject: reads,
  ListBuckets: ["BucketRegion", "ContinuationToken", "MaxBuckets", "Prefix"],
  ListMultipartUploads: ["Delimiter", "EncodingType", "KeyMarker", "MaxUploads", "Prefix", "UploadIdMarker"],
  ListObjectVersions: [...listed, "KeyMarker", "VersionIdMarker"],
  ListObjects: [...listed, "Marker"],
  ListObjectsV2: [...listed, "ContinuationToken", "FetchOwner", "StartAfter"],
  ListParts: ["MaxParts", "PartNumberMarker", "UploadId"],
  PutBucketCors: ["CORSConfiguration"],
  PutBucketEncryption: ["ServerSideEncryptionConfiguration"],
  PutBucketOwnershipControls: ["OwnershipControls"],
  PutBucketPolicy: ["Policy"],
  PutBucketTagging: ["Tagging"],
  PutBucketVersioning: ["VersioningConfiguration"],
  PutObject: [...described, ...checksums, "Body", "ContentLength", "IfMatch", "IfNoneMatch"],
  PutObjectTagging: ["Tagging", "VersionId"],
  PutPublicAccessBlock: ["PublicAccessBlockConfiguration"],
  UploadPart: [...checksums, "Body", "ContentLength", "PartNumber", "UploadId"],
  UploadPartCopy: [...sources, "CopySourceRange", "PartNumber", "UploadId"],
};

/** Ids of settings that no bucket has: a GET and a DELETE look for them. */
const named = /^(Get|Delete)Bucket(Analytics|IntelligentTiering|Inventory|Metrics)Configuration$/;
const emptyLists = /^ListBucket(Analytics|IntelligentTiering|Inventory|Metrics)Configurations$/;

export type Treatment = "carried" | Refusal | { because: string };

/** What becomes of a member where an operation has it; undefined: nobody has said so yet. */
export function treatmentOf(operation: string, member: string): Treatment | undefined {
  if (always.includes(member) || carried[operation]?.includes(member)) return "carried";
  const own = refusedIn[operation]?.[member] ?? refused[member];
  if (own) return own;
  const reason = withoutEffect[member];
  if (reason !== undefined) return { because: reason };
  if (member === "Id" && named.test(operation)) return "carried";
  if (member === "ContinuationToken" && emptyLists.test(operation)) return { because: "these lists are empty" };
  return undefined;
}

/** Operations that are refused whole: their members are nobody's. */
export const refusedWhole: ReadonlySet<string> = new Set([
  ...["PutBucketAcl", "PutObjectAcl", "PutBucketAccelerateConfiguration", "PutBucketAnalyticsConfiguration"],
  ...["PutBucketIntelligentTieringConfiguration", "PutBucketInventoryConfiguration"],
  ...["PutBucketLifecycleConfiguration", "PutBucketLogging", "PutBucketMetricsConfiguration"],
  ...["PutBucketNotificationConfiguration", "PutObjectLockConfiguration", "PutBucketReplication"],
  ...["PutBucketRequestPayment", "PutBucketWebsite"],
]);

/** A value is said only where it is one of few: others may be secret. */
export const refusalOf = ({ error, taken }: Refusal, header: string, value: string): ServiceError =>
  error?.(value) ?? notServed(taken ? `${header}: ${value}` : header, header);
