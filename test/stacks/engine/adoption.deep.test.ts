/**
 * The worst moment to die: AWS has carried a create out and our journal does not know its answer. The real provider on
 * a real local cloud, one of every type an app consists of, each killed there at least once.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { IAMClient, ListPoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundledProcesses } from "../../support/bundled.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../support/local-cloud.ts";

let child: string;
const dir = mkdtempSync(join(tmpdir(), "adoption-"));

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
beforeAll(async () => {
  const source = new URL("support/aws-child.ts", import.meta.url).pathname;
  child = (await bundledProcesses(mkdtempSync(join(tmpdir(), "adoption-child-")), [source]))(source);
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
});
afterAll(async () => {
  await proxy?.close();
  await cloud?.close();
});

function start(op: string, generation: number): { process: ChildProcess; answer: Promise<any> } {
  const started = spawn(process.execPath, [child, dir, op, String(generation)], {
    env: { ...process.env, ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  started.stdout.on("data", (text) => (out += text));
  started.stderr.on("data", (text) => (err += text));
  const answer = new Promise((resolve, reject) => {
    started.once("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(null);
      else if (code === 0) resolve(JSON.parse(out.trim().split("\n").at(-1)!));
      else reject(new Error(err));
    });
  });
  return { process: started, answer };
}

async function run(op: string, generation: number): Promise<any> {
  proxy.plan([]);
  return start(op, generation).answer;
}

/** Lets every one of these calls have its effect, withholds the answers, and kills the process when all are done. */
async function killAfter(operations: RegExp[], generation: number): Promise<string[]> {
  let open = operations.length;
  let allDone = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    allDone = resolve;
  });
  const then = (): void => {
    open -= 1;
    if (open === 0) allDone();
  };
  proxy.plan(operations.map((on) => ({ on, times: 1, fault: { kind: "hang", told: then } })));
  const { process: started, answer } = start("up", generation);
  const early = await Promise.race([reached, answer]);
  expect(early, "it ended before every call was cut off").toBeUndefined();
  started.kill("SIGKILL");
  expect(await answer).toBeNull();
  return proxy.seen.map(({ operation }) => operation);
}

/** What AWS itself has, by type. */
async function inventory(): Promise<{ [type: string]: string[] }> {
  const { config } = cloud;
  const lambda = new LambdaClient(config);
  const [tables, roles, policies, functions, buckets, groups, parameters] = await Promise.all([
    new DynamoDBClient(config).send(new ListTablesCommand({})),
    new IAMClient(config).send(new ListRolesCommand({})),
    new IAMClient(config).send(new ListPoliciesCommand({ Scope: "Local" })),
    lambda.send(new ListFunctionsCommand({})),
    new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({})),
    new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({})),
    new SSMClient(config).send(new DescribeParametersCommand({})),
  ]);
  return {
    "aws:dynamodb/table:Table": tables.TableNames ?? [],
    "aws:iam/role:Role": (roles.Roles ?? []).map(({ RoleName }) => RoleName!),
    "aws:iam/policy:Policy": (policies.Policies ?? []).map(({ Arn }) => Arn!),
    "aws:lambda/function:Function": (functions.Functions ?? []).map(({ FunctionName }) => FunctionName!),
    "aws:s3/bucket:Bucket": (buckets.Buckets ?? []).map(({ Name }) => Name!),
    "aws:cloudwatch/logGroup:LogGroup": (groups.logGroups ?? []).map(({ logGroupName }) => logGroupName!),
    "aws:ssm/parameter:Parameter": (parameters.Parameters ?? []).map(({ Name }) => Name!),
  };
}

async function expectNoStrays(resources: { type: string; id: string }[]): Promise<void> {
  for (const [type, names] of Object.entries(await inventory()))
    expect(names, type).toEqual(resources.filter((r) => r.type === type).map(({ id }) => id));
}

const roots = [/CreatePolicy$/, /CreateRole$/, /CreateLogGroup/, /PutParameter/, /CreateTable/, /^PUT \/files-\w+\/$/];
const parts = [
  /PutRolePolicy/,
  /AttachRolePolicy/,
  /^POST .*\/functions$/,
  /^PUT .*publicAccessBlock/,
  /^PUT .*versioning/,
  /^PUT .*cors/,
  /^PUT .*ownershipControls/,
  /^PUT .*encryption/,
  /^PUT .*index\.html/,
];
const leaves = [/^POST .*\/url$/, /^POST .*\/policy$/, /^POST .*\/aliases$/];
const creates = [/CreatePolicy$/, /CreateRole$/, /CreateLogGroup/, /CreateTable/, /^PUT \/files-\w+\/$/];

// Whatever was cut off is found again and goes on as ours; nothing is made a second time, nothing is forgotten.
test("every type is taken over after a kill between AWS's answer and the journal", { timeout: 180_000 }, async () => {
  await killAfter(roots, 1);
  const second = await killAfter(parts, 1);
  for (const made of creates) expect(second.filter((operation) => made.test(operation))).toEqual([]);
  const third = await killAfter(leaves, 1);
  expect(third.filter((operation) => /^POST .*\/functions$/.test(operation))).toEqual([]);
  const whole = await run("up", 1);
  expect(whole.problems).toEqual([]);
  expect(whole.pending).toEqual([]);
  expect(whole.outputs.account).toEqual({ value: "123456789012", secret: false });
  expect(whole.resources).toHaveLength(20);
  await expectNoStrays(whole.resources);
  expect((await run("up", 1)).changes).toEqual({ same: 19 });
  const lambda = new LambdaClient(cloud.config);
  const FunctionName = whole.resources.find(({ type }: any) => type === "aws:lambda/function:Function").id;
  const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  expect(Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1"]);
});

// Two generations of a resource are there at once: the new one is ours, and the old one still goes.
test("replacements that were cut off are finished, and everything goes down", { timeout: 180_000 }, async () => {
  const [before] = (await inventory())["aws:dynamodb/table:Table"]!;
  await killAfter([/CreateTable/, /PutParameter/], 2);
  const after = await run("up", 2);
  expect(after.problems).toEqual([]);
  expect(proxy.count(/CreateTable/)).toBe(0);
  await expectNoStrays(after.resources);
  expect((await inventory())["aws:dynamodb/table:Table"]).not.toEqual([before]);
  expect((await run("up", 2)).changes).toEqual({ same: 19 });
  const down = await run("destroy", 2);
  expect(down.problems).toEqual([]);
  expect(Object.values(await inventory()).flat()).toEqual([]);
});
