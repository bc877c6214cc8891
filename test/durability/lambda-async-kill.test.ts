/** kill -9 of the local cloud with asynchronous invocations in flight: each that was accepted runs, at least once. */
import { randomInt, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { zip } from "../stacks/local/lambda/harness.ts";
import { type CloudProcess, startCloudProcess } from "../support/cloud-process.ts";
import { rounds } from "../support/tools.ts";

const TableName = "ran";
/** What it writes is durable before it answers: the only witness that a kill cannot silence. */
const writes = `import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
  const client = new DynamoDBClient({});
  export const handler = ({ id }) => client.send(new PutItemCommand({ TableName: "${TableName}", Item: { id: { S: id } } }));`;

const configOf = ({ endpoint, credentials }: CloudProcess) => ({
  ...{ endpoint, credentials, region: "eu-west-1", maxAttempts: 1 },
});

async function prepare(cloud: CloudProcess): Promise<void> {
  const config = configOf(cloud);
  const iam = new IAMClient(config);
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const document = (Statement: object) => JSON.stringify({ Version: "2012-10-17", Statement });
  const role = { RoleName: "writer", AssumeRolePolicyDocument: document(trust) };
  const { Role } = await iam.send(new CreateRoleCommand(role));
  const may = document({ Effect: "Allow", Action: "dynamodb:PutItem", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "writer", PolicyName: "writes", PolicyDocument: may }));
  await new DynamoDBClient(config).send(
    new CreateTableCommand({
      ...{ TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] },
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  const client = new LambdaClient(config);
  await client.send(
    new CreateFunctionCommand({
      ...{ FunctionName: "writer", Runtime: "nodejs24.x", Handler: "index.handler", Role: Role!.Arn!, Timeout: 20 },
      Code: { ZipFile: zip({ "index.mjs": writes }) },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 },
    { FunctionName: "writer" },
  );
}

/** Four callers until the cloud is gone; answers the events that it accepted. */
async function callUntilGone(cloud: CloudProcess, killAfter: number): Promise<string[]> {
  const client = new LambdaClient(configOf(cloud));
  const accepted: string[] = [];
  let killed: Promise<void> | undefined;
  const caller = async (): Promise<void> => {
    while (!killed) {
      const id = randomUUID();
      const Payload = JSON.stringify({ id });
      const call = new InvokeCommand({ FunctionName: "writer", InvocationType: "Event", Payload });
      const { StatusCode } = await client.send(call).catch(() => ({ StatusCode: undefined }));
      if (StatusCode !== 202) continue;
      accepted.push(id);
      if (accepted.length >= killAfter) killed ??= cloud.kill();
    }
  };
  await Promise.all([caller(), caller(), caller(), caller()]);
  await killed;
  client.destroy();
  return accepted;
}

async function missing(cloud: CloudProcess, accepted: ReadonlySet<string>): Promise<number> {
  const left = new Set(accepted);
  const client = new DynamoDBClient(configOf(cloud));
  for await (const { Items } of paginateScan({ client }, { TableName }))
    for (const { id } of Items!) left.delete(id!.S!);
  return left.size;
}

// Accepted is a promise: the caller has gone and will not ask again.
test("accepted events run although the cloud is killed, again and again", {
  timeout: 60_000 + rounds * 30_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "freehold-async-"));
  let cloud = await startCloudProcess(dir);
  await prepare(cloud);
  const accepted = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const id of await callUntilGone(cloud, randomInt(5, 60))) accepted.add(id);
    cloud = await startCloudProcess(dir);
  }
  await expect.poll(() => missing(cloud, accepted), { timeout: 60_000, interval: 100 }).toBe(0);
  expect(accepted.size).toBeGreaterThanOrEqual(rounds * 5);
  expect(await cloud.end()).toBe(0);
  await rm(dir, { recursive: true });
});
