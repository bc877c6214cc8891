/** What the home page's API promises, asked of it in this process, with a cloud's rows, counts and logs made by hand. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../support/apps.ts";

const hour = 3_600_000;
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13);
const environment = { FREEHOLD_CLOUD: "home", FREEHOLD_APP: "home", TABLE_CLOUD: "home--foundation--apps" };

export function home(app: () => App): void {
  let put: (table: string, row: object) => Promise<unknown>;
  let write: (group: string, lines: readonly string[], ageMs?: number) => Promise<void>;
  const get = async (path: string) => (await app().owner(path)).json;
  const named = (apps: any[], name: string) => apps.find((one) => one.name === name);

  beforeAll(async () => {
    Object.assign(process.env, environment);
    const tables = new DynamoDBClient(app().config);
    const documents = DynamoDBDocumentClient.from(tables);
    const logs = new CloudWatchLogsClient(app().config);
    put = (TableName, Item) => documents.send(new PutCommand({ TableName, Item }));
    write = async (group, lines, ageMs = 60_000) => {
      const logGroupName = `/aws/lambda/home--${group}`;
      const logStreamName = `s${ageMs}`;
      await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const logEvents = lines.map((message, at) => ({ message, timestamp: Date.now() - ageMs + at }));
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    };
    for (const name of ["foundation--apps", "foundation--access", "notes--limits", "quiet--limits"])
      await tables.send(
        new CreateTableCommand({
          TableName: `home--${name}`,
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        }),
      );
    await fill();
  });
  afterEach(() => void Object.assign(process.env, environment));

  async function fill(): Promise<void> {
    const now = Date.now();
    const row = { version: "1.0.0", address: "http://x.localhost/", changed: 1 };
    await put("home--foundation--apps", {
      ...row,
      ...{ id: "notes", title: "Notes", icon: "data:image/svg+xml;base64,PHN2Zy8+", update: "1.1.0" },
      ...{ stores: ["table notes"], reaches: ["api writes table notes"], doors: ["/share/* at most 5 per minute"] },
    });
    await put("home--foundation--apps", { ...row, id: "quiet", title: "<b>Quiet</b>" });
    await put("home--foundation--apps", { ...row, id: "older", title: "Older, without counts" });
    const counts = { denied: 1, failed: 2, expires: 1 };
    await put("home--notes--limits", { id: `requests/${hourOf(now).slice(0, 10)}`, n: 40, ...counts });
    await put("home--notes--limits", { id: `requests/${hourOf(now)}`, n: 7, ...counts });
    await put("home--notes--limits", { id: `requests/${hourOf(now - 23 * hour)}`, n: 3, denied: 0, failed: 0 });
    await put("home--notes--limits", { id: `requests/${hourOf(now - 24 * hour)}`, n: 99, denied: 0, failed: 0 });
    await put("home--foundation--access", { id: "guest/0a1b", name: "a friend", app: "notes" });
    await put("home--foundation--access", { id: "app/notes/key/ff00", name: "backup", digest: "d1e2" });
    const line = (more: object) => JSON.stringify({ type: "access", at: new Date(now).toISOString(), ...more });
    await write("notes--gate", [
      "REPORT RequestId: 1 Duration: 1 ms",
      line({ who: "guest/0a1b", method: "GET", path: "/<b>", status: 200, allowed: true, from: "10.0.0.1" }),
      line({ who: "key/ff00", method: "GET", path: "/api/notes", status: 200, allowed: true }),
      line({
        who: "key/0000",
        method: "PUT",
        path: "/api/notes",
        status: 403,
        allowed: false,
        why: "key-not-for-this",
      }),
      '{"type":"access", broken',
    ]);
    const earlier = new Date(now - 3 * hour).toISOString();
    const said = `{"type":"access","at":"${earlier}","app":"signin","who":"owner","what":"sign in to notes","allowed":true}`;
    await write("foundation--signin", [`${earlier}\t1-2\tINFO\t${said}`], 3 * hour);
  }

  // What it is for: everything that is installed, with what its card says and how it does, the public doors among it.
  it("shows each app as its row says, how its visitors found it, and what was asked of it today", async () => {
    const { granted, cloud, apps } = await get("/api/apps");
    expect({ granted, cloud, names: apps.map(({ name }: any) => name) }).toEqual({
      ...{ granted: true, cloud: "home" },
      names: ["quiet", "notes", "older"],
    });
    expect(named(apps, "notes")).toMatchObject({
      ...{ title: "Notes", version: "1.0.0", update: "1.1.0", doors: ["/share/* at most 5 per minute"] },
      ...{ today: { n: 40, denied: 1, failed: 2 }, health: { state: "failing", failed: 2 } },
    });
    expect(named(apps, "quiet")).toMatchObject({
      ...{ title: "<b>Quiet</b>", stores: [], today: { n: 0 }, health: { state: "quiet" } },
    });
  });

  // One app whose counters are gone or of an earlier Freehold takes nothing from the others.
  it("says of one app that its counts cannot be read, and shows the others whole", async () => {
    const { apps } = await get("/api/apps");
    expect(named(apps, "older").health).toEqual({ state: "unknown" });
    expect(named(apps, "notes").today.n).toBe(40);
    expect(await get("/api/apps/older/requests")).toEqual({ granted: true, app: "older", unread: true });
  });

  it("counts the last 24 hours by the hour, those without a request, too", async () => {
    const { hours } = await get("/api/apps/notes/requests");
    expect(hours).toHaveLength(24);
    expect(hours.map(({ n }: any) => n)).toEqual([3, ...Array(22).fill(0), 7]);
    expect(hours.at(-1)).toMatchObject({ hour: hourOf(Date.now()), denied: 1, failed: 2 });
  });

  it("tells who came, newest first, by the names of guests and keys that are still there, of one app or of all", async () => {
    const { lines, unread } = await get("/api/access");
    expect(unread).toEqual([]);
    expect(lines.map(({ app: at, who, name }: any) => [at, who, name])).toEqual(
      expect.arrayContaining([
        ["notes", "guest/0a1b", "a friend"],
        ["notes", "key/ff00", "backup"],
        ["notes", "key/0000", undefined],
      ]),
    );
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toMatchObject({ app: "signin", who: "owner", what: "sign in to notes", allowed: true });
    expect(JSON.stringify(lines)).not.toContain("d1e2");
    expect((await get("/api/access?app=signin")).lines).toHaveLength(1);
    expect((await get("/api/access?limit=2")).lines).toHaveLength(2);
    expect((await get("/api/access?app=quiet")).lines).toEqual([]);
    for (const query of ["limit=0", "limit=201", "limit=x", "app=../x"])
      expect((await app().owner(`/api/access?${query}`)).status, query).toBe(400);
  });

  // A log that cannot be read must not look like a day on which nobody came.
  it("names the log that cannot be read, and shows the rest", async () => {
    const { config } = app();
    const tables = new DynamoDBClient(config);
    process.env["FREEHOLD_CLOUD"] = "x".repeat(600);
    expect(await get("/api/access?app=notes")).toEqual({ granted: true, lines: [], unread: ["notes"] });
    process.env["FREEHOLD_CLOUD"] = "home";
    await tables.send(new DeleteTableCommand({ TableName: "home--foundation--access" }));
    await new CloudWatchLogsClient(config).send(
      new DeleteLogGroupCommand({ logGroupName: "/aws/lambda/home--foundation--signin" }),
    );
    const { lines } = await get("/api/access");
    expect(lines.map(({ who }: any) => who).sort()).toEqual(["guest/0a1b", "key/0000", "key/ff00"]);
    expect(lines.every(({ name }: any) => name === undefined)).toBe(true);
  });

  it("sends again only what has changed, and lets no cache keep it", async () => {
    const first = await app().owner("/api/apps");
    expect(first.headers["cache-control"]).toBe("no-store");
    const etag = String(first.headers["etag"]);
    const again = await app().owner("/api/apps", { headers: { "if-none-match": etag } });
    expect(again).toMatchObject({ status: 304, text: "" });
    await put("home--notes--limits", { id: `requests/${hourOf(Date.now()).slice(0, 10)}`, n: 41 });
    const changed = await app().owner("/api/apps", { headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
    expect(named(changed.json.apps, "notes").today).toEqual({ n: 41, denied: 0, failed: 0 });
  });

  it("without its grant sees nothing, and says what gives it back", async () => {
    delete process.env["TABLE_CLOUD"];
    for (const path of ["/api/apps", "/api/apps/notes/requests", "/api/access"])
      expect(await get(path)).toEqual({ granted: false, command: "freehold grant add home cloud" });
  });

  describe("with the grant of the data", () => {
    beforeAll(async () => {
      const tables = new DynamoDBClient(app().config);
      const store = { AttributeName: "id", AttributeType: "S" as const };
      await tables.send(
        new CreateTableCommand({
          ...{ TableName: "home--full--rows", BillingMode: "PAY_PER_REQUEST" },
          ...{ KeySchema: [{ AttributeName: "id", KeyType: "HASH" }], AttributeDefinitions: [store] },
        }),
      );
      const texts = new Set(["x", "y"]);
      for (let n = 0; n < 7; n++)
        await put("home--full--rows", {
          id: `r${n}`,
          n,
          texts,
          long: "<b>".repeat(100),
          inside: { list: [true, null] },
        });
      const s3 = new S3Client({ ...app().config, forcePathStyle: true });
      const Bucket = "home--full--files-0123456789";
      await s3.send(new CreateBucketCommand({ Bucket }));
      const file = (Key: string, Body: string | Uint8Array, ContentType: string) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
      await file("notes.txt", "a".repeat(70_000), "text/plain");
      await file("in/one.json", '{"a":1}', "application/json");
      await file("in/dot.png", new Uint8Array([1, 2, 3]), "image/png");
      await file("in/page.svg", "<svg onload='alert(1)'/>", "image/svg+xml");
      await file("in/bytes", new Uint8Array([1, 2, 3]), "application/octet-stream");
      const data = [
        ["table", "rows", "home--full--rows"],
        ["bucket", "files", Bucket],
        ["table", "strange", "somebody-elses"],
      ];
      await put("home--foundation--apps", { id: "things", data });
    });
    beforeEach(() => void Object.assign(process.env, { FREEHOLD_DATA: "read" }));
    afterEach(() => void delete process.env["FREEHOLD_DATA"]);

    it("says of each store how much is in it, of an adopted one that it is out of reach, and lists things beside the apps", async () => {
      const answer = await app().owner("/api/data/things");
      expect(answer.headers["cache-control"]).toBe("no-store");
      expect(answer.headers["etag"]).toBeUndefined();
      expect(answer.json.stores).toEqual([
        { kind: "table", name: "rows", count: 7, sizeBytes: expect.any(Number) },
        { kind: "bucket", name: "files", count: 5, sizeBytes: 70_000 + 7 + 3 + 24 + 3 },
        { kind: "table", name: "strange", unread: "adopted" },
      ]);
      const { things, data, apps } = await get("/api/apps");
      expect(things).toEqual(["table rows", "bucket files", "table strange"]);
      expect(data).toEqual({ granted: true });
      expect(named(apps, "things")).toBeUndefined();
      expect((await get("/api/data/quiet")).stores).toEqual([]);
    });

    it("shows items page by page, short in the page, and each whole by its key", async () => {
      const seen: string[] = [];
      let next: string | undefined;
      do {
        const page = await get(`/api/data/things/rows?limit=3${next ? `&from=${encodeURIComponent(next)}` : ""}`);
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map(({ name }: any) => name.id));
        next = page.next;
        for (const { item } of page.items) expect(item.long).toHaveLength(201);
      } while (next);
      expect(seen.sort()).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
      const { items } = await get("/api/data/things/rows?limit=100");
      const { key } = items.find(({ name }: any) => name.id === "r4");
      expect((await get(`/api/data/things/rows/item?key=${encodeURIComponent(key)}`)).item).toEqual({
        ...{ id: "r4", n: 4, texts: ["x", "y"], long: "<b>".repeat(100), inside: { list: [true, null] } },
      });
    });

    it("shows folders and files, of a text its beginning, an image as data, and of all else name and size", async () => {
      const root = await get("/api/data/things/files");
      expect([root.folders, root.files.map(({ key }: any) => key)]).toEqual([["in/"], ["notes.txt"]]);
      const first = await get("/api/data/things/files?in=in/&limit=3");
      const rest = await get(`/api/data/things/files?in=in/&from=${encodeURIComponent(first.next)}`);
      expect([...first.files, ...rest.files].map(({ key }: any) => key)).toEqual([
        ...["in/bytes", "in/dot.png", "in/one.json", "in/page.svg"],
      ]);
      const file = (key: string) => get(`/api/data/things/files/item?key=${encodeURIComponent(key)}`);
      const long = await file("notes.txt");
      expect([long.text.length, long.more, long.file.sizeBytes]).toEqual([65_536, true, 70_000]);
      expect((await file("in/one.json")).text).toBe('{"a":1}');
      expect((await file("in/dot.png")).image).toBe("data:image/png;base64,AQID");
      const drawn = await file("in/page.svg");
      expect([drawn.image, drawn.text]).toEqual([undefined, "<svg onload='alert(1)'/>"]);
      expect(Object.keys(await file("in/bytes")).sort()).toEqual(["app", "file", "granted", "kind", "store"]);
    });

    it("finds what is an app's store alone, and refuses a page that is too long or leads nowhere", async () => {
      const status = async (path: string) => (await app().owner(`/api/data/${path}`)).status;
      for (const path of ["gone", "foundation", "foundation/access", "things/limits", "quiet/limits", "things/rows/x"])
        expect(await status(path), path).toBe(404);
      const nowhere = Buffer.from('[["id",{"S":"none"}]]').toString("base64url");
      expect(await status(`things/rows/item?key=${nowhere}`)).toBe(404);
      expect(await status("things/files/item?key=none")).toBe(404);
      expect(await status("things/strange")).toBe(403);
      // Its row is of an earlier Freehold, which did not say where it stores anything.
      expect(await app().owner("/api/data/notes")).toMatchObject({
        status: 409,
        json: { error: expect.stringMatching(/freehold up notes$/) },
      });
      const broken = [
        "rows?limit=0",
        "rows?limit=101",
        "rows?limit=x",
        "rows?from=x",
        "rows/item",
        "rows/item?key=e30",
      ];
      for (const path of broken) expect(await status(`things/${path}`), path).toBe(400);
    });

    it("is the owner's alone, and without the grant says what gives it", async () => {
      const paths = ["/api/data/things", "/api/data/things/rows", "/api/data/things/rows/item?key=x"];
      for (const path of paths) {
        expect((await app().owner(path, { role: "guest" })).status, path).toBe(403);
        expect((await app().anybody(path)).status, path).toBe(401);
        expect((await app().owner(path, { method: "POST" })).status, path).toBe(405);
      }
      delete process.env["FREEHOLD_DATA"];
      const lacking = { granted: false, command: "freehold grant add home data" };
      for (const path of paths) expect(await get(path)).toEqual(lacking);
      expect((await get("/api/apps")).data).toEqual(lacking);
    });
  });

  it("says that the apps cannot be read, when they cannot", async () => {
    process.env["TABLE_CLOUD"] = "gone";
    expect(await app().owner("/api/apps")).toMatchObject({ status: 503, json: { error: /cannot be read/ } });
  });

  // One whom the owner invited to this app is let in by the gate, and would see every other app and who came.
  it("is the owner's alone: a guest sees nothing of the cloud", async () => {
    for (const path of ["/api/apps", "/api/apps/notes/requests", "/api/access"])
      expect(await app().owner(path, { role: "guest" }), path).toMatchObject({
        ...{ status: 403, json: { error: "This page is its owner's alone." } },
      });
  });

  it("changes nothing, and is nobody else's", async () => {
    for (const path of ["/", "/api/apps", "/api/apps/notes/requests", "/api/access", "/sw.js"]) {
      expect((await app().anybody(path)).status, path).toBe(401);
      if (path.startsWith("/api/")) expect((await app().owner(path, { method: "POST" })).status, path).toBe(405);
    }
  });
}
