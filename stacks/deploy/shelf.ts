/**
 * Freehold's own objects in a cloud's state bucket, beside Pulumi's: what is installed, and the blueprints it is of.
 * Every call names the account the bucket has to belong to.
 */
import { createHash } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { whole } from "../engine/state/spoilt-answers.ts";
import { guarded as guardedCall, s3 } from "./clients.ts";
import { faults } from "./faults.ts";

/** A cloud whose state is in its account. */
export type Housed = Pick<Cloud, "name" | "region" | "endpoint" | "environment" | "accountId"> & {
  stateBucket: string;
};

export interface Stored {
  bytes: Buffer;
  /** Changes with every write. */
  tag: string;
}

export interface Listed {
  key: string;
  sizeBytes: number;
}

const target = (cloud: Housed) => ({ Bucket: cloud.stateBucket, ExpectedBucketOwner: cloud.accountId });
const status = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

const guarded = <T>(cloud: Housed, call: () => Promise<T>): Promise<T> =>
  guardedCall(cloud, () =>
    call().catch((error: Error) => {
      throw error.name === "NoSuchBucket" ? faults.homeMissing(cloud.name, cloud.stateBucket) : error;
    }),
  );

/** Undefined when there is none. Faults of all of these: `home-missing`, `credentials`, `aws-failed`. */
export async function getObject(cloud: Housed, key: string): Promise<Stored | undefined> {
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    try {
      const found = await whole(() => client.send(new sdk.GetObjectCommand({ ...target(cloud), Key: key })));
      return { bytes: found.bytes, tag: found.ETag ?? "" };
    } catch (error) {
      if ((error as Error).name === "NoSuchKey") return undefined;
      throw error;
    }
  });
}

export async function hasObject(cloud: Housed, key: string): Promise<boolean> {
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    return client.send(new sdk.HeadObjectCommand({ ...target(cloud), Key: key })).then(
      () => true,
      (error) => {
        if (status(error) === 404) return false;
        throw error;
      },
    );
  });
}

/**
 * `only`: when nothing is there, or what is there has this tag; otherwise undefined is answered and nothing written.
 * Answers the new tag. What arrives is compared with its digest by S3 itself.
 */
export async function putObject(
  cloud: Housed,
  key: string,
  content: string | Buffer,
  only?: { absent: true } | { tag: string },
): Promise<string | undefined> {
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    const Body = Buffer.from(content);
    const condition = !only ? {} : "absent" in only ? { IfNoneMatch: "*" } : { IfMatch: only.tag };
    const ChecksumSHA256 = createHash("sha256").update(Body).digest("base64");
    try {
      const command = new sdk.PutObjectCommand({ ...target(cloud), Key: key, Body, ChecksumSHA256, ...condition });
      return (await client.send(command)).ETag ?? "";
    } catch (error) {
      if (only && [404, 409, 412].includes(status(error) ?? 0)) return undefined;
      throw error;
    }
  });
}

export async function removeObjects(cloud: Housed, keys: readonly string[]): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
      const command = new sdk.DeleteObjectsCommand({ ...target(cloud), Delete: { Objects, Quiet: true } });
      const [failed] = (await client.send(command)).Errors ?? [];
      if (failed) throw new Error(`${failed.Key} could not be removed: ${failed.Message}`);
    }
  });
}

/** Sorted by key. */
export async function listObjects(cloud: Housed, prefix: string): Promise<Listed[]> {
  return guarded(cloud, async () => {
    const { sdk, client } = await s3(cloud);
    const found: Listed[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await client.send(
        new sdk.ListObjectsV2Command({ ...target(cloud), Prefix: prefix, ContinuationToken }),
      );
      for (const { Key, Size } of page.Contents ?? []) found.push({ key: Key ?? "", sizeBytes: Size ?? 0 });
      if (!page.IsTruncated) return found;
      ContinuationToken = page.NextContinuationToken;
    }
  });
}

/** `work` on every item, some at a time; the first failure stops what has not begun. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const hand = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, hand));
}
