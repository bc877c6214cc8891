/** What the app behind a gate is told and may answer: the event, who asks, streams, and headers that are no app's to set. */
import { createHash, createHmac } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Told } from "./fake-aws.ts";
import {
  type Asking,
  answered,
  chunk,
  complete,
  identitySecret,
  invoked,
  now,
  seed,
  startGate,
  token,
} from "./gate-harness.ts";

let gate: Awaited<ReturnType<typeof startGate>>;
const ownersToken = token();
const owner = (): string[] => [`__Host-session=${ownersToken}`];
const ask = (path: string, asking: Asking = {}) => gate.ask(path, { cookies: owner(), ...asking });

beforeAll(async () => {
  gate = await startGate({
    headers: { "cross-origin-embedder-policy": "require-corp", "referrer-policy": "origin", "x-frame-options": false },
  });
});
afterAll(() => gate.close());
beforeEach(() => {
  gate.aws.asked.length = 0;
  gate.log.length = 0;
  gate.state.app = () => answered({ statusCode: 200, headers: { "Content-Type": "text/plain" }, body: "from the app" });
  seed(gate);
});

/** A streaming function's, as AWS frames it. */
const streamed = (
  body: Readable | Buffer,
  contentType = "application/vnd.awslambda.http-integration-response",
): Told => ({
  headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-remapped-content-type": contentType },
  body,
});
const prelude = (head: object): Buffer => chunk(Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8)]));

describe("the event", () => {
  it("comes as it was, with who asks, and nothing that only says so", async () => {
    await ask("/api/x", {
      method: "PUT",
      body: "hello",
      query: { q: "1" },
      cookies: [...owner(), "theme=dark", "freehold-signin=v", "__Host-signin=v"],
      headers: { "x-freehold-user": "admin", x_freehold_role: "root", cookie: "all of them", "x-own": "1" },
    });
    const [event] = gate.reached();
    expect(event).toMatchObject({ rawPath: "/api/x", rawQueryString: "q=1", body: "hello", cookies: ["theme=dark"] });
    expect(event?.headers).toMatchObject({
      "x-freehold-user": "owner",
      "x-freehold-role": "owner",
      "x-own": "1",
      cookie: "theme=dark",
    });
    expect(event?.headers).not.toHaveProperty("x_freehold_role");
    expect(JSON.stringify(event)).not.toContain("v2.");
    expect(gate.aws.asked.at(-1)?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
  });

  // Rows of B3: addresses that a proxy's header said, and methods that a header changed behind the check.
  it("says where it came from by the connection alone, and no other method, host or path", async () => {
    const forged = {
      ...{ forwarded: "for=1.2.3.4", "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil.example" },
      ...{ x_forwarded_for: "1.2.3.4", "x-real-ip": "1.2.3.4", "true-client-ip": "1.2.3.4", "x-client-ip": "1.2.3.4" },
      ...{ "x-http-method-override": "DELETE", "x-http-method": "DELETE", "x-method-override": "DELETE" },
      ...{ "x-original-url": "/api/other", "x-rewrite-url": "/api/other", "proxy-authorization": "x" },
    };
    await ask("/api/x", { headers: forged, from: "198.51.100.7" });
    const { headers } = gate.reached()[0]!;
    expect(headers).toMatchObject({
      "x-forwarded-for": "198.51.100.7",
      "x-forwarded-proto": "http",
      "x-forwarded-port": "4780",
    });
    for (const name of Object.keys(forged).filter((one) => one !== "x-forwarded-for"))
      expect(headers, name).not.toHaveProperty(name);
    await ask("/share/x", { headers: { host: "abc.lambda-url.eu-west-1.on.aws" } });
    expect(gate.reached()[1]?.headers).toMatchObject({ "x-forwarded-proto": "https", "x-forwarded-port": "443" });
  });

  it("has who asks signed, for a minute and this app", async () => {
    await ask("/api/x");
    await gate.ask("/share/x");
    const [mine, anybody] = gate.reached().map(({ headers }) => headers["x-freehold-identity"]!);
    const [header, payload, signature] = mine!.split(".");
    expect(signature).toBe(createHmac("sha256", identitySecret).update(`${header}.${payload}`).digest("base64url"));
    const claims = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString());
    expect(JSON.parse(Buffer.from(header!, "base64url").toString())).toEqual({ alg: "HS256", typ: "JWT" });
    expect(claims(mine!)).toEqual({
      iss: "home",
      aud: "notes",
      sub: "owner",
      role: "owner",
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(claims(mine!).exp - claims(mine!).iat).toBe(60);
    expect(Math.abs(claims(mine!).iat - now())).toBeLessThan(5);
    expect(claims(anybody!)).toMatchObject({ sub: "public", role: "public" });
    expect(
      gate.asked().filter(({ headers }) => headers["x-amz-target"] === "AmazonSSM.GetParameter").length,
    ).toBeLessThanOrEqual(1);
  });
});

describe("an answer", () => {
  it("has status, headers, cookies and bytes; never a session of its own making", async () => {
    gate.state.app = () =>
      answered({
        statusCode: 201,
        headers: { "X-Own": "yes", Connection: "close", "x-freehold-user": "me", Bad: "a\r\nb" },
        cookies: ["a=1", "__Host-session=mine", "freehold-signin=mine"],
        body: Buffer.from([0, 255]).toString("base64"),
        isBase64Encoded: true,
      });
    const answer = await ask("/api/x");
    expect(answer).toMatchObject({
      statusCode: 201,
      cookies: ["a=1"],
      headers: { "x-own": "yes", "x-content-type-options": "nosniff", "cache-control": "private, no-cache" },
    });
    for (const name of ["connection", "bad", "x-freehold-user"]) expect(answer.headers).not.toHaveProperty(name);
    expect([...answer.bytes]).toEqual([0, 255]);
  });

  it("may be plain JSON, which is a 200", async () => {
    gate.state.app = () => answered({ n: 1 });
    expect(await ask("/api/x")).toMatchObject({
      statusCode: 200,
      headers: { "content-type": "application/json" },
      text: '{"n":1}',
    });
  });

  it("has safe headers, as declared, and a function's own only where they are stricter", async () => {
    gate.state.app = () =>
      answered({
        statusCode: 200,
        headers: {
          "content-security-policy": "default-src 'none'; frame-ancestors *",
          "x-frame-options": "ALLOWALL",
          "referrer-policy": "unsafe-url",
          "cross-origin-resource-policy": "cross-origin",
          "permissions-policy": "camera=*",
        },
      });
    const { headers } = await ask("/api/x");
    expect(headers).toMatchObject({
      "referrer-policy": "origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
    // A browser keeps both policies, so that the gate's cannot be widened.
    expect(headers["content-security-policy"]).toMatch(
      /^frame-ancestors 'none';.*, default-src 'none'; frame-ancestors \*$/,
    );
    expect(headers).not.toHaveProperty("x-frame-options");
    gate.state.app = () => answered({ statusCode: 200, headers: { "Referrer-Policy": "no-referrer" } });
    expect((await ask("/api/x")).headers["referrer-policy"]).toBe("no-referrer");
  });

  // An app that allows no style in its pages, or frames everywhere, said so of its own pages.
  it("has the gate's own headers where it is the gate's own page", async () => {
    gate.state.app = () => ({ status: 429, body: "{}" });
    const { headers, text } = await ask("/api/x", { headers: { accept: "text/html" } });
    const style = createHash("sha256")
      .update(/<style>(.*)<\/style>/s.exec(text)![1]!)
      .digest("base64");
    expect(headers).toMatchObject({
      "content-security-policy": `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      "retry-after": "1",
    });
  });

  it.each([
    ["throws", invoked(null, { code: "Error", details: '{"errorMessage":"secret detail"}' }), 502],
    [
      "takes too long",
      invoked(null, { code: "Sandbox.Timedout", details: '{"errorMessage":"x Task timed out after 3.00 seconds"}' }),
      504,
    ],
    ["is throttled", { status: 429, body: "{}" }, 503],
    ["is asked too much at once", { status: 413, body: "{}" }, 413],
    [
      "is not there",
      { status: 404, headers: { "x-amzn-requestid": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" }, body: "{}" },
      502,
    ],
    ["answers no JSON", invoked("{"), 503],
    ["ends in the middle of its answer", streamed(chunk("{")), 503],
    ["ends before its status", streamed(Buffer.concat([chunk('{"statusCode":200}'), complete()])), 503],
    [
      "sends damaged events",
      streamed(Buffer.concat([chunk("{}").fill(1, 20, 24), complete()]), "application/json"),
      503,
    ],
  ] as [string, Told, number][])("of a function that %s is the gate's own", async (_, told, status) => {
    gate.state.app = () => told;
    const answer = await ask("/api/x");
    expect(answer.statusCode).toBe(status);
    expect(answer.text).not.toContain("secret detail");
    if (status === 502 || status === 504) expect(answer.text).toContain("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    if (status === 503) expect(answer.headers["retry-after"]).toBe("1");
    if (status === 413) expect(answer.text).toContain("presigned");
  });

  // A fresh account runs ten at a time: a place is found in a moment, or given up.
  it("of a throttled app comes within a quarter of a second; the page asks again by itself, a change does not", async () => {
    gate.state.app = () => ({ status: 429, body: "{}" });
    const began = performance.now();
    const answer = await ask("/api/x", { headers: { accept: "text/html" } });
    const { length } = gate.reached();
    // What is measured where others use the processor, too: of two, the one they disturbed less.
    const first = performance.now() - began;
    await ask("/api/x", { headers: { accept: "text/html" } });
    expect(Math.min(first, performance.now() - began - first)).toBeLessThan(250);
    expect(length).toBeGreaterThan(1);
    expect(length).toBeLessThan(10);
    expect(answer.text).toContain('<meta http-equiv="refresh" content="1">');
    const json = await ask("/api/x", { headers: { accept: "application/json" } });
    expect(JSON.parse(json.text)).toMatchObject({ error: "busy", retryAfter: 1 });
    expect((await ask("/api/x", { method: "POST", headers: { accept: "text/html" } })).text).not.toContain("refresh");
  });

  // Most calls of a page are over in some milliseconds: whoever waits for one of them never learns of it.
  it("of an app that is throttled for a moment is the app's after all, asked with the same words, once", async () => {
    const answers: Told[] = [{ status: 429, body: "{}" }, { status: 429, body: "{}" }, answered({ statusCode: 201 })];
    gate.state.app = () => answers.shift()!;
    // Of those who wait, one that gives up last, and asks as often as one may.
    const chance = vi.spyOn(Math, "random").mockReturnValueOnce(1).mockReturnValue(0);
    const answer = await ask("/api/x", { method: "POST", body: "words" });
    chance.mockRestore();
    expect(answer.statusCode).toBe(201);
    expect(answers).toEqual([]);
    expect(new Set(gate.reached().map(({ body }) => body)).size).toBe(1);
  });
});

describe("a stream", () => {
  it("passes with its first byte at once, and its status, headers and cookies before", async () => {
    const source = new PassThrough();
    gate.state.app = () => streamed(source);
    const { promise, resolve } = Promise.withResolvers<string>();
    const out = new PassThrough().once("data", (data) => resolve(String(data)));
    source.write(prelude({ statusCode: 201, headers: { "content-type": "text/event-stream" }, cookies: ["a=1"] }));
    source.write(chunk("first"));
    const { eventOf } = await import("./gate-harness.ts");
    const handled = gate.gate.handler(eventOf("/api/x", { cookies: owner() }), out as never);
    expect(await promise).toBe("first");
    expect((out as any).prelude).toMatchObject({
      statusCode: 201,
      headers: { "content-type": "text/event-stream" },
      cookies: ["a=1"],
    });
    expect(gate.log).toEqual([]);
    source.end(Buffer.concat([chunk("second"), complete()]));
    await handled;
    expect(gate.log).toHaveLength(1);
  });

  it("without a status is a 200 of the type it says; a buffered answer under that name is still one", async () => {
    gate.state.app = () => streamed(Buffer.concat([chunk("one"), chunk("two"), complete()]), "text/plain");
    expect(await ask("/api/x")).toMatchObject({
      statusCode: 200,
      text: "onetwo",
      headers: { "content-type": "text/plain" },
    });
    const body = chunk(JSON.stringify({ statusCode: 202, body: "b" }));
    gate.state.app = () => streamed(Buffer.concat([body, complete()]), "application/octet-stream");
    expect(await ask("/api/x")).toMatchObject({ statusCode: 202, text: "b" });
  });

  it("arrives byte by byte as whole as in one piece", async () => {
    const all = Buffer.concat([prelude({ statusCode: 200 }), chunk("x".repeat(300)), complete()]);
    gate.state.app = () => streamed(Readable.from([...all].map((byte) => Buffer.from([byte]))));
    expect((await ask("/api/x")).text).toBe("x".repeat(300));
  });

  it.each([
    [
      "fails in the middle",
      Buffer.concat([
        prelude({ statusCode: 200 }),
        chunk("half"),
        invoked(null, { code: "E", details: "" }).body as Buffer,
      ]),
    ],
    ["ends without a word", Buffer.concat([prelude({ statusCode: 200 }), chunk("half")])],
  ])("that %s is cut off, never a shorter answer", async (_, body) => {
    gate.state.app = () => streamed(body);
    expect(await ask("/api/x")).toMatchObject({ statusCode: 200, cut: true });
    expect(JSON.parse(gate.log[0]!)).toMatchObject({ status: 200, why: "cut-off" });
  });

  it("goes at its reader's pace, and lets go of the function when its reader is gone", async () => {
    let sent = 0;
    const source = new Readable({
      read() {
        sent += 65_536;
        this.push(sent === 65_536 ? prelude({ statusCode: 200 }) : chunk(Buffer.alloc(65_536)));
      },
    });
    const closed = new Promise((resolve) => source.once("close", resolve));
    gate.state.app = () => streamed(source);
    const out = new PassThrough();
    const { eventOf } = await import("./gate-harness.ts");
    const handled = gate.gate
      .handler(eventOf("/api/x", { cookies: owner() }), out as never)
      .catch((error: Error) => error);
    // Nobody reads: buffers fill up, and then nothing more is sent.
    await expect.poll(() => sent).toBeGreaterThan(65_536);
    let before = -1;
    await expect
      .poll(
        () => {
          const still = sent === before;
          before = sent;
          return still;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(64 * 1024 ** 2);
    out.destroy();
    await closed;
    expect(await handled).toBeInstanceOf(Error);
  });
});
