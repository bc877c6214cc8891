/** The gate in this process, in front of an AWS of the test's own: tables, buckets, the sign-in function and an app. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { PassThrough } from "node:stream";
import { vi } from "vitest";
import type { Config } from "../../../stacks/functions/gate/config.ts";
import type { UrlEvent } from "../../../stacks/functions/gate/event.ts";
import { type Item, toItem } from "../../../stacks/functions/shared/items.ts";
import { rowId } from "../../../stacks/functions/shared/rows.ts";
import { issue, kidOf, publicHalf, type Session } from "../../../stacks/functions/shared/session.ts";
import { encodeEvent } from "../../../stacks/local/protocols/event-stream.ts";
import { type Asked, fakeAws, type Told } from "./fake-aws.ts";

export const { privateKey } = generateKeyPairSync("ed25519");
export const kid = kidOf(publicHalf(privateKey));
export const identitySecret = "identity-key-of-the-app-notes";
export const now = (): number => Math.floor(Date.now() / 1000);

export interface Sent {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
}

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  cookies?: string[];
  query?: Record<string, string>;
  body?: string;
  from?: string;
}

/** A buffered function's answer, or the gate's own failure of it, in AWS's framing. */
export function invoked(payload: string | null, error?: { code: string; details: string }): Told {
  const complete = error ? { ErrorCode: error.code, ErrorDetails: error.details } : {};
  return {
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-remapped-content-type": "application/json",
      "x-amzn-requestid": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    },
    body: Buffer.concat([
      ...(payload === null ? [] : [chunk(payload)]),
      encodeEvent("InvokeComplete", "application/json", Buffer.from(JSON.stringify(complete))),
    ]),
  };
}

export const chunk = (payload: string | Buffer): Buffer =>
  encodeEvent("PayloadChunk", "application/octet-stream", Buffer.from(payload));
export const complete = (): Buffer => encodeEvent("InvokeComplete", "application/json", Buffer.from("{}"));

export const answered = (answer: unknown): Told => invoked(JSON.stringify(answer));

const config = {
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
  signinUrl: "http://signin--home.localhost:4780/",
  access: "home--foundation--access",
  limits: "home--notes--limits",
  budget: 1_000_000,
  identityKey: "/freehold/home/notes/identity-key",
} satisfies Config;

type World = Awaited<ReturnType<typeof startGate>>;

export async function startGate(change: Partial<Config> = {}) {
  const state = {
    files: {
      "index.html": "<h1>Home</h1>",
      "docs/index.html": "<h1>Docs</h1>",
      "a b.txt": "spaces",
    } as Record<string, string>,
    /** Of the table `access`, by id. */
    rows: new Map<string, Item>(),
    /** Of the table `limits`. */
    counters: new Map<string, Record<string, number>>(),
    accessFails: false,
    limitsFail: false,
    app: ((): Told => answered({ statusCode: 200, headers: {}, body: "from the app" })) as (asked: Asked) => Told,
    signin: ((): Told => ({ body: JSON.stringify({ session: null }) })) as (request: any) => Told,
  };
  const aws = await fakeAws((asked) => answerOf(state, asked));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "none",
    FREEHOLD_GATE: JSON.stringify({ ...config, ...change }),
  });
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: { from: (stream: object, prelude: Sent) => Object.assign(stream, { prelude }) },
    },
  });
  vi.resetModules();
  const gate = await import("../../../stacks/functions/gate/index.ts");
  const log: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text, ...rest) => {
    if (!String(text).startsWith('{"type":"access"')) return write(text, ...(rest as []));
    log.push(String(text));
    return true;
  });
  return {
    ...{ aws, state, log, gate },
    ask: (path: string, asking: Asking = {}) => ask(gate, path, asking),
    /** What the gate asked of AWS, but for counting requests afterwards. */
    asked: () => aws.asked.filter(({ body }) => !body.includes('"requests/')),
    /** Events that reached the app. */
    reached: (): UrlEvent[] =>
      aws.asked.filter(({ path }) => path.includes("/home--notes--api/")).map(({ body }) => JSON.parse(body)),
    close: () => {
      spy.mockRestore();
      aws.close();
    },
  };
}

function answerOf(state: World["state"], asked: Asked): Told {
  if (asked.path.startsWith("/bucket/")) return object(state.files, asked);
  if (asked.path.includes("foundation--signin")) return state.signin(JSON.parse(asked.body));
  if (asked.headers["x-amz-target"] === "AmazonSSM.GetParameter")
    return { body: JSON.stringify({ Parameter: { Value: identitySecret } }) };
  if (asked.body.includes(config.access)) {
    if (state.accessFails) return { status: 500, body: JSON.stringify({ __type: "InternalServerError" }) };
    const { Key } = JSON.parse(asked.body);
    const Item = state.rows.get(Key.id.S);
    if (asked.headers["x-amz-target"] === "DynamoDB_20120810.UpdateItem") return { body: "{}" };
    return { body: JSON.stringify(Item ? { Item } : {}) };
  }
  if (asked.body.includes(config.limits)) return limits(state, asked);
  return state.app(asked);
}

const conditionFailed = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";

function limits(state: World["state"], { body }: Asked): Told {
  if (state.limitsFail) return { status: 500, body: JSON.stringify({ __type: "InternalServerError" }) };
  const { Key, ExpressionAttributeValues: values } = JSON.parse(body);
  const row = state.counters.get(Key.id.S) ?? {};
  state.counters.set(Key.id.S, row);
  const add = (name: string, value: number): void => {
    row[name] = (row[name] ?? 0) + value;
  };
  if (values[":limit"]) {
    if ((row["n"] ?? 0) >= Number(values[":limit"].N))
      return { status: 400, body: JSON.stringify({ __type: conditionFailed }) };
    add("n", 1);
    return { body: "{}" };
  }
  for (const name of ["n", "denied", "failed"]) add(name, Number(values[`:${name}`].N));
  return { body: JSON.stringify({ Attributes: { n: { N: String(row["n"]) } } }) };
}

function object(files: Record<string, string>, { path, headers }: Asked): Told {
  const key = decodeURIComponent(path.slice("/bucket/".length));
  const content = files[key];
  if (content === undefined) return { status: 404 };
  const type = key.endsWith(".js")
    ? "text/javascript; charset=utf-8"
    : key.endsWith(".png")
      ? "image/png"
      : "text/html";
  const own = {
    "content-type": type,
    etag: '"tag"',
    "content-length": String(content.length),
    "accept-ranges": "bytes",
  };
  if (headers["if-none-match"]?.includes('"tag"')) return { status: 304, headers: { etag: '"tag"' } };
  if (headers["if-match"] && headers["if-match"] !== '"tag"') return { status: 412 };
  if (headers.range === "bytes=0-1")
    return {
      status: 206,
      headers: { ...own, "content-length": "2", "content-range": `bytes 0-1/${content.length}` },
      body: content.slice(0, 2),
    };
  return { headers: own, body: content };
}

/** Of a session whose row and key stand in the table, unless told otherwise. */
export function token(change: Partial<Session> = {}, key: KeyObject = privateKey): string {
  const session = {
    aud: "home/notes",
    sub: "owner",
    role: "owner",
    sid: "5e55",
    iat: now(),
    exp: now() + 3600,
    ...change,
  };
  return issue(session, kidOf(publicHalf(key)), key);
}

export function seed({ state }: World): void {
  state.rows.clear();
  put(state, rowId.signing(kid), { publicKey: publicHalf(privateKey), created: 1, expires: now() + 1e6 });
  put(state, rowId.session("5e55"), ownersRow());
}

export const put = (state: World["state"], id: string, row: object): void => void state.rows.set(id, toItem(id, row));

export const ownersRow = () => ({
  ...{ sub: "owner", role: "owner", by: "link", created: 1, seen: 1, from: "127.0.0.1", agent: "test" },
  expires: now() + 86_400,
});

async function ask(
  gate: { handler: (event: UrlEvent, stream: never) => Promise<void> },
  path: string,
  asking: Asking,
): Promise<Sent & { text: string; bytes: Buffer; cut: boolean }> {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on("data", (data) => chunks.push(data));
  const ended = new Promise((resolve) => stream.on("close", resolve));
  let cut = false;
  await gate.handler(eventOf(path, asking), stream as never).catch(() => {
    cut = true;
  });
  await ended;
  const bytes = Buffer.concat(chunks);
  return { ...(stream as unknown as { prelude: Sent }).prelude, bytes, text: bytes.toString("utf8"), cut };
}

export function eventOf(path: string, asking: Asking = {}): UrlEvent {
  const method = asking.method ?? "GET";
  const sourceIp = asking.from ?? "127.0.0.1";
  return {
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
      http: { method, path, protocol: "HTTP/1.1", sourceIp, userAgent: "test" },
    },
  };
}
