/** Data that outlives its app, seen from outside the stacks: is it still there, and away with it. */
import type { Cloud } from "../cloud.ts";
import { bucketKind, parameterKind, tableKind } from "../components/context.ts";
import { dynamodb, guarded, s3, ssm } from "./clients.ts";
import type { Kept } from "./types.ts";

export async function stillThere(cloud: Cloud, { kind, id }: Kept): Promise<boolean> {
  return guarded(cloud, async () => {
    if (kind === tableKind) {
      const { sdk, client } = await dynamodb(cloud);
      return client
        .send(new sdk.DescribeTableCommand({ TableName: id }))
        .then(() => true, unless(["ResourceNotFoundException"]));
    }
    if (kind === bucketKind) {
      const { sdk, client } = await s3(cloud);
      const command = new sdk.HeadBucketCommand({ Bucket: id, ExpectedBucketOwner: cloud.accountId });
      return client.send(command).then(() => true, unless(["NotFound", "NoSuchBucket"]));
    }
    return false;
  });
}

const unless =
  (names: string[]) =>
  (error: unknown): false => {
    if (names.includes((error as Error).name)) return false;
    throw error;
  };

/** Gone already is done. */
export async function removeKept(cloud: Cloud, kept: Kept): Promise<void> {
  await guarded(cloud, async () => {
    if (kept.kind === tableKind) await removeTable(cloud, kept.id);
    if (kept.kind === bucketKind) await removeBucket(cloud, kept.id);
    if (kept.kind === parameterKind) {
      const { sdk, client } = await ssm(cloud);
      await client.send(new sdk.DeleteParametersCommand({ Names: [kept.id] }));
    }
  });
}

const removalWaits = { maxWaitTime: 300, minDelay: 1, maxDelay: 5 };

async function removeTable(cloud: Cloud, TableName: string): Promise<void> {
  const { sdk, client } = await dynamodb(cloud);
  const goes = await client
    .send(new sdk.DeleteTableCommand({ TableName }))
    .then(() => true, unless(["ResourceNotFoundException", "ResourceInUseException"]));
  if (!goes && (await changing(cloud, TableName))) {
    // Refused while it changes: it can go when that is over.
    await sdk.waitUntilTableExists({ client, ...removalWaits }, { TableName });
    await client.send(new sdk.DeleteTableCommand({ TableName })).catch(unless(["ResourceNotFoundException"]));
  }
  await sdk.waitUntilTableNotExists({ client, ...removalWaits }, { TableName });
}

/** There, and not on its way out: an earlier deletion's answer may have been lost. */
async function changing(cloud: Cloud, TableName: string): Promise<boolean> {
  const { sdk, client } = await dynamodb(cloud);
  const found = await client
    .send(new sdk.DescribeTableCommand({ TableName }))
    .catch(unless(["ResourceNotFoundException"]));
  return found !== false && found.Table?.TableStatus !== "DELETING";
}

export async function removeBucket(
  cloud: Pick<Cloud, "region" | "endpoint" | "environment" | "accountId">,
  Bucket: string,
): Promise<void> {
  const { sdk, client } = await s3(cloud);
  const ExpectedBucketOwner = cloud.accountId;
  try {
    for (let more = true; more; ) {
      const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, ExpectedBucketOwner }));
      const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      if (Objects.length > 0)
        await client.send(
          new sdk.DeleteObjectsCommand({ Bucket, ExpectedBucketOwner, Delete: { Objects, Quiet: true } }),
        );
      more = Objects.length > 0 && page.IsTruncated === true;
    }
    const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, ExpectedBucketOwner }));
    for (const { Key, UploadId } of Uploads)
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, ExpectedBucketOwner, Key, UploadId }));
    await client.send(new sdk.DeleteBucketCommand({ Bucket, ExpectedBucketOwner }));
  } catch (error) {
    unless(["NoSuchBucket"])(error);
  }
}
