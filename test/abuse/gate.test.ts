/** An app's gate from outside, through the local cloud's real door: everything an attacker can send it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codes, keys, sessions } from "./gate-sessions.ts";
import { asOwner, at, get, nothingRefusedReached, numbered, post, startProbe } from "./gated-probe.ts";
import { raw } from "./raw.ts";

beforeAll(startProbe);
afterAll(() => at.home?.close());

describe("sessions", sessions);
describe("coming back from the sign-in site", codes);
describe("keys", keys);

describe("requests from other origins", () => {
  // On one machine all apps are localhost: what protects is the origin, not the site.
  it("cannot change anything, whatever the method; the app's own page can", async () => {
    const origins = [
      "https://evil.example",
      `http://${at.otherHost}`,
      `http://127.0.0.1:${at.port}`,
      `https://${at.host}`,
      "null",
    ];
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "FROB"]) {
      for (const origin of origins) {
        const lines = [`${method} /api/x HTTP/1.1`, `Host: ${at.host}`, `Cookie: ${at.owner}`, `Origin: ${origin}`];
        expect((await numbered(lines)).status, `${method} ${origin}`).toBe(method === "FROB" ? 400 : 403);
      }
    }
    expect((await post("/api/x", `Cookie: ${at.owner}`, `Origin: http://${at.host}`)).status).toBe(200);
    expect((await post("/.freehold/signout", `Cookie: ${at.owner}`, `Origin: http://${at.otherHost}`)).status).toBe(
      403,
    );
  });

  // Row L1. No browser asks before it opens a socket, and it sends the cookies along.
  it("open no socket, nor anything behind one", async () => {
    const upgrade = [
      ...["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    expect((await asOwner("/api/x", "Origin: https://evil.example", ...upgrade)).status).not.toBe(101);
    expect((await get("/api/x", "Origin: https://evil.example", ...upgrade)).status).toBe(401);
    expect((await get("/api/x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")).status).toBe(401);
  });

  // Row L1: DNS rebinding gives the page's own name this computer's address, and the page its cookies.
  it("have no app under another name, whoever's session is shown", async () => {
    for (const name of [
      "evil.example",
      `${at.host.replace(/:.*/, "")}.evil.example`,
      `127.0.0.1:${at.port}`,
      `localhost:${at.port}`,
      `[::1]:${at.port}`,
      `x.${at.host}`,
      `probe--work.localhost:${at.port}`,
      `PROBE--HOME.localhost.:${at.port}`,
    ]) {
      const { status, text } = await numbered(["GET /api/x HTTP/1.1", `Host: ${name}`, `Cookie: ${at.owner}`]);
      expect(status, name).toBeGreaterThanOrEqual(400);
      expect(text, name).not.toContain("rawPath");
    }
  });

  it("are given no leave to read answers", async () => {
    const { head } = await asOwner("/api/x", "Origin: https://evil.example");
    expect(head.toLowerCase()).not.toContain("access-control-allow");
    const preflight = await raw(at.port, [
      "OPTIONS /api/x HTTP/1.1",
      `Host: ${at.host}`,
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
    const inner = `GET /api/x HTTP/1.1\r\nHost: ${at.host}\r\nX-Probe: smuggled\r\n\r\n`;
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
        ["POST /share/x HTTP/1.1", `Host: ${at.host}`, ...lines],
        `0\r\n\r\n${inner}`,
      );
      expect(status, lines.join()).toBeGreaterThanOrEqual(400);
      expect(text, lines.join()).not.toContain("rawPath");
    }
    for (const line of [
      "GET /share/x\r\nX-Freehold-Role: owner HTTP/1.1",
      "GET /share/x HTTP/1.1\nX-Freehold-Role: owner",
    ])
      expect((await numbered([line, `Host: ${at.host}`])).text).not.toMatch(/"x-freehold-role":"owner"/);
  });

  it("never the session, however it is sent", async () => {
    const token = /freehold-session=([^;]+)/.exec(at.owner)![1]!;
    for (const cookie of [at.owner, `a=1; ${at.owner}; b=2`, `a=1;${at.owner.replaceAll("; ", ";")};  b=2`]) {
      const { status, text } = await asOwner("/api/x", `Cookie: ${cookie}`);
      expect(status).toBe(200);
      expect(text).not.toContain(token.slice(-40));
    }
  });

  it("two hosts, or a host with a user in it, are nobody's", async () => {
    for (const hosts of [
      [`Host: ${at.host}`, "Host: evil.example"],
      [`Host: evil.example@${at.host}`],
      [`Host: evil.example,${at.host}`],
    ]) {
      const { status } = await raw(at.port, ["GET /share/x HTTP/1.1", ...hosts]);
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
    for (const target of [`http://${at.host}/share/x`, `http://evil.example/api/x`, "*"])
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
    const line = (method: string) =>
      raw(at.port, [`${method} /docs/ HTTP/1.1`, `Host: ${at.host}`, `Cookie: ${at.owner}`]);
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
    const large = await raw(at.port, [
      "POST /api/x HTTP/1.1",
      `Host: ${at.host}`,
      `Cookie: ${at.owner}`,
      "Content-Length: 7000000",
    ]);
    expect(large.status).toBe(413);
    expect((await asOwner("/api/x", `X-Big: ${"a".repeat(70_000)}`)).status).toBe(431);
    expect((await asOwner("/api/x")).status).toBe(200);
  });

  it("to two readings of a body's length are none", async () => {
    const smuggled = await raw(
      at.port,
      ["POST /share/x HTTP/1.1", `Host: ${at.host}`, "Content-Length: 4", "Transfer-Encoding: chunked"],
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

it(
  "nothing that the gate refused has reached the app",
  () => nothingRefusedReached({ answered: 20, refused: 150 }),
  60_000,
);
