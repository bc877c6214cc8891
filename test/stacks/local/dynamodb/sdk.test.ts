/** The SDK v3 as a client: what app code does, over real HTTP and signatures. */
import { randomUUID } from "node:crypto";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UntagResourceCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let client: DynamoDBClient;
let notes: string;

const table = async (extra: object = {}): Promise<string> => {
  const TableName = `t-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      ...extra,
    }),
  );
  return TableName;
};

const byTag = {
  AttributeDefinitions: [
    { AttributeName: "id", AttributeType: "S" },
    { AttributeName: "at", AttributeType: "N" },
    { AttributeName: "tag", AttributeType: "S" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "by-tag",
      KeySchema: [
        { AttributeName: "tag", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
  ],
} as const;

const item = (id: string, at: number, more: object = {}) => ({ id: { S: id }, at: { N: String(at) }, ...more });

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  client = new DynamoDBClient(cloud.config);
  notes = await table(byTag);
});

afterAll(async () => {
  client?.destroy();
  await cloud?.close();
});

describe("tables", () => {
  // Deploy tools wait for these states and read these members.
  it("come, are described, are listed, and go", async () => {
    const name = await table({ Tags: [{ Key: "app", Value: "notes" }] });
    await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 1, maxDelay: 1 }, { TableName: name });
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      TableArn: `arn:aws:dynamodb:${cloud.region}:${cloud.accountId}:table/${name}`,
      ItemCount: 0,
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      DeletionProtectionEnabled: false,
    });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toContain(name);
    await expect(table({ TableName: name })).rejects.toMatchObject({
      name: "ResourceInUseException",
      message: `Table already exists: ${name}`,
    });
    const { TableDescription } = await client.send(new DeleteTableCommand({ TableName: name }));
    expect(TableDescription?.TableStatus).toBe("DELETING");
    await waitUntilTableNotExists({ client, maxWaitTime: 5, minDelay: 1, maxDelay: 1 }, { TableName: name });
    await expect(client.send(new DescribeTableCommand({ TableName: name }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Requested resource not found: Table: ${name} not found`,
    });
  });

  // A protected table must not go by mistake.
  it("are not deleted while protected", async () => {
    const name = await table({ DeletionProtectionEnabled: true });
    await expect(client.send(new DeleteTableCommand({ TableName: name }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await client.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));
    await client.send(new DeleteTableCommand({ TableName: name }));
  });

  // Default tags of a provider arrive this way.
  it("keep tags", async () => {
    const ResourceArn = `arn:aws:dynamodb:${cloud.region}:${cloud.accountId}:table/${notes}`;
    await client.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
    expect((await client.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([
      { Key: "b", Value: "2" },
    ]);
  });

  // What is not carried out must not look as if it were.
  it("refuse what is not served", async () => {
    await expect(
      table({ SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: "alias/own" } }),
    ).rejects.toMatchObject({ name: "ValidationException", message: expect.stringContaining("KMS key") });
  });
});

describe("items", () => {
  // The document client is what most apps use.
  it("travel through lib-dynamodb as they are", async () => {
    const document = DynamoDBDocument.from(client, { marshallOptions: { removeUndefinedValues: true } });
    const Item = {
      id: randomUUID(),
      at: 1,
      text: "grüße 🎈",
      deep: { list: [1, "two", { three: true }], nothing: null },
      bytes: new Uint8Array([0, 1, 255]),
      tags: new Set(["a", "b"]),
      numbers: new Set([1, 2]),
    };
    await document.put({ TableName: notes, Item });
    const got = await document.get({ TableName: notes, Key: { id: Item.id, at: 1 } });
    expect(got.Item).toEqual(Item);
  });

  // Conditions are how apps keep from overwriting each other.
  it("are written under conditions, and say what was there", async () => {
    const one = item(randomUUID(), 1, { v: { N: "1" } });
    await client.send(new PutItemCommand({ TableName: notes, Item: one }));
    await expect(
      client.send(
        new PutItemCommand({
          TableName: notes,
          Item: one,
          ConditionExpression: "attribute_not_exists(id)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
    ).rejects.toMatchObject({ name: "ConditionalCheckFailedException", Item: one });
    const { Attributes } = await client.send(
      new DeleteItemCommand({
        TableName: notes,
        Key: item(one.id.S, 1),
        ConditionExpression: "v = :one",
        ExpressionAttributeValues: { ":one": { N: "1.0" } },
        ReturnValues: "ALL_OLD",
      }),
    );
    expect(Attributes).toEqual(one);
  });

  // Counters, lists, nested paths: the whole of UpdateExpression in one.
  it("are updated in place", async () => {
    const Key = item(randomUUID(), 1);
    const update = (UpdateExpression: string, values: object = {}, ReturnValues = "ALL_NEW") =>
      client.send(
        new UpdateItemCommand({
          TableName: notes,
          Key,
          UpdateExpression,
          ReturnValues: ReturnValues as "ALL_NEW",
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values as never }),
        }),
      );
    await update("SET m = :m, l = :l, n = :n", {
      ":m": { M: { a: { S: "x" } } },
      ":l": { L: [{ N: "1" }, { N: "2" }] },
      ":n": { N: "5" },
    });
    const { Attributes } = await update(
      "SET m.b = if_not_exists(m.b, :y), l = list_append(l, :more), n = n - :two REMOVE m.a ADD visits :two, tagset :tags",
      { ":y": { S: "y" }, ":more": { L: [{ N: "3" }] }, ":two": { N: "2" }, ":tags": { SS: ["q"] } },
    );
    expect(Attributes).toEqual({
      ...Key,
      m: { M: { b: { S: "y" } } },
      l: { L: [{ N: "1" }, { N: "2" }, { N: "3" }] },
      n: { N: "3" },
      visits: { N: "2" },
      tagset: { SS: ["q"] },
    });
    const changed = await update(
      "SET l[1] = :v REMOVE l[0] DELETE tagset :tags",
      {
        ":v": { S: "second" },
        ":tags": { SS: ["q"] },
      },
      "UPDATED_NEW",
    );
    expect(changed.Attributes?.["tagset"]).toBeUndefined();
    const { Item } = await client.send(new GetItemCommand({ TableName: notes, Key }));
    expect(Item?.["l"]).toEqual({ L: [{ S: "second" }, { N: "3" }] });
    expect(Item?.["tagset"]).toBeUndefined();
  });

  // AWS does not make an item out of removals; dynalite and DynamoDB Local do.
  it("are not made by removing from nothing", async () => {
    const Key = item(randomUUID(), 1);
    await client.send(new UpdateItemCommand({ TableName: notes, Key, UpdateExpression: "REMOVE x" }));
    expect((await client.send(new GetItemCommand({ TableName: notes, Key }))).Item).toBeUndefined();
  });
});

describe("queries", () => {
  let id: string;

  beforeAll(async () => {
    id = randomUUID();
    for (let at = 0; at < 30; at++)
      await client.send(
        new PutItemCommand({
          TableName: notes,
          Item: item(id, at - 10, { tag: { S: `${id}-${at % 2}` }, v: { N: `${at}` } }),
        }),
      );
  });

  const query = (more: object) =>
    client.send(
      new QueryCommand({
        TableName: notes,
        KeyConditionExpression: "id = :id",
        ExpressionAttributeValues: { ":id": { S: id } },
        ...more,
      }),
    );
  const ats = (items: Record<string, { N?: string }>[] | undefined) => items?.map(({ at }) => Number(at!.N));

  // Numbers sort as numbers, negative ones too, in both directions and across pages.
  it("give a partition in order, page by page", async () => {
    const all: number[] = [];
    let ExclusiveStartKey: object | undefined;
    do {
      const page = await query({ Limit: 7, ExclusiveStartKey });
      all.push(...ats(page.Items as never)!);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    expect(all).toEqual(Array.from({ length: 30 }, (_, at) => at - 10));
    const back = await query({ ScanIndexForward: false, Limit: 3 });
    expect(ats(back.Items as never)).toEqual([19, 18, 17]);
    const next = await query({ ScanIndexForward: false, Limit: 3, ExclusiveStartKey: back.LastEvaluatedKey });
    expect(ats(next.Items as never)).toEqual([16, 15, 14]);
  });

  it("take ranges, filters, projections and counts", async () => {
    const between = await query({
      KeyConditionExpression: "id = :id AND #at BETWEEN :a AND :b",
      FilterExpression: "v > :v",
      ProjectionExpression: "v",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: { ":id": { S: id }, ":a": { N: "-3" }, ":b": { N: "3" }, ":v": { N: "10" } },
    });
    expect(between).toMatchObject({
      Count: 3,
      ScannedCount: 7,
      Items: [{ v: { N: "11" } }, { v: { N: "12" } }, { v: { N: "13" } }],
    });
    expect(await query({ Select: "COUNT" })).toMatchObject({ Count: 30 });
  });

  // The index is written with the item; a moved item leaves its old place.
  it("read a global index that follows its items", async () => {
    const inIndex = async (tag: string) =>
      ats(
        (
          await client.send(
            new QueryCommand({
              TableName: notes,
              IndexName: "by-tag",
              KeyConditionExpression: "tag = :t AND #at < :five",
              ExpressionAttributeNames: { "#at": "at" },
              ExpressionAttributeValues: { ":t": { S: tag }, ":five": { N: "-5" } },
            }),
          )
        ).Items as never,
      );
    expect(await inIndex(`${id}-0`)).toEqual([-10, -8, -6]);
    await client.send(
      new UpdateItemCommand({
        TableName: notes,
        Key: item(id, -8),
        UpdateExpression: "SET tag = :t",
        ExpressionAttributeValues: { ":t": { S: `${id}-1` } },
      }),
    );
    expect(await inIndex(`${id}-0`)).toEqual([-10, -6]);
    expect(await inIndex(`${id}-1`)).toEqual([-9, -8, -7]);
  });

  // Segments of a parallel scan share the table out: everything once.
  it("scan in segments", async () => {
    const name = await table();
    const ids = Array.from({ length: 60 }, () => randomUUID());
    for (const one of ids) await client.send(new PutItemCommand({ TableName: name, Item: item(one, 1) }));
    const seen: string[] = [];
    for (let Segment = 0; Segment < 4; Segment++) {
      let ExclusiveStartKey: never | undefined;
      do {
        const page = await client.send(
          new ScanCommand({ TableName: name, Segment, TotalSegments: 4, Limit: 5, ExclusiveStartKey }),
        );
        seen.push(...page.Items!.map((one) => one["id"]!.S!));
        ExclusiveStartKey = page.LastEvaluatedKey as never;
      } while (ExclusiveStartKey);
    }
    expect(seen.sort()).toEqual(ids.sort());
  });

  // Pages end at 1 MB whatever the limit.
  it("end a page at 1 MB", async () => {
    const name = await table();
    const big = randomUUID();
    for (let at = 0; at < 4; at++)
      await client.send(
        new PutItemCommand({ TableName: name, Item: item(big, at, { body: { S: "x".repeat(390_000) } }) }),
      );
    const page = await client.send(new ScanCommand({ TableName: name }));
    expect(page.Count).toBe(3);
    expect(page.LastEvaluatedKey).toEqual(item(big, 2));
  });
});

describe("batches and transactions", () => {
  it("write and read many", async () => {
    const id = randomUUID();
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [notes]: Array.from({ length: 25 }, (_, at) => ({ PutRequest: { Item: item(id, at) } })) },
      }),
    );
    expect(UnprocessedItems).toEqual({});
    const { Responses } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [notes]: { Keys: [item(id, 3), item(id, 99), item(id, 24)] } } }),
    );
    expect(Responses?.[notes]).toEqual([item(id, 3), item(id, 24)]);
    await expect(
      client.send(new BatchGetItemCommand({ RequestItems: { [notes]: { Keys: [item(id, 3), item(id, 3)] } } })),
    ).rejects.toMatchObject({ message: "Provided list of item keys contains duplicates" });
  });

  // All or nothing, with a reason for each.
  it("write all or nothing", async () => {
    const id = randomUUID();
    await client.send(new PutItemCommand({ TableName: notes, Item: item(id, 1) }));
    const put = (at: number, more: object = {}) => ({ Put: { TableName: notes, Item: item(id, at), ...more } });
    await expect(
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: [put(2), put(1, { ConditionExpression: "attribute_not_exists(id)" })],
        }),
      ),
    ).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [
        { Code: "None" },
        { Code: "ConditionalCheckFailed", Message: "The conditional request failed" },
      ],
    });
    const read = await client.send(
      new TransactGetItemsCommand({
        TransactItems: [1, 2].map((at) => ({ Get: { TableName: notes, Key: item(id, at) } })),
      }),
    );
    expect(read.Responses).toEqual([{ Item: item(id, 1) }, {}]);
  });

  // A retried call with the same token must not count twice.
  it("do once what is sent twice with a token", async () => {
    const id = randomUUID();
    const add = (amount: string) =>
      client.send(
        new TransactWriteItemsCommand({
          ClientRequestToken: id,
          TransactItems: [
            {
              Update: {
                TableName: notes,
                Key: item(id, 1),
                UpdateExpression: "ADD n :n",
                ExpressionAttributeValues: { ":n": { N: amount } },
              },
            },
          ],
        }),
      );
    await add("5");
    await add("5");
    const { Item } = await client.send(new GetItemCommand({ TableName: notes, Key: item(id, 1) }));
    expect(Item?.["n"]).toEqual({ N: "5" });
    await expect(add("6")).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
  });
});
