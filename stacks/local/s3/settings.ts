/**
 * A bucket's sub-resources. Kept: public access block, CORS, tags, ownership, encryption. The others answer what a
 * bucket without them answers, and refuse to be set: nothing is stored that is not carried out.
 */
import type { Reply } from "../service.ts";
import { notServed, type S3Code, s3Error } from "./errors.ts";
import { checkTags } from "./meta.ts";
import { bucketOf, empty, type Operation, type Request, readXml, type S3, tag, xmlReply } from "./request.ts";

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
  const document = (await readXml(request.call, "PublicAccessBlockConfiguration")) || {};
  const value = Object.fromEntries(blockNames.map((name) => [name, String(document[name]).toLowerCase() === "true"]));
  await save(request, s3, "publicAccessBlock", value);
  return empty(200);
}

export function getOwnership(request: Request, s3: S3): Reply {
  const value = load(request, s3, "ownership", "OwnershipControlsNotFoundError");
  return xmlReply("OwnershipControls", `<Rule>${tag("ObjectOwnership", value)}</Rule>`);
}

export async function putOwnership(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const document = await readXml(request.call, "OwnershipControls");
  const value = document?.Rule?.ObjectOwnership;
  if (!["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"].includes(value)) throw s3Error("MalformedXML");
  if (value !== "BucketOwnerEnforced") throw notServed(`Object ownership ${value}`);
  await save(request, s3, "ownership", value);
  return empty(200);
}

export function getEncryption(request: Request, s3: S3): Reply {
  bucketOf(request, s3);
  return xmlReply(
    "ServerSideEncryptionConfiguration",
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>",
  );
}

/** AES256 is what every bucket says already; keys of KMS are not here. */
export async function putEncryption(request: Request, s3: S3): Promise<Reply> {
  bucketOf(request, s3);
  const document = await readXml(request.call, "ServerSideEncryptionConfiguration", ["Rule"]);
  const algorithm = document?.Rule?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  if (algorithm === undefined) throw s3Error("MalformedXML");
  if (algorithm !== "AES256") throw notServed(`Server-side encryption ${algorithm}`);
  return empty(200);
}

export const deleteEncryption: Operation = (request, s3) => {
  bucketOf(request, s3);
  return empty(204);
};

export async function readTags(request: Request, max: number): Promise<Record<string, string>> {
  const document = await readXml(request.call, "Tagging", ["Tag"]);
  const items = (document?.TagSet?.Tag ?? []) as { Key?: string; Value?: string }[];
  if (items.some(({ Key, Value }) => Key === undefined || Value === undefined)) throw s3Error("MalformedXML");
  return checkTags(
    items.map(({ Key = "", Value = "" }) => [Key, Value] as const),
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

export const getAbsent =
  (name: string): Operation =>
  (request, s3) => {
    const { name: bucket } = bucketOf(request, s3);
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

/** What is not there is gone already. */
export const deleteAbsent: Operation = (request, s3) => {
  bucketOf(request, s3);
  return empty(204);
};

export const getAcl: Operation = (request, s3) => {
  bucketOf(request, s3);
  const id = tag("ID", s3.cloud.options.accountId);
  return xmlReply(
    "AccessControlPolicy",
    `<Owner>${id}</Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${id}</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
  );
};

export const putAcl: Operation = (request, s3) => {
  bucketOf(request, s3);
  throw s3Error("AccessControlListNotSupported");
};
