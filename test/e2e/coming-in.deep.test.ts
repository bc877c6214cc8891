/** Who may come in, whole: the built command, a local cloud with its own sign-in and gates, and real requests. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { changeFile, copyCounter } from "../support/counter.ts";
import { ask, type Home, resultOf, signIn, withHome } from "../support/home.ts";

let home: Home;
let folder: string;
let url: string;
let cookie: string;

beforeAll(async () => {
  home = await withHome();
  folder = await copyCounter(home.dir);
  await changeFile(
    join(folder, "blueprint.yaml"),
    (text) =>
      `${text.replace("uses: { counts: write,", "uses: { cloud: read, counts: write,")}roles: { guest: read only }\n`,
  );
  await changeFile(join(folder, "api/index.mjs"), (text) =>
    text
      .replace("DynamoDBClient, UpdateItemCommand", "DynamoDBClient, ScanCommand, UpdateItemCommand")
      .replace(
        'if (path === "/api/throw")',
        'if (path === "/api/cloud") {\n    if (!process.env.TABLE_CLOUD) return { rows: null };\n' +
          "    const { Items } = await client.send(new ScanCommand({ TableName: process.env.TABLE_CLOUD }));\n" +
          '    return { rows: Items };\n  }\n  if (path === "/api/throw")',
      ),
  );
  const [app] = resultOf(await home.events("up", folder)).apps;
  url = app.url;
  cookie = await signIn(app.link);
}, 180_000);
afterAll(() => home.close());

const status = async (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> =>
  (await ask(new URL(path, url).href, { method, headers })).status;
const asOwner = async (path: string) => JSON.parse((await ask(new URL(path, url).href, { headers: { cookie } })).text);

/** Asks until it is so; the product says within a minute. */
async function within(seconds: number, isSo: () => Promise<boolean>): Promise<number> {
  const began = Date.now();
  while (!(await isSo())) {
    if (Date.now() - began > seconds * 1000) throw new Error(`not so after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return (Date.now() - began) / 1000;
}

// A key is all a program has: it opens what it is for, from the first second to the last and not one longer.
it("a key opens its routes by its verbs, is named in the access log, and opens nothing once it is removed", async () => {
  const { stdout, stderr } = await home.freehold(
    "key",
    "new",
    "counter",
    "--name",
    "backup",
    "--routes",
    "/api/*",
    "--verbs",
    "GET",
  );
  expect(stdout).toMatch(/^fh_[0-9a-f]{16}_[\w-]{43}\n$/);
  expect(stderr).toContain("/api/* by GET");
  expect(stderr).not.toContain(stdout.trim().slice(-20));
  const authorization = `Bearer ${stdout.trim()}`;
  expect(await status("api/x", { authorization })).toBe(200);
  expect(await status("api/x", { authorization }, "POST")).toBe(403);
  expect(await status("", { authorization })).toBe(403);
  await within(10, async () => (await home.json("key", "ls")).keys[0].used !== undefined);
  const refused = await home.events("access", "counter", "--denied");
  expect(refused.filter(({ name }) => name === "backup").map(({ method, status }) => [method, status])).toEqual([
    ["POST", 403],
    ["GET", 403],
  ]);
  await home.freehold("key", "rm", "counter", "backup");
  await within(60, async () => (await status("api/x", { authorization })) === 401);
}, 120_000);

// Opening a door is the one change that lets strangers in: it is asked, it holds over upgrades, and it goes back.
it("a route is opened after a yes, stays open over an upgrade, and undo closes it", async () => {
  expect(await status("api/open")).toBe(401);
  const asked = await home.attempt("settings", "counter", "routes./api/open=public");
  expect(asked.code).toBe(3);
  const [, digest] = /--accept (sha256:[0-9a-f]{64})/.exec(asked.stderr) ?? [];
  expect(asked.stderr).toContain("anybody public /api/open to api");
  await home.freehold("settings", "counter", "routes./api/open=public", "--accept", digest!);
  expect(await status("api/open")).toBe(200);
  expect(await status("api/x")).toBe(401);
  expect((await home.json("show", "counter")).definition.routes).toContainEqual({
    ...{ path: "/api/open", to: "api", public: true, limit: "60 per minute" },
  });
  expect((await home.json("history", "counter")).items[0].settings).toEqual(["routes./api/open"]);
  await home.freehold("undo", "counter", "--yes");
  expect(await status("api/open")).toBe(401);
  // What goes back to being open is asked about, too; what was said yes to once is not asked again.
  await home.freehold("settings", "counter", "routes./api/open=public", "--accept", digest!);
  await changeFile(join(folder, "api/index.mjs"), (text) => text.replace('version: "one"', 'version: "two"'));
  await changeFile(join(folder, "blueprint.yaml"), (text) => text.replace("version: 1.0.0", "version: 1.1.0"));
  await home.freehold("up", folder);
  expect((await ask(new URL("api/open", url).href)).text).toContain('"two"');
  await home.freehold("settings", "counter", "routes./public/*=private");
  expect(await status("public/x")).toBe(401);
  const back = await home.attempt("undo", "counter", "--yes");
  const [, yes] = /--accept (sha256:[0-9a-f]{64})/.exec(back.stderr) ?? [];
  expect([back.code, await status("public/x")]).toEqual([3, 401]);
  await home.freehold("undo", "counter", "--yes", "--accept", yes!);
  expect(await status("public/x")).toBe(200);
  await home.freehold("settings", "counter", "--reset", "routes./api/open");
  expect(await status("api/open")).toBe(401);
}, 180_000);

// A bill that a mistake makes ends at a number that the owner says; the owner's own word lifts it again.
it("an app over its requests of the day is off, politely, until the number is raised", async () => {
  await home.freehold("settings", "counter", "requests=1 per day");
  expect([await status("public/x"), await status("public/x"), await status("public/x")].at(-1)).toBe(503);
  await home.freehold("settings", "counter", "--reset", "requests");
  expect(await status("public/x")).toBe(200);
}, 120_000);

// The owner sees what an app may do beyond its own things, and what is taken back is gone from the running function.
it("an app reads the cloud by a grant, and not once it is taken back, until it is given again with a yes", async () => {
  expect((await home.json("grant", "ls")).grants).toMatchObject([{ app: "counter", what: "cloud", held: true }]);
  const { rows } = await asOwner("api/cloud");
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    ...{ id: { S: "counter" }, title: { S: "Counter" }, version: { S: "1.1.0" }, address: { S: url } },
    doors: { L: [{ S: "/public/* at most 5 per minute" }] },
    stores: { L: [{ S: "table counts" }, { S: "bucket files" }] },
  });
  await home.freehold("grant", "rm", "counter", "cloud");
  expect(await asOwner("api/cloud")).toEqual({ rows: null });
  expect((await home.json("grant", "ls", "counter")).grants[0].held).toBe(false);
  await home.freehold("up", folder);
  expect(await asOwner("api/cloud")).toEqual({ rows: null });
  const asked = await home.attempt("grant", "add", "counter", "cloud");
  expect(asked.code).toBe(3);
  const [, digest] = /--accept (sha256:[0-9a-f]{64})/.exec(asked.stderr) ?? [];
  await home.freehold("grant", "add", "counter", "cloud", "--accept", digest!);
  expect((await asOwner("api/cloud")).rows).toHaveLength(1);
}, 180_000);

// A link is a way in: one that is used, or a session that was ended, must be none.
it("open leads in once, and a session that is revoked ends within a minute, at the app, too", async () => {
  const { link } = await home.json("open");
  const mine = await signIn(link);
  expect(await status("api/x", { cookie: mine })).toBe(200);
  const { sessions } = await home.json("sessions", "ls");
  expect(sessions.map(({ by }: any) => by)).toEqual(["link", "link"]);
  expect((await home.json("sessions", "revoke", sessions[1].id)).revoked).toHaveLength(1);
  const seconds = await within(60, async () => (await status("api/x", { cookie: mine })) !== 200);
  expect(seconds).toBeLessThan(60);
  expect(await status("api/x", { cookie })).toBe(200);
  await home.freehold("sessions", "rotate");
  expect(await status("api/x", { cookie })).toBe(200);
}, 120_000);

// Another app of the same name must not have the keys and guests of the one before.
it("keys, guests and the row of an app go with it", async () => {
  await home.freehold("key", "new", "counter");
  const { link } = await home.json("guest", "invite", "counter", "--name", "Ann");
  expect((await ask(link)).status).toBe(200);
  await home.freehold("destroy", "counter", "--yes");
  expect((await home.json("key", "ls")).keys).toEqual([]);
  expect((await home.json("guest", "ls")).guests).toEqual([]);
  expect((await ask(link)).status).toBe(401);
}, 120_000);
