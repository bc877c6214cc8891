/** Event source mappings of DynamoDB streams, on a whole local cloud: what functions are sent, and what becomes of failures. */
import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { compilePattern } from "../../../../stacks/local/lambda/event-sources/pattern.ts";
import { movableClock } from "../../../support/clock.ts";
import { allow, createRole, policy, trust } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { said } from "../../../support/said.ts";
import { createFunction } from "./harness.ts";

const clock = movableClock();
const reading = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((one) => `dynamodb:${one}`);
const streamsOf = "arn:aws:dynamodb:eu-west-1:123456789012:table/*/stream/*";

let cloud: TestCloud;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
let role: string;
/** Two functions that do the same. */
let name: string;
let other: string;
/** Calls of functions, as they logged them, by function and stream. */
const calls = new Map<string, any[]>();

beforeAll(async () => {
  cloud = await startTestCloud({ clock, checked: true });
  const write = cloud.cloud.peers.writeLogs!;
  cloud.cloud.peers.writeLogs = (group, stream, events, createGroup) => {
    for (const { message } of events) note(message);
    write(group, stream, events, createGroup);
  };
  lambda = new LambdaClient(cloud.config);
  dynamodb = new DynamoDBClient(cloud.config);
  role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }), [allow(reading, streamsOf)]);
  [name, other] = await Promise.all([makeFunction(), makeFunction()]);
});
afterEach(async () => {
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({}));
  for (const { UUID } of EventSourceMappings!) await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
});
afterAll(async () => {
  for (const client of [lambda, dynamodb]) client.destroy();
  await cloud.close();
});

function note(message: string): void {
  const [, body] = /CALL (\{.*\})/.exec(message) ?? [];
  if (body === undefined) return;
  const call = JSON.parse(body);
  const key = `${call.arn.split(":")[6]} ${call.Records[0].eventSourceARN}`;
  calls.set(key, [...(calls.get(key) ?? []), call]);
}

/** Says what it was sent, then does what the records' `do` attributes say. */
const code = `export const handler = async (event, context) => {
  console.log("CALL " + JSON.stringify({ ...event, arn: context.invokedFunctionArn }));
  const marked = (word) => event.Records.filter(({ dynamodb: { NewImage } }) => NewImage?.do?.S === word);
  if (marked("fail").length > 0) throw new Error("poison");
  const failed = marked("report").map(({ dynamodb: { SequenceNumber } }) => ({ itemIdentifier: SequenceNumber }));
  return marked("nonsense").length > 0 ? { batchItemFailures: [{ itemIdentifier: "" }] } : { batchItemFailures: failed };
};`;

const makeFunction = (more: object = {}) => createFunction(lambda, code, { Role: role, ...more });

async function makeTable(): Promise<{ name: string; arn: string }> {
  const name = `t-${randomUUID()}`;
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  return { name, arn: TableDescription!.LatestStreamArn! };
}

const map = (input: Partial<CreateEventSourceMappingCommandInput>) =>
  lambda.send(
    new CreateEventSourceMappingCommand({ StartingPosition: "TRIM_HORIZON", FunctionName: undefined, ...input }),
  );

const get = (UUID: string) => lambda.send(new GetEventSourceMappingCommand({ UUID }));

/** A number is the version of an item. */
const put = (TableName: string, id: string, more: Record<string, string> = {}) =>
  dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: { id: { S: id }, ...Object.fromEntries(Object.entries(more).map(([key, S]) => [key, { S }])) },
    }),
  );

async function putAll(table: string, ids: string, special: Record<string, string> = {}): Promise<void> {
  for (const id of ids) await put(table, id, special[id] ? { do: special[id] } : {});
}

const callsOf = ({ arn }: { arn: string }, of = name): any[] => calls.get(`${of} ${arn}`) ?? [];

/** Which items each call of the function was of: `["ab", "c"]`. */
const seen = (table: { arn: string }, of = name): string[] =>
  callsOf(table, of).map(({ Records }) => Records.map((record: any) => record.dynamodb.Keys.id.S).join(""));

const soon = <T>(get: () => T) => expect.poll(get, { timeout: 10_000, interval: 10 });

/** Moves the time on until it is so: retries wait by the cloud's clock. */
async function eventually<T>(get: () => T | Promise<T>, expected: T): Promise<void> {
  await expect
    .poll(
      async () => {
        clock.move(1000);
        return await get();
      },
      { timeout: 10_000, interval: 20 },
    )
    .toEqual(expected);
}

describe("a function mapped to a stream", () => {
  // Handlers and their types are written for exactly this shape.
  it("is sent records as Lambda sends them", async () => {
    const table = await makeTable();
    await put(table.name, "a", { text: "one" });
    await dynamodb.send(new DeleteItemCommand({ TableName: table.name, Key: { id: { S: "a" } } }));
    await map({ FunctionName: name, EventSourceArn: table.arn });
    await soon(() => seen(table)).toEqual(["aa"]);
    const [{ Records }] = callsOf(table);
    expect(Records[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...{ eventName: "INSERT", eventVersion: "1.1", eventSource: "aws:dynamodb", awsRegion: "eu-west-1" },
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: "a" } },
        NewImage: { id: { S: "a" }, text: { S: "one" } },
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: 13,
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN: table.arn,
    });
    expect(Math.abs(Records[0].dynamodb.ApproximateCreationDateTime - clock.now() / 1000)).toBeLessThan(60);
    expect(Records[1]).toMatchObject({ eventName: "REMOVE", dynamodb: { OldImage: { text: { S: "one" } } } });
  });

  // Where it begins, how much it takes at once, and that it follows: a function must miss nothing and see nothing old.
  it("begins where it is said, in batches, and follows writes", async () => {
    const table = await makeTable();
    await putAll(table.name, "abc");
    await map({ FunctionName: name, EventSourceArn: table.arn, BatchSize: 2 });
    await map({ FunctionName: other, EventSourceArn: table.arn, StartingPosition: "LATEST" });
    await soon(() => seen(table)).toEqual(["ab", "c"]);
    await putAll(table.name, "d");
    await soon(() => [seen(table), seen(table, other)]).toEqual([["ab", "c", "d"], ["d"]]);
  });

  // A window gathers what comes slowly; without one every write would be a call.
  it("waits for its window, or until the batch is full", async () => {
    const table = await makeTable();
    await map({ FunctionName: name, EventSourceArn: table.arn, BatchSize: 3, MaximumBatchingWindowInSeconds: 60 });
    await putAll(table.name, "ab");
    expect(seen(table)).toEqual([]);
    await putAll(table.name, "cd");
    await soon(() => seen(table)).toEqual(["abc"]);
    clock.move(61_000);
    await soon(() => seen(table)).toEqual(["abc", "d"]);
  });

  // Lambda's event patterns, on the whole record; what does not fit costs no call.
  it("is sent what its filters let through", async () => {
    const table = await makeTable();
    const Filters = [
      {
        Pattern: JSON.stringify({ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: [{ prefix: "or" }] } } } }),
      },
      { Pattern: JSON.stringify({ eventName: ["REMOVE"] }) },
    ];
    const { UUID } = await map({ FunctionName: name, EventSourceArn: table.arn, FilterCriteria: { Filters } });
    await put(table.name, "a", { kind: "order" });
    await put(table.name, "b", { kind: "user" });
    await put(table.name, "a", { kind: "order", changed: "yes" });
    await dynamodb.send(new DeleteItemCommand({ TableName: table.name, Key: { id: { S: "b" } } }));
    await soon(() => seen(table).join("")).toBe("ab");
    expect((await get(UUID!)).FilterCriteria).toEqual({ Filters });
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, FilterCriteria: {} }));
    await put(table.name, "c");
    await soon(() => seen(table).join("")).toBe("abc");
  });

  // Ten lanes work at once, yet nobody may see an item's second version before its first.
  it("keeps the order of each key in parallel lanes", async () => {
    const table = await makeTable();
    const ids = "abcdefgh";
    await map({ FunctionName: name, EventSourceArn: table.arn, ParallelizationFactor: 4, BatchSize: 3 });
    for (const version of ["1", "2", "3"]) for (const id of ids) await put(table.name, id, { version });
    const records = () => callsOf(table).flatMap((call) => call.Records);
    await soon(() => records().length).toBe(24);
    const versions = (id: string): string =>
      records()
        .filter(({ dynamodb: { Keys } }) => Keys.id.S === id)
        .map(({ dynamodb: { NewImage } }) => NewImage.version.S)
        .join("");
    expect([...ids].map(versions)).toEqual([...ids].map(() => "123"));
    const lane = (call: any): string[] => call.Records.map((record: any) => record.dynamodb.Keys.id.S);
    expect(new Set(callsOf(table).flatMap(lane)).size).toBe(8);
  });

  // Disabling is how operators stop a flood; nothing that came meanwhile may be lost.
  it("stops while disabled, and goes on from there", async () => {
    const table = await makeTable();
    const { UUID } = await map({ FunctionName: name, EventSourceArn: table.arn });
    await putAll(table.name, "a");
    await soon(() => seen(table)).toEqual(["a"]);
    const change = (Enabled: boolean) => lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    expect((await change(false)).State).toBe("Disabling");
    expect((await get(UUID!)).State).toBe("Disabled");
    await putAll(table.name, "bc");
    expect(seen(table)).toEqual(["a"]);
    expect((await change(true)).State).toBe("Enabling");
    await soon(() => seen(table)).toEqual(["a", "bc"]);
  });

  // An alias is how a version is put in place of another without a record lost.
  it("is called through its alias", async () => {
    const table = await makeTable();
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: name }));
    await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: Version }));
    const made = await map({ FunctionName: `${name}:live`, EventSourceArn: table.arn });
    expect(made.FunctionArn).toMatch(/:live$/);
    await putAll(table.name, "a");
    await soon(() => seen(table)).toEqual(["a"]);
    expect(callsOf(table)[0].arn).toBe(made.FunctionArn);
  });
});

describe("a function that fails", () => {
  // One record that is always refused must hold up its keys no longer than it was said.
  it("is tried as often as said, and the stream goes on", async () => {
    const table = await makeTable();
    await putAll(table.name, "abc", { b: "fail" });
    const more = { BatchSize: 2, MaximumRetryAttempts: 2 };
    const { UUID } = await map({ FunctionName: name, EventSourceArn: table.arn, ...more });
    await soon(async () => (await get(UUID!)).LastProcessingResult).toBe("PROBLEM: Function call failed");
    await eventually(() => seen(table), ["ab", "ab", "ab", "c"]);
    await soon(async () => (await get(UUID!)).LastProcessingResult).toBe("OK");
  });

  // Halves, and halves of halves: the good records of a batch are done, and a split is no retry.
  it("is sent smaller batches until the bad record is alone", async () => {
    const table = await makeTable();
    await putAll(table.name, "abcde", { d: "fail" });
    const more = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 };
    await map({ FunctionName: name, EventSourceArn: table.arn, ...more });
    await eventually(() => seen(table), ["abcde", "abc", "de", "d", "d", "e"]);
  });

  // Without a limit of retries the age is what ends them.
  it("is not sent what has become too old", async () => {
    const table = await makeTable();
    await putAll(table.name, "a", { a: "fail" });
    await map({ FunctionName: name, EventSourceArn: table.arn, MaximumRecordAgeInSeconds: 60 });
    await soon(() => seen(table).length).toBeGreaterThan(0);
    clock.move(61_000);
    await putAll(table.name, "b");
    await eventually(() => seen(table).at(-1), "b");
  });

  // Where single records may be reported, what was done before the first of them is not done again.
  it("is sent what it reported, and all behind it", async () => {
    const table = await makeTable();
    await putAll(table.name, "abcd", { b: "report" });
    const types = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };
    await map({ FunctionName: name, EventSourceArn: table.arn, ...types, MaximumRetryAttempts: 1 });
    await eventually(() => seen(table), ["abcd", "bcd", "bcd"]);
    await putAll(table.name, "e", { e: "nonsense" });
    await eventually(() => seen(table).slice(3), ["e", "e"]);
  });

  // What is running when the settings change counts; what was wrong is tried with the new ones.
  it("is sent the same records again once it is another", async () => {
    const table = await makeTable();
    await putAll(table.name, "a", { a: "fail" });
    const { UUID } = await map({ FunctionName: name, EventSourceArn: table.arn });
    await soon(() => seen(table).length).toBeGreaterThan(0);
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, FunctionName: other }));
    await soon(() => seen(table, other)[0]).toBe("a");
  });
});

describe("a role", () => {
  // On AWS a mapping without these permissions cannot be made, and one that loses them stands still.
  it("must be allowed to read the stream, every time", async () => {
    const mine = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }), [allow("logs:*")]);
    const [mapped, table] = await Promise.all([makeFunction({ Role: mine }), makeTable()]);
    expect(await said(map({ FunctionName: mapped, EventSourceArn: table.arn }))).toBe(
      `InvalidParameterValueException: Cannot access stream ${table.arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    );
    const iam = new IAMClient(cloud.config);
    const may = (actions: string[]) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: mine.split("/").at(-1),
          PolicyName: "may",
          PolicyDocument: policy(allow(actions, streamsOf)),
        }),
      );
    await may(reading);
    const { UUID } = await map({ FunctionName: mapped, EventSourceArn: table.arn });
    await putAll(table.name, "a");
    await soon(() => seen(table, mapped)).toEqual(["a"]);
    await may(["dynamodb:DescribeStream"]);
    await putAll(table.name, "b");
    await soon(async () => (await get(UUID!)).LastProcessingResult).toMatch(/^PROBLEM: Cannot access stream/);
    expect(seen(table, mapped)).toEqual(["a"]);
    await may(reading);
    await eventually(() => seen(table, mapped), ["a", "b"]);
    iam.destroy();
  });
});

/** What fits a pattern, of a record with these members. */
describe("an event pattern", () => {
  const event = {
    a: "Text",
    n: 5,
    no: null,
    empty: "",
    list: ["x", "y"],
    deep: { b: "B", rows: [{ k: "1", v: "2" }] },
  };
  // Each line of Lambda's documentation of filters, and its opposite: a pattern that fits too much calls functions for nothing.
  it.each([
    [{ a: ["Text"] }, true],
    [{ a: ["text"] }, false],
    [{ a: ["other", "Text"] }, true],
    [{ a: ["Text"], n: [6] }, false],
    [{ n: [5] }, true],
    [{ n: ["5"] }, false],
    [{ no: [null] }, true],
    [{ missing: [null] }, false],
    [{ empty: [""] }, true],
    [{ list: ["y"] }, true],
    [{ deep: { b: ["B"] } }, true],
    [{ deep: { rows: { k: ["1"], v: ["2"] } } }, true],
    [{ deep: { rows: { k: ["1"], v: ["1"] } } }, false],
    [{ a: [{ prefix: "Te" }] }, true],
    [{ a: [{ suffix: "Te" }] }, false],
    [{ a: [{ "equals-ignore-case": "tEXT" }] }, true],
    [{ a: [{ "anything-but": ["Text"] }] }, false],
    [{ a: [{ "anything-but": "other" }] }, true],
    [{ a: [{ "anything-but": { prefix: "T" } }] }, false],
    [{ missing: [{ "anything-but": "other" }] }, false],
    [{ n: [{ numeric: [">", 0, "<=", 5] }] }, true],
    [{ n: [{ numeric: ["=", 6] }] }, false],
    [{ a: [{ numeric: [">", 0] }] }, false],
    [{ a: [{ exists: true }] }, true],
    [{ missing: [{ exists: false }] }, true],
    [{ deep: [{ exists: true }] }, false],
    [{ $or: [{ a: ["no"] }, { n: [5] }] }, true],
    [{ $or: [{ a: ["no"] }, { n: [6] }] }, false],
    [{ toString: [{ exists: false }] }, true],
    [{}, true],
  ])("%j fits: %s", (pattern, fits) => {
    expect(compilePattern(JSON.stringify(pattern))(event)).toBe(fits);
  });
});

describe("the operations", () => {
  // Infrastructure tools read all of it back, and compare.
  it("make, show, list, change, tag and delete a mapping", async () => {
    const table = await makeTable();
    const made = await map({ FunctionName: name, EventSourceArn: table.arn, Enabled: false, Tags: { app: "notes" } });
    const { UUID, EventSourceMappingArn } = made;
    expect(made).toMatchObject({
      ...{ State: "Creating", StateTransitionReason: "User action", LastProcessingResult: "No records processed" },
      ...{ StartingPosition: "TRIM_HORIZON", BatchSize: 100, MaximumBatchingWindowInSeconds: 0 },
      ...{ ParallelizationFactor: 1, MaximumRecordAgeInSeconds: -1, MaximumRetryAttempts: -1 },
      ...{ BisectBatchOnFunctionError: false, TumblingWindowInSeconds: 0, FunctionResponseTypes: [] },
      ...{ EventSourceArn: table.arn, DestinationConfig: { OnFailure: {} } },
      FunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
    });
    expect(made.LastModified).toBeInstanceOf(Date);
    expect(EventSourceMappingArn).toBe(`arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:${UUID}`);
    expect((await get(UUID!)).State).toBe("Disabled");
    const second = map({ FunctionName: name, EventSourceArn: table.arn });
    expect(await said(second)).toBe(
      `ResourceConflictException: The event source arn (" ${table.arn} ") and function (" ${name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    );
    const changed = await lambda.send(
      new UpdateEventSourceMappingCommand({ UUID, BatchSize: 7, BisectBatchOnFunctionError: true }),
    );
    expect(changed).toMatchObject({ State: "Updating", BatchSize: 7, BisectBatchOnFunctionError: true });
    const listed = async (asked: object) =>
      (await lambda.send(new ListEventSourceMappingsCommand(asked))).EventSourceMappings!.map((one) => one.UUID);
    expect(await listed({ FunctionName: name })).toEqual([UUID]);
    expect(await listed({ EventSourceArn: table.arn })).toEqual([UUID]);
    expect(await listed({ EventSourceArn: `${table.arn}0` })).toEqual([]);
    const tagged = async () => (await lambda.send(new ListTagsCommand({ Resource: EventSourceMappingArn }))).Tags;
    await lambda.send(new TagResourceCommand({ Resource: EventSourceMappingArn, Tags: { more: "yes" } }));
    await lambda.send(new UntagResourceCommand({ Resource: EventSourceMappingArn, TagKeys: ["app"] }));
    expect(await tagged()).toEqual({ more: "yes" });
    expect((await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).State).toBe("Deleting");
    const missing = "ResourceNotFoundException: The resource you requested does not exist.";
    expect(await said(get(UUID!))).toBe(missing);
    expect(await said(lambda.send(new DeleteEventSourceMappingCommand({ UUID })))).toBe(missing);
    expect(await said(tagged())).toBe(missing);
  });

  // What is not carried out is refused by its name; what is wrong, in AWS's words where they are known.
  it("refuse what they must", async () => {
    const table = await makeTable();
    const refusal = (more: Partial<CreateEventSourceMappingCommandInput>) =>
      said(map({ FunctionName: name, EventSourceArn: table.arn, ...more }));
    const source = (EventSourceArn: string) => refusal({ EventSourceArn });
    const unserved = (what: string) => `InvalidParameterValueException: ${what} is not supported by this local cloud.`;
    expect(await source("arn:aws:sqs:eu-west-1:123456789012:queue")).toBe(
      unserved("An event source mapping of an Amazon SQS queue"),
    );
    expect(await source("arn:aws:kinesis:eu-west-1:123456789012:stream/s")).toMatch(/an Amazon Kinesis stream is not/);
    expect(await source(table.arn.replace(/\/stream.*/, ""))).toMatch(/Unrecognized event source\.$/);
    expect(await source(table.arn.replace(/[^/]+$/, "2020-01-01T00:00:00.000"))).toMatch(/: Stream not found: arn/);
    expect(await refusal({ FunctionName: "nobody" })).toMatch(/^ResourceNotFoundException: Function not found: arn/);
    expect(await refusal({ StartingPosition: undefined })).toMatch(/Value null at 'startingPosition'/);
    expect(await refusal({ StartingPosition: "AT_TIMESTAMP" })).toMatch(/AT_TIMESTAMP is not a starting position/);
    expect(await refusal({ BatchSize: 10_001 })).toMatch(/^ValidationException: .*less than or equal to 10000/);
    expect(await refusal({ MaximumRecordAgeInSeconds: 30 })).toMatch(/between 60 and 604800/);
    expect(await refusal({ TumblingWindowInSeconds: 30 })).toBe(unserved("TumblingWindowInSeconds"));
    expect(await refusal({ MetricsConfig: { Metrics: ["EventCount"] } })).toBe(unserved("MetricsConfig"));
    const Destination = "arn:aws:sqs:eu-west-1:123456789012:queue";
    expect(await refusal({ DestinationConfig: { OnFailure: { Destination } } })).toBe(
      unserved("DestinationConfig.OnFailure"),
    );
    for (const Pattern of ["nonsense", '{"a":"b"}', '{"a":[]}', '{"a":[{"cidr":"10.0.0.0/8"}]}', ""])
      expect(await refusal({ FilterCriteria: { Filters: [{ Pattern }] } })).toBe(
        "InvalidParameterValueException: Invalid filter pattern definition.",
      );
    expect((await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }))).EventSourceMappings).toEqual(
      [],
    );
  });

  // A stream that ends is read to its end, and its mapping is still there to be deleted.
  it("know a mapping whose stream has ended", async () => {
    const table = await makeTable();
    const { UUID } = await map({ FunctionName: name, EventSourceArn: table.arn, Enabled: false });
    await putAll(table.name, "ab");
    await dynamodb.send(
      new UpdateTableCommand({ TableName: table.name, StreamSpecification: { StreamEnabled: false } }),
    );
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await soon(() => seen(table)).toEqual(["ab"]);
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  });
});
