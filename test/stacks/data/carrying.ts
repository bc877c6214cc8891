/** What tests of exports and imports share: a cloud's tables and buckets, seen with the AWS SDK and compared whole. */
import { createHash } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import type { Cloud } from "../../../stacks/cloud.ts";
import type { ExportOptions } from "../../../stacks/data/export.ts";
import { folderPlace } from "../../../stacks/data/format/folder.ts";
import type { ImportOptions } from "../../../stacks/data/import.ts";
import type { Place } from "../../../stacks/data/stores.ts";
import type { OperationEvent } from "../../../stacks/events.ts";
import type { TestCloud } from "../../support/local-cloud.ts";

export function cloudOf({ endpoint, port, region, accountId, env, dir }: TestCloud): Cloud {
  return { name: "test", target: "local", region, accountId, timeZone: "UTC", endpoint, port, dir, environment: env };
}

export function clients({ config, endpoint, credentials, region }: TestCloud) {
  const signer = new AwsClient({ ...credentials, region, service: "dynamodb" });
  return {
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    async raw(operation: string, input: unknown): Promise<any> {
      const headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
      };
      const response = await signer.fetch(endpoint, { method: "POST", headers, body: JSON.stringify(input) });
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    },
  };
}

export type Clients = ReturnType<typeof clients>;

export type Keyed = { name: string; type: "S" | "N" | "B" };

export async function makeTable(
  { dynamodb }: Clients,
  app: string,
  name: string,
  hash: Keyed,
  range?: Keyed,
): Promise<Place> {
  const id = `test--${app}--${name}`;
  const keys = range ? [hash, range] : [hash];
  await dynamodb.send(
    new CreateTableCommand({
      TableName: id,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map(({ name: AttributeName, type: AttributeType }) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: keys.map(({ name: AttributeName }, at) => ({ AttributeName, KeyType: at === 0 ? "HASH" : "RANGE" })),
    }),
  );
  return { app, kind: "table", name, id, kept: false };
}

export async function makeBucket({ s3 }: Clients, app: string, name: string, versions = false): Promise<Place> {
  const id = `test--${app}--${name}`;
  await s3.send(new CreateBucketCommand({ Bucket: id }));
  if (versions)
    await s3.send(new PutBucketVersioningCommand({ Bucket: id, VersioningConfiguration: { Status: "Enabled" } }));
  return { app, kind: "bucket", name, id, kept: false };
}

/**
 * Every item, each as one text: sets have no order. Asked without the SDK, which gives an attribute called `__proto__` to
 * nobody.
 */
export async function itemsIn({ raw }: Clients, { id: TableName }: Pick<Place, "id">): Promise<string[]> {
  const found: string[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await raw("Scan", { TableName, ConsistentRead: true, ExclusiveStartKey });
    for (const item of page.Items) found.push(plain({ M: item }));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found.sort();
}

function plain(value: Record<string, any>): string {
  const [[kind, content] = ["", undefined]] = Object.entries(value);
  if (kind === "BS" || kind === "SS" || kind === "NS") return kind + JSON.stringify([...content].sort());
  if (kind === "L") return `L[${content.map(plain).join(",")}]`;
  if (kind === "M")
    return `M{${Object.keys(content)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${plain(content[name])}`)
      .join(",")}}`;
  return kind + JSON.stringify(content);
}

/** Every version of every object with all that is said of it, the newest first. */
export async function objectsIn({ s3 }: Clients, { id: Bucket }: Pick<Place, "id">): Promise<unknown[]> {
  const found: { key: string; at: number; latest: boolean; said: unknown }[] = [];
  let where: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let more = true; more; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, ...where }));
    for (const { Key = "", LastModified, IsLatest = false } of page.DeleteMarkers ?? [])
      found.push({ key: Key, at: LastModified!.getTime(), latest: IsLatest, said: { Key, deleted: true } });
    for (const { Key = "", VersionId, LastModified, IsLatest = false } of page.Versions ?? []) {
      const what = { Bucket, Key, VersionId };
      const {
        Body,
        Metadata,
        ContentType,
        ContentEncoding,
        CacheControl,
        ContentDisposition,
        ContentLanguage,
        ExpiresString,
      } = await s3.send(new GetObjectCommand(what));
      const { TagSet } = await s3.send(new GetObjectTaggingCommand(what));
      const sha256 = createHash("sha256")
        .update(await Body!.transformToByteArray())
        .digest("hex");
      const headers = {
        ContentType,
        ContentEncoding,
        CacheControl,
        ContentDisposition,
        ContentLanguage,
        ExpiresString,
      };
      const tags = Object.fromEntries((TagSet ?? []).map((tag) => [tag.Key, tag.Value]));
      found.push({
        key: Key,
        at: LastModified!.getTime(),
        latest: IsLatest,
        said: { Key, sha256, Metadata, tags, ...headers },
      });
    }
    more = page.IsTruncated === true;
    where = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
  return found
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : Number(b.latest) - Number(a.latest) || b.at - a.at))
    .map(({ said }) => said);
}

export const exporting = (over: Partial<ExportOptions> = {}): ExportOptions => ({
  emit: () => undefined,
  signal: new AbortController().signal,
  apps: [],
  freehold: "0.0.0-test",
  next: "freehold data export notes --to ELSEWHERE",
  ...over,
});

export const importing = (notes: string, over: Partial<ImportOptions> = {}): ImportOptions => ({
  emit: (_: OperationEvent) => undefined,
  signal: new AbortController().signal,
  dryRun: false,
  notes: folderPlace(`${notes}/notes`),
  before: (name) => folderPlace(`${notes}/${name}`),
  attempt: "before",
  typed: "freehold data import FOLDER",
  freehold: "0.0.0-test",
  ...over,
});
