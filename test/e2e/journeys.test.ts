/**
 * The journeys of a person through the built command, each in a new HOME: install, look, use from outside, change,
 * copy, take down, take back. Nothing here reaches around the command.
 */
import { join } from "node:path";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig, inventory } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { ask, changesOf, type Home, resultOf, run, signIn, withHome } from "../support/home.ts";
import { awsCli, missing, pythonWith } from "../support/tools.ts";

let home: Home;
let folder: string;
let cookie: string;
let url: string;

beforeAll(async () => {
  home = await withHome();
  folder = await copyCounter(home.dir);
});

afterAll(() => home?.close());

const count = async (path = "/api/count"): Promise<any> =>
  JSON.parse((await ask(new URL(path, url).href, { headers: { cookie } })).text);

describe("an app's life", () => {
  it("goes up from a folder on a cloud that did not exist, and answers behind its gate", async () => {
    const made = resultOf(await home.events("up", "./counter"));
    expect(made).toMatchObject({ type: "result", ok: true, exitCode: 0, cloud: "home" });
    url = made.apps[0].url;
    expect(url).toMatch(/^http:\/\/counter--home\.localhost:\d+\/$/);
    expect((await ask(url)).status).toBe(401);
    expect((await ask(new URL("/api/count", url).href)).status).toBe(401);
    cookie = await signIn(made.apps[0].link);
    expect((await ask(url, { headers: { cookie } })).text).toContain("<p>Counter</p>");
    expect(await count()).toEqual({ n: 1, greeting: "Hello" });
  });

  it("is listed and shown", async () => {
    const list = await home.json("ls");
    expect(JSON.stringify(list)).toContain('"counter"');
    const show = await home.json("show", "counter");
    expect(show).toMatchObject({ name: "counter", version: "1.0.0", url });
  });

  // Whoever looks often must not count themselves, and what was refused came, too.
  it("is counted: requests today without those of status, size, and what it would cost in AWS", async () => {
    const used = async (): Promise<any> => (await home.json("status")).apps[0];
    const before = (await used()).requestsToday.count;
    expect((await ask(url)).status).toBe(401);
    expect((await ask(url, { headers: { cookie } })).status).toBe(200);
    await expect.poll(async () => (await used()).requestsToday.count, { timeout: 20_000 }).toBe(before + 2);
    const status = await home.json("status");
    expect(status).toMatchObject({ running: true, idlePerMonth: 0, idleInAws: expect.any(Number) });
    expect(status.apps[0]).toMatchObject({ requestsToday: { count: before + 2, more: false } });
    expect(status.apps[0].data).toEqual({ sizeBytes: expect.any(Number), more: false });
  });

  it("has nothing to do when nothing changed, and calls nothing that changes", async () => {
    const events = await home.events("up", "./counter");
    const changed = events.filter(({ type, op }) => type === "resource" && op !== "same");
    expect(changed).toEqual([]);
    expect(
      events
        .filter(({ type }) => type === "summary")
        .every(({ changes }) => Object.keys(changes).every((op) => op === "same")),
    ).toBe(true);
  });

  it("changes the function alone when a line of its code changed, and keeps the data", async () => {
    await changeFile(join(folder, "api/index.mjs"), (text) => text.replace('version: "one"', 'version: "two"'));
    const preview = await home.events("preview", "./counter");
    expect(changesOf(preview)).toEqual(["update aws:lambda/function:Function"]);
    expect((await count("/api/version")).version).toBe("one");
    expect(changesOf(await home.events("up", "./counter"))).toEqual(["update aws:lambda/function:Function"]);
    expect((await count("/api/version")).version).toBe("two");
    expect(await count()).toEqual({ n: 2, greeting: "Hello" });
  });

  it("shows its logs, a stack trace among them", async () => {
    const failed = await ask(new URL("/api/throw", url).href, { headers: { cookie } });
    expect(failed.status).toBe(502);
    const id = JSON.stringify(failed.headers) + failed.text;
    expect(id).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    await expect
      .poll(async () => (await home.freehold("logs", "counter")).stdout, { timeout: 20_000 })
      .toMatch(/thrown on purpose[\s\S]*index\.mjs:\d+/);
  });

  it("answers 504 for a function that takes too long, and the next request is fine", async () => {
    const late = await ask(new URL("/api/hang", url).href, { headers: { cookie } });
    expect(late.status).toBe(504);
    expect((await ask(new URL("/api/exit", url).href, { headers: { cookie } })).status).toBe(502);
    expect((await count()).n).toBe(3);
  });

  it("lets anyone through a public route, as often as its limit says", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await ask(new URL("/public/x", url).href)).status);
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(10);
    expect(statuses).toContain(429);
  });

  it("stands twice under two names, apart from each other", async () => {
    const second = resultOf(await home.events("up", "./counter", "--as", "diary")).apps[0];
    const own = await signIn(second.link);
    const answer = await ask(new URL("/api/count", second.url).href, { headers: { cookie: own } });
    expect(JSON.parse(answer.text).n).toBe(1);
    // A session is good for one app only.
    expect((await ask(new URL("/api/count", second.url).href, { headers: { cookie } })).status).toBe(401);
    await home.freehold("destroy", "diary", "--data", "delete", "--yes");
  });

  it("comes down without its data, says what it kept, and takes it back", async () => {
    const down = resultOf(await home.events("destroy", "counter", "--yes"));
    const kept = down.apps[0].kept.map(({ kind }: { kind: string }) => kind).sort();
    expect(kept).toEqual(["aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"]);
    const up = resultOf(await home.events("up", "./counter")).apps[0];
    cookie = await signIn(up.link);
    expect((await count()).n).toBe(4);
  });

  it("leaves nothing when its data may go, too", async () => {
    await home.freehold("destroy", "counter", "--data", "delete", "--yes");
    const left = await inventory(clientConfig(await aws()));
    expect(left.filter((name) => /counter|diary/.test(name))).toEqual([]);
  });
});

async function aws(): Promise<Record<string, string>> {
  return home.json("cloud", "env");
}

describe("the same data from outside", () => {
  let env: Record<string, string>;
  let table: string;

  beforeAll(async () => {
    const up = resultOf(await home.events("up", "./counter")).apps[0];
    url = up.url;
    cookie = await signIn(up.link);
    await count();
    env = await aws();
    const tables = (await inventory(clientConfig(env))).filter((name) => name.startsWith("table "));
    table = tables.find((name) => name.includes("counts"))?.slice("table ".length) ?? "";
  });

  it("with the AWS SDK", async () => {
    const client = new DynamoDBClient(clientConfig(env));
    expect((await client.send(new ScanCommand({ TableName: table }))).Items).toHaveLength(1);
  });

  it("not with a wrong key", async () => {
    const client = new DynamoDBClient(clientConfig({ ...env, AWS_SECRET_ACCESS_KEY: "wrong" }));
    await expect(client.send(new ScanCommand({ TableName: table }))).rejects.toThrow(/signature/i);
  });

  it.skipIf(missing(awsCli(), "the aws CLI"))("with the aws CLI", async () => {
    const outside = { ...home.env, ...env, HOME: home.dir };
    const listed = await run(["s3", "ls"], outside, { command: awsCli() });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("files") });
    const scanned = await run(["dynamodb", "scan", "--table-name", table], outside, { command: awsCli() });
    expect(JSON.parse(scanned.stdout).Count).toBe(1);
  });

  it.skipIf(missing(pythonWith("boto3"), "boto3"))("with boto3", async () => {
    const script = "import boto3,sys; print(boto3.resource('dynamodb').Table(sys.argv[1]).scan()['Count'])";
    const done = await run(["-c", script, table], { ...home.env, ...env }, { command: pythonWith("boto3") });
    expect(done).toMatchObject({ code: 0, stdout: "1\n" });
  });
});
