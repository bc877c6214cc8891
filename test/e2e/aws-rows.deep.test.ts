/**
 * One thing wrong at a time in `upgrade` and `destroy`, row by row, of an app that runs: the command ends with one cause
 * and its code, the app is what it was, nobody else's is touched, and in the end the same command goes on. What lasts a
 * moment has `aws-as-it-is.deep.test.ts`; keys that end or change midway (A4, A5) `aws-keys-midway.deep.test.ts`; a right
 * that is missing (A12) `aws-journey-calls.deep.test.ts`.
 */
import { join } from "node:path";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteFunctionCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { everything } from "../support/everything.ts";
import { type Fault, type Rule, startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, resultOf, withHome } from "../support/home.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { stateIsInventory } from "../support/oracle.ts";
import { start } from "../support/running.ts";

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let home: Home;
let dynamodb: DynamoDBClient;
let lambda: LambdaClient;
/** The app as it was put up. */
let before: string[];
const log = "work--counter--log";
const ourLog = { kind: "aws:dynamodb/table:Table", name: "log", id: log };
const leftLog = "table work--APP--log id ";
const someTable = {
  TableName: log,
  BillingMode: "PAY_PER_REQUEST" as const,
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" as const }],
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" as const }],
};
/** Wider reach is asked about; the digest is the yes to it. */
let upgrade = ["upgrade", "counter", "--to", "./newer"];
const destroy = ["destroy", "counter", "--data", "delete", "--yes"];

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  dynamodb = new DynamoDBClient(cloud.config);
  lambda = new LambdaClient(cloud.config);
  await copyCounter(home.dir);
  const newer = await copyCounter(home.dir, "newer");
  await changeFile(join(newer, "blueprint.yaml"), (text) =>
    text
      .replace("version: 1.0.0", "version: 1.1.0")
      .replace("counts: write,", "counts: write, log: write,")
      .replace("tables:\n", "tables:\n  log: { key: { id: string } }\n"),
  );
  await changeFile(join(newer, "api/index.mjs"), (text) => `${text}\n// Another version.\n`);
  await home.freehold("setup", "--target", "aws", "--name", "work", "--region", "eu-west-1", "--yes");
  await home.freehold("up", "./counter");
  before = await everything(cloud.config, "counter");
  const asked = (await home.attempt(...upgrade, "--json")).stdout;
  upgrade = [...upgrade, "--accept", JSON.parse(/^.*"type":"consent".*$/m.exec(asked)![0]).consent.digest];
}, 120_000);
afterAll(async () => {
  await home?.close();
  await proxy?.close();
  await cloud?.close();
});

const times = Number.POSITIVE_INFINITY;
const refusal = (on: RegExp, code: string, message: string, status = 400): Rule => ({
  on,
  times,
  fault: { kind: "answer", status, code, message },
});
const edited = (on: RegExp, edit: (told: any) => object): Rule => ({
  on,
  times: 1,
  fault: { kind: "edit", edit: (body) => JSON.stringify(edit(JSON.parse(body))) } satisfies Fault,
});
const byPolicy = "You are not authorized to perform this, with an explicit deny in a service control policy";

interface Ended {
  code: number;
  says: RegExp;
}

/** The command meets these, and ends so; its state is whole. */
async function endsSo(command: string[], rules: Rule[], { code, says }: Ended): Promise<void> {
  proxy.plan(rules);
  const { code: ended, stdout, stderr } = await home.attempt(...command);
  proxy.plan([]);
  expect([ended, stderr], stdout).toEqual([code, expect.stringMatching(says)]);
  // One cause, however many calls were refused.
  expect(stderr.match(/^Error:/gm), stderr).toHaveLength(1);
  expect((await home.json("state", "verify", "counter")).stacks).toMatchObject([{ state: "sound" }]);
}

/** And what was there before is there again, by itself. */
async function endsAsItWas(rules: Rule[], how: Ended, left = before): Promise<void> {
  await endsSo(upgrade, rules, how);
  expect(await everything(cloud.config, "counter")).toEqual(left);
  expect((await home.json("ls")).apps).toMatchObject([{ name: "counter", version: "1.0.0", state: "running" }]);
}

/** AWS says what time it is, and what is signed with that is taken; where something on the way says another, it is told. */
const clock = (on: RegExp): [Rule[], Ended] => [
  [
    refusal(
      on,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
      403,
    ),
  ],
  { code: 1, says: /is too large\..*check this computer's clock/ },
];

/** Nothing is asked through a proxy, which whoever has one would not guess. */
async function unreachable(ends: (rules: Rule[], how: Ended) => Promise<void>): Promise<void> {
  home.env["HTTPS_PROXY"] = "http://nowhere.invalid:1";
  const nobody: Rule = { on: /./, times, fault: { kind: "reset", reached: false } };
  await ends([nobody], { code: 1, says: /does not answer[\s\S]*HTTPS_PROXY is set; AWS is asked directly/ });
  delete home.env["HTTPS_PROXY"];
}

describe("upgrade", { timeout: 120_000 }, () => {
  it("A16: nobody answers, and a proxy is said to lead outside", () => unreachable(endsAsItWas));

  it("A16: the clock is wrong", () => endsAsItWas(...clock(/CreateTable/)));

  it("A13: the account has as many tables as it may have", () =>
    endsAsItWas([refusal(/CreateTable/, "LimitExceededException", "There is a limit of 2500 tables")], {
      code: 1,
      says: /There is a limit of 2500 tables/,
    }));

  it("A19: the organization forbids it", () =>
    endsAsItWas([refusal(/CreateTable/, "AccessDeniedException", byPolicy)], {
      code: 6,
      says: /A policy of the organization forbids this/,
    }));

  // What takes the new version back must not take a stranger's table along.
  it("A11: a table of somebody else's has the name", async () => {
    await dynamodb.send(new CreateTableCommand(someTable));
    await dynamodb.send(new PutItemCommand({ TableName: log, Item: { id: { S: "theirs" } } }));
    const theirs = { code: 1, says: /work--counter--log exists already and is not part of this stack/ };
    await endsAsItWas([], theirs, [...before, leftLog].sort());
    expect((await dynamodb.send(new ScanCommand({ TableName: log }))).Count).toBe(1);
    await dynamodb.send(new DeleteTableCommand({ TableName: log }));
  });

  // Its table is data by then: it stays, and is known to be the app's.
  it("A15: what arrived of a function's code is not what was sent", async () => {
    const arrived = { code: 1, says: /code of function work--counter--api arrived changed/ };
    const changed = edited(/^PUT .*\/code/, (told) => ({ ...told, CodeSha256: `${"A".repeat(43)}=` }));
    await endsAsItWas([changed], arrived, [...before, leftLog].sort());
    expect((await home.json("show", "counter")).kept).toEqual([ourLog]);
  });

  it("A10, A14: its table is there already, a function was deleted and another one edited by hand", async () => {
    await dynamodb.send(new PutItemCommand({ TableName: log, Item: { id: { S: "ours" } } }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "work--counter--api" }));
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "work--counter--gate", Timeout: 77 }));
    const done = await home.events(...upgrade, "--refresh");
    expect(resultOf(done)).toMatchObject({ ok: true });
    const message = "work--counter--api is not there any more; a new one is made in its place.";
    expect(done).toContainEqual(expect.objectContaining({ type: "note", message }));
    const now = await everything(cloud.config, "counter");
    expect(now).toEqual(expect.arrayContaining(before.filter((line) => !/^(function|bucket) /.test(line))));
    expect(now.filter((line) => /^function .*--gate /.test(line))).toEqual([expect.stringContaining(" 30 s ")]);
    expect((await dynamodb.send(new ScanCommand({ TableName: log }))).Count).toBe(1);
    expect((await home.json("show", "counter")).kept).toEqual([]);
    await stateIsInventory(home, cloud.config, "counter");
  });
});

describe("destroy", { timeout: 120_000 }, () => {
  it("A16: nobody answers, and a proxy is said to lead outside", () =>
    unreachable((rules, how) => endsSo(destroy, rules, how)));

  // The version before has no such table: who says that all data goes means this, too.
  it("takes along what a version of the app left", async () => {
    await home.freehold("rollback", "counter");
    expect((await home.json("show", "counter")).kept).toEqual([ourLog]);
    expect(await everything(cloud.config, "counter")).toContain(leftLog);
  });

  it("A19: the organization forbids it", async () => {
    await endsSo(destroy, [refusal(/Delete|DELETE/, "AccessDeniedException", byPolicy)], {
      code: 6,
      says: /A policy of the organization forbids this/,
    });
    expect((await everything(cloud.config, "counter")).some((line) => line.startsWith("table"))).toBe(true);
  });

  // What is gone already is done; what is in use is waited for, and its name is told meanwhile.
  it("A16: the clock is wrong", () => endsSo(destroy, ...clock(/Delete|DELETE/)));

  it("A14, A18: a table is gone already, a role has a policy of somebody else's", async () => {
    await dynamodb.send(new DeleteTableCommand({ TableName: "work--counter--counts" }));
    const iam = new IAMClient(cloud.config);
    const audit = { RoleName: "work--counter--api", PolicyName: "audit" };
    const Statement = [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutRolePolicyCommand({ ...audit, PolicyDocument }));
    const running = start(home, ...destroy);
    await running.said(/waiting for the policies of role work--counter--api to be gone: audit/);
    await iam.send(new DeleteRolePolicyCommand(audit));
    expect(await running.ended, running.output()).toBe(0);
    expect(await everything(cloud.config, "counter")).toEqual([]);
  });
});
