/**
 * How much data an app has: its tables and buckets, counted by asking the cloud. Of tables the cloud's own count, which
 * AWS brings up to date every six hours; of buckets what is listed, up to a limit. Changes nothing, reads no item.
 */
import type { Cloud } from "../cloud.ts";
import { bucketKind, tableKind } from "../components/context.ts";
import { dynamodb, guarded, s3 } from "./clients.ts";
import { sealedExport } from "./health.ts";
import type { Kept, Measured } from "./types.ts";

/** A bucket with more objects than these pages of a thousand has "more than" so many. */
const mostPages = 10;

/** `kept`: data of an app that is removed; else what the app's state names. What is gone already is left out. */
export async function measureData(cloud: Cloud, app: string, kept: readonly Kept[]): Promise<Measured[]> {
  const things = kept.length > 0 ? kept : await keptBy(cloud, app);
  const measured = await guarded(cloud, () => Promise.all(things.map((one) => measure(cloud, one))));
  return measured.filter((one) => one !== undefined);
}

/** What its stack would leave in the cloud. */
async function keptBy(cloud: Cloud, app: string): Promise<Kept[]> {
  const { deployment } = (await sealedExport(cloud, app)) as {
    deployment: { resources?: { type: string; urn: string; id?: string; retainOnDelete?: boolean }[] };
  };
  return (deployment.resources ?? [])
    .filter(({ id, retainOnDelete }) => id && retainOnDelete)
    .map(({ type, urn, id = "" }) => ({ kind: type, name: urn.slice(urn.lastIndexOf("::") + 2), id }));
}

function measure(cloud: Cloud, kept: Kept): Promise<Measured | undefined> {
  const missing = (error: Error): undefined => {
    if (!/NotFound|NoSuchBucket/.test(error.name)) throw error;
    return undefined;
  };
  if (kept.kind === tableKind) return measureTable(cloud, kept).catch(missing);
  if (kept.kind === bucketKind) return measureBucket(cloud, kept).catch(missing);
  return Promise.resolve(undefined);
}

async function measureTable(cloud: Cloud, kept: Kept): Promise<Measured> {
  const { sdk, client } = await dynamodb(cloud);
  const { Table } = await client.send(new sdk.DescribeTableCommand({ TableName: kept.id }));
  return { ...kept, items: Table?.ItemCount ?? 0, sizeBytes: Table?.TableSizeBytes ?? 0, more: false };
}

export async function measureBucket(cloud: Cloud, kept: Kept): Promise<Measured> {
  const { sdk, client } = await s3(cloud);
  const found = { ...kept, items: 0, sizeBytes: 0, more: false };
  let ContinuationToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const asked = { Bucket: kept.id, ExpectedBucketOwner: cloud.accountId, ContinuationToken };
    const { Contents = [], NextContinuationToken } = await client.send(new sdk.ListObjectsV2Command(asked));
    found.items += Contents.length;
    found.sizeBytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
    if (!NextContinuationToken) return found;
    ContinuationToken = NextContinuationToken;
  }
  return { ...found, more: true };
}
