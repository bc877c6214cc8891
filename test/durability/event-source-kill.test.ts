/** kill -9 of the local cloud while a function is fed from a stream: each record reaches it, in order of its key. */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { createFunction } from "../stacks/local/lambda/harness.ts";
import { type CloudProcess, startCloudProcess } from "../support/cloud-process.ts";
import { allow, policy, trust } from "../support/identity.ts";
import { rounds as given } from "../support/tools.ts";

/** A function's start and a cloud's are dear: a third of what others take. */
const rounds = Math.ceil(given / 3);

/** Adds each record's version to the list of its key: durable before it answers. */
const follows = `import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
  const client = new DynamoDBClient({});
  export const handler = async ({ Records }) => {
    for (const { dynamodb: { NewImage: { id, version } } } of Records)
      await client.send(new UpdateItemCommand({
        TableName: "seen", Key: { id }, UpdateExpression: "SET versions = list_append(if_not_exists(versions, :none), :one)",
        ExpressionAttributeValues: { ":none": { L: [] }, ":one": { L: [version] } },
      }));
  };`;

const configOf = ({ endpoint, credentials }: CloudProcess) => ({
  ...{ endpoint, credentials, region: "eu-west-1", maxAttempts: 1 },
});

async function prepare(cloud: CloudProcess): Promise<void> {
  const config = configOf(cloud);
  const iam = new IAMClient(config);
  const AssumeRolePolicyDocument = trust({ Service: "lambda.amazonaws.com" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "follower", AssumeRolePolicyDocument }));
  const PolicyDocument = policy(allow("dynamodb:*"));
  await iam.send(new PutRolePolicyCommand({ RoleName: "follower", PolicyName: "may", PolicyDocument }));
  const dynamodb = new DynamoDBClient(config);
  const make = (TableName: string, more: object = {}) =>
    dynamodb.send(
      new CreateTableCommand({
        ...{ TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] },
        ...{ AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }], ...more },
      }),
    );
  await make("seen");
  const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" };
  const { TableDescription } = await make("source", { StreamSpecification });
  const lambda = new LambdaClient(config);
  const FunctionName = await createFunction(lambda, follows, { Role: Role!.Arn!, Timeout: 20 });
  const source = { EventSourceArn: TableDescription!.LatestStreamArn, StartingPosition: "TRIM_HORIZON" } as const;
  await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, ...source, BatchSize: 3, ParallelizationFactor: 2 }),
  );
  for (const client of [iam, dynamodb, lambda]) client.destroy();
}

/** A writer for each key, until the cloud is gone; notes the versions that were accepted. */
async function writeUntilGone(cloud: CloudProcess, versions: Map<string, number>, killAfter: number): Promise<void> {
  const client = new DynamoDBClient(configOf(cloud));
  let accepted = 0;
  let killed: Promise<void> | undefined;
  const writer = async (id: string): Promise<void> => {
    while (!killed) {
      const version = versions.get(id)! + 1;
      const Item = { id: { S: id }, version: { N: String(version) } };
      const put = client.send(new PutItemCommand({ TableName: "source", Item }));
      if (!(await put.catch(() => undefined))) continue;
      versions.set(id, version);
      accepted += 1;
      if (accepted >= killAfter) killed ??= cloud.kill();
    }
  };
  await Promise.all([...versions.keys()].map(writer));
  await killed;
  client.destroy();
}

/** The versions that the function saw of each key, without those that it had seen. */
async function seen(client: DynamoDBClient): Promise<Map<string, number[]>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: "seen", ConsistentRead: true }));
  const numbers = (list: { N?: string }[]): number[] => [...new Set(list.map(({ N }) => Number(N)))];
  return new Map(Items.map(({ id, versions }) => [id!.S!, numbers(versions!.L as { N?: string }[])]));
}

// A record lost or out of order leaves whatever is derived from the table wrong for ever, and nobody notices.
test("every record reaches the function, in order of its key, although the cloud is killed again and again", {
  timeout: 60_000 + rounds * 30_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "freehold-sources-"));
  let cloud = await startCloudProcess(dir);
  await prepare(cloud);
  const versions = new Map(["a", "b", "c", "d"].map((id) => [id, 0]));
  for (let round = 0; round < rounds; round++) {
    await writeUntilGone(cloud, versions, randomInt(10, 60));
    cloud = await startCloudProcess(dir);
  }
  const client = new DynamoDBClient(configOf(cloud));
  const lacking = async (): Promise<string[]> => {
    const found = await seen(client);
    return [...versions].filter(([id, last]) => (found.get(id)?.at(-1) ?? 0) < last).map(([id]) => id);
  };
  await expect.poll(lacking, { timeout: 60_000, interval: 100 }).toEqual([]);
  // A put whose answer was killed may be there, and is then written once more with its number.
  for (const [id, numbers] of await seen(client)) expect(numbers, id).toEqual(numbers.map((_, index) => index + 1));
  client.destroy();
  expect(await cloud.end()).toBe(0);
  await rm(dir, { recursive: true });
});
