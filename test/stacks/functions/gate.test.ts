/** The gate against an AWS of the test's own: who gets in, by a session or a public route, and how one comes and goes. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { rowId } from "../../../stacks/functions/shared/rows.ts";
import { kidOf, publicHalf } from "../../../stacks/functions/shared/session.ts";
import { type Asking, now, ownersRow, put, seed, startGate, token } from "./gate-harness.ts";

let gate: Awaited<ReturnType<typeof startGate>>;
const ask = (path: string, asking?: Asking) => gate.ask(path, asking);
/** One for all tests but those about sessions: it is asked about once. */
const ownersToken = token();
const owner = (): string[] => [`__Host-session=${ownersToken}`];
const page = { accept: "text/html,*/*;q=0.8" };

beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate.close());
beforeEach(() => {
  gate.aws.asked.length = 0;
  gate.state.counters.clear();
  gate.log.length = 0;
  seed(gate);
});

describe("who gets in", () => {
  it("nobody without a session: 401 to programs, and nothing behind the gate is asked", async () => {
    for (const path of ["/", "/api/x", "/api/open/x", "/index.html", "/share", "/API/open"])
      expect((await ask(path)).statusCode, path).toBe(401);
    for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }] as Record<string, string>[])
      expect(JSON.parse((await ask("/", { headers })).text).error).toBe("sign-in-first");
    const seen = await ask("/", { headers: { ...page, "sec-fetch-mode": "cors" } });
    expect(seen.text).toContain('<a href="/.freehold/signin?to=');
    expect(gate.asked().filter(({ path }) => path !== "/")).toEqual([]);
  });

  it.each([
    ["another key's", () => token({}, generateKeyPairSync("ed25519").privateKey)],
    ["another app's", () => token({ aud: "home/diary" })],
    ["the sign-in site's", () => token({ aud: "home/signin" })],
    ["another cloud's", () => token({ aud: "work/notes" })],
    ["yesterday's", () => token({ exp: now() - 1 })],
    ["tomorrow's", () => token({ iat: now() + 3600 })],
    ["a shortened", () => token().slice(0, -2)],
    ["a changed", () => token().replace(/^v2\.[0-9a-f]+\.../, (text) => `${text.slice(0, -2)}zz`)],
    ["an ended", () => token({ sid: "ended" })],
    ["somebody else's", () => token({ sub: "guest/1234", role: "guest" })],
    ["no", () => "x.y.z"],
  ])("%s session is none", async (_, make) => {
    expect((await ask("/api/x", { cookies: [`__Host-session=${make()}`] })).statusCode).toBe(401);
    expect(gate.reached()).toEqual([]);
  });

  // Clocks of two computers differ; a minute of it is nobody's fault.
  it("a clock that is a minute behind the sign-in function's counts, more does not", async () => {
    expect((await ask("/api/x", { cookies: [`__Host-session=${token({ iat: now() + 50 })}`] })).statusCode).toBe(200);
    expect((await ask("/api/x", { cookies: [`__Host-session=${token({ iat: now() + 90 })}`] })).statusCode).toBe(401);
  });

  it("a guest at the one app that the session's row names, in the row's role", async () => {
    const cookies = [`__Host-session=${token({ sid: "9e57", sub: "guest/1234", role: "guest" })}`];
    const row = { ...ownersRow(), sub: "guest/1234", role: "reader" };
    put(gate.state, rowId.session("9e57"), { ...row, app: "diary" });
    expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
    put(gate.state, rowId.session("9e57"), row);
    expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
    put(gate.state, rowId.session("9e57"), { ...row, app: "notes" });
    expect((await ask("/api/x", { cookies })).statusCode).toBe(200);
    expect(gate.reached()[0]?.headers).toMatchObject({ "x-freehold-user": "guest/1234", "x-freehold-role": "reader" });
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
    expect(gate.asked()).toEqual([]);
  });

  it("a change that another site asks for is refused before the app", async () => {
    const from = (headers: Record<string, string>) => ask("/api/x", { method: "POST", cookies: owner(), headers });
    expect((await from({ origin: "https://evil.example" })).statusCode).toBe(403);
    expect((await from({ origin: "http://diary--home.localhost:4780" })).statusCode).toBe(403);
    expect((await from({ origin: "null" })).statusCode).toBe(403);
    expect((await from({ "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect(gate.reached()).toEqual([]);
    expect((await from({ origin: "http://notes--home.localhost:4780" })).statusCode).toBe(200);
    expect((await from({})).statusCode).toBe(200);
  });
});

describe("a session's row and the key it is signed with", () => {
  const at = async (ms: number, run: () => Promise<void>): Promise<void> => {
    const clock = vi.spyOn(Date, "now").mockImplementation(() => ms);
    try {
      await run();
    } finally {
      clock.mockRestore();
    }
  };
  const rowsAsked = (kind: string): number =>
    gate.asked().filter(({ body }) => body.includes(`"${kind}/`) && body.includes("foundation--access")).length;

  // Ended elsewhere, perhaps: half a minute is the most that a gate takes its word of before.
  it("are asked about again after half a minute, and nobody passes while that cannot be known", async () => {
    const cookies = [`__Host-session=${token({ iat: now() - 3 })}`];
    const status = async (): Promise<number> => (await ask("/api/x", { cookies })).statusCode;
    const start = Date.now();
    await at(start + 31_000, async () => {
      gate.aws.asked.length = 0;
      expect([await status(), await status()]).toEqual([200, 200]);
      expect([rowsAsked("session"), rowsAsked("signing")]).toEqual([1, 1]);
    });
    await at(start + 62_000, async () => {
      gate.state.accessFails = true;
      expect(await status()).toBe(503);
      gate.state.accessFails = false;
      expect(await status()).toBe(200);
      gate.state.rows.delete(rowId.session("5e55"));
      expect(await status()).toBe(200);
    });
    await at(start + 93_000, async () => expect(await status()).toBe(401));
  });

  // Anybody can make up a key's name: it must not cost a question each time.
  it("a key that nobody knows is asked about once in ten seconds, and counts as soon as it is known", async () => {
    const other = generateKeyPairSync("ed25519").privateKey;
    const cookies = [`__Host-session=${token({}, other)}`];
    const start = Date.now();
    await at(start, async () => {
      for (let i = 0; i < 5; i++) expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
      expect(rowsAsked("signing")).toBe(1);
      put(gate.state, rowId.signing(kidOf(publicHalf(other))), {
        publicKey: publicHalf(other),
        created: 1,
        expires: now() + 1e6,
      });
      expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
    });
    await at(start + 11_000, async () => expect((await ask("/api/x", { cookies })).statusCode).toBe(200));
    // Rotated away: what it signed is worth nothing any more.
    gate.state.rows.delete(rowId.signing(kidOf(publicHalf(other))));
    await at(start + 42_000, async () => expect((await ask("/api/x", { cookies })).statusCode).toBe(401));
  });
});

describe("signing in", () => {
  const verifier = "v".repeat(43);
  const code = "code-0123456789abcdef0123";
  const back = (query: Record<string, string>, more: Asking = {}) =>
    ask("/.freehold/signin", { query, cookies: [`__Host-signin=${verifier}`], ...more });

  beforeEach(() => {
    gate.state.signin = () => ({ body: JSON.stringify({ session: token() }) });
  });

  it("a page's visitor is taken to the sign-in site, with the digest of this browser's text alone", async () => {
    const answer = await ask("/docs/", { query: { a: "1" }, headers: { ...page, "sec-fetch-mode": "navigate" } });
    const url = new URL(answer.headers["location"]!);
    expect([answer.statusCode, url.origin, url.pathname]).toEqual([
      302,
      // As the cloud says where it is now, whatever the gate was told when it was made.
      `http://signin--home.localhost:${new URL(process.env["AWS_ENDPOINT_URL"]!).port}`,
      "/authorize",
    ]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ app: "notes", to: "/docs/?a=1" });
    const text = /^__Host-signin=([\w-]{43}); Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/.exec(
      answer.cookies![0]!,
    )![1]!;
    expect(url.searchParams.get("challenge")).toBe(createHash("sha256").update(text).digest("base64url"));
    expect(url.href).not.toContain(text);
  });

  it("scripts, images and changes are not taken there", async () => {
    for (const asking of [
      { headers: { ...page, "sec-fetch-mode": "cors" } },
      { headers: { accept: "*/*" } },
      { headers: { accept: "image/*", "sec-fetch-mode": "no-cors" } },
      { method: "POST", headers: page },
    ])
      expect((await ask("/", asking)).statusCode).toBe(401);
  });

  it("two pages that begin at once end with one text", async () => {
    const answer = await ask("/", { headers: page, cookies: [`__Host-signin=${verifier}`] });
    expect(answer.cookies![0]).toContain(`__Host-signin=${verifier};`);
  });

  it("a link of the sign-in site without a code begins here, whatever is accepted", async () => {
    const answer = await ask("/.freehold/signin", { query: { to: "/docs/" } });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers["location"]).toContain("authorize?app=notes&to=%2Fdocs%2F&challenge=");
  });

  it("code and cookie together are a session, for both kinds of browsers, and the text is gone", async () => {
    const answer = await back({ code, to: "/docs/?a=1" });
    expect(answer).toMatchObject({ statusCode: 303, headers: { location: "/docs/?a=1", "cache-control": "no-store" } });
    expect(answer.cookies).toHaveLength(4);
    expect(answer.cookies![0]).toMatch(
      /^__Host-session=v2\..*; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(answer.cookies![1]).toMatch(/^freehold-session=v2\..*; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
    expect(answer.cookies![2]).toMatch(/^__Host-signin=; .*Max-Age=0/);
    const [asked] = gate.asked().filter(({ path }) => path.includes("signin"));
    expect(JSON.parse(asked!.body)).toEqual({ ask: "exchange", app: "notes", code, verifier, from: "127.0.0.1" });
  });

  it("sets the __Host- cookies alone elsewhere", async () => {
    const answer = await back({ code }, { headers: { host: "a.lambda-url.eu-west-1.on.aws" } });
    expect(answer.cookies?.map((cookie) => cookie.split("=")[0])).toEqual(["__Host-session", "__Host-signin"]);
    expect(answer.headers["strict-transport-security"]).toBeDefined();
  });

  // Row L13: a code is worth nothing in another browser, and is not even shown to the sign-in function.
  it("a code without this browser's text, or of another form, is none", async () => {
    for (const cookies of [[], ["__Host-signin="], ["__Host-signin=short"]])
      expect((await back({ code }, { cookies })).statusCode).toBe(401);
    expect((await back({ code: "<script>" })).statusCode).toBe(401);
    expect((await back({ code }, { method: "HEAD" })).statusCode).toBe(404);
    expect(gate.asked()).toEqual([]);
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
    "/a\nb",
  ])("never leads elsewhere: %j", async (to) => {
    expect((await back({ code, to })).headers["location"]).toBe("/");
    const begun = await ask("/.freehold/signin", { query: { to } });
    expect(new URL(begun.headers["location"]!).searchParams.get("to")).toBe("/");
  });

  it("an address that is too long to be taken along leads to the first page", async () => {
    expect((await back({ code, to: `/${"a".repeat(3000)}` })).headers["location"]).toBe("/");
  });

  // Row L13.
  it("tried too often from one address says for how long; used up, it leads to a new one", async () => {
    gate.state.signin = () => ({ body: JSON.stringify({ session: null, wait: 42 }) });
    const often = await back({ code });
    expect([often.statusCode, often.headers["retry-after"], often.cookies]).toEqual([429, "42", undefined]);
    gate.state.signin = () => ({ body: JSON.stringify({ session: null }) });
    const used = await back({ code, to: "/docs/" }, { headers: page });
    expect([used.statusCode, used.cookies]).toEqual([401, undefined]);
    expect(used.text).toContain('href="/.freehold/signin?to=%2Fdocs%2F"');
    expect((await back({ code }, { cookies: [...owner(), `__Host-signin=${verifier}`] })).statusCode).toBe(303);
  });

  it("while all places are taken, the page asks again by itself and the code is good still", async () => {
    gate.state.signin = () => ({ status: 429, body: "{}" });
    const answer = await back({ code }, { headers: page });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "1"]);
    expect(answer.text).toContain('http-equiv="refresh"');
  });
});

describe("a token that is older than an hour", () => {
  const old = (age = 3700): Asking => ({
    cookies: [`__Host-session=${token({ iat: now() - age, exp: now() + 600 + Math.floor(Math.random() * 1e6) })}`],
  });
  const renewals = () => gate.asked().filter(({ body }) => body.includes('"renew"')).length;

  it("is renewed with the next page, once", async () => {
    gate.state.signin = ({ ask: what }) => ({ body: JSON.stringify({ session: what === "renew" ? token() : null }) });
    const asking = { ...old(), headers: page };
    const answer = await ask("/api/x", asking);
    expect([answer.statusCode, answer.cookies?.length]).toEqual([200, 2]);
    expect(answer.cookies![0]).toMatch(/^__Host-session=v2\./);
    await ask("/api/x", asking);
    expect(renewals()).toBe(1);
  });

  it("is not by what is no page, until half of its day is over", async () => {
    await ask("/api/x", old());
    expect(renewals()).toBe(0);
    await ask("/api/x", old(50_000));
    expect(renewals()).toBe(1);
  });

  it("passes all the same when that fails, or does not come", async () => {
    gate.state.signin = () => ({ status: 500 });
    expect(await ask("/api/x", { ...old(), headers: page })).toMatchObject({ statusCode: 200 });
    const { Readable } = await import("node:stream");
    gate.state.signin = () => ({ body: new Readable({ read: () => undefined }) });
    const began = performance.now();
    expect((await ask("/api/x", { ...old(), headers: page })).statusCode).toBe(200);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe("signing out", () => {
  const out = (cookies: string[]) => ask("/.freehold/signout", { method: "POST", cookies });

  // Row L12: whoever copied the cookie before has nothing in hand.
  it("ends the session itself, not only the browser's copy of it", async () => {
    gate.state.signin = ({ ask: what }) => {
      expect(what).toBe("end");
      gate.state.rows.delete(rowId.session("5e55"));
      return { body: JSON.stringify({ session: null }) };
    };
    const cookies = [`__Host-session=${token({ iat: now() - 5 })}`];
    expect((await ask("/api/x", { cookies })).statusCode).toBe(200);
    const answer = await out(cookies);
    expect(answer.statusCode).toBe(303);
    expect(answer.cookies?.every((cookie) => cookie.includes("=; ") && cookie.includes("Max-Age=0"))).toBe(true);
    expect((await ask("/api/x", { cookies })).statusCode).toBe(401);
  });

  it("is not said to be done when it is not", async () => {
    gate.state.signin = () => ({ status: 500 });
    expect((await out(owner())).statusCode).toBe(503);
    gate.state.signin = () => ({ status: 429 });
    const busy = await out(owner());
    expect([busy.statusCode, busy.cookies]).toEqual([503, undefined]);
    expect(busy.text).not.toContain('http-equiv="refresh"');
  });

  it("asks nothing of what is no session, and is refused to other sites", async () => {
    expect((await out(["__Host-session=x.y.z"])).statusCode).toBe(303);
    expect((await out([])).statusCode).toBe(303);
    const headers = { origin: "https://evil.example" };
    expect((await ask("/.freehold/signout", { method: "POST", cookies: owner(), headers })).statusCode).toBe(403);
    expect(gate.asked()).toEqual([]);
  });
});

describe("public routes", () => {
  it("pass without a session, as nobody, until their limit; the owner is not counted", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask("/api/open")).statusCode);
    expect(statuses).toEqual([200, 200, 429, 429]);
    expect((await ask("/api/open")).headers["retry-after"]).toMatch(/^\d+$/);
    expect((await ask("/api/open", { cookies: owner() })).statusCode).toBe(200);
    expect(gate.reached().map(({ headers }) => headers["x-freehold-role"])).toEqual(["public", "public", "owner"]);
    expect(gate.reached()[0]?.headers).not.toHaveProperty("x-freehold-user");
  });

  it("lose the session when another site asks for a change", async () => {
    await ask("/share/x", { method: "POST", cookies: owner(), headers: { origin: "https://evil.example" } });
    expect(gate.reached()[0]?.headers["x-freehold-role"]).toBe("public");
    expect(JSON.stringify(gate.reached())).not.toContain("v2.");
  });

  it("are closed while their limit cannot be counted", async () => {
    gate.state.limitsFail = true;
    expect((await ask("/api/open")).statusCode).toBe(503);
    gate.state.limitsFail = false;
    expect(gate.reached()).toEqual([]);
  });
});

it("is closed when what it needs does not answer", async () => {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
  expect((await ask("/api/open")).statusCode).toBe(503);
  expect((await ask("/", { cookies: owner() })).statusCode).toBe(503);
  process.env["AWS_ENDPOINT_URL"] = endpoint;
});
