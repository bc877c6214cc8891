/** AWS Lambda Powertools for TypeScript: an app of libraries that nobody here wrote, read back over CloudWatch Logs. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateEventSourceMappingCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allow, createRole, trust } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { createFunction } from "./harness.ts";

let cloud: TestCloud;
let client: LambdaClient;
let role: string;
let name: string;
beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  client = new LambdaClient(cloud.config);
  role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }), [allow("dynamodb:*")]);
  name = await bundled("orders");
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

/** A function of one of the fixtures, as its users would ship it. */
async function bundled(fixture: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/fixtures/${fixture}.ts`],
    ...{ bundle: true, minify: true, write: false, platform: "node", format: "cjs", target: "node24" },
    external: ["@aws-sdk/*"],
  });
  const files = { "index.js": outputFiles[0]!.text };
  return createFunction(client, files, { Role: role, Timeout: 20, MemorySize: 256 });
}

async function call(event: unknown) {
  const sent = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return { ...sent, value: JSON.parse(sent.Payload!.transformToString()) };
}

/** What a filter of CloudWatch Logs finds, as JSON. */
async function found(filterPattern: string, count: number): Promise<any[]> {
  const logs = new CloudWatchLogsClient(cloud.config);
  const read = async () =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, filterPattern }))).events!;
  await expect.poll(async () => (await read()).length, { timeout: 10_000 }).toBe(count);
  return (await read()).map(({ message }) => JSON.parse(message!));
}

// Its logger and its metrics write to the streams themselves and read the context: all of it as on Lambda.
test("its logger, metrics and parser work, and what they say is found in the log", async () => {
  const good = await call({ id: 7, items: ["tea", "milk"] });
  expect({ error: good.FunctionError, value: good.value }).toEqual({ error: undefined, value: { id: 7 } });
  const bad = await call({ id: "seven", items: [] });
  expect(bad.FunctionError).toBe("Unhandled");
  expect(bad.value.errorType).toBe("ParseError");

  const [info] = await found('{ $.level = "INFO" && $.order = 7 }', 1);
  expect(info).toMatchObject({
    ...{ level: "INFO", message: "an order", service: "orders", order: 7, cold_start: true },
    ...{ function_name: name, function_memory_size: "256", function_request_id: good.$metadata.requestId },
    function_arn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
  });
  expect(info.xray_trace_id).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  const [error] = await found('{ $.level = "ERROR" && $.service = "orders" }', 1);
  expect(error).toMatchObject({ message: "no order", cold_start: false, error: { name: "ParseError" } });

  const published = await found('{ $._aws.CloudWatchMetrics[0].Namespace = "shop" }', 2);
  expect(published).toContainEqual(expect.objectContaining({ service: "orders", items: 2 }));
  expect(published).toContainEqual(expect.objectContaining({ ColdStart: 1, function_name: name }));
});

// It reads Lambda's event and answers with its report: what it refused comes again, what it did before does not.
test("its batch processor follows a table's stream and reports what it refuses", async () => {
  const FunctionName = await bundled("follower");
  const dynamodb = new DynamoDBClient(cloud.config);
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: "payments",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  for (const [id, N] of Object.entries({ a: "1", b: "-1", c: "2" }))
    await dynamodb.send(new PutItemCommand({ TableName: "payments", Item: { id: { S: id }, amount: { N } } }));
  dynamodb.destroy();
  const source = { EventSourceArn: TableDescription!.LatestStreamArn, StartingPosition: "TRIM_HORIZON" } as const;
  const failures = { FunctionResponseTypes: ["ReportBatchItemFailures" as const], MaximumRetryAttempts: 0 };
  await client.send(new CreateEventSourceMappingCommand({ FunctionName, ...source, ...failures }));
  const logs = new CloudWatchLogsClient(cloud.config);
  const followed = async (): Promise<string[]> => {
    const asked = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "FOLLOWED" };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(asked)).catch(() => ({ events: [] }));
    return events.map(({ message }) => /FOLLOWED (\w)/.exec(message!)![1]!);
  };
  // Sent a, b and c; b was refused, so b and c are sent again, once.
  await expect.poll(followed, { timeout: 15_000 }).toEqual(["a", "c", "c"]);
  logs.destroy();
});
