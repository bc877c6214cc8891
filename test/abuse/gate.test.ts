/** An app's gate from outside, through the local cloud's real door: everything an attacker can send it. */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toItem } from "../../stacks/functions/shared/items.ts";
import { newId, rowId } from "../../stacks/functions/shared/rows.ts";
import { issue, kidOf, publicHalf, type Session } from "../../stacks/functions/shared/session.ts";
import { clientConfig } from "../support/aws.ts";
import { type Home, signIn, withHome } from "../support/home.ts";
import { type RawAnswer, raw } from "./raw.ts";

const folder = join(import.meta.dirname, "fixtures/probe");
let home: Home;
let port: number;
let url: string;
let host: string;
let otherHost: string;
let owner: string;

beforeAll(async () => {
  home = await withHome();
  await home.freehold("up", folder);
  await home.freehold("up", folder, "--as", "other");
  const { apps } = await home.json<{ apps: { name: string; url: string }[] }>("ls");
  const at = (name: string): URL => new URL(apps.find((app) => app.name === name)!.url);
  url = at("probe").origin;
  host = at("probe").host;
  otherHost = at("other").host;
  port = Number(at("probe").port);
  owner = await signIn(await linkOf("probe"));
});
afterAll(() => home?.close());

const linkOf = async (app: string): Promise<string> => (await home.json<{ link: string }>("open", app)).link;

/** Every request has a number, which the app writes down: at the end it is seen that none reached it that was refused. */
let number = 0;
const numbers = { refused: [] as number[], answered: [] as number[] };
async function numbered(lines: string[], body = ""): Promise<RawAnswer> {
  const mine = ++number;
  const [first, ...rest] = lines;
  const answer = await raw(port, [first!, ...rest, `X-Probe: ${mine}`], body);
  const byApp = answer.text.startsWith('{"rawPath"');
  numbers[byApp ? "answered" : "refused"].push(mine);
  return answer;
}
/** What is to be nobody's soon. */
const ending: (() => Promise<RawAnswer>)[] = [];
const get = (path: string, ...headers: string[]) => numbered([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers]);
const asOwner = (path: string, ...headers: string[]) => get(path, `Cookie: ${owner}`, ...headers);
const post = (path: string, ...headers: string[]) =>
  numbered([`POST ${path} HTTP/1.1`, `Host: ${host}`, "Content-Length: 2", ...headers], "{}");
const withToken = (text: string, path = "/api/x") => get(path, `Cookie: freehold-session=${text}`);

describe("sessions", () => {
  const token = (): string => /freehold-session=([^;]+)/.exec(owner)![1]!;

  // Row L12: a signature that can be written in two ways is one that can be changed and still passes.
  it("every single changed character of a session makes it none", async () => {
    expect((await withToken(token())).status).toBe(200);
    const dots = [...token().matchAll(/\./g)].map(({ index }) => index);
    for (const at of [
      0,
      1,
      dots[0]! + 1,
      dots[1]! + 1,
      dots[1]! + 40,
      dots[2]! + 1,
      token().length - 2,
      token().length - 1,
    ]) {
      const other = token()[at] === "A" ? "B" : "A";
      expect((await withToken(token().slice(0, at) + other + token().slice(at + 1))).status, `${at}`).toBe(401);
    }
    for (const text of [
      `${token()}=`,
      `${token()}!`,
      `${token()}.x`,
      token().slice(0, -1),
      token().replace("v2.", "v1."),
      token().replace(/^v2\.[0-9a-f]+\./, "v1."),
    ])
      expect((await withToken(text)).status, text.slice(-3)).toBe(401);
  });

  // The mistakes JSON Web Tokens made famous.
  it("no algorithm can be chosen, and no claims can be put under another signature", async () => {
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const [, kid, , signature] = token().split(".");
    const payload = encoded({ aud: "home/probe", sub: "owner", role: "owner", sid: "x", iat: 0, exp: 9_999_999_999 });
    for (const text of [
      `${encoded({ alg: "none" })}.${payload}.`,
      `v2.${kid}.${payload}.`,
      `v2.${kid}.${payload}.${signature}`,
      `v2.${kid}.${payload}.${"A".repeat(86)}`,
      `v2.${"0".repeat(16)}.${payload}.${signature}`,
      `v2.../../links.${payload}.${signature}`,
      `none.${kid}.${payload}.${signature}`,
    ])
      expect((await withToken(text)).status).toBe(401);
  });

  // Apps of one cloud share a computer, not their visitors.
  it("a session of one app is none at another, nor at the sign-in site", async () => {
    const answer = await numbered(["GET /api/x HTTP/1.1", `Host: ${otherHost}`, `Cookie: ${owner}`]);
    expect(answer.status).toBe(401);
    const signin = await raw(port, ["GET / HTTP/1.1", `Host: signin--home.localhost:${port}`, `Cookie: ${owner}`]);
    expect(signin.text).not.toContain(token());
  });

  // What signs is held by the sign-in function alone; that it is asked rightly is tried with a key of the test's own.
  it("one that is over, of tomorrow, of no row, of another key or of a guest elsewhere opens nothing", async () => {
    const mint = await minter();
    const ok = await mint.session({ sub: "owner", role: "owner" });
    expect((await withToken(ok({}))).status).toBe(200);
    for (const change of [
      { exp: seconds() - 1 },
      { iat: seconds() + 120 },
      { aud: "home/other" },
      { aud: "home/signin" },
      { aud: "work/probe" },
      { sid: "0000" },
      { sub: "guest/1" },
    ])
      expect((await withToken(ok(change))).status, JSON.stringify(change)).toBe(401);
    expect((await withToken(ok({ iat: seconds() + 45 }))).status).toBe(200);
    const elsewhere = await mint.session({ sub: "guest/2", role: "reader", app: "other" });
    expect((await withToken(elsewhere({}))).status).toBe(401);
    const nowhere = await mint.session({ sub: "guest/3", role: "owner" });
    expect((await withToken(nowhere({}))).status).toBe(401);
    await mint.forgetKey();
    ending.push(() => withToken(ok({ iat: seconds() - 9 })));
  });

  it("a guest is one in every word that the app is told, and nothing the guest sends changes that", async () => {
    const mint = await minter();
    const guest = await mint.session({ sub: "guest/77", role: "reader", app: "probe" });
    const { text } = await withToken(guest({ role: "owner" }), "/api/x?role=owner");
    const { headers } = JSON.parse(text);
    expect(headers).toMatchObject({ "x-freehold-user": "guest/77", "x-freehold-role": "reader" });
    const claims = JSON.parse(Buffer.from(headers["x-freehold-identity"].split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: "guest/77", role: "reader", aud: "probe" });
    const forged = await get(
      "/api/x",
      `Cookie: freehold-session=${guest({})}`,
      "X-Freehold-Role: owner",
      "X_Freehold_User: owner",
    );
    expect(JSON.parse(forged.text).headers).toMatchObject({
      "x-freehold-role": "reader",
      "x-freehold-user": "guest/77",
    });
    await mint.endSessions();
    ending.push(() => withToken(guest({})));
  });

  // Row L12: a cookie in somebody else's hands is worth nothing once its owner has signed out.
  it("a session is signed out for whoever copied it, too", async () => {
    const copied = await signIn(await linkOf("probe"));
    expect((await get("/api/x", `Cookie: ${copied}`)).status).toBe(200);
    const out = await post("/.freehold/signout", `Cookie: ${copied}`, `Origin: http://${host}`);
    expect(out.status).toBe(303);
    ending.push(() => get("/api/x", `Cookie: ${copied}`));
  });
});

describe("coming back from the sign-in site", () => {
  const verifier = "v".repeat(43);

  // Row L12: a session that an attacker set beforehand does not become the owner's; a code that somebody overheard is none.
  it("a code without the cookie it was asked with, made up, or used is none", async () => {
    for (const [query, cookie] of [
      ["code=code-0123456789abcdef0123", ""],
      ["code=code-0123456789abcdef0123", `freehold-signin=${verifier}`],
      ["code=%3Cscript%3E", `freehold-signin=${verifier}`],
      [`code=${"a".repeat(201)}`, `freehold-signin=${verifier}`],
      ["code=code-0123456789abcdef0123&code=x", `freehold-signin=${verifier}`],
    ]) {
      const answer = await get(`/.freehold/signin?${query}`, `Cookie: ${cookie}`);
      expect(answer.status, query).toBe(401);
      expect(answer.headers).not.toHaveProperty("set-cookie");
    }
  });

  // Row L13: where it leads to is all an attacker needs.
  it.each([
    "//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "/@evil.example//",
  ])("never leads to another site: %s", async (to) => {
    for (const path of [`/.freehold/signin?to=${encodeURIComponent(to)}`, "/"]) {
      const { status, headers } = await get(path, "Accept: text/html");
      expect(status).toBe(302);
      const location = new URL(headers["location"]!);
      expect(location.origin).toBe(`http://signin--home.localhost:${port}`);
      const target = location.searchParams.get("to")!;
      expect(target).not.toMatch(/^(\/[/\\]|[^/])/);
      expect(new URL(target, url).host).toBe(host);
    }
  });

  it("a host that was made up is in no address", async () => {
    const answer = await get(
      "/",
      "Accept: text/html",
      "X-Forwarded-Host: evil.example",
      "Forwarded: host=evil.example",
    );
    expect(answer.head).not.toContain("evil.example");
  });
});

describe("keys", () => {
  const made = (...args: string[]) => home.json<{ id: string; key: string }>("key", "new", "probe", ...args);
  const withKey = (key: string, path: string, ...more: string[]) => get(path, `Authorization: Bearer ${key}`, ...more);

  it("open their routes for their verbs, and nothing else, whatever is beside them; taken away, nothing at once", async () => {
    const { id, key } = await made("--routes", "/api/*", "--verbs", "GET");
    const told = JSON.parse((await withKey(key, "/api/x")).text);
    expect(told.headers).toMatchObject({ "x-freehold-key": id, "x-freehold-role": "owner" });
    expect(JSON.stringify(told)).not.toContain(key);
    for (const path of ["/", "/docs/", "/share/x", "/API/x"])
      expect((await withKey(key, path, `Cookie: ${owner}`)).status, path).toBe(403);
    for (const path of ["/api/..;/x", "/api/%2e%2e/", "/api//x"])
      expect((await withKey(key, path)).status, path).toBe(400);
    expect((await post("/api/x", `Authorization: Bearer ${key}`)).status).toBe(403);
    expect((await post("/api/x", `Authorization: Bearer ${key}`, "X-HTTP-Method-Override: GET")).status).toBe(403);
    expect((await numbered(["GET /api/x HTTP/1.1", `Host: ${otherHost}`, `Authorization: Bearer ${key}`])).status).toBe(
      401,
    );
    await home.freehold("key", "rm", "probe", id, "--yes");
    expect((await withKey(key, "/api/x")).status).toBe(401);
  });

  // Row L12. Last of this file's keys: afterwards this address is not listened to for a while.
  it("wrong ones are met with no more than a number of tries a minute", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 70; i++)
      statuses.push((await withKey(`fh_${"0".repeat(16)}_${"k".repeat(43)}`, "/api/x")).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(60);
  });
});

describe("requests from other origins", () => {
  // On one machine all apps are localhost: what protects is the origin, not the site.
  it("cannot change anything, whatever the method; the app's own page can", async () => {
    const origins = [
      "https://evil.example",
      `http://${otherHost}`,
      `http://127.0.0.1:${port}`,
      `https://${host}`,
      "null",
    ];
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "FROB"]) {
      for (const origin of origins) {
        const lines = [`${method} /api/x HTTP/1.1`, `Host: ${host}`, `Cookie: ${owner}`, `Origin: ${origin}`];
        expect((await numbered(lines)).status, `${method} ${origin}`).toBe(method === "FROB" ? 400 : 403);
      }
    }
    expect((await post("/api/x", `Cookie: ${owner}`, `Origin: http://${host}`)).status).toBe(200);
    expect((await post("/.freehold/signout", `Cookie: ${owner}`, `Origin: http://${otherHost}`)).status).toBe(403);
  });

  it("are given no leave to read answers", async () => {
    const { head } = await asOwner("/api/x", "Origin: https://evil.example");
    expect(head.toLowerCase()).not.toContain("access-control-allow");
    const preflight = await raw(port, [
      "OPTIONS /api/x HTTP/1.1",
      `Host: ${host}`,
      "Origin: https://evil.example",
      "Access-Control-Request-Method: PUT",
    ]);
    expect(preflight.status).toBe(401);
    expect(preflight.head.toLowerCase()).not.toContain("access-control-allow");
  });
});

describe("what the app is told", () => {
  // An app believes these headers: whoever can set one is the owner.
  it("who asks cannot be said from outside, in any spelling", async () => {
    const { text } = await get(
      "/share/x",
      "X-Freehold-User: owner",
      "x-freehold-USER: owner",
      "X-FREEHOLD-ROLE: owner",
      "X_Freehold_Role: owner",
      "x-freehold_role: owner",
      "X-Freehold-Role : owner".replace(" :", ":"),
      "X-Freehold-Anything: 1",
    );
    const { headers } = JSON.parse(text);
    expect(headers["x-freehold-role"]).toBe("public");
    expect(
      Object.keys(headers)
        .filter((name) => /freehold/i.test(name))
        .sort(),
    ).toEqual(["x-freehold-identity", "x-freehold-role"]);
  });

  // Rows of B3: what a proxy is believed, and what a header makes of a method behind the check.
  it("where it came from, by the connection alone; and no other method, host or path", async () => {
    const forged = [
      "X-Forwarded-For: 1.2.3.4",
      "X_Forwarded_For: 1.2.3.4",
      "Forwarded: for=1.2.3.4",
      "X-Real-IP: 1.2.3.4",
      "True-Client-IP: 1.2.3.4",
      "X-Forwarded-Host: evil.example",
      "X-HTTP-Method-Override: DELETE",
      "X-Method-Override: DELETE",
      "X-Original-URL: /api/run",
      "X-Rewrite-URL: /api/run",
    ];
    const { headers } = JSON.parse((await get("/share/x", ...forged)).text);
    expect(headers["x-forwarded-for"]).toBe("127.0.0.1");
    expect(JSON.stringify(headers)).not.toMatch(/1\.2\.3\.4|evil|DELETE|api\/run/);
  });

  // One request to whoever is in front and two to whoever is behind: the second is nobody's.
  it("one request for one request, however its lines are ended and its body is measured", async () => {
    const inner = `GET /api/x HTTP/1.1\r\nHost: ${host}\r\nX-Probe: smuggled\r\n\r\n`;
    for (const lines of [
      ["Content-Length: 0", "Content-Length: 90"],
      ["Content-Length: +3"],
      ["Content-Length: 0x10"],
      ["Transfer-Encoding: chunked, identity"],
      ["Transfer-Encoding: xchunked"],
      ["Transfer-Encoding : chunked"],
      ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
      [" Transfer-Encoding: chunked"],
    ]) {
      const { status, text } = await numbered(
        ["POST /share/x HTTP/1.1", `Host: ${host}`, ...lines],
        `0\r\n\r\n${inner}`,
      );
      expect(status, lines.join()).toBeGreaterThanOrEqual(400);
      expect(text, lines.join()).not.toContain("rawPath");
    }
    for (const line of [
      "GET /share/x\r\nX-Freehold-Role: owner HTTP/1.1",
      "GET /share/x HTTP/1.1\nX-Freehold-Role: owner",
    ])
      expect((await numbered([line, `Host: ${host}`])).text).not.toMatch(/"x-freehold-role":"owner"/);
  });

  it("never the session, however it is sent", async () => {
    const token = /freehold-session=([^;]+)/.exec(owner)![1]!;
    for (const cookie of [owner, `a=1; ${owner}; b=2`, `a=1;${owner.replaceAll("; ", ";")};  b=2`]) {
      const { status, text } = await asOwner("/api/x", `Cookie: ${cookie}`);
      expect(status).toBe(200);
      expect(text).not.toContain(token.slice(-40));
    }
  });

  it("two hosts, or a host with a user in it, are nobody's", async () => {
    for (const hosts of [
      [`Host: ${host}`, "Host: evil.example"],
      [`Host: evil.example@${host}`],
      [`Host: evil.example,${host}`],
    ]) {
      const { status } = await raw(port, ["GET /share/x HTTP/1.1", ...hosts]);
      expect(status, hosts.join()).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("addresses", () => {
  // The gate decides by the path; the function and the bucket must not read another one out of it.
  it.each([
    "/share/../api/x",
    "/share/%2e%2e/api/x",
    "/share/%2E./api/x",
    "/share/..%2fapi/x",
    "/share%2fx",
    "/share/%252e%252e/api/x",
    "/share/%25%32%65%25%32%65/api/x",
    "/share/%25%32%66..",
    "/share/x%255c..",
    "/share//api/x",
    "//share/x",
    "/share/..;/api/x",
    "/share/\\..\\api",
    "/share/%5c..%5capi",
    "/share/%00",
    "/share/%0d%0aSet-Cookie:a=b",
    "/share/%c0%ae%c0%ae/",
    "/share/%",
    "/api/../index.html",
    "/./index.html",
  ])("read in two ways, are refused even to the owner: %s", async (path) => {
    expect((await asOwner(path)).status).toBe(400);
  });

  it("that only look like a public route's stay private", async () => {
    for (const path of [
      "/share",
      "/SHARE/x",
      "/sharex",
      "/share%20/x",
      "/api/share/x",
      "/index.html?/share/x",
      "/docs",
    ])
      expect((await get(path)).status, path).toBe(401);
  });

  it("of the whole form are no way around", async () => {
    for (const target of [`http://${host}/share/x`, `http://evil.example/api/x`, "*"])
      expect((await get(target)).status, target).toBe(400);
  });
});

describe("answers", () => {
  it("of private addresses are never kept by anything between", async () => {
    for (const path of ["/", "/docs/", "/api/x", "/nothing"]) {
      const { headers } = await asOwner(path);
      expect(headers["cache-control"], path).toMatch(/private|no-store/);
    }
    expect((await get("/")).headers["cache-control"]).toBe("no-store");
  });

  it("carry what keeps a browser from guessing and framing", async () => {
    const visit = () => get("/", "Accept: text/html");
    for (const asked of [asOwner("/"), asOwner("/api/x"), asOwner("/nothing"), get("/"), visit(), get("/share//x")])
      expect((await asked).headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
      });
  });

  it("to HEAD are heads; to OPTIONS, TRACE and CONNECT on the site nothing", async () => {
    const line = (method: string) => raw(port, [`${method} /docs/ HTTP/1.1`, `Host: ${host}`, `Cookie: ${owner}`]);
    expect(await line("HEAD")).toMatchObject({ status: 200, text: "" });
    for (const method of ["OPTIONS", "TRACE", "POST"]) expect((await line(method)).status, method).toBe(405);
  });

  // A thousand ranges of one file are a thousand answers for one question.
  it("to odd ranges are one part, the whole, or a refusal", async () => {
    const many = Array.from({ length: 1000 }, () => "0-").join(",");
    for (const range of [
      `bytes=${many}`,
      "bytes=0-0,1-1",
      "bytes=9-1",
      "bytes=-0",
      "lines=1-2",
      "bytes=99999999999999999999-",
      "bytes=0-99999999999999999999",
    ]) {
      const { status, text } = await asOwner("/docs/", `Range: ${range}`);
      expect([200, 206, 416], range).toContain(status);
      expect(text.length).toBeLessThanOrEqual("<h1>Docs</h1>\n".length);
    }
  });

  it("to what is too large come before it is read, and the next request is served", async () => {
    const large = await raw(port, [
      "POST /api/x HTTP/1.1",
      `Host: ${host}`,
      `Cookie: ${owner}`,
      "Content-Length: 7000000",
    ]);
    expect(large.status).toBe(413);
    expect((await asOwner("/api/x", `X-Big: ${"a".repeat(70_000)}`)).status).toBe(431);
    expect((await asOwner("/api/x")).status).toBe(200);
  });

  it("to two readings of a body's length are none", async () => {
    const smuggled = await raw(
      port,
      ["POST /share/x HTTP/1.1", `Host: ${host}`, "Content-Length: 4", "Transfer-Encoding: chunked"],
      "0\r\n\r\nGET /api/x HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    expect(smuggled.status).toBe(400);
    expect(smuggled.text).not.toContain("HTTP/1.1 ");
  });
});

describe("the limit of a public route", () => {
  // Many gates count at once; one too many is a hole, one too few is a lie.
  it("lets exactly as many through as it says, asked fifty at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => get(`/open/${n}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(43);
    expect((await get("/open/x", `Cookie: freehold-session=x`)).status).toBe(429);
    expect((await asOwner("/open/x")).status).toBe(200);
  });
});

// Half a minute is the most that a gate believes what it saw: all these began to end further above.
it("a signed-out session, a revoked guest's and one of a key that is gone open nothing any more", async () => {
  expect(ending).toHaveLength(3);
  const statuses = async (): Promise<number[]> =>
    (await Promise.all(ending.map((ask) => ask()))).map(({ status }) => status);
  await expect.poll(statuses, { timeout: 35_000, interval: 500 }).toEqual([401, 401, 401]);
  expect((await asOwner("/api/x")).status).toBe(200);
}, 60_000);

// The app writes down who reached it.
it("nothing that the gate refused has reached the app", async () => {
  const seen = async (): Promise<string[]> => {
    const { stdout } = await home.freehold("logs", "probe", "--function", "api", "--since", "1h");
    return [...stdout.matchAll(/reached (\w+)/g)].map(([, mark]) => mark!);
  };
  // All that it answered is there: what is not there did not come.
  await expect
    .poll(
      async () => {
        const marks = new Set(await seen());
        return numbers.answered.filter((mark) => !marks.has(String(mark)));
      },
      { timeout: 20_000 },
    )
    .toEqual([]);
  const marks = new Set(await seen());
  expect(numbers.answered.length).toBeGreaterThan(30);
  expect(numbers.refused.length).toBeGreaterThan(150);
  expect(numbers.refused.filter((mark) => marks.has(String(mark)))).toEqual([]);
  expect(marks).not.toContain("smuggled");
}, 60_000);

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Sessions signed with a key that the test itself has put into the cloud's table, as only its owner can. */
async function minter() {
  const client = new DynamoDBClient(clientConfig(await home.json("cloud", "env")));
  const { privateKey } = generateKeyPairSync("ed25519");
  const kid = kidOf(publicHalf(privateKey));
  const made: string[] = [];
  const TableName = "home--foundation--access";
  const put = (id: string, row: object) =>
    client.send(new PutItemCommand({ TableName, Item: toItem(id, row) as never }));
  const remove = (id: string) => client.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
  await put(rowId.signing(kid), { publicKey: publicHalf(privateKey), created: 1, expires: seconds() + 3600 });
  return {
    async session(who: { sub: string; role: string; app?: string }) {
      const sid = newId();
      made.push(sid);
      const row = { by: "test", created: seconds(), seen: seconds(), from: "", agent: "", expires: seconds() + 3600 };
      await put(rowId.session(sid), { ...who, ...row });
      const { sub, role } = who;
      const claims = { aud: "home/probe", sub, role, sid, iat: seconds(), exp: seconds() + 3600 };
      return (change: Partial<Session>): string => issue({ ...claims, ...change }, kid, privateKey);
    },
    forgetKey: () => remove(rowId.signing(kid)),
    endSessions: () => Promise.all(made.map((sid) => remove(rowId.session(sid)))),
  };
}
