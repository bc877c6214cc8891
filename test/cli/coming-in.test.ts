/** Who may come in, by the commands themselves: against a real table, in a home of the test's own, without an engine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "../../cli/app/call.ts";
import { readClouds, writeClouds } from "../../cli/clouds.ts";
import type { FlagValues } from "../../cli/command.ts";
import { commands } from "../../cli/command-table.ts";
import { type InstalledApp, removeApp, writeApp } from "../../cli/registry.ts";
import { accessWords } from "../../cli/ui/access.ts";
import { createPaint } from "../../cli/ui/paint.ts";
import { fromItem, toItem } from "../../stacks/functions/shared/items.ts";
import { digestOfToken, type PasskeyRow, rowId, type SessionRow } from "../../stacks/functions/shared/rows.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { startTestCloud } from "../support/local-cloud.ts";

const dir = mkdtempSync(join(tmpdir(), "freehold-coming-in-"));
const paths = {
  config: join(dir, "config"),
  data: join(dir, "data"),
  cache: join(dir, "cache"),
  state: join(dir, "state"),
};
const TableName = "home--foundation--access";
let signin: string;
let cloud: Awaited<ReturnType<typeof startTestCloud>>;
let db: DynamoDBClient;
const kept: Record<string, string | undefined> = {};

beforeAll(async () => {
  cloud = await startTestCloud();
  for (const [name, value] of Object.entries({ ...cloud.env, AWS_PROFILE: undefined })) {
    kept[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  db = new DynamoDBClient(cloud.config);
  const { accountId, region, endpoint } = cloud;
  const config = { name: "home", target: "aws" as const, region, accountId, timeZone: "UTC", endpoint };
  await writeClouds(paths, { current: "home", clouds: [config] });
  await db.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  signin = await makeSignin();
  const folder = await copyCounter(dir);
  await changeFile(join(folder, "blueprint.yaml"), (text) => `${text}roles: { guest: read only }\n`);
  const at = new Date().toISOString();
  const app: InstalledApp = {
    ...{
      format: 1,
      name: "counter",
      ref: folder,
      source: "folder",
      origin: { source: "folder" },
      blueprint: "counter",
    },
    ...{ title: "Counter", version: "1.0.0", digest: "sha256:0", url: "http://counter.example/", state: "running" },
    ...{ kept: [], settings: {}, functions: {}, versions: [], installedAt: at, updatedAt: at },
  };
  mkdirSync(join(paths.data, "clouds", "home", "apps"), { recursive: true });
  writeApp(paths, "home", app);
});

/** What derives the address of sign-in asks for it. */
async function makeSignin(): Promise<string> {
  const RoleName = "home--foundation--signin";
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
  const iam = new IAMClient(cloud.config);
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const lambda = new LambdaClient(cloud.config);
  const FunctionName = RoleName;
  const code =
    "exports.handler = async ({ ask }) => { if (ask !== 'rotate') throw new Error(ask); console.log('rotated'); };";
  const ZipFile = zipSync({ "index.js": strToU8(code) });
  const asked = { FunctionName, Runtime: "nodejs24.x" as const, Handler: "index.handler", Role: Role!.Arn! };
  await lambda.send(new CreateFunctionCommand({ ...asked, Code: { ZipFile } }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20 }, { FunctionName });
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
  return made.FunctionUrl!;
}

afterAll(async () => {
  for (const [name, value] of Object.entries(kept))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  await cloud.close();
  rmSync(dir, { recursive: true, force: true });
});

const call = <Document = any>(name: string, args: string[] = [], flags: FlagValues = {}, interactive = false) =>
  start<Document>({ paths, env: {}, cwd: dir, flags: {} }, name, args, flags, { interactive }).ended;

/** The document; throws with the fault where there is none. */
async function document<Document = any>(name: string, args: string[] = [], flags: FlagValues = {}): Promise<Document> {
  const { document, fault } = await call<Document>(name, args, flags);
  if (fault) throw new Error(`${fault.code}: ${fault.summary}\n${fault.detail ?? ""}`);
  return document!;
}

const refused = async (name: string, args: string[] = [], flags: FlagValues = {}) => {
  const { fault, exitCode } = await call(name, args, flags);
  return [fault?.code, exitCode];
};

async function plain(name: string, args: string[] = [], flags: FlagValues = {}): Promise<string> {
  const view = await commands.find((one) => one.name === name)!.view!();
  return view.plain((await document(name, args, flags)) as never, createPaint(false));
}

async function rows(beginning: string): Promise<(Record<string, any> & { id: string })[]> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  return Items.map((item) => fromItem<Record<string, any>>(item)).filter(({ id }) => id.startsWith(beginning));
}

const put = (id: string, row: object) => db.send(new PutItemCommand({ TableName, Item: toItem(id, row) }));
const now = Math.floor(Date.now() / 1000);

async function passkey(id: string, more: Partial<PasskeyRow> = {}): Promise<void> {
  const row: PasskeyRow = {
    ...{ sub: "owner", name: id, publicKey: "cHVibGlj", counter: 0, transports: ["internal"] },
    ...{ host: new URL(signin).hostname, created: now - 7200, ...more },
  };
  await put(rowId.passkey(id), row);
}

async function session(id: string, more: Partial<SessionRow> = {}): Promise<void> {
  const row: SessionRow = {
    ...{ sub: "owner", role: "owner", by: "laptop", created: now - 60, seen: now, expires: now + 3600 },
    ...{
      from: "203.0.113.7",
      agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      ...more,
    },
  };
  await put(rowId.session(id), row);
}

/** Everything in every file below the home. */
function textOfHome(folder = dir): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? textOfHome(path) : readFileSync(path, "latin1")))
    .join("\n");
}

// A newer version that is known here and not there is not found by whoever looks at the home page.
describe("catalog refresh", () => {
  const appsTable = "home--foundation--apps";
  const updates = async () => {
    const { Items = [] } = await db.send(new ScanCommand({ TableName: appsTable }));
    return Object.fromEntries(
      Items.map((item) => fromItem<{ update?: string }>(item)).map(({ id, update }) => [id, update]),
    );
  };
  const installed = (name: string, version: string): InstalledApp => ({
    ...{
      format: 1,
      name,
      ref: name,
      source: "bundled",
      origin: { source: "bundled" },
      blueprint: "notes",
      title: name,
    },
    ...{ version, digest: "sha256:0", url: "http://x.example/", state: "running", kept: [], settings: {} },
    ...{ functions: {}, versions: [], installedAt: "2026-11-26T12:00:00Z", updatedAt: "2026-11-26T12:00:00Z" },
  });

  it("tells the home page which apps have an update, and fails by nothing of that", async () => {
    writeApp(paths, "home", installed("behind", "0.0.1"));
    writeApp(paths, "home", installed("current", "9.0.0"));
    try {
      expect((await document("catalog refresh")).homePages).toEqual([{ cloud: "home", changed: [] }]);
      const { clouds } = await readClouds(paths);
      await writeClouds(paths, { current: "home", clouds: [{ ...clouds[0]!, accountId: "999999999999" }] });
      expect((await document("catalog refresh")).homePages).toMatchObject([{ cloud: "home", why: expect.any(String) }]);
      expect(await plain("catalog refresh")).toContain("its home page shows the updates it showed before");
      await writeClouds(paths, { current: "home", clouds });
      await db.send(
        new CreateTableCommand({
          TableName: appsTable,
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        }),
      );
      for (const row of [toItem("behind", {}), toItem("current", { update: "8.0.0" }), toItem("counter", {})])
        await db.send(new PutItemCommand({ TableName: appsTable, Item: row }));
      expect((await document("catalog refresh")).homePages).toEqual([
        { cloud: "home", changed: ["behind", "current"] },
      ]);
      expect(await updates()).toEqual({ behind: expect.stringMatching(/^\d/), current: undefined, counter: undefined });
      expect((await document("catalog refresh")).homePages).toEqual([{ cloud: "home", changed: [] }]);
      expect((await rows("")).every(({ update }) => update === undefined)).toBe(true);
    } finally {
      await db.send(new DeleteTableCommand({ TableName: appsTable })).catch(() => undefined);
      for (const name of ["behind", "current"]) removeApp(paths, "home", name);
    }
  });
});

describe("passkeys", () => {
  // Who loses a device has to see which passkey it was, and what is left.
  it("are listed with their person and address, and leave with the sessions they opened", async () => {
    await passkey("laptop-key", { name: "laptop", used: now - 60 });
    await passkey("phone-key", { name: "phone", host: "old.example.org" });
    await session("aaaaaaaaaaaaaaaa");
    await session("bbbbbbbbbbbbbbbb", { by: "phone" });
    const { passkeys } = await document("passkey ls");
    expect(passkeys.map((one: any) => [one.name, one.person, one.older, one.used !== undefined])).toEqual([
      ["laptop", "owner", false, true],
      ["phone", "owner", true, false],
    ]);
    expect(await plain("passkey ls")).toContain("an older address");
    expect(await document("passkey rm", ["laptop"])).toMatchObject({ sessions: 1, left: 1 });
    expect((await rows("session/")).map(({ id }) => id)).toEqual(["session/bbbbbbbbbbbbbbbb"]);
    expect(await refused("passkey rm", ["laptop"])).toEqual(["passkey-unknown", 4]);
  });

  // The last one is the owner's way in; without a terminal nobody can be asked.
  it("are asked about when the owner's last one is to go", async () => {
    expect(await refused("passkey rm", ["phone"])).toEqual(["answer-needed", 3]);
    expect(await rows("passkey/")).toHaveLength(1);
    expect(await document("passkey rm", ["phone"], { yes: true })).toMatchObject({ left: 0 });
    expect(await rows("passkey/")).toEqual([]);
    expect(await rows("session/")).toEqual([]);
  });

  // Reading the table must let nobody in, and a link is for the sign-in site alone.
  it("are added by a link to the sign-in site, kept as a digest", async () => {
    const { link, host } = await document("passkey add");
    const url = new URL(link);
    expect([url.origin, url.hostname]).toEqual([new URL(signin).origin, host]);
    const token = [...url.searchParams.values()].find((value) => value.length === 43)!;
    const [row] = await rows("link/");
    expect(row).toMatchObject({ id: `link/${digestOfToken(token)}`, purpose: "enrol" });
    expect(row!["expires"]).toBeLessThanOrEqual(now + 400);
    expect(JSON.stringify(await rows(""))).not.toContain(token);
  });
});

describe("sessions", () => {
  // Signing out everywhere is for the day on which one does not know which device it was.
  it("end by id, by guest, or all; one of them has to be said", async () => {
    await put(rowId.guest("9999999999999999"), {
      app: "counter",
      role: "guest",
      name: "Ann",
      created: now,
      expires: now + 99,
    });
    await session("1111111111111111");
    await session("2222222222222222", { sub: "guest/9999999999999999", role: "guest", app: "counter" });
    await session("3333333333333333", { by: "phone" });
    await session("4444444444444444", { expires: now - 1 });
    expect((await document("sessions ls")).sessions.map((one: any) => [one.id[0], one.person])).toEqual([
      ["1", "owner"],
      ["2", "Ann"],
      ["3", "owner"],
    ]);
    expect(await plain("sessions ls")).toContain("Firefox on Linux");
    expect(await refused("sessions revoke")).toEqual(["arguments-invalid", 2]);
    expect(await refused("sessions revoke", ["1111111111111111"], { all: true })).toEqual(["arguments-invalid", 2]);
    expect(await refused("sessions revoke", ["1111111111111111", "nobody"])).toEqual(["session-unknown", 4]);
    expect((await document("sessions ls")).sessions).toHaveLength(3);
    expect((await document("sessions revoke", [], { guest: "Ann" })).revoked).toMatchObject([{ person: "Ann" }]);
    expect((await document("sessions revoke", ["11111111"])).revoked).toHaveLength(1);
    expect((await document("sessions revoke", [], { all: true })).revoked).toHaveLength(1);
    expect((await document("sessions ls")).sessions).toEqual([]);
  });

  // The key is the sign-in function's alone: the command line only says so.
  it("get a new key by the sign-in function", async () => {
    expect(await document("sessions rotate")).toEqual({ cloud: "home", rotated: true });
  });
});

describe("keys", () => {
  // A key that is written anywhere is a key for whoever reads that.
  it("are told once, and are nowhere but as a digest", async () => {
    const made = await document("key new", ["counter"], {
      name: "backup",
      routes: ["/api/*"],
      verbs: "get,post",
      expires: "30d",
    });
    const [, id, secret] = /^fh_([0-9a-f]{16})_([\w-]{43})$/.exec(made.key)!;
    const [row] = await rows("app/counter/key/");
    expect(row).toEqual({
      ...{ id: rowId.key("counter", id!), digest: digestOfToken(secret!), name: "backup", routes: ["/api/*"] },
      ...{ verbs: ["GET", "POST"], created: expect.any(Number), expires: row!["created"] + 30 * 86_400 },
    });
    expect(JSON.stringify(await rows(""))).not.toContain(secret);
    expect(JSON.stringify(await document("key ls"))).not.toContain(row!["digest"]);
    expect(textOfHome()).not.toContain(secret);
    const view = await commands.find((one) => one.name === "key new")!.view!();
    expect(view.plain(made as never, createPaint(false))).toBe(made.key);
    expect(view.aside!(made as never)).not.toContain(secret);
  });

  // What is not a route of the app would be a key that seems to open something.
  it("open what the app has, and are made of known words", async () => {
    const bad: [FlagValues, string][] = [
      [{ routes: ["/admin/*"] }, "route-unknown"],
      [{ routes: ["/api/../secret"] }, "route-unknown"],
      [{ routes: ["/api*"] }, "route-unknown"],
      [{ verbs: "GET,FETCH" }, "verb-unknown"],
      [{ expires: "400d" }, "flag-invalid"],
      [{ expires: "soon" }, "flag-invalid"],
      [{ name: "two\nlines" }, "flag-invalid"],
    ];
    for (const [flags, code] of bad) expect(await refused("key new", ["counter"], flags), code).toEqual([code, 2]);
    expect(await rows("app/")).toHaveLength(1);
    const { routes, verbs } = await document("key new", ["counter"], { name: "all" });
    expect(routes).toEqual(["/", "/api/*", "/public/*"]);
    expect(verbs).toContain("DELETE");
    expect((await document("key new", ["counter"], { routes: ["/api/notes/*"] })).routes).toEqual(["/api/notes/*"]);
  });

  // A name that two keys have is no name to remove one by.
  it("go by name or id, and not when several are meant", async () => {
    await document("key new", ["counter"], { name: "all" });
    expect(await refused("key rm", ["counter", "all"])).toEqual(["key-unclear", 2]);
    expect((await document("key rm", ["counter", "backup"])).removed.name).toBe("backup");
    for (const { id } of (await document("key ls", ["counter"])).keys) await document("key rm", ["counter", id]);
    expect(await rows("app/")).toEqual([]);
    expect(await plain("key ls")).toContain("no keys");
  });
});

describe("guests", () => {
  // The owner is who holds the cloud's credentials: nothing that is sent can change that.
  it("come in a role that the app has, and never as its owner", async () => {
    expect(await refused("guest invite", ["counter"], { role: "Owner" })).toEqual(["owner-stays", 2]);
    expect(await refused("guest invite", ["counter"], { role: "admin" })).toEqual(["role-unknown", 2]);
    expect(await refused("guest invite", ["nothing"])).toEqual(["app-unknown", 4]);
    expect((await rows("invite/")).length).toBe(0);
  });

  // A link that went to the wrong person has to be good for nothing once a new one is sent.
  it("are invited by a link of their own; again, it is the same guest and the old link is dead", async () => {
    const first = await document("guest invite", ["counter"], { name: "a friend", expires: "30d" });
    const [invite] = await rows("invite/");
    const token = [...new URL(first.link).searchParams.values()][0]!;
    expect(invite).toMatchObject({ id: `invite/${digestOfToken(token)}`, guest: first.id, app: "counter" });
    expect(invite!["expires"]).toBeLessThan(now + 7 * 86_400 + 100);
    const second = await document("guest invite", ["counter"], { name: "a friend" });
    expect([second.id, second.again]).toEqual([first.id, true]);
    const left = await rows("invite/");
    expect(left).toHaveLength(1);
    expect(left[0]!.id).not.toBe(invite!.id);
    expect((await document("guest ls", ["counter"])).guests.map((one: any) => one.name)).toContain("a friend");
  });

  // Revoked has to mean all of it, also what a guest has enrolled meanwhile.
  it("leave with their passkeys, sessions and links", async () => {
    const { id } = (await document("guest ls")).guests.find((one: any) => one.name === "a friend");
    await passkey("friend-key", { sub: `guest/${id}` });
    await passkey("own-key");
    await session("5555555555555555", { sub: `guest/${id}`, role: "guest", app: "counter" });
    await session("6666666666666666");
    expect((await document("passkey ls")).passkeys.map((one: any) => one.person).sort()).toEqual(["a friend", "owner"]);
    expect(await document("guest revoke", ["a friend"])).toMatchObject({ passkeys: 1, sessions: 1 });
    expect((await rows("")).map(({ id }) => id.split("/")[0]).sort()).toEqual([
      "guest",
      "link",
      "passkey",
      "session",
      "session",
    ]);
  });
});

describe("the access log", () => {
  async function wrote(name: string, messages: readonly string[], timestamp: number): Promise<void> {
    const logGroupName = `/aws/lambda/${name}`;
    const logs = new CloudWatchLogsClient(cloud.config);
    await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "one" }));
    const logEvents = messages.map((message, index) => ({ message, timestamp: timestamp + index }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: "one", logEvents }));
  }

  async function lines(args: string[] = [], flags: FlagValues = {}): Promise<any[]> {
    const found: Record<string, unknown>[] = [];
    const onLine = (line: Record<string, unknown>) => void found.push(line);
    const { fault } = await start({ paths, env: {}, cwd: dir, flags: {} }, "access", args, flags, { onLine }).ended;
    expect(fault).toBeUndefined();
    return found;
  }

  // Whoever reads it wants to know who that was, and has to be able to trust what it says: other lines are no such lines.
  it("says who came where, by the names of guests and keys, and what was refused alone", async () => {
    const at = Date.now() - 60_000;
    const key = await document("key new", ["counter"], { name: "backup" });
    const came = { type: "access", at: new Date(at).toISOString(), who: "owner", method: "GET", path: "/api/notes" };
    const line = (more: object): string =>
      JSON.stringify({ ...came, status: 200, allowed: true, from: "203.0.113.7", ms: 3, ...more });
    await wrote(
      "home--counter--gate",
      [
        "START RequestId: 00000000-0000-0000-0000-000000000000 Version: $LATEST",
        line({}),
        line({ who: `key/${key.id}`, path: "/api/\u001b[31mred" }),
        line({ who: "public", status: 302, why: "sign-in-first" }),
        line({ who: "public", status: 401, allowed: false, why: "signed-out" }),
        JSON.stringify({ level: "error", error: line({ who: "nobody-at-all" }) }),
      ],
      at,
    );
    const opened = {
      type: "access",
      app: "signin",
      who: "nobody",
      what: "open a link",
      allowed: false,
      why: "used",
      from: "203.0.113.9",
    };
    await wrote("home--foundation--signin", [`2026-01-01T00:00:00Z\tid\tINFO\t${JSON.stringify(opened)}`], at + 500);
    const all = await lines();
    expect(all.map(({ app, who, name, allowed }) => [app, who, name, allowed])).toEqual([
      ["counter", "owner", undefined, true],
      ["counter", `key/${key.id}`, "backup", true],
      ["counter", "public", undefined, true],
      ["counter", "public", undefined, false],
      ["signin", "nobody", undefined, false],
    ]);
    expect(accessWords(all[1], createPaint(false))).toMatch(
      /counter {2}key backup {2}GET \/api\/[^\u001b]*red {2}200 {2}allowed/,
    );
    expect(accessWords(all[2], createPaint(false))).toMatch(/ {2}302 {2}led to sign-in {2}from/);
    expect((await lines([], { denied: true })).map(({ why }) => why)).toEqual(["signed-out", "used"]);
    expect(await lines(["counter"], { denied: true })).toHaveLength(1);
    expect(await lines([], { since: "1s" })).toEqual([]);
  });
});

describe("a cloud of an earlier Freehold", () => {
  // It has no such table: what to type is worth more than what DynamoDB says.
  it("is told apart from one in which nobody may come in", async () => {
    await db.send(new DeleteTableCommand({ TableName }));
    expect(await refused("sessions ls")).toEqual(["access-not-yet", 1]);
  });
});
