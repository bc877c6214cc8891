/** An app's gate from outside, through the local cloud's real door: everything an attacker can send it. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Home, signIn, withHome } from "../support/home.ts";
import { raw } from "./raw.ts";

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
const get = (path: string, ...headers: string[]) => raw(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers]);
const asOwner = (path: string, ...headers: string[]) => get(path, `Cookie: ${owner}`, ...headers);
const post = (path: string, ...headers: string[]) =>
  raw(port, [`POST ${path} HTTP/1.1`, `Host: ${host}`, "Content-Length: 2", ...headers], "{}");

describe("sessions", () => {
  const token = (): string => /freehold-session=([^;]+)/.exec(owner)![1]!;
  const withToken = (text: string) => get("/api/x", `Cookie: freehold-session=${text}`);

  // Row L12: a signature that can be written in two ways is one that can be changed and still passes.
  it("every single changed character of a session makes it none", async () => {
    expect((await withToken(token())).status).toBe(200);
    for (const at of [0, 1, 3, 10, 40, token().indexOf(".", 3) + 1, token().length - 2, token().length - 1]) {
      const other = token()[at] === "A" ? "B" : "A";
      expect((await withToken(token().slice(0, at) + other + token().slice(at + 1))).status, `${at}`).toBe(401);
    }
    for (const text of [
      `${token()}=`,
      `${token()}!`,
      `${token()}.x`,
      token().slice(0, -1),
      token().replace("v1.", "v2."),
    ])
      expect((await withToken(text)).status, text.slice(-3)).toBe(401);
  });

  // The mistakes JSON Web Tokens made famous.
  it("no algorithm can be chosen, and no claims can be put under another signature", async () => {
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const payload = encoded({ aud: "home/probe", sub: "owner", role: "owner", iat: 0, exp: 9_999_999_999 });
    const [, , signature] = token().split(".");
    for (const text of [
      `${encoded({ alg: "none" })}.${payload}.`,
      `v1.${payload}.`,
      `v1.${payload}.${signature}`,
      `v1.${payload}.${"A".repeat(86)}`,
      `none.${payload}.${signature}`,
    ])
      expect((await withToken(text)).status).toBe(401);
  });

  // Apps of one cloud share a computer, not their visitors.
  it("a session of one app is none at another", async () => {
    const answer = await raw(port, ["GET /api/x HTTP/1.1", `Host: ${otherHost}`, `Cookie: ${owner}`]);
    expect(answer.status).toBe(401);
  });

  // A link in a mail program's preview and in the browser: two open it in the same instant.
  it("of a hundred that open one link at once, one gets in", async () => {
    const link = await linkOf("probe");
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(link)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(99);
  });

  // Row L12: a cookie in somebody else's hands is worth nothing once its owner has signed out.
  it("a session that was signed out is none, however it was copied", async () => {
    const copied = await signIn(await linkOf("probe"));
    expect((await get("/api/x", `Cookie: ${copied}`)).status).toBe(200);
    const out = await post("/.freehold/signout", `Cookie: ${copied}`, `Origin: http://${host}`);
    expect(out.status).toBe(303);
    await expect.poll(async () => (await get("/api/x", `Cookie: ${copied}`)).status, { timeout: 35_000 }).toBe(401);
    expect((await asOwner("/api/x")).status).toBe(200);
  });

  // Row L12: a session that an attacker set beforehand does not become the owner's.
  it("signing in never takes over a session that was there", async () => {
    const planted = `freehold-session=${token()}x`;
    const link = new URL(await linkOf("probe"));
    const answer = await get(`${link.pathname}${link.search}`, `Cookie: ${planted}`);
    expect(answer.status).toBe(303);
    expect(answer.head).toMatch(/set-cookie: freehold-session=v1\./i);
    expect(answer.head).not.toContain(planted);
  });

  it("a link of one app opens no other", async () => {
    const link = new URL(await linkOf("probe"));
    const answer = await raw(port, [`GET ${link.pathname}${link.search} HTTP/1.1`, `Host: ${otherHost}`]);
    expect(answer.status).toBe(401);
    expect(answer.headers).not.toHaveProperty("set-cookie");
  });

  // Row L13: the owner is signed in already; the link's target is all an attacker needs.
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
  ])("a link never leads to another site: %s", async (to) => {
    const path = `/.freehold/signin?link=used-0123456789abcdef0123&to=${encodeURIComponent(to)}`;
    const { status, headers } = await asOwner(path);
    expect(status).toBe(303);
    expect(headers["location"]).not.toMatch(/^(\/[/\\]|[^/])/);
    expect(new URL(headers["location"]!, url).host).toBe(host);
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
        expect((await raw(port, lines)).status, `${method} ${origin}`).toBe(method === "FROB" ? 400 : 403);
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
    expect(Object.keys(headers).filter((name) => /freehold/i.test(name))).toEqual(["x-freehold-role"]);
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
    for (const path of ["/", "/api/x", "/nothing"])
      expect((await asOwner(path)).headers, path).toMatchObject({
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
