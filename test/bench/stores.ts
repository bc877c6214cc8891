/** Items and objects per second, durable, 16 requests in flight with the AWS SDK as client; dynalite beside it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "../support/aws.ts";
import type { Home } from "../support/home.ts";
import { table } from "./table.ts";

const inFlight = 16;
const perRun = 2_000;
const runs = 5;

/** Operations per second of `count` calls, `inFlight` at a time. */
async function rate(count: number, call: (i: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let i = next++; i < count; i = next++) await call(i);
    }),
  );
  return (count * 1000) / (performance.now() - started);
}

async function peerPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("exit", () => reject(new Error("dynalite did not start")));
  });
}

const value = { S: "x".repeat(1_000) };
const calls: Record<string, (client: DynamoDBClient) => (i: number) => Promise<unknown>> = {
  "PutItem 1 KB": (client) => (i) =>
    client.send(
      new PutItemCommand({ TableName: "bench", Item: { pk: { S: `p${i % 50}` }, sk: { N: String(i) }, value } }),
    ),
  "GetItem 1 KB": (client) => (i) =>
    client.send(new GetItemCommand({ TableName: "bench", Key: { pk: { S: `p${i % 50}` }, sk: { N: String(i) } } })),
  "Query 40 x 1 KB": (client) => (i) =>
    client.send(
      new QueryCommand({
        TableName: "bench",
        Limit: 40,
        KeyConditionExpression: "pk = :p",
        ExpressionAttributeValues: { ":p": { S: `p${i % 50}` } },
      }),
    ),
};

export async function stores(home: Home): Promise<void> {
  await home.freehold("cloud", "start");
  const config = clientConfig(await home.json("cloud", "env"));
  const peer = spawn(process.execPath, [join(import.meta.dirname, "dynalite-server.ts"), join(home.dir, "dynalite")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await dynamodb(
      new DynamoDBClient(config),
      new DynamoDBClient({ ...config, endpoint: `http://127.0.0.1:${await peerPort(peer)}` }),
    );
    await s3(new S3Client({ ...config, forcePathStyle: true }));
  } finally {
    peer.kill();
  }
}

async function dynamodb(ours: DynamoDBClient, theirs: DynamoDBClient): Promise<void> {
  for (const client of [ours, theirs])
    await client.send(
      new CreateTableCommand({
        TableName: "bench",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "N" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      }),
    );
  for (const [name, call] of Object.entries(calls)) {
    const samples: number[] = [];
    const peers: number[] = [];
    for (let i = 0; i < runs; i++) {
      samples.push(await rate(perRun, call(ours)));
      peers.push(await rate(perRun, call(theirs)));
    }
    table.add({
      name: `DynamoDB ${name}, ${inFlight} in flight (client included)`,
      unit: "ops/s",
      goal: "> 1x",
      samples,
      peer: { name: "dynalite on disk", samples: peers },
    });
  }
}

async function s3(client: S3Client): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: "bench" }));
  const Body = Buffer.alloc(10_000, "x");
  const put: number[] = [];
  const get: number[] = [];
  for (let i = 0; i < runs; i++) {
    put.push(await rate(1_000, (n) => client.send(new PutObjectCommand({ Bucket: "bench", Key: `k${n}`, Body }))));
    get.push(
      await rate(1_000, async (n) =>
        (await client.send(new GetObjectCommand({ Bucket: "bench", Key: `k${n}` }))).Body?.transformToByteArray(),
      ),
    );
  }
  table.add({
    name: `S3 PutObject 10 KB, ${inFlight} in flight (client included)`,
    unit: "ops/s",
    goal: "-",
    samples: put,
  });
  table.add({
    name: `S3 GetObject 10 KB, ${inFlight} in flight (client included)`,
    unit: "ops/s",
    goal: "-",
    samples: get,
  });
}
