/**
 * A bucket's sub-resources. Kept: public access block, CORS, tags, ownership, encryption. The others answer what a
 * bucket without them answers, and refuse to be set: nothing is stored that is not carried out.
 */
import type { Reply } from "../service.ts";
import { readDocument } from "./documents.ts";
import { notServed, type S3Code, s3Error } from "./errors.ts";
import { checkTags } from "./meta.ts";
import { bucketOf, empty, type Operation, type Request, type S3, tag, xmlReply } from "./request.ts";

export async function save(request: Request, s3: S3, kind: string, value: unknown): Promise<void> {
  await s3.cloud.store.write(() => {
    const { name } = bucketOf(request, s3);
    s3.records.run(
      "INSERT OR REPLACE INTO s3_settings (bucket, kind, value) VALUES (?, ?, ?)",
      name,
      kind,
      JSON.stringify(value),
    );
  });
}

/** The stored value, or the error a bucket without it answers. */
export function load(request: Request, s3: S3, kind: string, missing: S3Code): any {
  const { name } = bucketOf(request, s3);
  const value = s3.records.setting(name, kind);
  if (value === undefined) throw s3Error(missing, undefined, { BucketName: name });
  return JSON.parse(value);
}

export const remove =
  (kind: string): Operation =>
  async (request, s3) => {
    bucketOf(request, s3);
    await s3.cloud.store.write(() =>
      s3.records.run("DELETE FROM s3_settings WHERE bucket = ? AND kind = ?", request.bucket, kind),
    );
    return empty(204);
  };

const blockNames = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

export function getPublicAccessBlock(request: Request, s3: S3): Reply {
  const value = load(request, s3, "publicAccessBlock", "NoSuchPublicAccessBlockConfiguration");
  return xmlReply("PublicAccessBlockConfiguration", blockNames.map((name) => tag(name, value[name] === true)).join(""));
}

export async function putPublicAccessBlock(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const document = await readDocument(request.call, "PutPublicAccessBlock");
  const value = Object.fromEntries(blockNames.map((name) => [name, document[name] === true]));
  await save(request, s3, "publicAccessBlock", value);
  return empty(200);
}

export function getOwnership(request: Request, s3: S3): Reply {
  const value = load(request, s3, "ownership", "OwnershipControlsNotFoundError");
  return xmlReply("OwnershipControls", `<Rule>${tag("ObjectOwnership", value)}</Rule>`);
}

export async function putOwnership(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { Rule: rules } = await readDocument(request.call, "PutBucketOwnershipControls");
  if (rules.length !== 1) throw s3Error("MalformedXML");
  const value = rules[0].ObjectOwnership;
  if (value !== "BucketOwnerEnforced") throw notServed(`Object ownership ${value}`);
  await save(request, s3, "ownership", value);
  return empty(200);
}

interface Encryption {
  bucketKey: boolean;
  /** What uploads may not use; SSE-C is refused anyway. */
  blocked: string[];
}

export function getEncryption(request: Request, s3: S3): Reply {
  const { name } = bucketOf(request, s3);
  const stored = s3.records.setting(name, "encryption");
  const { bucketKey, blocked }: Encryption = stored ? JSON.parse(stored) : { bucketKey: false, blocked: [] };
  const types = blocked.map((one) => tag("EncryptionType", one)).join("");
  return xmlReply(
    "ServerSideEncryptionConfiguration",
    `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>${tag("BucketKeyEnabled", bucketKey)}${types === "" ? "" : `<BlockedEncryptionTypes>${types}</BlockedEncryptionTypes>`}</Rule>`,
  );
}

/**
 * AES256 is what every bucket says already; keys of KMS are not here. Without them a bucket key has no effect on AWS
 * either, and what blocks SSE-C says what is so.
 */
export async function putEncryption(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const { Rule: rules } = await readDocument(request.call, "PutBucketEncryption");
  if (rules.length !== 1) throw s3Error("MalformedXML");
  const [{ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled, BlockedEncryptionTypes }] = rules;
  const algorithm = byDefault?.SSEAlgorithm ?? "AES256";
  if (algorithm !== "AES256") throw notServed(`Server-side encryption ${algorithm}`);
  if (byDefault?.KMSMasterKeyID !== undefined)
    throw s3Error(
      "InvalidArgument",
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      { ArgumentName: "ApplyServerSideEncryptionByDefault" },
    );
  const blocked: string[] = BlockedEncryptionTypes?.EncryptionType ?? [];
  if (blocked.includes("NONE")) throw notServed("BlockedEncryptionTypes NONE, which lets SSE-C in");
  const value: Encryption = { bucketKey: BucketKeyEnabled === true, blocked };
  await save(request, s3, "encryption", value);
  return empty(200);
}

export async function readTags(request: Request, max: number): Promise<Record<string, string>> {
  const { TagSet } = await readDocument(request.call, "PutObjectTagging");
  return tagsOf(TagSet, max);
}

/** Of a TagSet element. */
export function tagsOf({ Tag = [] }: { Tag?: { Key: string; Value: string }[] }, max: number): Record<string, string> {
  return checkTags(
    Tag.map(({ Key, Value }) => [Key, Value] as const),
    max,
  );
}

export const tagging = (tags: Record<string, string>, headers: Record<string, string | undefined> = {}): Reply =>
  xmlReply(
    "Tagging",
    `<TagSet>${Object.entries(tags)
      .map(([key, value]) => `<Tag>${tag("Key", key)}${tag("Value", value)}</Tag>`)
      .join("")}</TagSet>`,
    headers,
  );

export const getBucketTagging: Operation = (request, s3) => tagging(load(request, s3, "tagging", "NoSuchTagSet"));

export async function putBucketTagging(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  await save(request, s3, "tagging", await readTags(request, 50));
  return empty(204);
}

/** Sub-resources a bucket here never has: what GET answers, as an error or as an empty document. */
export const absent: Readonly<Record<string, S3Code | [root: string, content: string]>> = {
  accelerate: ["AccelerateConfiguration", ""],
  analytics: ["ListBucketAnalyticsConfigurationResult", "<IsTruncated>false</IsTruncated>"],
  "intelligent-tiering": ["ListBucketIntelligentTieringConfigurationsOutput", "<IsTruncated>false</IsTruncated>"],
  inventory: ["ListInventoryConfigurationsResult", "<IsTruncated>false</IsTruncated>"],
  lifecycle: "NoSuchLifecycleConfiguration",
  logging: ["BucketLoggingStatus", ""],
  metrics: ["ListMetricsConfigurationsResult", "<IsTruncated>false</IsTruncated>"],
  notification: ["NotificationConfiguration", ""],
  "object-lock": "ObjectLockConfigurationNotFoundError",
  replication: "ReplicationConfigurationNotFoundError",
  requestPayment: ["RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"],
  website: "NoSuchWebsiteConfiguration",
};

/** Of these a bucket has many, each with an id. */
const named = new Set(["analytics", "intelligent-tiering", "inventory", "metrics"]);

export const getAbsent =
  (name: string): Operation =>
  (request, s3) => {
    const { name: bucket } = bucketOf(request, s3);
    if (named.has(name) && request.call.query.has("id"))
      throw s3Error("NoSuchConfiguration", undefined, { BucketName: bucket });
    const answer = absent[name];
    if (typeof answer === "string") throw s3Error(answer, undefined, { BucketName: bucket });
    return xmlReply(answer?.[0] ?? name, answer?.[1] ?? "");
  };

export const putAbsent =
  (name: string): Operation =>
  (request, s3) => {
    bucketOf(request, s3);
    throw notServed(`?${name}`);
  };

/** Of the others AWS has no DELETE: they are set to nothing. */
export const deletable = [...named, "lifecycle", "replication", "website"];

/** What is not there is gone already; a configuration that is named is missed. */
export const deleteAbsent =
  (name: string): Operation =>
  (request, s3) => {
    const { name: bucket } = bucketOf(request, s3);
    if (named.has(name)) throw s3Error("NoSuchConfiguration", undefined, { BucketName: bucket });
    return empty(204);
  };

export function getAcl(request: Request, s3: S3): Reply {
  bucketOf(request, s3);
  const id = tag("ID", s3.cloud.options.accountId);
  return xmlReply(
    "AccessControlPolicy",
    `<Owner>${id}</Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${id}</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
  );
}

export const putAcl: Operation = (request, s3) => {
  bucketOf(request, s3);
  throw s3Error("AccessControlListNotSupported");
};
