/** The gate by other names than its function's: behind an HTTP API, which takes one document, and behind CloudFront. */
import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { UrlEvent } from "../../../stacks/functions/gate/event.ts";
import { type Front, httpApi } from "../../support/fronts.ts";
import { type RawRequest, send } from "../../support/raw-http.ts";
import type { Told } from "./fake-aws.ts";
import { answered, chunk, complete, eventOf, seed, startGate, token } from "./gate-harness.ts";

const host = "notes.example.org";
const second = "n.example.net";
let gate: Awaited<ReturnType<typeof startGate>>;
let front: Front;
const owner = token();

beforeAll(async () => {
  gate = await startGate({ hosts: [host, second], signinUrl: "https://signin.example.org/" });
  front = await httpApi({ [host]: "gate", "other.example.org": "gate" }, (_, event) => invoke(JSON.parse(event)));
});
afterAll(() => {
  front.close();
  gate.close();
});
beforeEach(() => {
  gate.aws.asked.length = 0;
  gate.state.app = () => answered({ statusCode: 200, headers: { "content-type": "text/plain" }, body: "from the app" });
  seed(gate);
});
afterEach(() => vi.useRealTimers());

/** As Lambda's Invoke answers for a function that streams: its bytes, prelude and all. */
async function invoke(event: UrlEvent): Promise<{ payload: Buffer; failed: boolean }> {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (data) => chunks.push(data));
  await gate.gate.handler(event, stream as never);
  const { prelude } = stream as { prelude?: object };
  const head = prelude ? [Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)] : [];
  return { payload: Buffer.concat([...head, ...chunks]), failed: false };
}

type Asking = Omit<RawRequest, "port" | "path"> & { at?: string };

/** By the HTTP API, as the owner unless told otherwise. */
const get = (path: string, { headers = {}, at = host, ...rest }: Asking = {}) =>
  send({
    ...{ port: front.port, path, ...rest },
    headers: { host: at, cookie: `__Host-session=${owner}; theme=dark`, ...headers },
  });

const streamed = (head: object, body: Readable): Told => ({
  headers: {
    "content-type": "application/vnd.amazon.eventstream",
    "x-amzn-remapped-content-type": "application/vnd.awslambda.http-integration-response",
  },
  body: Readable.from(
    (async function* () {
      yield chunk(Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8)]));
      for await (const data of body) yield chunk(data as Buffer);
      yield complete();
    })(),
  ),
});

describe("behind an HTTP API", () => {
  // A stream's prelude is no answer there: without one document, whatever the gate says is a 500.
  it("answers one document: status, headers, cookies, and bytes that are no text", async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);
    gate.state.app = () =>
      answered({
        statusCode: 201,
        headers: { "content-type": "image/png", "x-own": "1" },
        cookies: ["a=1", "b=2"],
        body: bytes.toString("base64"),
        isBase64Encoded: true,
      });
    const image = await get("/api/image");
    expect(image.status).toBe(201);
    expect(image.headers).toMatchObject({ "x-own": "1", "set-cookie": ["a=1", "b=2"] });
    expect(image.headers["strict-transport-security"]).toBeDefined();
    expect(image.bytes).toEqual(bytes);
    const page = await get("/", { headers: { "accept-encoding": "br" } });
    expect([page.status, page.text]).toEqual([200, "<h1>Home</h1>"]);
    gate.state.app = () =>
      streamed(
        { statusCode: 202, headers: {}, cookies: ["c=3"] },
        Readable.from([Buffer.from("one "), Buffer.from("two")]),
      );
    expect(await get("/api/stream")).toMatchObject({
      status: 202,
      text: "one two",
      headers: { "set-cookie": ["c=3"] },
    });
  });

  // It decodes paths, which function URLs do not: what is decided about has to be what the app is told, as ever.
  it("tells the app a path as a function URL does, and takes none that can be read in two ways", async () => {
    expect((await get("/api/a%20b/%C3%BC%23?q=%20")).status).toBe(200);
    const [event] = gate.reached();
    expect(event).toMatchObject({ rawPath: "/api/a%20b/%C3%BC%23", rawQueryString: "q=%20", cookies: ["theme=dark"] });
    expect(event?.requestContext.http.path).toBe("/api/a%20b/%C3%BC%23");
    for (const path of ["/share/%2e%2e/api/x", "/share/%252e%252e/api", "/share/%5c../api"])
      expect((await get(path, { headers: { cookie: "" } })).status).toBe(400);
    expect(gate.reached()).toHaveLength(1);
  });

  it("says so when an answer is larger than that takes", async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, "text ");
    const of = (type: string) => () =>
      streamed({ statusCode: 200, headers: { "content-type": type } }, Readable.from([body]));
    gate.state.app = of("text/plain");
    expect((await get("/api/text")).bytes.equals(body)).toBe(true);
    // A third more in base64.
    gate.state.app = of("application/octet-stream");
    expect(await get("/api/bytes")).toMatchObject({ status: 502, text: expect.stringContaining("answer-too-large") });
    gate.state.app = () => streamed({ statusCode: 200, headers: {} }, Readable.from([body, body]));
    expect(await get("/api/much")).toMatchObject({ status: 502, text: expect.stringContaining("answer-too-large") });
    expect(gate.log.at(-1)).toContain('"status":502');
  });

  it("says so before that gives up waiting, of an app that does not answer and of one that does not end", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const endless = new PassThrough();
    const ways = [
      () => ({ headers: { "content-type": "application/vnd.amazon.eventstream" }, body: endless }),
      () => streamed({ statusCode: 200, headers: {} }, endless),
    ];
    for (const app of ways) {
      const asked = gate.reached().length;
      gate.state.app = app;
      const answer = get("/api/slow");
      await vi.waitUntil(() => gate.reached().length > asked, { timeout: 5000, interval: 5 });
      await vi.advanceTimersByTimeAsync(28_100);
      expect(await answer).toMatchObject({ status: 504, text: expect.stringContaining("answer-too-slow") });
    }
  });

  // An HTTP API encodes a form's body, which by the function's own address may come as text.
  it("passes the bytes of a form and of a file on as they are", async () => {
    const bytes = Buffer.from([0xff, 0xd8, 0, 0x80]);
    const file = { "content-type": "application/octet-stream" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    for (const [headers, body] of [
      [form, Buffer.from("title=B%C3%BCcher&n=1")],
      [file, bytes],
    ] as const) {
      gate.aws.asked.length = 0;
      await get("/api/x", { method: "POST", headers: { ...headers, origin: `https://${host}` }, body });
      const [event] = gate.reached();
      expect(event?.isBase64Encoded).toBe(true);
      expect(Buffer.from(event!.body!, "base64")).toEqual(body);
    }
  });

  // What stands before the gate refuses, the gate never sees.
  it("is asked nothing that is larger than an HTTP API and Lambda take", async () => {
    const origin = `https://${host}`;
    const large = await get("/api/x", { method: "POST", headers: { origin }, body: Buffer.alloc(5_000_000) });
    const long = await get("/api/x", { headers: { "x-long": "x".repeat(10_240) } });
    expect([large.status, long.status, gate.reached().length]).toEqual([413, 431, 0]);
  });

  it("of an app that breaks off answers that it did, and nothing of what it sent", async () => {
    gate.state.app = () =>
      streamed(
        { statusCode: 200, headers: {} },
        Readable.from(
          (async function* () {
            yield Buffer.from("half of");
            throw new Error("gone");
          })(),
        ),
      );
    const answer = await get("/api/broken");
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain("half of");
  });

  // A browser's EventSource asks again by itself when an answer ends.
  it("gives of an event stream the events so far, whole ones, and lets go of the app", async () => {
    const stream = new PassThrough();
    const told = streamed({ statusCode: 200, headers: { "content-type": "text/event-stream" } }, stream);
    gate.state.app = () => told;
    stream.write("data: 1\n\nid: 2\ndata: 2\r\n\r\ndata: ha");
    const answer = await get("/api/events");
    expect(answer).toMatchObject({ status: 200, text: "data: 1\n\nid: 2\ndata: 2\r\n\r\n" });
    await vi.waitUntil(() => (told.body as Readable).destroyed, { timeout: 5000 });
    // Of one that never pauses, too, and long before the time is over in which nothing would have come.
    const chatty = new PassThrough();
    gate.state.app = () => streamed({ statusCode: 200, headers: { "content-type": "text/event-stream" } }, chatty);
    const talk = setInterval(() => chatty.write("data: again\n\n"), 20);
    const some = await get("/api/events");
    clearInterval(talk);
    expect(some.text).toMatch(/^(data: again\n\n)+$/);
  });

  it("is the origin that it is asked by, with https and __Host- cookies alone", async () => {
    const change = (origin: string) =>
      get("/api/x", { method: "POST", headers: { origin, "content-type": "text/plain" }, body: "x" });
    expect((await change(`https://${host}`)).status).toBe(200);
    for (const origin of [
      `http://${host}`,
      "https://other.example.org",
      `https://${second}`,
      "null",
      `https://${host}:8443`,
    ])
      expect((await change(origin)).status).toBe(403);
    const [event] = gate.reached();
    expect(event?.headers).toMatchObject({ host, "x-forwarded-proto": "https", "x-forwarded-port": "443" });
    expect((await get("/api/x", { headers: { cookie: `freehold-session=${owner}` } })).status).toBe(401);
  });

  it("takes the visitor to sign in and says by which name to come back; a header says no other", async () => {
    const headers = { cookie: "", accept: "text/html", "x-freehold-host": second, "x-forwarded-host": second };
    const answer = await get("/docs?page=2", { headers });
    expect(answer.status).toBe(302);
    const to = new URL(String(answer.headers["location"]));
    expect(to.origin).toBe("https://signin.example.org");
    expect(Object.fromEntries(to.searchParams)).toMatchObject({ app: "notes", to: "/docs?page=2", host });
    expect(answer.headers["set-cookie"]).toEqual([expect.stringMatching(/^__Host-signin=[\w-]{43}; .*Secure$/)]);
    await get("/api/x", { headers: { "x-freehold-host": second, "x-forwarded-host": second } });
    expect(gate.reached()[0]?.headers).not.toHaveProperty("x-freehold-host");
    expect(gate.reached()[0]?.headers).not.toHaveProperty("x-forwarded-host");
    expect(gate.reached()[0]?.headers["host"]).toBe(host);
  });

  it("answers by no name that is not its own", async () => {
    expect(await get("/", { at: "other.example.org" })).toMatchObject({ status: 421 });
    const event = eventOf("/share/x");
    event.requestContext.domainName = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    event.requestContext["apiId"] = "a1b2c3d4e5";
    const { payload } = await invoke(event);
    expect(JSON.parse(payload.toString("utf8"))).toMatchObject({ statusCode: 421 });
    expect(gate.reached()).toHaveLength(0);
    expect(gate.log.at(-1)).toMatch(/"allowed":false,"why":"another-address"/);
  });
});

describe("behind CloudFront", () => {
  const url = (headers: Record<string, string>) => ({
    cookies: [`__Host-session=${owner}`],
    headers: { host: "abc.lambda-url.eu-west-1.on.aws", ...headers },
  });

  it("is the host that CloudFront names, streams, and passes that on as the app's host alone", async () => {
    const answer = await gate.ask("/api/x", {
      ...url({ "x-freehold-host": second, origin: `https://${second}` }),
      method: "POST",
    });
    expect([answer.statusCode, answer.text]).toEqual([200, "from the app"]);
    const [event] = gate.reached();
    expect(event?.headers["host"]).toBe(second);
    expect(event?.requestContext.domainName).toBe(second);
    expect(event?.headers).not.toHaveProperty("x-freehold-host");
    const visit = await gate.ask("/", { headers: { accept: "text/html", "x-freehold-host": second } });
    expect(new URL(visit.headers["location"]!).searchParams.get("host")).toBe(second);
    expect(visit.cookies).toHaveLength(1);
  });

  // Whoever asks the function URL can say what a header has: it opens nothing, and another name is no answer.
  it("lets no header stand for another origin than the app's own, and answers none that is not listed", async () => {
    const foreign = await gate.ask("/api/x", {
      ...url({ "x-freehold-host": second, origin: "https://evil.example" }),
      method: "POST",
    });
    expect(foreign.statusCode).toBe(403);
    for (const one of [
      "evil.example",
      "",
      `${second}:443`,
      second.toUpperCase(),
      `${second},${host}`,
      "notes--home.localhost",
    ])
      expect((await gate.ask("/share/x", url({ "x-freehold-host": one }))).statusCode).toBe(421);
    expect(gate.reached()).toHaveLength(0);
  });
});
