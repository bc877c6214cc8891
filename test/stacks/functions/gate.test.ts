/** The gate against an AWS of the test's own: who gets in, what is passed on, and that nothing else reaches the app. */
import { generateKeyPairSync } from "node:crypto";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { UrlEvent } from "../../../stacks/functions/gate/event.ts";
import { issue } from "../../../stacks/functions/shared/session.ts";
import { type Asked, fakeAws, type Told } from "./fake-aws.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const files: Record<string, string> = {
  "index.html": "<h1>Home</h1>",
  "docs/index.html": "<h1>Docs</h1>",
  "a b.txt": "spaces",
};

let aws: Awaited<ReturnType<typeof fakeAws>>;
let gate: typeof import("../../../stacks/functions/gate/index.ts");
let app: (asked: Asked) => Told;
let counters: Map<string, number>;
/** Rows of the table of links. */
const signedOut = new Set<string>();
let linksFail = false;

interface Sent {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
}

beforeAll(async () => {
  aws = await fakeAws(answer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "none",
    FREEHOLD_GATE: JSON.stringify({
      cloud: "home",
      app: "notes",
      routes: [
        { path: "/", to: "site", public: false },
        { path: "/api/*", to: "api", public: false },
        { path: "/api/open", to: "api", public: true, limit: { count: 2, seconds: 3600 } },
        { path: "/share/*", to: "api", public: true },
      ],
      functions: { api: "home--notes--api" },
      site: "bucket",
      signin: "home--foundation--signin",
      links: "home--foundation--links",
      publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
      limits: "home--notes--limits",
    }),
  });
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: { from: (stream: object, prelude: Sent) => Object.assign(stream, { prelude }) },
    },
  });
  gate = await import("../../../stacks/functions/gate/index.ts");
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.asked.length = 0;
  counters = new Map();
  app = () => ({
    body: JSON.stringify({ statusCode: 200, headers: { "Content-Type": "text/plain" }, body: "from the app" }),
  });
});

function answer(asked: Asked): Told {
  if (asked.path.startsWith("/bucket/")) return object(asked);
  if (asked.path.includes("foundation--signin")) {
    const { link } = JSON.parse(asked.body);
    if (link.startsWith("many")) return { body: JSON.stringify({ session: null, wait: 42 }) };
    return { body: JSON.stringify({ session: link.startsWith("good") ? token() : null }) };
  }
  if (asked.body.includes("home--foundation--links")) return linksRow(asked);
  if (asked.headers["x-amz-target"] === "DynamoDB_20120810.UpdateItem") {
    const { Key, ExpressionAttributeValues } = JSON.parse(asked.body);
    const next = (counters.get(Key.id.S) ?? 0) + 1;
    if (next > Number(ExpressionAttributeValues[":limit"].N))
      return {
        status: 400,
        body: JSON.stringify({ __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" }),
      };
    counters.set(Key.id.S, next);
    return { body: "{}" };
  }
  return app(asked);
}

function linksRow({ headers, body }: Asked): Told {
  if (linksFail) return { status: 500, body: JSON.stringify({ __type: "InternalServerError" }) };
  const { Key, Item } = JSON.parse(body);
  if (headers["x-amz-target"] === "DynamoDB_20120810.PutItem") signedOut.add(Item.id.S);
  return { body: signedOut.has(Key?.id.S) ? JSON.stringify({ Item: Key }) : "{}" };
}

function object({ path, headers }: Asked): Told {
  const content = files[decodeURIComponent(path.slice("/bucket/".length))];
  if (content === undefined) return { status: 404 };
  const own = { "content-type": "text/html", etag: '"tag"', "content-length": String(content.length) };
  if (headers["if-none-match"] === '"tag"') return { status: 304, headers: { etag: '"tag"' } };
  if (headers["if-match"] && headers["if-match"] !== '"tag"') return { status: 412 };
  if (headers.range === "bytes=0-1")
    return {
      status: 206,
      headers: { ...own, "content-length": "2", "content-range": `bytes 0-1/${content.length}` },
      body: content.slice(0, 2),
    };
  return { headers: own, body: content };
}

function token(change: Partial<Parameters<typeof issue>[0]> = {}, key = privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  return issue({ aud: "home/notes", sub: "owner", role: "owner", iat: now, exp: now + 60, ...change }, key);
}

interface Asking {
  method?: string;
  headers?: Record<string, string>;
  cookies?: string[];
  query?: Record<string, string>;
  body?: string;
}

async function ask(path: string, asking: Asking = {}): Promise<Sent & { text: string }> {
  const event: UrlEvent = {
    version: "2.0",
    rawPath: path,
    rawQueryString: new URLSearchParams(asking.query).toString(),
    headers: { host: "notes--home.localhost:4780", ...asking.headers },
    ...(asking.cookies ? { cookies: asking.cookies } : {}),
    ...(asking.query ? { queryStringParameters: asking.query } : {}),
    ...(asking.body ? { body: asking.body } : {}),
    isBase64Encoded: false,
    requestContext: {
      requestId: "11111111-2222-3333-4444-555555555555",
      domainName: "notes--home.localhost",
      http: { method: asking.method ?? "GET", path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
    },
  };
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve) => stream.on("end", resolve));
  await gate.handler(event, stream as never);
  await ended;
  return { ...(stream as unknown as { prelude: Sent }).prelude, text: Buffer.concat(chunks).toString("utf8") };
}

/** One for all tests but those about sessions: it is asked about once. */
const ownersToken = token({ exp: Math.floor(Date.now() / 1000) + 3600 });
const owner = (): string[] => [`__Host-session=${ownersToken}`];
const invoked = (): UrlEvent[] =>
  aws.asked.filter(({ path }) => path.endsWith("home--notes--api/invocations")).map(({ body }) => JSON.parse(body));

describe("who gets in", () => {
  it("nobody without a session: 401, a page or JSON, and nothing behind the gate is asked", async () => {
    for (const path of ["/", "/api/x", "/api/open/x", "/index.html", "/share", "/API/open"])
      expect((await ask(path)).statusCode, path).toBe(401);
    expect(JSON.parse((await ask("/", { headers: { accept: "application/json" } })).text).error).toBe("sign-in-first");
    expect((await ask("/")).text).toContain("<!doctype html>");
    expect(aws.asked).toEqual([]);
  });

  it.each([
    ["another key's", () => token({}, generateKeyPairSync("ed25519").privateKey)],
    ["another app's", () => token({ aud: "home/diary" })],
    ["another cloud's", () => token({ aud: "work/notes" })],
    ["yesterday's", () => token({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ["tomorrow's", () => token({ iat: Math.floor(Date.now() / 1000) + 3600 })],
    ["a shortened", () => token().slice(0, -2)],
    ["a changed", () => token().replace(/^v1\.../, "v1.zz")],
    ["no", () => "x.y.z"],
  ])("%s session is none", async (_, make) => {
    expect((await ask("/api/x", { cookies: [`__Host-session=${make()}`] })).statusCode).toBe(401);
    expect(aws.asked).toEqual([]);
  });

  it("the plain cookie counts on localhost only", async () => {
    const cookies = [`freehold-session=${token()}`];
    expect((await ask("/api/x", { cookies })).statusCode).toBe(200);
    expect((await ask("/api/x", { cookies, headers: { host: "abc.lambda-url.eu-west-1.on.aws" } })).statusCode).toBe(
      401,
    );
  });

  it.each([
    "/api//x",
    "/share/../api/x",
    "/share/%2e%2e/api/x",
    "/share/..%2fapi/x",
    "/share/%252e%252e/api/x",
    "/share/..;/api/x",
    "/share/%5capi",
    "/share/%00",
    "/%ff",
    "share",
  ])("a path that can be read in two ways is nobody's: %s", async (path) => {
    expect((await ask(path, { cookies: owner() })).statusCode).toBe(400);
    expect(aws.asked).toEqual([]);
  });

  it("a change that another site asks for is refused before the app", async () => {
    const from = (headers: Record<string, string>) => ask("/api/x", { method: "POST", cookies: owner(), headers });
    expect((await from({ origin: "https://evil.example" })).statusCode).toBe(403);
    expect((await from({ origin: "http://diary--home.localhost:4780" })).statusCode).toBe(403);
    expect((await from({ origin: "null" })).statusCode).toBe(403);
    expect((await from({ "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect(invoked()).toEqual([]);
    expect((await from({ origin: "http://notes--home.localhost:4780" })).statusCode).toBe(200);
    expect((await from({})).statusCode).toBe(200);
  });
});

describe("signing out", () => {
  const out = (cookies: string[]) => ask("/.freehold/signout", { method: "POST", cookies });

  // Row L12: whoever copied the cookie before has nothing in hand.
  it("ends the session itself, not only the browser's copy of it", async () => {
    const cookies = [`__Host-session=${token({ iat: 1 })}`];
    expect((await ask("/api/x", { cookies })).statusCode).toBe(200);
    const answer = await out(cookies);
    expect(answer.statusCode).toBe(303);
    expect(answer.cookies?.every((cookie) => cookie.includes("=; ") && cookie.includes("Max-Age=0"))).toBe(true);
    expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
  });

  it("ends a session at gates that have not seen it, too", async () => {
    const made = token({ iat: 2 });
    await out([`freehold-session=${made}`]);
    expect((await ask("/api/x", { cookies: [`__Host-session=${made}`] })).statusCode).toBe(401);
  });

  it("asks nothing of what is no session", async () => {
    aws.asked.length = 0;
    expect((await out(["__Host-session=x.y.z"])).statusCode).toBe(303);
    expect((await out([])).statusCode).toBe(303);
    expect(aws.asked).toEqual([]);
  });

  // Elsewhere it was signed out, perhaps: half a minute is the most that a gate takes its word of before.
  it("is asked about again after half a minute, and nobody passes while that cannot be known", async () => {
    const cookies = [`__Host-session=${token({ iat: 3, exp: Math.floor(Date.now() / 1000) + 3600 })}`];
    const asksTheTable = async (): Promise<number> => {
      aws.asked.length = 0;
      expect((await ask("/api/x", { cookies })).statusCode).toBe(200);
      return aws.asked.filter(({ body }) => body.includes("home--foundation--links")).length;
    };
    expect([await asksTheTable(), await asksTheTable()]).toEqual([1, 0]);
    const at = Date.now() + 31_000;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => at);
    try {
      expect(await asksTheTable()).toBe(1);
      linksFail = true;
      clock.mockImplementation(() => at + 31_000);
      expect((await ask("/api/x", { cookies })).statusCode).toBe(503);
    } finally {
      linksFail = false;
      clock.mockRestore();
    }
  });
});

describe("the one-use link", () => {
  const link = "good-0123456789abcdef0123";

  it("sets both cookies on localhost and goes on to a path of this site", async () => {
    const answer = await ask("/.freehold/signin", { query: { link, to: "/docs/?a=1" } });
    expect(answer).toMatchObject({ statusCode: 303, headers: { location: "/docs/?a=1", "cache-control": "no-store" } });
    expect(answer.cookies).toHaveLength(2);
    expect(answer.cookies?.[0]).toMatch(
      /^__Host-session=v1\..*; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(answer.cookies?.[1]).toMatch(/^freehold-session=v1\..*; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
  });

  it("sets the __Host- cookie alone elsewhere", async () => {
    const answer = await ask("/.freehold/signin", {
      query: { link },
      headers: { host: "a.lambda-url.eu-west-1.on.aws" },
    });
    expect(answer.cookies?.map((cookie) => cookie.split("=")[0])).toEqual(["__Host-session"]);
    expect(answer.headers["strict-transport-security"]).toBeDefined();
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/a\nb",
  ])("never leads elsewhere: %j", async (to) =>
    expect((await ask("/.freehold/signin", { query: { link, to } })).headers["location"]).toBe("/"),
  );

  // Row L13.
  it("tried too often from one address is looked at no more, and says for how long", async () => {
    const answer = await ask("/.freehold/signin", { query: { link: "many-0123456789abcdef0123" } });
    expect([answer.statusCode, answer.headers["retry-after"], answer.cookies]).toEqual([429, "42", undefined]);
    expect(JSON.parse(aws.asked[0]!.body)).toMatchObject({ app: "notes", from: "127.0.0.1" });
  });

  it("used or forged, it signs nobody in; asked with HEAD, it is not used", async () => {
    expect((await ask("/.freehold/signin", { query: { link: "used-0123456789abcdef012" } })).statusCode).toBe(401);
    expect((await ask("/.freehold/signin", { query: { link: "<script>" } })).statusCode).toBe(401);
    expect((await ask("/.freehold/signin", { method: "HEAD", query: { link } })).statusCode).toBe(404);
    expect(aws.asked).toHaveLength(1);
  });
});

describe("the app's functions", () => {
  it("get the event as it came, with who asks, and nothing that only says so", async () => {
    await ask("/api/x", {
      method: "PUT",
      body: "hello",
      query: { q: "1" },
      cookies: [...owner(), "theme=dark"],
      headers: { "x-freehold-user": "admin", "x-freehold-role": "root", cookie: "all of them", "x-own": "1" },
    });
    const [event] = invoked();
    expect(event).toMatchObject({ rawPath: "/api/x", rawQueryString: "q=1", body: "hello", cookies: ["theme=dark"] });
    expect(event?.headers).toMatchObject({
      "x-freehold-user": "owner",
      "x-freehold-role": "owner",
      "x-own": "1",
      cookie: "theme=dark",
    });
    expect(JSON.stringify(event)).not.toContain("v1.");
    expect(aws.asked.at(-1)?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/lambda\/aws4_request/,
    );
  });

  it("answer with status, headers, cookies and bytes; never with a session of their own making", async () => {
    app = () => ({
      body: JSON.stringify({
        statusCode: 201,
        headers: { "X-Own": "yes", Connection: "close", "x-freehold-user": "me", Bad: "a\r\nb" },
        cookies: ["a=1", "__Host-session=mine"],
        body: Buffer.from([0, 255]).toString("base64"),
        isBase64Encoded: true,
      }),
    });
    const answer = await ask("/api/x", { cookies: owner() });
    expect(answer).toMatchObject({
      statusCode: 201,
      cookies: ["a=1"],
      headers: { "x-own": "yes", "x-content-type-options": "nosniff" },
    });
    expect(Object.keys(answer.headers)).not.toEqual(expect.arrayContaining(["connection"]));
    expect(answer.headers).not.toHaveProperty("bad");
    expect(answer.headers).not.toHaveProperty("x-freehold-user");
  });

  it("may answer plain JSON, which is a 200", async () => {
    app = () => ({ body: JSON.stringify({ n: 1 }) });
    const answer = await ask("/api/x", { cookies: owner() });
    expect(answer).toMatchObject({ statusCode: 200, headers: { "content-type": "application/json" }, text: '{"n":1}' });
  });

  const id = { "x-amzn-requestid": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" };
  const unhandled = { ...id, "x-amz-function-error": "Unhandled" };
  it.each([
    ["throws", { headers: unhandled, body: '{"errorMessage":"secret detail"}' }, 502],
    [
      "takes too long",
      { headers: unhandled, body: '{"errorMessage":"2026-11-24T10:00:00Z x Task timed out after 3.00 seconds"}' },
      504,
    ],
    ["is throttled", { status: 429, headers: id, body: "{}" }, 503],
    ["is asked too much at once", { status: 413, headers: id, body: "{}" }, 413],
    ["is not there", { status: 404, headers: id, body: "{}" }, 502],
    ["answers no JSON", { headers: id, body: "{" }, 503],
  ] as [string, Told, number][])("that %s", async (_, told, status) => {
    app = () => told;
    const answer = await ask("/api/x", { cookies: owner() });
    expect(answer.statusCode).toBe(status);
    expect(answer.text).not.toContain("secret detail");
    if (status === 502 || status === 504) expect(answer.text).toContain("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    if (status === 503) expect(answer.headers["retry-after"]).toBe("1");
  });
});

describe("public routes", () => {
  it("pass without a session, as nobody, until their limit; the owner is not counted", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask("/api/open")).statusCode);
    expect(statuses).toEqual([200, 200, 429, 429]);
    expect((await ask("/api/open")).headers["retry-after"]).toMatch(/^\d+$/);
    expect((await ask("/api/open", { cookies: owner() })).statusCode).toBe(200);
    expect(invoked().map(({ headers }) => headers["x-freehold-role"])).toEqual(["public", "public", "owner"]);
    expect(invoked()[0]?.headers).not.toHaveProperty("x-freehold-user");
  });

  it("lose the session when another site asks for a change", async () => {
    await ask("/share/x", { method: "POST", cookies: owner(), headers: { origin: "https://evil.example" } });
    expect(invoked()[0]?.headers["x-freehold-role"]).toBe("public");
    expect(JSON.stringify(invoked())).not.toContain("v1.");
  });
});

describe("the site", () => {
  const get = (path: string, asking: Asking = {}) => ask(path, { cookies: owner(), ...asking });

  it("is served with its types, folders as their index, and is asked for again each time", async () => {
    expect(await get("/")).toMatchObject({
      statusCode: 200,
      text: "<h1>Home</h1>",
      headers: { "content-type": "text/html", etag: '"tag"', "cache-control": "private, no-cache" },
    });
    expect((await get("/docs/")).text).toBe("<h1>Docs</h1>");
    expect(await get("/docs")).toMatchObject({ statusCode: 308, headers: { location: "/docs/" } });
    expect((await get("/a%20b.txt")).text).toBe("spaces");
  });

  it("has ranges, conditions and HEAD", async () => {
    expect(await get("/", { headers: { range: "bytes=0-1" } })).toMatchObject({
      statusCode: 206,
      text: "<h",
      headers: { "content-range": "bytes 0-1/13" },
    });
    expect(await get("/", { headers: { "if-none-match": '"tag"' } })).toMatchObject({ statusCode: 304, text: "" });
    expect(await get("/", { headers: { range: "bytes=0-1", "if-range": '"old"' } })).toMatchObject({
      statusCode: 200,
      text: "<h1>Home</h1>",
    });
    expect(await get("/", { method: "HEAD" })).toMatchObject({
      statusCode: 200,
      text: "",
      headers: { "content-length": "13" },
    });
    expect((await get("/", { method: "POST" })).statusCode).toBe(405);
  });

  it("says 404 for what is not there", async () => {
    expect((await get("/nothing.css")).statusCode).toBe(404);
    files["404.html"] = "own page";
    expect(await get("/nothing.css")).toMatchObject({ statusCode: 404, text: "own page" });
    delete files["404.html"];
  });
});

it("is closed when what it needs does not answer", async () => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
  expect((await ask("/api/open")).statusCode).toBe(503);
  expect((await ask("/", { cookies: owner() })).statusCode).toBe(503);
  process.env["AWS_ENDPOINT_URL"] = endpoint;
});
