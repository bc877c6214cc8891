/** S3 with the AWS SDK v3 as client: what an app and the provider do with it. */
import { createHash, randomBytes } from "node:crypto";
import * as s3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let client: s3.S3Client;
let count = 0;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  client = new s3.S3Client({ ...cloud.config, forcePathStyle: true });
});

afterAll(async () => {
  client.destroy();
  await cloud.close();
});

async function bucket(): Promise<string> {
  const Bucket = `bucket-${++count}`;
  await client.send(
    new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
  );
  return Bucket;
}

const put = (Bucket: string, Key: string, Body: string | Buffer = "x", more: Partial<s3.PutObjectCommandInput> = {}) =>
  client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Bucket: string, Key: string, more: Partial<s3.GetObjectCommandInput> = {}) =>
  (await client.send(new s3.GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToString();
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: Error) => error.name,
  );

describe("objects", () => {
  // What is put comes back, with what S3 adds by itself.
  it("keeps body, metadata and checksums", async () => {
    const Bucket = await bucket();
    const made = await put(Bucket, "a.txt", "hello", {
      Metadata: { author: "me" },
      ContentType: "text/plain",
      Tagging: "a=b",
    });
    expect(made).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ServerSideEncryption: "AES256",
      ChecksumType: "FULL_OBJECT",
    });
    const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: "a.txt", ChecksumMode: "ENABLED" }));
    expect(got).toMatchObject({
      ContentLength: 5,
      ContentType: "text/plain",
      Metadata: { author: "me" },
      TagCount: 1,
      ChecksumCRC32: made.ChecksumCRC32,
    });
    expect(await got.Body!.transformToString()).toBe("hello");
  });

  // Each algorithm's value is known; "123456789" is every CRC's check value.
  it.each([
    ["CRC32", "y/Q5Jg=="],
    ["CRC32C", "4waSgw=="],
    ["CRC64NVME", "rosUhgp5mIg="],
    ["SHA1", createHash("sha1").update("123456789").digest("base64")],
    ["SHA256", createHash("sha256").update("123456789").digest("base64")],
  ] as const)("computes %s", async (algorithm, value) => {
    const Bucket = await bucket();
    const member = `Checksum${algorithm}` as const;
    await put(Bucket, "n", "123456789", { [member]: value });
    const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "n", ChecksumMode: "ENABLED" }));
    expect(head[member]).toBe(value);
    expect(await code(put(Bucket, "n", "other", { [member]: value }))).toBe("BadDigest");
    expect(await text(Bucket, "n")).toBe("123456789");
  });

  // Keys are data: none of these may become a path or another key.
  it("keeps odd keys apart, in the order of their bytes", async () => {
    const Bucket = await bucket();
    const keys = ["../../x", "a//b", "a/./b", "%41", "A", "ü", "😀", "\uff5e", "sp ace+plus", "q?&=#", "<&>\"'"];
    for (const Key of keys) await put(Bucket, Key, Key);
    for (const Key of keys) expect(await text(Bucket, Key)).toBe(Key);
    const listed = await client.send(new s3.ListObjectsV2Command({ Bucket }));
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(sorted);
  });

  it("answers ranges", async () => {
    const Bucket = await bucket();
    await put(Bucket, "r", "0123456789");
    expect(await text(Bucket, "r", { Range: "bytes=2-4" })).toBe("234");
    expect(await text(Bucket, "r", { Range: "bytes=-3" })).toBe("789");
    expect(await text(Bucket, "r", { Range: "bytes=8-100" })).toBe("89");
    expect(await code(text(Bucket, "r", { Range: "bytes=10-" }))).toBe("InvalidRange");
  });

  // Of many writers that all demand to be first, one is.
  it("lets one of racing conditional writers win", async () => {
    const Bucket = await bucket();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => code(put(Bucket, "lock", `${n}`, { IfNoneMatch: "*" }))),
    );
    expect(outcomes.filter((one) => one === "no error")).toHaveLength(1);
    expect(outcomes.filter((one) => one === "PreconditionFailed")).toHaveLength(19);
    expect(await code(put(Bucket, "lock", "z", { IfMatch: '"0123"' }))).toBe("PreconditionFailed");
    const { ETag } = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "lock" }));
    await put(Bucket, "lock", "", { IfMatch: ETag });
    expect(await text(Bucket, "lock")).toBe("");
  });

  it("copies, deletes, and says what is missing", async () => {
    const Bucket = await bucket();
    await put(Bucket, "a b", "copy me", { Metadata: { k: "v" } });
    await client.send(new s3.CopyObjectCommand({ Bucket, Key: "c", CopySource: `${Bucket}/a%20b` }));
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "a b" }));
    expect(await text(Bucket, "c")).toBe("copy me");
    expect(await code(text(Bucket, "a b"))).toBe("NoSuchKey");
    expect(await code(text("nobody-has-this", "a"))).toBe("NoSuchBucket");
    expect(await code(client.send(new s3.DeleteBucketCommand({ Bucket })))).toBe("BucketNotEmpty");
    const { Deleted } = await client.send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "c" }, { Key: "never" }] } }),
    );
    expect(Deleted).toHaveLength(2);
    await client.send(new s3.DeleteBucketCommand({ Bucket }));
  });
});

describe("lists", () => {
  it("pages through keys and groups", async () => {
    const Bucket = await bucket();
    await Promise.all(Array.from({ length: 30 }, (_, n) => put(Bucket, `${n % 3}/${String(n).padStart(2, "0")}`)));
    await put(Bucket, "top");
    const first = await client.send(new s3.ListObjectsV2Command({ Bucket, Delimiter: "/", MaxKeys: 2 }));
    expect(first.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["0/", "1/"]);
    const second = await client.send(
      new s3.ListObjectsV2Command({
        Bucket,
        Delimiter: "/",
        MaxKeys: 2,
        ContinuationToken: first.NextContinuationToken,
      }),
    );
    expect(second.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["2/"]);
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["top"]);
    expect(second.IsTruncated).toBe(false);
    const keys: string[] = [];
    for await (const page of s3.paginateListObjectsV2({ client, pageSize: 7 }, { Bucket, Prefix: "1/" }))
      keys.push(...page.Contents!.map(({ Key }) => Key!));
    expect(keys).toHaveLength(10);
    expect(new Set(keys).size).toBe(10);
  });
});

describe("versions", () => {
  it("keeps old ones, marks deletes, and brings back", async () => {
    const Bucket = await bucket();
    await put(Bucket, "k", "before");
    await client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    const one = await put(Bucket, "k", "one");
    await put(Bucket, "k", "two");
    const gone = await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    expect(gone.DeleteMarker).toBe(true);
    expect(await code(text(Bucket, "k"))).toBe("NoSuchKey");
    expect(await text(Bucket, "k", { VersionId: one.VersionId })).toBe("one");
    expect(await text(Bucket, "k", { VersionId: "null" })).toBe("before");
    const listed = await client.send(new s3.ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
    const rest = await client.send(
      new s3.ListObjectVersionsCommand({
        Bucket,
        KeyMarker: listed.NextKeyMarker,
        VersionIdMarker: listed.NextVersionIdMarker,
      }),
    );
    expect([listed.Versions?.length, listed.DeleteMarkers?.length, rest.Versions?.length]).toEqual([1, 1, 2]);
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k", VersionId: gone.VersionId }));
    expect(await text(Bucket, "k")).toBe("two");
  });
});

describe("multipart", () => {
  it("joins parts without copying them, in order", async () => {
    const Bucket = await bucket();
    const Body = randomBytes(12 * 1024 * 1024);
    await new Upload({ client, params: { Bucket, Key: "big", Body }, partSize: 5 * 1024 * 1024 }).done();
    const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: "big" }));
    expect(Buffer.compare(Buffer.from(await got.Body!.transformToByteArray()), Body)).toBe(0);
    expect(got.ETag).toMatch(/-3"$/);
    const cut = await client.send(new s3.GetObjectCommand({ Bucket, Key: "big", Range: "bytes=5242870-5242889" }));
    expect(Buffer.from(await cut.Body!.transformToByteArray())).toEqual(Body.subarray(5242870, 5242890));
  });

  // The whole's CRC is computed from the parts', never from the bytes again: it must be the same.
  it("combines full-object checksums", async () => {
    const Bucket = await bucket();
    const Body = randomBytes(5 * 1024 * 1024 + 17);
    await put(Bucket, "whole", Body, { ChecksumAlgorithm: "CRC64NVME" });
    const { UploadId } = await client.send(
      new s3.CreateMultipartUploadCommand({ Bucket, Key: "parts", ChecksumAlgorithm: "CRC64NVME" }),
    );
    const pieces = [Body.subarray(0, 5 * 1024 * 1024), Body.subarray(5 * 1024 * 1024)];
    const Parts: s3.CompletedPart[] = [];
    for (const [at, piece] of pieces.entries()) {
      const { ETag } = await client.send(
        new s3.UploadPartCommand({
          Bucket,
          Key: "parts",
          UploadId,
          PartNumber: at + 1,
          Body: piece,
          ChecksumAlgorithm: "CRC64NVME",
        }),
      );
      Parts.push({ PartNumber: at + 1, ETag });
    }
    const wrong = Parts.map((part) => ({ ...part, ETag: '"00000000000000000000000000000000"' }));
    const complete = (given: s3.CompletedPart[]) =>
      client.send(
        new s3.CompleteMultipartUploadCommand({ Bucket, Key: "parts", UploadId, MultipartUpload: { Parts: given } }),
      );
    expect(await code(complete(wrong))).toBe("InvalidPart");
    expect(await code(complete([...Parts].reverse()))).toBe("InvalidPartOrder");
    await complete(Parts);
    const sums = await Promise.all(
      ["whole", "parts"].map((Key) => client.send(new s3.HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }))),
    );
    expect(sums[1]?.ChecksumCRC64NVME).toBe(sums[0]?.ChecksumCRC64NVME);
    expect(await code(complete(Parts))).toBe("NoSuchUpload");
  });
});

describe("buckets", () => {
  it("answers every sub-resource a provider reads", async () => {
    const Bucket = await bucket();
    const names = await Promise.all([
      code(client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))),
      code(client.send(new s3.GetBucketCorsCommand({ Bucket }))),
      code(client.send(new s3.GetBucketTaggingCommand({ Bucket }))),
      code(client.send(new s3.GetBucketPolicyCommand({ Bucket }))),
      code(client.send(new s3.GetBucketWebsiteCommand({ Bucket }))),
      code(client.send(new s3.GetBucketReplicationCommand({ Bucket }))),
      code(client.send(new s3.GetObjectLockConfigurationCommand({ Bucket }))),
    ]);
    expect(names).toEqual([
      "NoSuchLifecycleConfiguration",
      "NoSuchCORSConfiguration",
      "NoSuchTagSet",
      "NoSuchBucketPolicy",
      "NoSuchWebsiteConfiguration",
      "ReplicationConfigurationNotFoundError",
      "ObjectLockConfigurationNotFoundError",
    ]);
    expect(
      (await client.send(new s3.GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration
        ?.BlockPublicAcls,
    ).toBe(true);
    expect((await client.send(new s3.GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe("eu-west-1");
    expect(await code(client.send(new s3.ListObjectsV2Command({ Bucket, ExpectedBucketOwner: "999999999999" })))).toBe(
      "AccessDenied",
    );
  });

  it("lets pages in by CORS rules and presigned addresses only", async () => {
    const Bucket = await bucket();
    const rule = {
      AllowedOrigins: ["http://app--home.localhost"],
      AllowedMethods: ["PUT", "GET"],
      AllowedHeaders: ["*"],
    };
    await client.send(new s3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
    const url = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: "up" }), { expiresIn: 60 });
    const preflight = (origin: string) =>
      fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } });
    expect((await preflight("http://app--home.localhost")).headers.get("access-control-allow-origin")).toBe(
      "http://app--home.localhost",
    );
    expect((await preflight("http://evil.example")).status).toBe(403);
    const sent = await fetch(url, {
      method: "PUT",
      body: "from a page",
      headers: { origin: "http://app--home.localhost" },
    });
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([200, "http://app--home.localhost"]);
    expect(await text(Bucket, "up")).toBe("from a page");
    expect((await fetch(url.replace("/up?", "/other?"), { method: "PUT", body: "x" })).status).toBe(403);
    expect((await fetch(`${cloud.endpoint}/${Bucket}/up`)).status).toBe(403);
  });
});
