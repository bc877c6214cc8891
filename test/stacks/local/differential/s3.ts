/** S3, call by call: each sees what those before it did. */
import { type Call, call, type Kept } from "../../../support/comparison.ts";

const b = (kept: Kept, more: object = {}): object => ({ Bucket: `${kept["unique"]}-b`, ...more });
const on =
  (more: object = {}) =>
  (kept: Kept): object =>
    b(kept, more);
const none = { Bucket: "no-such-bucket-of-nobody-here" };
/** Of headers, what a request's own way brings. */
const way = { without: ["AcceptRanges", "ServerSideEncryption", "BucketArn", "BucketRegion", "HostId"] };
const at = (Key: string, more: object = {}) => on({ Key, ...more });
const tags = { Tagging: { TagSet: [{ Key: "a", Value: "1" }] } };
const rules = { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://a.example"], MaxAgeSeconds: 60 }] };
const upload = ({ upload: UploadId }: Kept): object => ({ Key: "parts", UploadId });
const withUpload =
  (more: object | ((kept: Kept) => object) = {}) =>
  (kept: Kept): object =>
    b(kept, { ...upload(kept), ...(typeof more === "function" ? more(kept) : more) });
const document = ({ unique }: Kept, effect = "Allow"): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: effect, Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${unique}-b/*` }],
  });

const calls: Call[] = [
  call("HeadBucket", "that is not there", none),
  call("CreateBucket", "one", on({ CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } })),
  call("CreateBucket", "that is there", on({ CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } })),
  call("CreateBucket", "with a name that is none", { Bucket: "No_Name" }),
  call("HeadBucket", "one", on()),
  call("GetBucketLocation", "one", on()),
  call("GetBucketLocation", "that is not there", none),
  call("GetBucketVersioning", "of a new one", on()),
  call("GetBucketTagging", "of a new one", on()),
  call("GetBucketCors", "of a new one", on()),
  call("GetBucketPolicy", "of a new one", on()),
  call("GetPublicAccessBlock", "of a new one", on()),
  call("GetBucketOwnershipControls", "of a new one", on()),
  call("GetBucketEncryption", "of a new one", on()),
  call("GetBucketLifecycleConfiguration", "of a new one", on()),
  call("GetBucketWebsite", "of a new one", on()),
  call("GetBucketReplication", "of a new one", on()),
  call("ListObjectsV2", "of none", on()),
  call("ListObjectsV2", "that is not there", none),
  call("PutBucketTagging", "one", on(tags)),
  call("GetBucketTagging", "one", on()),
  call(
    "PutBucketTagging",
    "twice the same",
    on({ Tagging: { TagSet: [...tags.Tagging.TagSet, ...tags.Tagging.TagSet] } }),
  ),
  call("DeleteBucketTagging", "one", on()),
  call("PutBucketCors", "one", on({ CORSConfiguration: rules })),
  call("GetBucketCors", "one", on()),
  call(
    "PutBucketCors",
    "of another method",
    on({
      CORSConfiguration: { CORSRules: [{ AllowedMethods: ["SOME"], AllowedOrigins: ["*"] }] },
    }),
  ),
  call("DeleteBucketCors", "one", on()),
  call(
    "PutPublicAccessBlock",
    "open",
    on({
      PublicAccessBlockConfiguration: {
        ...{ BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false },
      },
    }),
  ),
  call("GetPublicAccessBlock", "open", on()),
  call("PutBucketPolicy", "one", (kept) => b(kept, { Policy: document(kept) })),
  call("GetBucketPolicy", "one", on()),
  call("PutBucketPolicy", "that is none", on({ Policy: "x" })),
  call("DeleteBucketPolicy", "one", on()),

  call("PutObject", "one", at("a/one", { Body: "hello", ContentType: "text/plain", Metadata: { x: "1" } })),
  call("PutObject", "with tags", at("a/tagged", { Body: "t", Tagging: "k=v&l=w" })),
  call(
    "PutObject",
    "with headers",
    at("b", {
      ...{ Body: "hi", CacheControl: "no-cache", ContentDisposition: "inline", ContentLanguage: "de" },
    }),
  ),
  call("PutObject", "that must not be there", at("b", { Body: "hi", IfNoneMatch: "*" })),
  call("PutObject", "with another checksum", at("c", { Body: "hi", ContentMD5: "AAAAAAAAAAAAAAAAAAAAAA==" })),
  call("PutObject", "with a storage class nobody knows", at("c", { Body: "hi", StorageClass: "SOME" })),
  call("PutObject", "of no bucket", { ...none, Key: "k", Body: "x" }),
  call("GetObject", "one", at("a/one")),
  call("GetObject", "with headers", at("b")),
  call("GetObject", "of a range", at("a/one", { Range: "bytes=1-3" })),
  call("GetObject", "of a range beyond", at("a/one", { Range: "bytes=10-20" })),
  call("GetObject", "that did not change", at("a/one", { IfNoneMatch: '"5d41402abc4b2a76b9719d911017c592"' })),
  call("GetObject", "that is another", at("a/one", { IfMatch: '"other"' })),
  call("GetObject", "that is not there", at("no")),
  call("GetObject", "of no bucket", { ...none, Key: "k" }),
  call("HeadObject", "one", at("a/one")),
  call("HeadObject", "with tags", at("a/tagged")),
  call("HeadObject", "that is not there", at("no")),
  call("GetObjectTagging", "one", at("a/tagged")),
  call("PutObjectTagging", "one", at("a/tagged", tags)),
  call("GetObjectTagging", "of another", at("a/tagged")),
  call("GetObjectTagging", "that is not there", at("no")),
  call(
    "PutObjectTagging",
    "twice the same",
    at("a/tagged", { Tagging: { TagSet: [...tags.Tagging.TagSet, ...tags.Tagging.TagSet] } }),
  ),
  call("DeleteObjectTagging", "one", at("a/tagged")),
  call("GetObjectAttributes", "one", at("a/one", { ObjectAttributes: ["ETag", "ObjectSize", "StorageClass"] })),
  call("CopyObject", "one", (kept) => b(kept, { Key: "copy", CopySource: `${kept["unique"]}-b/a/one` })),
  call("CopyObject", "with other words", (kept) =>
    b(kept, {
      ...{ Key: "copy", CopySource: `${kept["unique"]}-b/a/one`, MetadataDirective: "REPLACE" },
      Metadata: { y: "2" },
    }),
  ),
  call("CopyObject", "onto itself", (kept) => b(kept, { Key: "a/one", CopySource: `${kept["unique"]}-b/a/one` })),
  call("CopyObject", "that is not there", (kept) => b(kept, { Key: "copy", CopySource: `${kept["unique"]}-b/no` })),
  call("HeadObject", "of a copy", at("copy")),
  call("ListObjectsV2", "of all", on()),
  call("ListObjectsV2", "below a prefix", on({ Prefix: "a/", Delimiter: "/", FetchOwner: true })),
  call("ListObjectsV2", "in folders", on({ Delimiter: "/" })),
  call("ListObjectsV2", "of a page", on({ MaxKeys: 1 }), { without: ["NextContinuationToken"] }),
  call("ListObjectsV2", "of a page of none", on({ MaxKeys: 0 })),
  call("ListObjectsV2", "after one", on({ StartAfter: "a/tagged" })),
  call("ListObjects", "of a page", on({ MaxKeys: 1, Delimiter: "/" })),
  call("ListObjectsV2", "with a token that is none", on({ ContinuationToken: "" })),

  call("CreateMultipartUpload", "one", at("parts", { ContentType: "text/x" }), {
    keep: ({ UploadId }) => ({ upload: UploadId }),
    without: ["UploadId"],
  }),
  call("ListParts", "of none", withUpload(), { without: ["UploadId"] }),
  call("UploadPart", "first", withUpload({ PartNumber: 1, Body: "x".repeat(5 * 1024 * 1024) }), {
    keep: ({ ETag }) => ({ first: ETag }),
  }),
  call("UploadPart", "second", withUpload({ PartNumber: 2, Body: "end" }), {
    keep: ({ ETag }) => ({ second: ETag }),
  }),
  call("UploadPart", "too high", withUpload({ PartNumber: 10_001, Body: "end" })),
  call("UploadPart", "of no upload", at("parts", { UploadId: "none", PartNumber: 1, Body: "x" })),
  call("ListParts", "of two", withUpload(), { without: ["UploadId"] }),
  call("ListMultipartUploads", "of one", on(), { without: ["Uploads"] }),
  call(
    "CompleteMultipartUpload",
    "in another order",
    withUpload(({ first, second }) => ({
      MultipartUpload: {
        Parts: [
          { PartNumber: 2, ETag: second },
          { PartNumber: 1, ETag: first },
        ],
      },
    })),
    { without: ["UploadId"] },
  ),
  call(
    "CompleteMultipartUpload",
    "with a part that is none",
    withUpload(() => ({
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"none"' }] },
    })),
    { without: ["UploadId"] },
  ),
  call(
    "CompleteMultipartUpload",
    "one",
    withUpload(({ first, second }) => ({
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: first },
          { PartNumber: 2, ETag: second },
        ],
      },
    })),
  ),
  call("HeadObject", "of parts", at("parts")),
  call("HeadObject", "of a part", at("parts", { PartNumber: 2 })),
  call("AbortMultipartUpload", "of no upload", at("parts", { UploadId: "none" })),
  call("ListParts", "of no upload", at("parts", { UploadId: "none" })),

  call("DeleteObject", "one", at("copy")),
  call("DeleteObject", "that is not there", at("copy")),
  call("DeleteObjects", "some", on({ Delete: { Objects: [{ Key: "b" }, { Key: "no" }] } })),
  call("DeleteObjects", "quietly", on({ Delete: { Quiet: true, Objects: [{ Key: "c" }] } })),
  call("DeleteBucket", "that is not empty", on()),

  call("PutBucketVersioning", "on", on({ VersioningConfiguration: { Status: "Enabled" } })),
  call("GetBucketVersioning", "on", on()),
  call("PutObject", "a version", at("v", { Body: "1" }), {
    keep: ({ VersionId }) => ({ version: VersionId }),
    without: ["VersionId"],
  }),
  call("PutObject", "another version", at("v", { Body: "2" }), { without: ["VersionId"] }),
  call("GetObject", "of a version", ({ version, ...kept }) => b(kept, { Key: "v", VersionId: version }), {
    without: ["VersionId"],
  }),
  call("GetObject", "of no version", at("v", { VersionId: "none" })),
  call("DeleteObject", "with versions", at("v"), { without: ["VersionId"] }),
  call("GetObject", "that is deleted", at("v")),
  call("ListObjectVersions", "of three", on({ Prefix: "v" }), { without: ["Versions", "DeleteMarkers"] }),
  call("DeleteObject", "version", ({ version, ...kept }) => b(kept, { Key: "v", VersionId: version }), {
    without: ["VersionId"],
  }),
  call("PutBucketVersioning", "of another kind", on({ VersioningConfiguration: { Status: "Some" } })),
  call("DeleteBucket", "that is not there", none),
];

export const s3: Call[] = calls.map((one) => ({ ...one, without: [...way.without, ...(one.without ?? [])] }));
