/** The disk is full under the local cloud: refused as AWS refuses, nothing acknowledged that is not kept, and back later. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { fillDisk, smallDisk, unmount } from "../support/small-disk.ts";
import { missing } from "../support/tools.ts";
import { Bucket, makePlaces, TableName } from "./local-cloud-writers.ts";

const disk = smallDisk("4m");

// Row L7.
describe.skipIf(missing(disk, "the right to mount a small disk"))("a full disk", () => {
  const at = disk as string;
  let cloud: TestCloud;
  let objects: S3Client;
  let items: DynamoDBClient;

  beforeAll(async () => {
    mkdirSync(join(at, "cloud"));
    cloud = await startTestCloud({ dataDir: join(at, "cloud") });
    objects = new S3Client({ ...cloud.config, forcePathStyle: true });
    items = new DynamoDBClient(cloud.config);
    await makePlaces({ objects, items });
  });

  afterAll(async () => {
    await cloud.close();
    unmount(at);
  });

  const putObject = (Key: string, size: number) =>
    objects.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, "b") }));
  const putItem = (k: string, size: number) =>
    items.send(new PutItemCommand({ TableName, Item: { k: { S: k }, v: { S: "v".repeat(size) } } }));
  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => "kept",
      (error: Error & { $metadata?: { httpStatusCode?: number } }) =>
        `${error.$metadata?.httpStatusCode} ${error.name}`,
    );

  // A body has no room: the client is told by an error that it may try again, and the attempt leaves no file.
  it("refuses an object, keeps the old one, and takes the new one when there is room", async () => {
    await putObject("same", 10_000);
    const makeRoom = fillDisk(at, 64 * 1024);
    const files = () =>
      readdirSync(join(at, "cloud"), { recursive: true }).filter((name) => /bodies|incoming/.test(`${name}`));
    const before = files();
    expect(await outcome(putObject("same", 500_000))).toBe("500 InternalError");
    expect(files()).toEqual(before);
    const { Body } = await objects.send(new GetObjectCommand({ Bucket, Key: "same" }));
    expect((await Body!.transformToByteArray()).length).toBe(10_000);
    makeRoom();
    expect(await outcome(putObject("same", 500_000))).toBe("kept");
    expect((await objects.send(new HeadObjectCommand({ Bucket, Key: "same" }))).ContentLength).toBe(500_000);
  });

  // The database has no room, at COMMIT or before: what was refused is not there, what was acknowledged is.
  it("refuses items one by one and together, and goes on when there is room", async () => {
    fillDisk(at, 40 * 1024);
    const names = Array.from({ length: 60 }, (_, n) => `item-${n}`);
    // By tens, so that several share a transaction that has no room for all.
    const said: string[] = [];
    for (let n = 0; n < names.length; n += 10)
      said.push(...(await Promise.all(names.slice(n, n + 10).map((name) => outcome(putItem(name, 3000))))));
    expect(new Set(said)).toEqual(new Set(["kept", "500 InternalServerError"]));
    const makeRoom = fillDisk(at, 0);
    // What was rolled back left some room in the log, which the first of these may still use.
    let last = "kept";
    for (let n = 0; n < 200 && last === "kept"; n++) last = await outcome(putObject(`no-room-for-its-row-${n}`, 0));
    expect(last).toBe("500 InternalError");
    makeRoom();
    const there = async (k: string) =>
      (await items.send(new GetItemCommand({ TableName, Key: { k: { S: k } }, ConsistentRead: true }))).Item;
    for (const [n, name] of names.entries())
      expect((await there(name)) !== undefined, `${name}: ${said[n]}`).toBe(said[n] === "kept");
    expect(await outcome(putItem("after", 3000))).toBe("kept");
    expect(await there("after")).toBeDefined();
  });

  // What a full disk left behind does not stop the next start.
  it("starts again on what is left", async () => {
    const makeRoom = fillDisk(at, 0);
    expect(await outcome(putItem("lost", 30_000))).toBe("500 InternalServerError");
    makeRoom();
    await cloud.close();
    cloud = await startTestCloud({ dataDir: join(at, "cloud") });
    objects = new S3Client({ ...cloud.config, forcePathStyle: true });
    expect((await objects.send(new HeadObjectCommand({ Bucket, Key: "same" }))).ContentLength).toBe(500_000);
  });
});
