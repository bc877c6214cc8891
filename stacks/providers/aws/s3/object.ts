/**
 * aws:s3/bucketObject:BucketObject and aws:s3/bucketObjectv2:BucketObjectv2: one object, sent whole whenever its
 * content or headers differ. Locks and grants are refused.
 */
import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { Archive, Asset, type PropertyMap } from "../../../engine/value.ts";
import { contentBytes, md5Hex } from "../bytes.ts";
import { hasCode, problems } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { flag, map, type Properties, refusedAll, steering, text } from "../schema.ts";
import { tagList, tagMap } from "../tags.ts";
import { bool, type Call, type Compared, compact, type ResourceType, str } from "../type.ts";
import { onBucket, orMissing, s3, target } from "./calls.ts";
import { empty } from "./empty.ts";

const contents = ["source", "content", "contentBase64"] as const;
const headers = ["cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType"] as const;

const properties: Properties = {
  bucket: text({ required: true, replaces: true }),
  key: text({ replaces: true, computed: true }),
  source: { kind: "asset", writeOnly: true },
  content: text({ writeOnly: true }),
  contentBase64: text({ writeOnly: true }),
  sourceHash: text({ writeOnly: true, steering: true }),
  etag: text({ writeOnly: true, computed: true }),
  acl: text({ writeOnly: true }),
  forceDestroy: steering(),
  cacheControl: text(),
  contentDisposition: text(),
  contentEncoding: text(),
  contentLanguage: text(),
  contentType: text({ computed: true }),
  metadata: map(text()),
  websiteRedirect: text(),
  storageClass: text({ default: "STANDARD" }),
  serverSideEncryption: text({ computed: true }),
  kmsKeyId: text({ computed: true }),
  bucketKeyEnabled: flag({ computed: true }),
  ...refusedAll("objectLockLegalHoldStatus objectLockMode objectLockRetainUntilDate"),
};

const body = [
  ...contents,
  ...headers,
  ..."sourceHash etag acl metadata websiteRedirect storageClass serverSideEncryption kmsKeyId bucketKeyEnabled checksumAlgorithm".split(
    " ",
  ),
];

/** By the outputs' names, as S3 tells them of an object. */
const checksums = {
  checksumCrc32: "ChecksumCRC32",
  checksumCrc32c: "ChecksumCRC32C",
  checksumCrc64nvme: "ChecksumCRC64NVME",
  checksumSha1: "ChecksumSHA1",
  checksumSha256: "ChecksumSHA256",
} as const;

function objectType(token: string, extra: Properties, sums: string[]): ResourceType {
  return {
    token,
    properties: { ...properties, ...extra },
    outputs: ["arn", "versionId", ...sums],
    volatile: ["etag", "versionId"],
    taggable: true,
    autoname: { property: "key", maxLength: 1024, plain: true },
    identity: (inputs) => {
      const [bucket, key] = [str(inputs, "bucket"), str(inputs, "key")];
      return bucket && key ? key : undefined;
    },
    validate: (inputs) => {
      const said = contents.filter((name) => inputs[name] !== undefined);
      const reason = `Only one of ${said.join(" and ")} can be given`;
      return said.length > 1 ? [{ property: said[1]!, reason }] : [];
    },
    settle,
    create: async (call) => {
      await put(call);
      return str(call.inputs, "key")!;
    },
    aspects: [
      { of: body, sync: put },
      { of: ["tagsAll"], sync: syncTags },
      { of: ["forceDestroy"], sync: async () => undefined },
    ],
    observe: (call) => observe(call, sums),
    remove,
  };
}

export const bucketObject = objectType("aws:s3/bucketObject:BucketObject", {}, []);
export const bucketObjectV2 = objectType(
  "aws:s3/bucketObjectv2:BucketObjectv2",
  {
    checksumAlgorithm: text({ writeOnly: true, oneOf: ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"] }),
    ...refusedAll("overrideProvider"),
  },
  Object.keys(checksums),
);

async function bytesOf(inputs: PropertyMap): Promise<Uint8Array> {
  const source = inputs["source"];
  if (source instanceof Asset || source instanceof Archive) return await contentBytes(source);
  const base64 = str(inputs, "contentBase64");
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  return new TextEncoder().encode(str(inputs, "content") ?? "");
}

/** An imported object's content is not in its inputs: it is compared by the hash S3 answers. */
async function settle(call: Compared, changed: string[]): Promise<string[]> {
  const hadContent = contents.some((name) => call.olds[name] !== undefined);
  const etag = str(call.outputs, "etag");
  if (hadContent || !etag || !contents.some((name) => changed.includes(name))) return changed;
  if (md5Hex(await bytesOf(call.inputs)) !== etag) return changed;
  return changed.filter((name) => !(contents as readonly string[]).includes(name));
}

async function put(call: Call): Promise<void> {
  const { inputs } = call;
  const bucket = str(inputs, "bucket")!;
  const Body = await bytesOf(inputs);
  const [client, to] = [await s3(call), await target(call, bucket)];
  const tags = tagList(inputs["tagsAll"] as PropertyMap | undefined);
  const request: PutObjectCommandInput = {
    ...to,
    Key: str(inputs, "key"),
    Body,
    ACL: str(inputs, "acl") as PutObjectCommandInput["ACL"],
    CacheControl: str(inputs, "cacheControl"),
    ContentDisposition: str(inputs, "contentDisposition"),
    ContentEncoding: str(inputs, "contentEncoding"),
    ContentLanguage: str(inputs, "contentLanguage"),
    ContentType: str(inputs, "contentType"),
    Metadata: inputs["metadata"] as Record<string, string> | undefined,
    WebsiteRedirectLocation: str(inputs, "websiteRedirect"),
    StorageClass: str(inputs, "storageClass") as PutObjectCommandInput["StorageClass"],
    ServerSideEncryption: str(inputs, "serverSideEncryption") as PutObjectCommandInput["ServerSideEncryption"],
    SSEKMSKeyId: str(inputs, "kmsKeyId"),
    BucketKeyEnabled: bool(inputs, "bucketKeyEnabled"),
    ChecksumAlgorithm: str(inputs, "checksumAlgorithm") as PutObjectCommandInput["ChecksumAlgorithm"],
    Tagging:
      tags.length > 0
        ? new URLSearchParams(tags.map(({ Key, Value }): [string, string] => [Key, Value])).toString()
        : undefined,
  };
  await onBucket(call, bucket, () => client.putObject(request));
}

async function syncTags(call: Call): Promise<void> {
  const [client, to] = [await s3(call), await target(call, str(call.inputs, "bucket")!)];
  const TagSet = tagList(call.inputs["tagsAll"] as PropertyMap | undefined);
  const Key = str(call.inputs, "key")!;
  if (TagSet.length > 0) await client.putObjectTagging({ ...to, Key, Tagging: { TagSet } });
  else await client.deleteObjectTagging({ ...to, Key });
}

/** Bucket and key: from the inputs, or on import from `bucket/key` or `s3://bucket/key`. */
function place(call: Call): { bucket: string; key: string } {
  const [bucket, key] = [str(call.inputs, "bucket"), str(call.inputs, "key")];
  if (bucket && key) return { bucket, key };
  const parts = /^(?:s3:\/\/)?([^/]+)\/(.+)$/s.exec(call.id);
  if (!parts) throw problems.badImport("an object", call.id, "bucket/key");
  call.id = parts[2]!;
  return { bucket: parts[1]!, key: parts[2]! };
}

/** `told`: which checksums its class has. */
async function observe(call: Call, told: readonly string[]) {
  const { bucket, key } = place(call);
  const [client, of] = [await s3(call), await target(call, bucket)];
  const head = await orMissing(client.headObject({ ...of, Key: key, ChecksumMode: "ENABLED" }), "NoSuchKey");
  if (!head) return undefined;
  const tags = await orMissing(client.getObjectTagging({ ...of, Key: key }), "NoSuchKey");
  return {
    inputs: compact({
      bucket,
      key,
      cacheControl: head.CacheControl,
      contentDisposition: head.ContentDisposition,
      contentEncoding: head.ContentEncoding,
      contentLanguage: head.ContentLanguage,
      contentType: head.ContentType,
      metadata: head.Metadata,
      websiteRedirect: head.WebsiteRedirectLocation,
      storageClass: head.StorageClass ?? "STANDARD",
      serverSideEncryption: head.ServerSideEncryption,
      kmsKeyId: head.SSEKMSKeyId,
      bucketKeyEnabled: head.BucketKeyEnabled,
      tagsAll: tagMap(tags?.TagSet),
    }),
    outputs: compact({
      arn: `arn:${partitionOf(call.region).id}:s3:::${bucket}/${key}`,
      etag: head.ETag?.replaceAll('"', ""),
      versionId: head.VersionId,
      ...Object.fromEntries(told.map((name) => [name, head[checksums[name as keyof typeof checksums]]])),
    }),
  };
}

async function remove(call: Call): Promise<void> {
  const { bucket, key } = place(call);
  const [client, of] = [await s3(call), await target(call, bucket)];
  const version = str(call.outputs, "versionId");
  try {
    if (version && version !== "null") await empty(client, of, call.context, { key });
    else await client.deleteObject({ ...of, Key: key });
  } catch (error) {
    if (!hasCode(error, "NoSuchBucket", "NoSuchKey", "NotFound")) throw error;
  }
}
