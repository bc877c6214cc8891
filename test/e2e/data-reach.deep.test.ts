/**
 * Whose data is whose, and what is left: a function of one's own that somebody broke into, a key and a share link of another
 * app, and the cloud after everything was removed. Apps among themselves are in boundary.test.ts, sessions that ended in
 * test/abuse/gate.deep.test.ts.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteRolePolicyCommand, IAMClient, ListPoliciesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attack, type Try } from "../support/attack.ts";
import { type ClientConfig, clientConfig, inventory } from "../support/aws.ts";
import { copyCounter } from "../support/counter.ts";
import { ask, type Home, withHome } from "../support/home.ts";

let home: Home;
let config: ClientConfig;
let bucket: string;

beforeAll(async () => {
  home = await withHome();
  await copyCounter(home.dir);
  await home.freehold("up", "./counter");
  await home.freehold("up", "./counter", "--as", "other");
  config = clientConfig(await home.json("cloud", "env"));
  bucket = (await inventory(config)).flatMap((one) => /^bucket (home--counter--files.*)$/.exec(one)?.[1] ?? [])[0]!;
  writeFileSync(join(home.dir, "secret.txt"), "for counter alone");
  await home.freehold("data", "put", "counter/files", "secret.txt");
}, 120_000);
afterAll(() => home?.close());

/** With this client, and ended with it. */
async function by<T>(Client: new (config: ClientConfig) => any, command: unknown): Promise<T> {
  const client = new Client(config);
  try {
    return await client.send(command);
  } finally {
    client.destroy();
  }
}

// H16 for what is the owner's own: rights follow from what is named, and the boundary holds where they do not.
it("a function of one's own reads nothing of an app, whatever its role was given", async () => {
  const refused = await home.attempt(
    ...["add", "function", "spy", "--code", "counter/api", "--uses", "counter/counts=read", "--yes"],
  );
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is an app's, for its own code alone")]);
  mkdirSync(join(home.dir, "spy"));
  writeFileSync(join(home.dir, "spy/index.mjs"), `${attack}\nexport const handler = attack;\n`);
  await home.freehold("add", "function", "spy", "--code", "spy", "--yes");
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const roles = (await inventory(config)).flatMap((one) => /^role (home--things--spy.*)$/.exec(one)?.[1] ?? []);
  expect(roles).not.toEqual([]);
  for (const RoleName of roles)
    await by(
      IAMClient,
      new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument: JSON.stringify(everything) }),
    );
  const tries: Try[] = [
    ["dynamodb", "Scan", { TableName: "home--counter--counts" }],
    ["dynamodb", "GetItem", { TableName: "home--counter--counts", Key: { id: { S: "x" } } }],
    ["dynamodb", "PutItem", { TableName: "home--counter--counts", Item: { id: { S: "x" } } }],
    ["dynamodb", "Scan", { TableName: "home--foundation--access" }],
    ["s3", "GetObject", { Bucket: bucket, Key: "secret.txt" }],
    ["s3", "PutObject", { Bucket: bucket, Key: "secret.txt", Body: "mine" }],
    ["s3", "ListObjectsV2", { Bucket: bucket }],
  ];
  const answer = await by<{ Payload: Uint8Array }>(
    LambdaClient,
    new InvokeCommand({ FunctionName: "home--things--spy", Payload: Buffer.from(JSON.stringify(tries)) }),
  );
  const said = JSON.parse(Buffer.from(answer.Payload).toString());
  expect(said).toHaveLength(tries.length);
  for (const one of said) expect(one).toMatch(/^AccessDenied(Exception)?$/);
  // What others gave a role holds it in AWS, too, when it is to go.
  for (const RoleName of roles) await by(IAMClient, new DeleteRolePolicyCommand({ RoleName, PolicyName: "all" }));
});

// What is given away is one file for a while, or one app: never the next one.
it("a key opens its own app alone, and a share link its own file, as long as that is there", async () => {
  const { key } = await home.json("key", "new", "other", "--name", "spy");
  const at = async (app: string) => (await home.json("show", app)).url as string;
  const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
  expect((await ask(await at("other"), { headers })).status).toBeLessThan(400);
  expect((await ask(await at("counter"), { headers })).status).toBe(401);

  const { url } = await home.json("data", "get", "counter/files", "secret.txt", "--share", "1h");
  expect(await ask(url)).toMatchObject({ status: 200, text: "for counter alone" });
  expect((await ask(url.replace("secret.txt", "secret2.txt"))).status).toBe(403);
  expect((await ask(url, { method: "PUT", body: "mine" })).status).toBe(403);
  await home.freehold("data", "rm", "counter/files", "secret.txt", "--data", "delete", "--yes");
  expect((await ask(url)).status).toBe(404);
});

/** All that an account may hold of a cloud: what inventory lists, and parameters, log groups and policies. */
async function everything(): Promise<string[]> {
  const [parameters, groups, policies] = await Promise.all([
    by<any>(SSMClient, new DescribeParametersCommand({})),
    by<any>(CloudWatchLogsClient, new DescribeLogGroupsCommand({})),
    by<any>(IAMClient, new ListPoliciesCommand({ Scope: "Local" })),
  ]);
  return [
    ...(await inventory(config)),
    ...(parameters.Parameters ?? []).map((one: any) => `parameter ${one.Name}`),
    ...(groups.logGroups ?? []).map((one: any) => `log group ${one.logGroupName}`),
    ...(policies.Policies ?? []).map((one: any) => `policy ${one.PolicyName}`),
  ];
}

// Whoever removes something must not find it on a bill, or in somebody's hands, a year later.
it("what was removed with its data is gone whole: an app, a thing, the cloud", async () => {
  const of = async (name: string): Promise<string[]> => (await everything()).filter((one) => one.includes(name));
  expect(await of("--other--")).not.toEqual([]);
  await home.freehold("destroy", "other", "--data", "delete", "--yes");
  expect(await of("--other--")).toEqual([]);
  expect(await of("/other/")).toEqual([]);
  await home.freehold("destroy", "things/spy", "--data", "delete", "--yes");
  expect(await of("things")).toEqual([]);
  const { keys } = await home.json("key", "ls");
  expect(keys.filter(({ app }: any) => app === "other")).toEqual([]);
  await home.freehold("destroy", "--all", "--data", "delete", "--yes");
  expect(readdirSync(join(home.dir, "freehold/data/clouds"))).toEqual([]);
  expect(readdirSync(join(home.dir, "freehold/data/snapshots"))).toHaveLength(1);
  expect((await home.json("cloud", "ls")).clouds).toEqual([]);
  expect(existsSync(join(home.dir, "freehold/data/clouds/home"))).toBe(false);
});
