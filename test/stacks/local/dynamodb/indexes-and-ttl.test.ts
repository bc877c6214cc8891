/** Work that goes on beside requests: indexes made on a full table, expiry, deletion; and what a restart finds. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let db: DynamoDB;
/** How far the cloud's clock is ahead of the client's; signatures bear some minutes. */
let aheadMs = 0;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  db = new DynamoDB(cloud.config);
});

afterAll(async () => {
  db?.destroy();
  await cloud?.close();
});

const definitions = (types: Record<string, "S" | "N">) =>
  Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
const schema = (hash: string[], range: string[]) => [
  ...hash.map((AttributeName) => ({ AttributeName, KeyType: "HASH" as const })),
  ...range.map((AttributeName) => ({ AttributeName, KeyType: "RANGE" as const })),
];
const ALL = { ProjectionType: "ALL" } as const;

async function table(on: DynamoDB, more: object = {}): Promise<string> {
  const TableName = `t-${randomUUID()}`;
  await on.createTable({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: definitions({ id: "S" }),
    KeySchema: schema(["id"], []),
    ...more,
  });
  return TableName;
}

const ids = (items: Record<string, { S?: string }>[] | undefined) => items?.map(({ id }) => id!.S).sort();

describe("a global index made later", () => {
  // More items than one slice of background work takes, and one that has no place in the index.
  it("is filled from the table, and then deleted", async () => {
    const TableName = await table(db);
    const put = (at: number, tag: object) => ({ PutRequest: { Item: { id: { S: `i${at}` }, tag } } });
    for (let from = 0; from < 500; from += 25)
      await db.batchWriteItem({
        RequestItems: { [TableName]: Array.from({ length: 25 }, (_, at) => put(from + at, { S: `tag${at % 5}` })) },
      } as never);
    await db.putItem({ TableName, Item: { id: { S: "odd" }, tag: { N: "5" } } });
    const { TableDescription } = await db.updateTable({
      TableName,
      AttributeDefinitions: definitions({ id: "S", tag: "S" }),
      GlobalSecondaryIndexUpdates: [
        { Create: { IndexName: "by-tag", KeySchema: schema(["tag"], []), Projection: ALL } },
      ],
    });
    expect(TableDescription).toMatchObject({
      TableStatus: "UPDATING",
      GlobalSecondaryIndexes: [{ IndexStatus: "CREATING", Backfilling: true }],
    });
    await db.putItem({ TableName, Item: { id: { S: "late" }, tag: { S: "tag0" } } });
    await vi.waitFor(async () => {
      const { Table } = await db.describeTable({ TableName });
      expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({ IndexStatus: "ACTIVE", ItemCount: 501 });
    }, 20_000);
    const found = await db.query({
      TableName,
      IndexName: "by-tag",
      KeyConditionExpression: "tag = :t",
      ExpressionAttributeValues: { ":t": { S: "tag0" } },
    });
    expect(found.Count).toBe(101);
    await db.updateTable({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "by-tag" } }] });
    await expect(db.scan({ TableName, IndexName: "by-tag" })).rejects.toMatchObject({
      message: "The table does not have the specified index: by-tag",
    });
  });
});

describe("keys of several attributes", () => {
  // November 2025: global indexes take up to four of each kind; the last condition may be a range.
  it("are queried from the left", async () => {
    const TableName = await table(db, {
      AttributeDefinitions: definitions({ id: "S", team: "S", place: "S", year: "N", month: "N" }),
      GlobalSecondaryIndexes: [
        { IndexName: "wide", KeySchema: schema(["team", "place"], ["year", "month"]), Projection: ALL },
      ],
    });
    for (const [year, month] of [
      [2024, 12],
      [2025, 2],
      [2025, 10],
      [2025, 11],
      [2026, 1],
    ])
      await db.putItem({
        TableName,
        Item: {
          id: { S: `${year}-${month}` },
          team: { S: "a" },
          place: { S: "b" },
          year: { N: `${year}` },
          month: { N: `${month}` },
        },
      });
    const query = (more: string, values: object = {}) =>
      db.query({
        TableName,
        IndexName: "wide",
        KeyConditionExpression: `team = :a AND place = :b${more}`,
        ExpressionAttributeValues: { ":a": { S: "a" }, ":b": { S: "b" }, ...values },
        ExpressionAttributeNames: more ? { "#y": "year", ...(more.includes("#m") && { "#m": "month" }) } : undefined,
      });
    expect((await query("")).Count).toBe(5);
    const range = await query(" AND #y = :y AND #m > :m", { ":y": { N: "2025" }, ":m": { N: "2" } });
    expect(range.Items?.map(({ id }) => id?.S)).toEqual(["2025-10", "2025-11"]);
    await expect(query(" AND #y > :y AND #m = :m", { ":y": { N: "2025" }, ":m": { N: "2" } })).rejects.toMatchObject({
      message: "Query key condition not supported",
    });
  });
});

describe("local indexes", () => {
  // The index holds keys only: what else is asked for comes from the table.
  it("read from the table what they do not hold", async () => {
    const TableName = await table(db, {
      AttributeDefinitions: definitions({ id: "S", at: "N", score: "N" }),
      KeySchema: schema(["id"], ["at"]),
      LocalSecondaryIndexes: [
        { IndexName: "by-score", KeySchema: schema(["id"], ["score"]), Projection: { ProjectionType: "KEYS_ONLY" } },
      ],
    });
    for (const [at, score] of [
      [1, 30],
      [2, 10],
      [3, 20],
    ])
      await db.putItem({
        TableName,
        Item: { id: { S: "x" }, at: { N: `${at}` }, score: { N: `${score}` }, body: { S: `b${at}` } },
      });
    const query = (more: object) =>
      db.query({
        TableName,
        IndexName: "by-score",
        ConsistentRead: true,
        KeyConditionExpression: "id = :x",
        ExpressionAttributeValues: { ":x": { S: "x" } },
        ...more,
      });
    expect((await query({})).Items?.[0]).toEqual({ id: { S: "x" }, at: { N: "2" }, score: { N: "10" } });
    const whole = await query({ Select: "ALL_ATTRIBUTES" });
    expect(whole.Items?.map(({ body }) => body?.S)).toEqual(["b2", "b3", "b1"]);
    const metrics = await db.deleteItem({
      TableName,
      Key: { id: { S: "x" }, at: { N: "1" } },
      ReturnItemCollectionMetrics: "SIZE",
      ReturnConsumedCapacity: "INDEXES",
    });
    expect(metrics).toMatchObject({
      ItemCollectionMetrics: { ItemCollectionKey: { id: { S: "x" } }, SizeEstimateRangeGB: [0, 1] },
      ConsumedCapacity: { CapacityUnits: 2, Table: { CapacityUnits: 1 } },
    });
  });
});

describe("time to live", () => {
  // Expired items go within seconds; items without a time, with a later or a wrong one stay. Also those from before.
  it("deletes what has expired, in its indexes too", async () => {
    const timed = await startTestCloud({ clock: { now: () => Date.now() + aheadMs } });
    const client = new DynamoDB(timed.config);
    try {
      const TableName = await table(client, {
        AttributeDefinitions: definitions({ id: "S", tag: "S" }),
        GlobalSecondaryIndexes: [{ IndexName: "by-tag", KeySchema: schema(["tag"], []), Projection: ALL }],
      });
      const put = (id: string, expires: object | undefined) =>
        client.putItem({
          TableName,
          Item: { id: { S: id }, tag: { S: "t" }, ...(expires && { expires }) } as never,
        });
      const seconds = Math.floor(Date.now() / 1000);
      await put("before", { N: `${seconds + 60}` });
      await client.updateTimeToLive({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
      });
      await put("soon", { N: `${seconds + 90}` });
      await put("moved", { N: `${seconds + 90}` });
      await put("moved", { N: `${seconds + 9_000}` });
      await put("never", undefined);
      await put("text", { S: `${seconds}` });
      await vi.waitFor(async () => {
        const { TimeToLiveDescription } = await client.describeTimeToLive({ TableName });
        expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
      }, 20_000);
      expect((await client.scan({ TableName })).Count).toBe(5);
      aheadMs = 100_000;
      await vi.waitFor(async () => {
        expect(ids((await client.scan({ TableName, IndexName: "by-tag" })).Items as never)).toEqual([
          "moved",
          "never",
          "text",
        ]);
      }, 20_000);
      expect((await client.scan({ TableName })).Count).toBe(3);
      await expect(
        client.updateTimeToLive({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" } }),
      ).rejects.toMatchObject({ message: "TimeToLive is already enabled" });
    } finally {
      client.destroy();
      await timed.close();
    }
  });
});

describe("a restart", () => {
  it("finds tables, items and settings as they were, and forgets deleted ones", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "freehold-dynamodb-"));
    try {
      const first = await startTestCloud({ dataDir });
      const before = new DynamoDB(first.config);
      const kept = await table(before, { Tags: [{ Key: "app", Value: "notes" }] });
      const gone = await table(before);
      for (const TableName of [kept, gone]) await before.putItem({ TableName, Item: { id: { S: "x" } } });
      await before.updateContinuousBackups({
        TableName: kept,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      await before.deleteTable({ TableName: gone });
      before.destroy();
      await first.close();
      const second = await startTestCloud({ dataDir });
      const after = new DynamoDB(second.config);
      expect((await after.listTables({})).TableNames).toEqual([kept]);
      expect((await after.getItem({ TableName: kept, Key: { id: { S: "x" } } })).Item).toEqual({ id: { S: "x" } });
      const { ContinuousBackupsDescription } = await after.describeContinuousBackups({ TableName: kept });
      expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe("ENABLED");
      await vi.waitFor(() => {
        const left = second.cloud.store.db.prepare("SELECT count(*) AS parts FROM dynamodb_parts").get();
        expect(left?.["parts"]).toBe(1);
      }, 20_000);
      after.destroy();
      await second.close();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
