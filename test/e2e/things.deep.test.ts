/**
 * Things with their rights and addresses, kept and taken back; things that are cut off, and things that were there before: kill -9 at any moment of `add` and the same command goes on;
 * what is adopted is as it was, before, meanwhile and after.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClientConfig, clientConfig, inventory } from "../support/aws.ts";
import { ask, changesOf, type Home, resultOf, withHome } from "../support/home.ts";
import { start } from "../support/running.ts";
import { rounds } from "../support/tools.ts";

let home: Home;
let config: ClientConfig;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("setup");
  config = clientConfig(await home.json("cloud", "env"));
});
afterAll(() => home?.close());

const things = async (): Promise<string[]> =>
  (await home.json("ls")).things.map((one: any) => `${one.name} ${one.state}`);

// Rights of a function follow from what it names, as an app's do, and its address is nobody's but the owner's.
it("has its walls, and a function the rights it names and an address behind the gate", async () => {
  expect(changesOf(await home.events("add", "bucket", "photos", "--yes"))).toContain(
    "create aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  );
  mkdirSync(join(home.dir, "thumbs"));
  writeFileSync(join(home.dir, "thumbs/index.mjs"), "export const handler = async () => ({ statusCode: 200 });\n");
  const events = await home.events(
    ...["add", "function", "thumbs", "--code", "thumbs", "--uses", "photos=write", "--route", "--yes"],
  );
  const [{ url }] = resultOf(events).apps;
  expect(new URL(url).host).toMatch(/^things--home\.localhost:/);
  const answer = await ask(url, { headers: { accept: "text/html" } });
  expect([answer.status, String(answer.headers["location"])]).toEqual([
    302,
    expect.stringContaining("//signin--home."),
  ]);
  const { deployment } = JSON.parse((await home.freehold("state", "export", "things")).stdout);
  const of = (type: string, name: string) =>
    deployment.resources.find((one: any) => one.type === type && one.urn.endsWith(`::${name}`)).inputs;
  expect(of("aws:iam/role:Role", "thumbs").permissionsBoundary).toMatch(/:policy\/home--foundation--boundary$/);
  const { policy } = of("aws:iam/rolePolicy:RolePolicy", "thumbs");
  expect(policy).toContain("s3:PutObject");
  expect(policy).not.toContain("dynamodb:");
  const used = await home.attempt("destroy", "things/photos", "--yes");
  expect([used.code, used.stderr]).toEqual([2, expect.stringContaining("things/thumbs may use things/photos")]);
});

// Without the sign-in function no app lets anybody in; no state says that somebody deleted it.
it("comes back when it was deleted by hand, with up --refresh, and the cloud's own parts with setup --refresh", async () => {
  const lambda = new LambdaClient(config);
  const before = (await inventory(config)).sort();
  for (const name of ["home--foundation--signin", "home--things--thumbs"])
    await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  lambda.destroy();
  const message = (name: string) => `${name} is not there any more; a new one is made in its place.`;
  for (const [command, name] of [
    ["setup", "home--foundation--signin"],
    ["up", "home--things--thumbs"],
  ] as const)
    expect(await home.events(command, "--refresh")).toContainEqual(
      expect.objectContaining({ type: "note", message: message(name) }),
    );
  expect((await inventory(config)).sort()).toEqual(before);
  for (const command of ["setup", "up"]) expect(changesOf(await home.events(command, "--refresh"))).toEqual([]);
});

// Data outlives what it is in, as an app's does, and comes back under the same name.
it("keeps a table's data when it is removed, and takes it back", async () => {
  await home.freehold("add", "table", "readings", "--key", "sensor:string,at:number", "--yes");
  const [{ kept }] = resultOf(await home.events("destroy", "things/readings", "--yes")).apps;
  expect(kept).toEqual([{ kind: "aws:dynamodb/table:Table", name: "readings", id: "home--things--readings" }]);
  expect((await home.json("ls")).things.find(({ name }: any) => name === "readings")).toMatchObject({
    state: "kept",
    kept,
  });
  const back = changesOf(await home.events("add", "table", "readings", "--key", "sensor:string,at:number", "--yes"));
  expect(back).toContain("import aws:dynamodb/table:Table");
});

// Whoever loses power in the middle types the same again, or gives it up: neither leaves anything behind.
it("goes on by the same command after kill -9 at any moment, and goes whole when it is given up", async () => {
  const { ms } = await home.freehold("add", "bucket", "whole", "--yes");
  const before = await inventory(config);
  // Each is six commands.
  const times = Math.ceil(rounds / 2);
  for (let round = 0; round < times; round++) {
    const name = `cut${round}`;
    const running = start(home, "add", "bucket", name, "--yes", "--json");
    await Promise.race([
      running.ended,
      new Promise((resolve) => setTimeout(resolve, ((round + Math.random()) / times) * ms)),
    ]);
    const worker = Number(/"pid":(\d+)/.exec(running.output())?.[1] ?? 0);
    running.child.kill("SIGKILL");
    if (worker > 0) kill(worker);
    await running.ended;
    if (round % 2 === 0) {
      await home.freehold("add", "bucket", name, "--yes", "--wait");
      expect(await things()).toContain(`${name} running`);
      await home.freehold("destroy", `things/${name}`, "--data", "delete", "--yes");
    } else {
      // Another thing comes first: what never came up is nobody's, and goes.
      await home.freehold("add", "parameter", "other", "--value", `round ${round}`, "--yes", "--wait");
      if ((await things()).includes(`${name} running`))
        await home.freehold("destroy", `things/${name}`, "--data", "delete", "--yes");
    }
    expect(await inventory(config)).toEqual(before);
    expect((await home.json("state", "verify")).strays).toEqual([]);
  }
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

// What was there is somebody's already; Freehold takes it as it is, and gives it back as it is.
it("is adopted without a change, and deleted only when its id is said", async () => {
  const dynamodb = new DynamoDBClient(config);
  const table = await dynamodb.send(
    new CreateTableCommand({
      TableName: "old",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      Tags: [{ Key: "team", Value: "mine" }],
    }),
  );
  await dynamodb.send(new PutItemCommand({ TableName: "old", Item: { id: { S: "1" } } }));
  const looked = async (): Promise<unknown> => ({
    tags: (await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: table.TableDescription!.TableArn! }))).Tags,
    items: (await dynamodb.send(new ScanCommand({ TableName: "old" }))).Items,
  });
  const before = await looked();
  expect((await home.attempt("adopt", "--scan")).stdout).toMatch(/^dynamodb\/table +old$/m);
  expect((await home.attempt("adopt", "dynamodb/table", "old")).code).toBe(3);
  expect(changesOf(await home.events("adopt", "dynamodb/table", "old", "--yes"))).toEqual([
    "import aws:dynamodb/table:Table",
  ]);
  expect(changesOf(await home.events("up"))).toEqual([]);
  expect(await looked()).toEqual(before);
  expect((await home.attempt("adopt", "--scan")).stdout).not.toMatch(/^dynamodb\/table +old$/m);

  const refused = await home.attempt("destroy", "things/old", "--data", "delete", "--yes");
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("--adopted old --yes")]);
  expect(resultOf(await home.events("destroy", "things/old", "--yes")).apps[0].kept).toEqual([]);
  expect(await looked()).toEqual(before);
  await home.freehold("adopt", "dynamodb/table", "old", "--yes");
  await home.freehold("destroy", "things/old", "--data", "delete", "--adopted", "old", "--yes");
  await expect(looked()).rejects.toThrow(/ResourceNotFound|not found/i);
});

// A stack would change it back, or delete it; a secret would stand in a list.
it("is not adopted from another stack, nor with a secret in it", async () => {
  const [{ id }] = (await home.json("ls")).things.filter(({ name }: any) => name === "whole");
  for (const [type, of] of [
    ["s3/bucket", id],
    ["dynamodb/table", "home--foundation--access"],
    ["s3/bucketPublicAccessBlock", id],
  ]) {
    const { code, stderr } = await home.attempt("adopt", type!, of!, "--as", "taken", "--yes");
    expect([code, stderr], type).toEqual([2, expect.stringContaining("belongs to somebody already")]);
  }
  await new SSMClient(config).send(
    new PutParameterCommand({ Name: "/old/key", Type: "SecureString", Value: "s3cret" }),
  );
  const { code, stdout, stderr } = await home.attempt("adopt", "ssm/parameter", "/old/key", "--yes");
  expect([code, `${stdout}${stderr}`.includes("s3cret")]).toEqual([2, false]);
  expect((await home.attempt("adopt", "dynamodb/table", "nothing", "--yes")).code).toBe(4);
});

// AWS cannot change a table's key in place: a new table would leave the data behind, so nothing is made anew unasked.
it("changes in place what can be, and refuses what would leave data behind", async () => {
  await home.freehold("add", "table", "kept", "--key", "sensor:string", "--yes");
  const replaced = await home.attempt("add", "table", "kept", "--key", "other:string", "--yes");
  expect([replaced.code, replaced.stderr]).toEqual([2, expect.stringContaining("make it anew")]);
  const log = (days: string) =>
    home.events("add", "cloudwatch/logGroup", "trail", "--set", `retentionInDays=${days}`, "--yes");
  await log("7");
  expect(changesOf(await log("14"))).toEqual(["update aws:cloudwatch/logGroup:LogGroup"]);
  expect(changesOf(await home.events("up"))).toEqual([]);
  expect((await home.json("show", "things/kept", "--data")).measured).toMatchObject([{ items: 0 }]);
  const taken = await home.attempt("add", "bucket", "kept", "--yes");
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("Another thing has this name")]);
});

// Two people, or a script and a person: the second is told who is at it, or waits.
it("is changed by one operation at a time", async () => {
  const running = start(home, "add", "table", "slow", "--yes", "--json");
  await running.said(/"phase":"started"/);
  const other = await home.attempt("add", "parameter", "other", "--value", "now", "--yes");
  const ended = await running.ended;
  // It may have ended before the other began: then both are there.
  expect([[0, 5].includes(other.code), ended]).toEqual([true, 0]);
  if (other.code === 5) await home.freehold("add", "parameter", "other", "--value", "now", "--yes", "--wait");
  expect(await things()).toEqual(expect.arrayContaining(["other running", "slow running"]));
});

// A list that is gone is read from the stack's own outputs; a stack that is gone is found again by names.
it("is found again when its list or its state is lost", async () => {
  const { rmSync } = await import("node:fs");
  const { join } = await import("node:path");
  const cloud = join(home.dir, "freehold/data/clouds/home");
  const before = await things();
  rmSync(join(cloud, "things.json"));
  await home.freehold("add", "parameter", "other", "--value", "again", "--yes");
  expect(await things()).toEqual([...new Set([...before, "other running"])].sort());
  rmSync(join(cloud, ".pulumi/stacks/freehold-things"), { recursive: true });
  rmSync(join(cloud, ".pulumi/backups"), { recursive: true, force: true });
  rmSync(join(cloud, ".pulumi/journals"), { recursive: true, force: true });
  expect((await home.attempt("add", "parameter", "other", "--value", "more", "--yes")).stderr).toContain(
    "state repair",
  );
  await home.freehold("state", "repair", "things", "--yes");
  expect(changesOf(await home.events("up"))).toEqual([]);
});
