/** What only the wire shows: error shapes, checksums, validation texts, operations nobody made; boto3 and the aws CLI. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../../../stacks/local/dynamodb/operations.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { awsCli, missing, pythonWith } from "../../../support/tools.ts";

const run = promisify(execFile);
let cloud: TestCloud;
let signed: AwsClient;

beforeAll(async () => {
  cloud = await startTestCloud();
  signed = new AwsClient({ ...cloud.credentials, service: "dynamodb", region: cloud.region, retries: 0 });
});

afterAll(() => cloud?.close());

async function call(operation: string, input: unknown) {
  const response = await signed.fetch(`${cloud.endpoint}/`, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
    body: typeof input === "string" ? input : JSON.stringify(input),
  });
  const body = await response.text();
  return { status: response.status, headers: response.headers, body, json: JSON.parse(body) };
}

const ids = {
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
};

describe("answers", () => {
  // Old SDKs check it; a wrong one makes them retry for ever.
  it("carry their checksum, errors too", async () => {
    for (const [operation, input] of [
      ["ListTables", {}],
      ["DescribeTable", { TableName: "none" }],
    ] as const) {
      const { headers, body } = await call(operation, input);
      expect(headers.get("x-amz-crc32")).toBe(String(crc32(body)));
    }
  });

  // A 200 for what nobody did would be a lie.
  it("say UnknownOperationException for what is not there", async () => {
    expect(await call("ExportTableToPointInTime", {})).toMatchObject({
      status: 400,
      json: { __type: "com.amazon.coral.service#UnknownOperationException" },
    });
    expect(await call("ExecuteStatement", { Statement: "SELECT * FROM t" })).toMatchObject({
      status: 400,
      json: { __type: "com.amazon.coral.validate#ValidationException" },
    });
  });

  it.each([
    [
      "PutItem",
      { TableName: "ab", Item: {} },
      "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
    ],
    [
      "PutItem",
      { Item: {} },
      "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    ],
    [
      "GetItem",
      { TableName: "a;", ReturnConsumedCapacity: "x" },
      "4 validation errors detected: Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3; Value null at 'key' failed to satisfy constraint: Member must not be null; Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
    ],
    [
      "PutItem",
      { TableName: "abc", Item: { id: { N: "x" } } },
      "The parameter cannot be converted to a numeric value: x",
    ],
    [
      "PutItem",
      { TableName: "abc", Item: { id: { S: "x", N: "1" } } },
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    ],
    [
      "PutItem",
      { TableName: "abc", Item: { id: { SS: [] } } },
      "One or more parameter values were invalid: An string set  may not be empty",
    ],
    [
      "PutItem",
      { TableName: "abc", Item: { id: { S: "x".repeat(410_000) } } },
      "Item size has exceeded the maximum allowed size",
    ],
    [
      "Query",
      { TableName: "abc" },
      "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    ],
  ])("judge %s %j", async (operation, input, message) => {
    expect((await call(operation, input)).json).toEqual({
      __type: "com.amazon.coral.validate#ValidationException",
      message,
    });
  });

  // Each member that is not carried out says so; none is passed over.
  it("refuse by name what is not carried out", async () => {
    const refused = Object.entries(operations).flatMap(([name, one]) =>
      (one.refused ?? []).map((member) => [name, member] as const),
    );
    expect(refused.length).toBeGreaterThan(5);
    for (const [operation, member] of refused)
      expect((await call(operation, { TableName: "abc", [member]: [{ some: "thing" }] })).json.message).toBe(
        `${member} is not supported by the local cloud's DynamoDB`,
      );
  });

  // What the model limits and DynamoDB counts itself, in other words than the model's.
  it.each([
    ["TagResource", { ResourceArn: "", Tags: [] }, "Invalid TableArn"],
    ["UntagResource", { ResourceArn: "x".repeat(1284), TagKeys: ["a"] }, "Invalid TableArn"],
    ["ListTagsOfResource", { ResourceArn: "" }, "Invalid TableArn"],
    [
      "BatchWriteItem",
      {
        RequestItems: Object.fromEntries(
          Array.from({ length: 26 }, (_, n) => [`table-${n}`, [{ DeleteRequest: { Key: { id: { S: "x" } } } }]]),
        ),
      },
      "Too many items requested for the BatchWriteItem call",
    ],
    [
      "BatchGetItem",
      {
        RequestItems: Object.fromEntries(
          Array.from({ length: 101 }, (_, n) => [`table-${n}`, { Keys: [{ id: { S: "x" } }] }]),
        ),
      },
      "Too many items requested for the BatchGetItem call",
    ],
  ])("limit %s in their own words (%#)", async (operation, input, text) => {
    const { status, json } = await call(operation, input);
    expect([status, json.message]).toEqual([400, expect.stringContaining(text)]);
  });

  it("say what cannot be read", async () => {
    expect((await call("PutItem", { TableName: "abc", Item: { id: { S: 5 } } })).json).toEqual({
      __type: "com.amazon.coral.service#SerializationException",
      message: "NUMBER_VALUE cannot be converted to String",
    });
    expect((await call("PutItem", "{nonsense")).json.__type).toBe("com.amazon.coral.service#SerializationException");
  });

  // A deep document must not end the process.
  it("refuse values nested without end", async () => {
    const deep = `${'{"L":['.repeat(2000)}${"]}".repeat(2000)}`;
    const { status, json } = await call("PutItem", `{"TableName":"abc","Item":{"id":${deep}}}`);
    expect([status, json.message]).toEqual([400, "Nesting Levels have exceeded supported limits"]);
  });

  it("take names that JavaScript gives a meaning", async () => {
    const TableName = `t-${randomUUID()}`;
    await call("CreateTable", { ...ids, TableName });
    const item = '{"id":{"S":"x"},"__proto__":{"S":"p"},"constructor":{"M":{"__proto__":{"N":"1"}}}}';
    expect((await call("PutItem", `{"TableName":"${TableName}","Item":${item}}`)).status).toBe(200);
    const { body } = await call("GetItem", { TableName, Key: { id: { S: "x" } } });
    expect(body).toBe(`{"Item":${item}}`);
    const update = await call("UpdateItem", {
      TableName,
      Key: { id: { S: "x" } },
      UpdateExpression: "SET n = :n",
      ExpressionAttributeValues: { ":n": { N: "1" } },
      ReturnValues: "ALL_NEW",
    });
    expect(update.body).toBe(`{"Attributes":${item.slice(0, -1)},"n":{"N":"1"}}}`);
  });

  // The parameters from before expressions are still in old code.
  it("take the parameters that came before expressions", async () => {
    const TableName = `t-${randomUUID()}`;
    await call("CreateTable", { ...ids, TableName });
    const Key = { id: { S: "x" } };
    const put = { TableName, Item: { ...Key, v: { N: "1" } }, Expected: { id: { Exists: false } } };
    expect((await call("PutItem", put)).status).toBe(200);
    expect((await call("PutItem", put)).json.__type).toContain("ConditionalCheckFailedException");
    await call("UpdateItem", { TableName, Key, AttributeUpdates: { v: { Action: "ADD", Value: { N: "2" } } } });
    const conditions = { id: { ComparisonOperator: "EQ", AttributeValueList: [Key.id] } };
    const found = await call("Query", { TableName, KeyConditions: conditions, AttributesToGet: ["v"] });
    expect(found.json).toEqual({ Items: [{ v: { N: "3" } }], Count: 1, ScannedCount: 1 });
  });
});

const aws = awsCli();
describe.skipIf(missing(aws, "the aws CLI"))("the aws CLI", () => {
  const cli = async (...args: string[]) => {
    const { stdout } = await run(aws!, ["dynamodb", ...args, "--output", "json"], {
      env: { ...process.env, ...cloud.env },
    });
    return stdout ? JSON.parse(stdout) : undefined;
  };

  it("makes, fills, reads and deletes a table", async () => {
    const name = `cli-${randomUUID()}`;
    await cli(
      "create-table",
      "--table-name",
      name,
      "--billing-mode",
      "PAY_PER_REQUEST",
      "--attribute-definitions",
      "AttributeName=id,AttributeType=S",
      "--key-schema",
      "AttributeName=id,KeyType=HASH",
    );
    await cli("wait", "table-exists", "--table-name", name);
    await cli("put-item", "--table-name", name, "--item", '{"id":{"S":"x"},"n":{"N":"1"}}');
    expect(await cli("scan", "--table-name", name)).toMatchObject({
      Count: 1,
      Items: [{ id: { S: "x" }, n: { N: "1" } }],
    });
    await cli("delete-table", "--table-name", name);
    await cli("wait", "table-not-exists", "--table-name", name);
  });
});

const python = pythonWith("boto3");
describe.skipIf(missing(python, "Python with boto3"))("boto3", () => {
  const program = `
import boto3, decimal, sys
from boto3.dynamodb.conditions import Key, Attr
name = sys.argv[1]
db = boto3.resource("dynamodb")
table = db.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
  AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
  KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}])
table.wait_until_exists()
with table.batch_writer() as batch:
    for at in range(60):
        batch.put_item(Item={"id": "a", "at": at, "v": decimal.Decimal("1.5"), "raw": b"\\x00\\xff", "tags": {"x", "y"}})
page = table.query(KeyConditionExpression=Key("id").eq("a") & Key("at").between(10, 19), FilterExpression=Attr("v").gt(1))
assert [int(item["at"]) for item in page["Items"]] == list(range(10, 20)), page
assert page["Items"][0]["raw"].value == b"\\x00\\xff" and page["Items"][0]["tags"] == {"x", "y"}
try:
    table.put_item(Item={"id": "a", "at": 1}, ConditionExpression=Attr("id").not_exists())
    raise SystemExit("no condition failed")
except db.meta.client.exceptions.ConditionalCheckFailedException:
    pass
table.delete()
table.wait_until_not_exists()
print("done")
`;

  it("makes, fills, queries and deletes a table", async () => {
    const { stdout } = await run(python!, ["-c", program, `py-${randomUUID()}`], {
      env: { ...process.env, ...cloud.env },
    });
    expect(stdout.trim()).toBe("done");
  });
});
