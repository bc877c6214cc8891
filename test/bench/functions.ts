/**
 * Functions on the local cloud: warm and cold calls through function URLs, streams, the same beside sixteen writers of
 * DynamoDB, and memory. The client is a process of its own; the peers take turns with ours in the same run.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  type InvokeMode,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { type ClientConfig, clientConfig } from "../support/aws.ts";
import { type Home, run } from "../support/home.ts";
import { startPeers } from "./function-peers.ts";
import { table } from "./table.ts";

const rounds = 3;
const hello = `export const handler = async () => ({ statusCode: 200, body: "hello" });`;
const stream = `export const handler = awslambda.streamifyResponse(async (event, out) => { out.write("hello"); out.end(); });`;
const clients = `import { DynamoDBClient } from "@aws-sdk/client-dynamodb"; import { S3Client } from "@aws-sdk/client-s3";
  const kept = [new DynamoDBClient({}), new S3Client({})];
  export const handler = async () => ({ statusCode: 200, body: String(kept.length) });`;

interface Figures {
  rate: number;
  p50: number;
  p99: number;
}

async function load(url: string, ...args: string[]): Promise<Figures> {
  const finished = await run([join(import.meta.dirname, "load.ts"), url, ...args], process.env);
  if (finished.code !== 0) throw new Error(`the load generator failed at ${url}: ${finished.stderr.slice(-500)}`);
  return JSON.parse(finished.stdout);
}

/** Names below localhost need no resolver. */
function get(url: string): Promise<void> {
  const { host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers: { host } }, (response) => {
      if (response.statusCode === 200) response.resume().once("end", resolve);
      else reject(new Error(`${url} answered ${response.statusCode}`));
    })
      .once("error", reject)
      .end();
  });
}

export async function functions(home: Home): Promise<void> {
  await home.freehold("setup", "--yes");
  await home.freehold("cloud", "start");
  const config = clientConfig(await home.json("cloud", "env"));
  const lambda = new LambdaClient(config);
  const create = await maker(lambda, new IAMClient(config));
  const { pid } = (await (await fetch(`${config.endpoint}/_freehold/health`)).json()) as { pid: number };
  const idle = pss(pid);
  const url = await create("hello", hello);
  const streamUrl = await create("stream", stream, "RESPONSE_STREAM");
  await load(url, "--connections", "8", "--seconds", "2");
  await load(streamUrl, "--seconds", "1");
  await warm(url);
  await cold(lambda, url);
  await beside(new DynamoDBClient(config), url, streamUrl, config);
  await memory(pid, idle, create);
}

async function warm(url: string): Promise<void> {
  const peers = await startPeers();
  try {
    const one: Figures[] = [];
    const eight: Figures[] = [];
    const theirs = new Map(peers.map(({ name }) => [name, [] as Figures[]]));
    for (const { url } of peers) await load(url, "--seconds", "1").catch(() => undefined);
    for (let i = 0; i < rounds; i++) {
      one.push(await load(url));
      eight.push(await load(url, "--connections", "8"));
      for (const peer of peers) theirs.get(peer.name)!.push(await load(peer.url, "--connections", "8"));
    }
    const row = (name: string, unit: string, goal: string, samples: number[]): void =>
      table.add({ name: `function URL, warm, ${name}`, unit, goal, samples });
    row(
      "1 connection, p50",
      "ms",
      "<= 0.6",
      one.map(({ p50 }) => p50),
    );
    row(
      "1 connection, p99",
      "ms",
      "-",
      one.map(({ p99 }) => p99),
    );
    const samples = eight.map(({ rate }) => rate);
    row("8 connections", "calls/s", ">= 2000", samples);
    for (const [name, figures] of theirs)
      table.add({
        ...{
          name: "function URL, warm, 8 connections",
          unit: "calls/s",
          goal: name.startsWith("serverless") ? ">= 8x" : "-",
        },
        samples,
        peer: { name, samples: figures.map(({ rate }) => rate) },
      });
  } finally {
    for (const { stop } of peers) stop();
  }
}

/** A change of the configuration takes the warm environment away. */
async function cold(lambda: LambdaClient, url: string): Promise<void> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < 10; i++) {
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: "hello", Description: `${i}`, Timeout: 20 + i }),
    );
    await waitUntilFunctionUpdatedV2(
      { client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 },
      { FunctionName: "hello" },
    );
    const started = performance.now();
    await get(url);
    ours.push(performance.now() - started);
    bare.push((await run(["-e", "0"], {})).ms);
  }
  const peer = { name: "node -e 0", samples: bare };
  table.add({ name: "function URL, cold hello", unit: "ms", goal: "<= 1.5x", samples: ours, peer });
}

async function beside(client: DynamoDBClient, url: string, streamUrl: string, config: ClientConfig): Promise<void> {
  await client.send(
    new CreateTableCommand({
      ...{ TableName: "busy", BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }] },
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    }),
  );
  await load(url, "--seconds", "1");
  const alone: Figures[] = [];
  const busy: Figures[] = [];
  const first: Figures[] = [];
  const firstBusy: Figures[] = [];
  const { accessKeyId, secretAccessKey } = config.credentials;
  for (let i = 0; i < rounds; i++) {
    alone.push(await load(url));
    first.push(await load(streamUrl, "--first"));
    const writers = spawn(process.execPath, [join(import.meta.dirname, "writers.ts"), config.endpoint, "busy"], {
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "eu-west-1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => writers.stdout.once("data", resolve));
      // Both ends are warm before anything is measured: what comes first would meet slower writers.
      await load(url, "--seconds", "2");
      busy.push(await load(url));
      firstBusy.push(await load(streamUrl, "--first"));
    } finally {
      writers.kill();
    }
  }
  const p50 = (figures: Figures[]): number[] => figures.map((figure) => figure.p50);
  const peer = (samples: number[]) => ({ name: "alone", samples });
  table.add({ name: "stream, first byte, warm, p50", unit: "ms", goal: "<= 10", samples: p50(first) });
  table.add({
    ...{ name: "function URL, warm, beside 16 writers, p50", unit: "ms", goal: "<= 2x" },
    ...{ samples: p50(busy), peer: peer(p50(alone)) },
  });
  table.add({
    ...{ name: "stream, first byte, beside 16 writers, p50", unit: "ms", goal: "<= 2x" },
    ...{ samples: p50(firstBusy), peer: peer(p50(first)) },
  });
}

async function memory(pid: number, idle: number, create: Create): Promise<void> {
  const before = pss(pid);
  for (let i = 0; i < 10; i++) await get(await create(`clients${i}`, clients));
  table.add({ name: "local cloud idle, PSS", unit: "MiB", goal: "<= 120", samples: [idle] });
  table.add({
    ...{ name: "10 warm functions with two SDK clients, more PSS", unit: "MiB", goal: "<= 650" },
    samples: [pss(pid) - before],
  });
}

type Create = (name: string, code: string, mode?: InvokeMode) => Promise<string>;

/** Makes public functions; answers their addresses. */
async function maker(lambda: LambdaClient, iam: IAMClient): Promise<Create> {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "bench", AssumeRolePolicyDocument }));
  return async (FunctionName, code, InvokeMode = "BUFFERED") => {
    await lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName, Runtime: "nodejs24.x", Handler: "index.handler", Role: Role!.Arn!, Timeout: 20 },
        ...{ MemorySize: 256, Code: { ZipFile: zipSync({ "index.mjs": strToU8(code) }) } },
      }),
    );
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 },
      { FunctionName },
    );
    const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", InvokeMode }));
    const open = { FunctionName, Principal: "*" };
    await lambda.send(
      new AddPermissionCommand({
        ...{ ...open, StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        ...{ ...open, StatementId: "call", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
      }),
    );
    return made.FunctionUrl!;
  };
}

/** Of a process and all below it, in MiB: what is shared counts once. NaN where the system does not say. */
function pss(root: number): number {
  try {
    const parents = new Map<number, number>();
    for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      } catch {
        // Gone meanwhile.
      }
    const below = (pid: number): boolean => pid === root || (parents.has(pid) && below(parents.get(pid)!));
    const kb = [...parents.keys()]
      .filter(below)
      .map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0));
    return kb.reduce((sum, value) => sum + value, 0) / 1024;
  } catch {
    return Number.NaN;
  }
}
