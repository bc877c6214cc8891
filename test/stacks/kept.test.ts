/** Data that was kept goes for good, also where AWS refuses because it is going already, or changes. */
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Cloud } from "../../stacks/cloud.ts";
import { tableKind } from "../../stacks/components/context.ts";
import { removeKept, stillThere } from "../../stacks/deploy/kept.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";

const kept = { kind: tableKind, name: "notes", id: "home--notes--notes" };
let local: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let cloud: Cloud;
let client: DynamoDBClient;

beforeAll(async () => {
  local = await startTestCloud();
  proxy = await startFaultProxy(local.endpoint);
  const { accountId, env } = local;
  const place = { target: "aws", timeZone: "UTC", region: "eu-west-1", dir: local.dir } as const;
  cloud = { name: "home", ...place, accountId, endpoint: proxy.endpoint, environment: env, passphraseFile: "" };
  client = new DynamoDBClient(local.config);
});
beforeEach(async () => {
  proxy.plan([]);
  await client.send(
    new CreateTableCommand({
      ...{ TableName: kept.id, BillingMode: "PAY_PER_REQUEST" },
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
});
afterAll(async () => {
  client?.destroy();
  await proxy?.close();
  await local?.close();
});

const message = `Attempt to change a resource which is still in use: ${kept.id}`;
const inUse: Fault = { kind: "answer", status: 400, code: "ResourceInUseException", message, form: "json" };

it("a table that changes is waited for, and goes", async () => {
  proxy.plan([{ on: /DeleteTable/, fault: inUse, times: 1 }]);
  await removeKept(cloud, kept);
  expect(await stillThere(cloud, kept)).toBe(false);
  expect(proxy.count(/DeleteTable/)).toBe(2);
});

// An answer that was lost: the same deletion, asked for again, is refused because of the first.
it("a table that is going already is only waited for", async () => {
  const going: Fault = { kind: "edit", edit: (body) => body.replace('"ACTIVE"', '"DELETING"') };
  proxy.plan([
    { on: /DeleteTable/, fault: inUse, times: 1 },
    { on: /DescribeTable/, fault: going, times: 2 },
  ]);
  const removed = removeKept(cloud, kept);
  await expect.poll(() => proxy.count(/DescribeTable/)).toBeGreaterThan(1);
  await client.send(new DeleteTableCommand({ TableName: kept.id }));
  await removed;
  expect(proxy.count(/DeleteTable/)).toBe(1);
});

it("a table that is gone is done", async () => {
  await client.send(new DeleteTableCommand({ TableName: kept.id }));
  await removeKept(cloud, kept);
  expect(await stillThere(cloud, kept)).toBe(false);
});
