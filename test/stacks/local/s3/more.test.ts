/** S3 with the AWS SDK v3 as client: parts and their lists, copies, attributes, tags, addresses, long and odd keys. */
import { randomBytes } from "node:crypto";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let client: s3.S3Client;
let count = 0;
const fiveMb = 5 * 1024 * 1024;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  client = new s3.S3Client({ ...cloud.config, forcePathStyle: true });
});

afterAll(() => cloud.close());

async function bucket(): Promise<string> {
  const Bucket = `more-${++count}`;
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  return Bucket;
}

const put = (Bucket: string, Key: string, Body: string | Buffer = "x", more: Partial<s3.PutObjectCommandInput> = {}) =>
  client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));
const bytes = async (Bucket: string, Key: string) =>
  Buffer.from(await (await client.send(new s3.GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: Error) => error.name,
  );

describe("uploads in parts", () => {
  const start = async (Bucket: string, Key: string) => {
    const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
    return { Bucket, Key, UploadId };
  };
  const part = (upload: object, PartNumber: number, Body: Buffer) =>
    client.send(new s3.UploadPartCommand({ ...(upload as s3.UploadPartCommandInput), PartNumber, Body }));
  const complete = (upload: object, Parts: s3.CompletedPart[]) =>
    client.send(
      new s3.CompleteMultipartUploadCommand({
        ...(upload as s3.CompleteMultipartUploadCommandInput),
        MultipartUpload: { Parts },
      }),
    );

  // A part may be sent again, and lists come in pages.
  it("lists parts, the last one sent of each number", async () => {
    const upload = await start(await bucket(), "k");
    for (const n of [3, 1, 2]) await part(upload, n, Buffer.from(`first ${n}`));
    const again = await part(upload, 2, Buffer.from("second"));
    const first = await client.send(new s3.ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 7],
      [2, 6],
    ]);
    expect([first.Parts?.[1]?.ETag, first.IsTruncated]).toEqual([again.ETag, true]);
    const rest = await client.send(
      new s3.ListPartsCommand({ ...upload, PartNumberMarker: first.NextPartNumberMarker }),
    );
    expect([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated]).toEqual([[3], false]);
    await client.send(new s3.AbortMultipartUploadCommand(upload));
    expect(await code(client.send(new s3.ListPartsCommand(upload)))).toBe("NoSuchUpload");
    expect(await code(part(upload, 1, Buffer.from("late")))).toBe("NoSuchUpload");
  });

  it("lists uploads that are under way, by key and start", async () => {
    const Bucket = await bucket();
    const ids = [];
    for (const Key of ["a/1", "a/2", "b"]) ids.push((await start(Bucket, Key)).UploadId);
    const all = await client.send(new s3.ListMultipartUploadsCommand({ Bucket }));
    expect(all.Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual([
      ["a/1", ids[0]],
      ["a/2", ids[1]],
      ["b", ids[2]],
    ]);
    const some = await client.send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix: "a/", MaxUploads: 1 }));
    expect([some.Uploads?.length, some.IsTruncated, some.NextKeyMarker]).toEqual([1, true, "a/1"]);
    expect(await code(client.send(new s3.HeadObjectCommand({ Bucket, Key: "b" })))).toBe("NotFound");
  });

  // What others accept and AWS does not: each would make an object nobody meant.
  it("refuses small parts, wrong lists and numbers", async () => {
    const upload = await start(await bucket(), "k");
    const one = await part(upload, 1, Buffer.from("small"));
    const two = await part(upload, 2, Buffer.from("last"));
    const parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    expect(await code(complete(upload, parts))).toBe("EntityTooSmall");
    expect(await code(complete(upload, [{ PartNumber: 7, ETag: one.ETag }]))).toBe("InvalidPart");
    expect(await code(complete(upload, []))).toBe("MalformedXML");
    expect(await code(part(upload, 0, Buffer.from("x")))).toBe("InvalidArgument");
    expect(await code(part(upload, 10_001, Buffer.from("x")))).toBe("InvalidArgument");
    await complete(upload, parts.slice(0, 1));
    expect(String(await bytes(upload.Bucket, "k"))).toBe("small");
  });

  it("copies ranges of an object into parts", async () => {
    const Bucket = await bucket();
    const source = randomBytes(fiveMb + 1000);
    await put(Bucket, "source &+", source);
    const upload = await start(Bucket, "copy");
    const CopySource = `${Bucket}/${encodeURIComponent("source &+")}`;
    const copy = async (PartNumber: number, CopySourceRange: string) => {
      const { CopyPartResult } = await client.send(
        new s3.UploadPartCopyCommand({ ...upload, PartNumber, CopySource, CopySourceRange }),
      );
      return { PartNumber, ETag: CopyPartResult?.ETag };
    };
    const parts = [await copy(1, `bytes=1000-${fiveMb + 999}`), await copy(2, "bytes=0-999")];
    expect(await code(copy(3, "bytes=0-99999999"))).toBe("InvalidArgument");
    await complete(upload, parts);
    const wanted = Buffer.concat([source.subarray(1000), source.subarray(0, 1000)]);
    expect(Buffer.compare(await bytes(Bucket, "copy"), wanted)).toBe(0);
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "source &+" }));
    expect(Buffer.compare(await bytes(Bucket, "copy"), wanted)).toBe(0);
  });

  it("answers attributes and single parts of the whole", async () => {
    const Bucket = await bucket();
    const upload = await start(Bucket, "k");
    const pieces = [randomBytes(fiveMb), randomBytes(17)];
    const Parts = [];
    for (const [n, piece] of pieces.entries())
      Parts.push({ PartNumber: n + 1, ETag: (await part(upload, n + 1, piece)).ETag });
    await complete(upload, Parts);
    const ObjectAttributes = ["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"] as const;
    const said = await client.send(
      new s3.GetObjectAttributesCommand({ Bucket, Key: "k", ObjectAttributes: [...ObjectAttributes] }),
    );
    expect(said).toMatchObject({
      ObjectSize: fiveMb + 17,
      StorageClass: "STANDARD",
      ObjectParts: { TotalPartsCount: 2 },
      Checksum: { ChecksumCRC64NVME: expect.any(String), ChecksumType: "FULL_OBJECT" },
    });
    const second = await client.send(new s3.GetObjectCommand({ Bucket, Key: "k", PartNumber: 2 }));
    expect([second.PartsCount, second.ContentLength]).toEqual([2, 17]);
    expect(Buffer.from(await second.Body!.transformToByteArray())).toEqual(pieces[1]);
  });
});

describe("tags", () => {
  it("keeps those of objects and of buckets", async () => {
    const Bucket = await bucket();
    const TagSet = [
      { Key: "a", Value: "1" },
      { Key: "ü &", Value: "" },
    ];
    await client.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await client.send(new s3.GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    await put(Bucket, "k", "x", { Tagging: "from=header" });
    expect((await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet).toEqual([
      { Key: "from", Value: "header" },
    ]);
    await client.send(new s3.PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet } }));
    expect((await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet).toEqual(TagSet);
    await client.send(new s3.DeleteObjectTaggingCommand({ Bucket, Key: "k" }));
    expect((await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key: "k" }))).TagSet).toEqual([]);
    const eleven = Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: "" }));
    const many = new s3.PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet: eleven } });
    expect(await code(client.send(many))).toBe("BadRequest");
  });
});

describe("keys and addresses", () => {
  it("takes keys of 1,024 bytes, and no longer", async () => {
    const Bucket = await bucket();
    const long = "ü".repeat(512);
    await put(Bucket, long, "long");
    expect(String(await bytes(Bucket, long))).toBe("long");
    expect(await code(put(Bucket, `${long}x`))).toBe("KeyTooLongError");
  });

  // Browsers and SDKs by default name the bucket in the Host.
  it("finds a bucket that the Host names", async () => {
    const Bucket = await bucket();
    await put(Bucket, "a/b c", "by name");
    const { NodeHttpHandler } = await import("@smithy/node-http-handler");
    const { Agent } = await import("node:http");
    const lookup = (_: string, options: { all?: boolean }, done: (...answer: any[]) => void) =>
      options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
    const named = new s3.S3Client({
      ...cloud.config,
      endpoint: `http://s3.localhost:${cloud.port}`,
      requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ lookup } as object) }),
    });
    const got = await named.send(new s3.GetObjectCommand({ Bucket, Key: "a/b c" }));
    expect(await got.Body!.transformToString()).toBe("by name");
    expect((await named.send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
    named.destroy();
  });

  it("lists the old way, with markers, and keys that XML cannot say", async () => {
    const Bucket = await bucket();
    const keys = ["a", "b\u0001c", "d&<e>", "f/g"];
    for (const Key of keys) await put(Bucket, Key);
    const first = await client.send(new s3.ListObjectsCommand({ Bucket, MaxKeys: 3, EncodingType: "url" }));
    expect([first.Contents?.map(({ Key }) => decodeURIComponent(Key!)), first.IsTruncated]).toEqual([
      keys.slice(0, 3),
      true,
    ]);
    const rest = await client.send(new s3.ListObjectsCommand({ Bucket, Marker: keys[2], Delimiter: "/" }));
    expect([rest.Contents, rest.CommonPrefixes?.map(({ Prefix }) => Prefix)]).toEqual([undefined, ["f/"]]);
  });
});

// What is not carried out must not look as if it were.
it("refuses by name what it would not do", async () => {
  const Bucket = await bucket();
  const rule = { ID: "r", Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: 1 } };
  const refused = await Promise.all([
    code(
      client.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } })),
    ),
    code(put(Bucket, "k", "x", { ServerSideEncryption: "aws:kms" })),
    code(put(Bucket, "k", "x", { StorageClass: "GLACIER" })),
    code(put(Bucket, "k", "x", { WebsiteRedirectLocation: "/elsewhere" })),
    code(client.send(new s3.RestoreObjectCommand({ Bucket, Key: "k" }))),
  ]);
  expect(refused).toEqual(Array(5).fill("NotImplemented"));
  expect((await client.send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
});

// A kill between body and row leaves a file nobody knows: it goes at the next start, and nothing else does.
it("sweeps bodies that no object refers to", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "freehold-sweep-"));
  const first = await startTestCloud({ dataDir });
  const before = new s3.S3Client({ ...first.config, forcePathStyle: true });
  await before.send(new s3.CreateBucketCommand({ Bucket: "swept" }));
  await before.send(new s3.PutObjectCommand({ Bucket: "swept", Key: "k", Body: "kept" }));
  await first.close();
  const orphan = join(dataDir, "bodies", "ab", `ab${"0".repeat(30)}`);
  writeFileSync(orphan, "nobody's");
  utimesSync(orphan, new Date(0), new Date(0));
  const files = () => readdirSync(join(dataDir, "bodies"), { recursive: true }).filter((name) => `${name}`.length > 2);
  expect(files()).toHaveLength(2);
  const second = await startTestCloud({ dataDir });
  await vi.waitUntil(() => files().length === 1, { timeout: 10_000 });
  const after = new s3.S3Client({ ...second.config, forcePathStyle: true });
  const { Body } = await after.send(new s3.GetObjectCommand({ Bucket: "swept", Key: "k" }));
  expect(await Body!.transformToString()).toBe("kept");
  await second.close();
  await rm(dataDir, { recursive: true });
});
