/** DynamoDB Streams with the SDK's clients: what is recorded of each kind of write, and how it is read. */
import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type StreamViewType,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from "@aws-sdk/client-dynamodb-streams";
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { movableClock } from "../../../support/clock.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { startMoto } from "../../../support/moto.ts";
import { said } from "../../../support/said.ts";
import { few, missing, motoServer } from "../../../support/tools.ts";

const clock = movableClock();
let cloud: TestCloud;
let dynamodb: DynamoDBClient;
let documents: DynamoDBDocumentClient;
let streams: DynamoDBStreamsClient;

beforeAll(async () => {
  cloud = await startTestCloud({ clock, checked: true });
  connect();
});
afterAll(async () => {
  disconnect();
  await cloud.close();
});

function connect(to = cloud.config): void {
  // Signatures are checked by the cloud's time, which these tests move.
  const config = { ...to, systemClockOffset: clock.now() - Date.now() };
  dynamodb = new DynamoDBClient(config);
  documents = DynamoDBDocumentClient.from(dynamodb);
  streams = new DynamoDBStreamsClient(config);
}

function disconnect(): void {
  for (const client of [dynamodb, streams]) client.destroy();
}

function move(ms: number): void {
  clock.move(ms);
  disconnect();
  connect();
}

async function createTable(view?: StreamViewType): Promise<{ name: string; arn: string }> {
  const name = `t-${randomUUID()}`;
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
    }),
  );
  return { name, arn: TableDescription!.LatestStreamArn! };
}

const enable = (name: string, view?: StreamViewType) =>
  dynamodb.send(
    new UpdateTableCommand({
      TableName: name,
      StreamSpecification: { StreamEnabled: true, ...(view && { StreamViewType: view }) },
    }),
  );
const disable = (name: string, view?: StreamViewType) =>
  dynamodb.send(
    new UpdateTableCommand({
      TableName: name,
      StreamSpecification: { StreamEnabled: false, ...(view && { StreamViewType: view }) },
    }),
  );

const put = (TableName: string, Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName, Item }));

async function iteratorOf(
  StreamArn: string,
  ShardIteratorType: "TRIM_HORIZON" | "LATEST" | "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER" = "TRIM_HORIZON",
  SequenceNumber?: string,
): Promise<string> {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const { ShardId } = StreamDescription!.Shards![0]!;
  const asked = { StreamArn, ShardId, ShardIteratorType, SequenceNumber };
  return (await streams.send(new GetShardIteratorCommand(asked))).ShardIterator!;
}

const read = (ShardIterator: string, Limit?: number) => streams.send(new GetRecordsCommand({ ShardIterator, Limit }));

const recordsOf = async (arn: string): Promise<StreamRecord[]> => (await read(await iteratorOf(arn))).Records!;

const image = (found: Record<string, unknown> | undefined) =>
  found && unmarshall(found as Record<string, AttributeValue>);

const shown = ({ eventName, dynamodb: change }: StreamRecord) => [
  eventName,
  image(change!.OldImage),
  image(change!.NewImage),
];

describe("a table with a stream", () => {
  // Programs follow a table by these records alone: each kind of write has its own, with both images.
  it("records what every kind of write changes, in order", async () => {
    const { name, arn } = await createTable("NEW_AND_OLD_IMAGES");
    await put(name, { id: "a", n: 1 });
    await put(name, { id: "a", n: 2 });
    await documents.send(
      new UpdateCommand({
        TableName: name,
        Key: { id: "a" },
        UpdateExpression: "SET n = n + :one",
        ExpressionAttributeValues: { ":one": 1 },
      }),
    );
    await documents.send(
      new BatchWriteCommand({
        RequestItems: { [name]: [{ PutRequest: { Item: { id: "b" } } }, { DeleteRequest: { Key: { id: "a" } } }] },
      }),
    );
    await documents.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: name, Item: { id: "c", tags: new Set(["x", "y"]) } } },
          { Delete: { TableName: name, Key: { id: "b" } } },
        ],
      }),
    );
    await documents.send(new DeleteCommand({ TableName: name, Key: { id: "c" } }));
    const records = await recordsOf(arn);
    expect(records.map(shown)).toEqual([
      ["INSERT", undefined, { id: "a", n: 1 }],
      ["MODIFY", { id: "a", n: 1 }, { id: "a", n: 2 }],
      ["MODIFY", { id: "a", n: 2 }, { id: "a", n: 3 }],
      ["INSERT", undefined, { id: "b" }],
      ["REMOVE", { id: "a", n: 3 }, undefined],
      ["INSERT", undefined, { id: "c", tags: new Set(["x", "y"]) }],
      ["REMOVE", { id: "b" }, undefined],
      ["REMOVE", { id: "c", tags: new Set(["x", "y"]) }, undefined],
    ]);
    const numbers = records.map(({ dynamodb: change }) => change!.SequenceNumber!);
    expect([...numbers].sort()).toEqual(numbers);
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(8);
    expect(records[0]).toMatchObject({
      ...{ eventVersion: "1.1", eventSource: "aws:dynamodb", awsRegion: "eu-west-1" },
      dynamodb: { Keys: { id: { S: "a" } }, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
    expect(records[0]!.userIdentity).toBeUndefined();
    const { ApproximateCreationDateTime: at } = records[0]!.dynamodb!;
    expect(at!.getTime() % 1000).toBe(0);
    expect(clock.now() - at!.getTime()).toBeLessThan(60_000);
  });

  // AWS's own example: bytes of the keys and of the images shown.
  it("counts bytes as AWS does", async () => {
    const { name, arn } = await createTable("NEW_AND_OLD_IMAGES");
    await put(name, { id: "101", Message: "New item!" });
    await put(name, { id: "101", Message: "This item has changed" });
    // id 2 + 3; Message 7 + 9, then 7 + 21.
    expect((await recordsOf(arn)).map(({ dynamodb: change }) => change!.SizeBytes)).toEqual([26, 59]);
  });

  // A record for nothing would wake whoever follows the table, for ever where it writes back.
  it("records nothing where nothing changed", async () => {
    const { name, arn } = await createTable("NEW_IMAGE");
    await put(name, { id: "a", tags: new Set(["x", "y"]), map: { b: 1, a: 2 } });
    await put(name, { map: { a: 2, b: 1 }, tags: new Set(["y", "x"]), id: "a" });
    await documents.send(new DeleteCommand({ TableName: name, Key: { id: "missing" } }));
    const failed = put(name, { id: "b" }).then(() =>
      documents.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { TableName: name, Item: { id: "lost" } } },
            { ConditionCheck: { TableName: name, Key: { id: "b" }, ConditionExpression: "attribute_not_exists(id)" } },
          ],
        }),
      ),
    );
    expect(await said(failed)).toMatch(/^TransactionCanceledException/);
    expect((await recordsOf(arn)).map(({ dynamodb: change }) => change!.Keys!["id"]!.S)).toEqual(["a", "b"]);
  });

  // The view is what a reader was promised, no more: KEYS_ONLY is chosen to keep contents from it.
  it.each([
    ["KEYS_ONLY", false, false],
    ["NEW_IMAGE", false, true],
    ["OLD_IMAGE", true, false],
    ["NEW_AND_OLD_IMAGES", true, true],
  ] as const)("shows in %s what that view has", async (view, old, next) => {
    const { name, arn } = await createTable(view);
    await put(name, { id: "a", n: 1 });
    await put(name, { id: "a", n: 2 });
    const { dynamodb: change } = (await recordsOf(arn))[1]!;
    expect([change!.OldImage !== undefined, change!.NewImage !== undefined]).toEqual([old, next]);
    expect(change!.StreamViewType).toBe(view);
  });

  // Apps archive what expired by this very mark.
  it("says of expired items that the service removed them", async () => {
    const { name, arn } = await createTable("OLD_IMAGE");
    const ttl = { Enabled: true, AttributeName: "until" };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: ttl }));
    await put(name, { id: "a", until: Math.floor(clock.now() / 1000) + 30 });
    move(60_000);
    await expect.poll(async () => (await recordsOf(arn)).length, { timeout: 10_000 }).toBe(2);
    expect((await recordsOf(arn))[1]).toMatchObject({
      eventName: "REMOVE",
      userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
    });
  });
});

describe("reading a stream", () => {
  // Readers page, and go on from where they were by iterator or by number.
  it("goes on by iterators and sequence numbers", async () => {
    const { name, arn } = await createTable("KEYS_ONLY");
    const latest = await iteratorOf(arn, "LATEST");
    for (const id of ["a", "b", "c", "d"]) await put(name, { id });
    const ids = async (iterator: string, limit?: number): Promise<string> =>
      (await read(iterator, limit)).Records!.map(({ dynamodb: change }) => change!.Keys!["id"]!.S).join("");
    const first = await read(await iteratorOf(arn), 3);
    expect(first.Records).toHaveLength(3);
    expect(await ids(first.NextShardIterator!)).toBe("d");
    const second = first.Records![1]!.dynamodb!.SequenceNumber!;
    expect(await ids(await iteratorOf(arn, "AT_SEQUENCE_NUMBER", second))).toBe("bcd");
    expect(await ids(await iteratorOf(arn, "AFTER_SEQUENCE_NUMBER", second))).toBe("cd");
    expect(await ids(latest)).toBe("abcd");
    expect(await ids(await iteratorOf(arn, "LATEST"))).toBe("");
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    const { StartingSequenceNumber } = StreamDescription!.Shards![0]!.SequenceNumberRange!;
    expect(await ids(await iteratorOf(arn, "AT_SEQUENCE_NUMBER", StartingSequenceNumber))).toBe("abcd");
  });

  // An answer has a megabyte at most; what is left is not lost.
  it("answers a megabyte at a time", async () => {
    const { name, arn } = await createTable("NEW_IMAGE");
    for (const id of ["a", "b", "c", "d"]) await put(name, { id, text: "x".repeat(300_000) });
    const first = await read(await iteratorOf(arn));
    expect(first.Records).toHaveLength(3);
    expect((await read(first.NextShardIterator!)).Records).toHaveLength(1);
  });

  // What a program may get wrong has AWS's names; only these decide whether it tries again.
  it("refuses what AWS refuses", async () => {
    const { arn } = await createTable("KEYS_ONLY");
    const gone = arn.replace(/[^/]+$/, "2020-01-01T00:00:00.000");
    const describeGone = streams.send(new DescribeStreamCommand({ StreamArn: gone }));
    expect(await said(describeGone)).toBe(
      `ResourceNotFoundException: Requested resource not found: Stream: ${gone} not found`,
    );
    expect(await said(read("nonsense"))).toBe("ValidationException: Invalid ShardIterator");
    expect(await said(read(`${arn}|1|e30`))).toBe("ValidationException: Invalid ShardIterator");
    expect(await said(read(await iteratorOf(arn), 1001))).toMatch(
      /^ValidationException: 1 validation error detected: Value '1001' at 'limit'/,
    );
    expect(await said(iteratorOf(arn, "AT_SEQUENCE_NUMBER"))).toMatch(/^ValidationException: .*SequenceNumber/);
    expect(await said(iteratorOf(arn, "AT_SEQUENCE_NUMBER", "1".padEnd(21, "0")))).toMatch(/^TrimmedDataAccess/);
    const shard = { StreamArn: arn, ShardId: "shardId-00000000000000000000-00000000" };
    const otherShard = streams.send(new GetShardIteratorCommand({ ...shard, ShardIteratorType: "LATEST" }));
    expect(await said(otherShard)).toMatch(/^ResourceNotFoundException: .*Shard: shardId-/);
    expect(await said(streams.send(new ListStreamsCommand({ TableName: `no-${randomUUID()}` })))).toMatch(
      /^ResourceNotFoundException/,
    );
  });
});

/**
 * Writes of every kind, the same ones everywhere. None that changes nothing, of which moto has a record, and no update that
 * makes an item, of which it has two.
 */
async function writeSome(name: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const id = `k${i % 4}`;
    if (i % 5 === 4) await documents.send(new DeleteCommand({ TableName: name, Key: { id } }));
    else await put(name, { id, i, things: [i, "x", { deep: true }], bytes: new Uint8Array([i, 255]) });
  }
  await documents.send(
    new UpdateCommand({
      ...{ TableName: name, Key: { id: "k0" }, UpdateExpression: "SET seen = :yes REMOVE things" },
      ExpressionAttributeValues: { ":yes": true },
    }),
  );
  const requests = [{ PutRequest: { Item: { id: "batch", n: 1.5 } } }, { DeleteRequest: { Key: { id: "k2" } } }];
  await documents.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
  const Put = { TableName: name, Item: { id: "transaction", nothing: null } };
  const Delete = { TableName: name, Key: { id: "k3" } };
  await documents.send(new TransactWriteCommand({ TransactItems: [{ Put }, { Delete }] }));
}

// Another implementation, which nobody here wrote, must tell the same story of the same writes. Its start is dear: this
// is for the long loops.
describe.skipIf(missing(motoServer(), "moto_server") || few("streams beside moto"))("beside moto", () => {
  it("records the same of the same writes", async () => {
    const story = async (): Promise<unknown[]> => {
      const { name, arn } = await createTable("NEW_AND_OLD_IMAGES");
      await writeSome(name);
      return (await recordsOf(arn)).map((record) => [
        // Its version and region are always 1.0 and us-east-1.
        ...[...shown(record), record.eventSource],
        ...[image(record.dynamodb!.Keys), record.dynamodb!.StreamViewType],
      ]);
    };
    const ours = await story();
    const moto = await startMoto();
    disconnect();
    const { endpoint, region } = moto;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    connect({ endpoint, region, credentials, maxAttempts: 1 });
    try {
      expect(ours).toEqual(await story());
      expect(ours).toHaveLength(17);
    } finally {
      disconnect();
      connect();
      await moto.close();
    }
  });
});

describe("a stream's life", () => {
  // A view is never changed in place, and a disabled stream is named on: infrastructure tools rely on both.
  it("begins and ends by UpdateTable, each time as another stream", async () => {
    const { name } = await createTable();
    const table = async () => (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table!;
    expect(await said(disable(name))).toBe(`ValidationException: Table has no stream to disable: TableName: ${name}`);
    const wrong = "ValidationException: One or more parameter values were invalid: If stream is being";
    expect(await said(enable(name))).toBe(`${wrong} enabled then UpdateViewType is required`);
    expect(await said(disable(name, "KEYS_ONLY"))).toBe(`${wrong} disabled, then UpdateViewType must not be specified`);
    expect((await table()).LatestStreamArn).toBeUndefined();
    await put(name, { id: "before" });

    const arn = (await enable(name, "NEW_IMAGE")).TableDescription!.LatestStreamArn!;
    expect(arn).toMatch(new RegExp(`:table/${name}/stream/\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}$`));
    expect(await table()).toMatchObject({
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      LatestStreamArn: arn,
      LatestStreamLabel: arn.split("/").at(-1),
    });
    expect(await said(enable(name, "KEYS_ONLY"))).toBe(
      `ValidationException: Table already has an enabled stream: TableName: ${name}`,
    );
    await put(name, { id: "during" });
    await disable(name);
    await put(name, { id: "after" });
    expect((await table()).StreamSpecification).toBeUndefined();
    expect((await table()).LatestStreamArn).toBe(arn);

    const { Records, NextShardIterator } = await read(await iteratorOf(arn));
    expect(Records!.map(({ dynamodb: change }) => change!.Keys!["id"]!.S)).toEqual(["during"]);
    expect(NextShardIterator).toBeUndefined();
    const ended = (await streams.send(new DescribeStreamCommand({ StreamArn: arn }))).StreamDescription!;
    expect(ended.StreamStatus).toBe("DISABLED");
    expect(ended.Shards![0]!.SequenceNumberRange!.EndingSequenceNumber).toBe(Records![0]!.dynamodb!.SequenceNumber);

    const again = (await enable(name, "KEYS_ONLY")).TableDescription!.LatestStreamArn!;
    expect(again).not.toBe(arn);
    await dynamodb.send(new DeleteTableCommand({ TableName: name }));
    const listed = async (more: object = {}) =>
      await streams.send(new ListStreamsCommand({ TableName: name, ...more }));
    expect((await listed()).Streams!.map(({ StreamArn }) => StreamArn)).toEqual([arn, again]);
    const first = await listed({ Limit: 1 });
    expect(first.LastEvaluatedStreamArn).toBe(arn);
    const rest = await listed({ ExclusiveStartStreamArn: arn });
    expect([rest.Streams![0]!.StreamArn, rest.LastEvaluatedStreamArn]).toEqual([again, undefined]);
  });

  // What nobody fetched within a day is gone, for an iterator of before as for a new one, and so is an ended stream.
  it("keeps records for a day, iterators for a quarter of an hour", async () => {
    const { name, arn } = await createTable("KEYS_ONLY");
    const other = await createTable("KEYS_ONLY");
    await disable(other.name);
    await put(name, { id: "a" });
    const [old] = await recordsOf(arn);
    const expired = await iteratorOf(arn);
    move(16 * 60_000);
    expect(await said(read(expired))).toMatch(/^ExpiredIteratorException: Iterator expired/);
    move(24 * 60 * 60_000 - 17 * 60_000);
    const iterator = await iteratorOf(arn);
    expect((await read(iterator)).Records).toHaveLength(1);
    expect((await streams.send(new ListStreamsCommand({ TableName: other.name }))).Streams).toHaveLength(1);
    move(2 * 60_000);
    expect(await said(read(iterator))).toMatch(/^TrimmedDataAccessException/);
    expect(await recordsOf(arn)).toEqual([]);
    await put(name, { id: "b" });
    expect(await recordsOf(arn)).toHaveLength(1);
    expect(await said(iteratorOf(arn, "AFTER_SEQUENCE_NUMBER", old!.dynamodb!.SequenceNumber))).toMatch(/^Trimmed/);
    expect(await said(iteratorOf(other.arn))).toMatch(/^ResourceNotFoundException/);
    const rows = () => cloud.cloud.store.db.prepare("SELECT count(*) AS n FROM dynamodb_stream_records").get()!["n"];
    await expect.poll(rows, { timeout: 10_000 }).toBe(1);
  });
});
