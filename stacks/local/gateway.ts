/**
 * The one door: an HTTP server on loopback, and the list of handlers every request goes through, in order. A handler
 * answers, or leaves it to the next. Knows services by name only; no request reaches one unverified.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { framingOf, unframe } from "./aws-chunked.ts";
import { type Call, type Caller, type Clock, type KeyRing, type Reply, type Service, ServiceError } from "./service.ts";
import { type Claim, parseQuery, readClaim, type SignedRequest, sha256, verify } from "./signature.ts";
import { inServiceWords } from "./signature-errors.ts";

export interface GatewayInit {
  services: ReadonlyMap<string, Service>;
  keyRings: readonly KeyRing[];
  clock: Clock;
  accountId: string;
  region: string;
  health(): object;
  /** What holds functions back here. */
  sandbox(): Promise<object>;
  /** A key of the caller's signed a call. */
  used(caller: Caller, service: string, region: string): void;
  log(message: string): void;
}

/** One request on its way through the handlers. */
interface Passage {
  message: IncomingMessage;
  requestId: string;
  request: SignedRequest;
  /** As it came, without the question mark. */
  rawQuery: string;
  host: string;
  hostname: string;
  claim: Claim | undefined;
  /** Made when somebody asks for it: most calls are over before their client could leave. */
  readonly signal: AbortSignal;
  /** Tells a client that waits with its body (Expect: 100-continue) to send it. */
  wantBody(): void;
}

type Handler = (passage: Passage, init: GatewayInit) => Promise<Reply | undefined> | Reply | undefined;

/** The pipeline. The first that answers ends it; the last always does. */
const handlers: readonly Handler[] = [refuseForeignHost, health, functionUrl, refuseForeignOrigin, unsigned, signed];

/** Answers of other protocols than S3's and function URLs' are read whole before they are verified. */
const maxBufferedBytes = 80 * 1024 * 1024;

export function createGateway(init: GatewayInit): Server {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000, maxHeaderSize: 64 * 1024 });
  const serve = (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    passThrough(read(message, response, expectsContinue), response, init).catch((error: Error) => {
      init.log(`gateway: ${error.stack ?? error.message}`);
      response.destroy();
    });
  };
  server.on("request", (message, response) => serve(message, response, false));
  server.on("checkContinue", (message, response) => serve(message, response, true));
  return server;
}

const arrivals = new WeakMap<Socket, string>();

/** Takes a connection from the own network of a function, which is thereby known to be who calls. */
export function receive(server: Server, socket: Socket, functionName: string): void {
  arrivals.set(socket, functionName);
  server.emit("connection", socket);
}

/** The function whose network the request came from; undefined: from this computer's own. */
export function arrivedFrom({ socket }: IncomingMessage): string | undefined {
  return arrivals.get(socket);
}

async function passThrough(passage: Passage, response: ServerResponse, init: GatewayInit): Promise<void> {
  let reply: Reply | undefined;
  try {
    passage.claim = readsClaim(passage);
    for (const handler of handlers) {
      const answer = handler(passage, init);
      reply = answer instanceof Promise ? await answer : answer;
      if (reply) break;
    }
  } catch (error) {
    reply = failure(error, passage, init);
  }
  await send(reply ?? { status: 404 }, passage, response, init);
}

function read(message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Passage {
  const url = message.url ?? "/";
  const at = url.indexOf("?");
  const headers = headersOf(message.rawHeaders);
  const rawQuery = at === -1 ? "" : url.slice(at + 1);
  let signal: AbortSignal | undefined;
  const host = (headers["host"] ?? "").toLowerCase();
  let asked = !expectsContinue;
  return {
    message,
    requestId: randomUUID(),
    request: {
      method: message.method ?? "GET",
      path: at === -1 ? url : url.slice(0, at),
      query: parseQuery(rawQuery),
      headers,
    },
    rawQuery,
    host,
    hostname: host.replace(/:\d+$/, ""),
    claim: undefined,
    get signal() {
      signal ??= abortedWith(response);
      return signal;
    },
    wantBody() {
      if (!asked) response.writeContinue();
      asked = true;
    },
  };
}

/** Names in lower case; what came more than once is joined. */
function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}${name === "cookie" ? "; " : ","}${value}` : value;
  }
  return headers;
}

/** Aborts when the client leaves before it has its answer, or has left already. */
function abortedWith(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  const closed = (): void => {
    if (!response.writableFinished) abort.abort();
  };
  if (response.closed) closed();
  else response.once("close", closed);
  return abort.signal;
}

/** An app behind a function URL may use the Authorization header for itself. */
function readsClaim({ request }: Passage): Claim | undefined {
  const authorization = request.headers["authorization"];
  return authorization !== undefined && !authorization.startsWith("AWS4-") ? undefined : readClaim(request);
}

/** A page of the internet that had its name point here must find nothing (DNS rebinding). */
function refuseForeignHost({ hostname }: Passage): Reply | undefined {
  const known =
    hostname === "127.0.0.1" ||
    hostname === "localhost" ||
    hostname === "[::1]" ||
    // Letter by letter: two Host headers arrive joined, and the last would speak for both.
    /^[\w.-]+\.localhost$/.test(hostname);
  return known ? undefined : text(403, "This is a local cloud: it answers to 127.0.0.1 and *.localhost only.\n");
}

function health({ request, hostname }: Passage, init: GatewayInit): Promise<Reply> | undefined {
  const ask = hostname.endsWith(".localhost") ? undefined : questions[request.path];
  return ask && told(ask, init);
}

async function told(ask: Question, init: GatewayInit): Promise<Reply> {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(await ask(init)),
  };
}

type Question = (init: GatewayInit) => object | Promise<object>;

const questions: Readonly<Record<string, Question>> = {
  "/_freehold/health": (init) => init.health(),
  "/_freehold/sandbox": (init) => init.sandbox(),
};

function functionUrl(passage: Passage, init: GatewayInit): Promise<Reply> | undefined {
  for (const service of init.services.values())
    if (service.claims?.(passage.hostname, passage.request.path)) return claimed(service, passage, init);
  return undefined;
}

async function claimed(service: Service, passage: Passage, init: GatewayInit): Promise<Reply> {
  const { claim, message } = passage;
  if (!claim) {
    passage.wantBody();
    return service.handle(callOf(passage, init, service.name, init.region, null, message));
  }
  // A signed one is small: AWS takes 6 MB.
  const { caller, bytes } = await verifyBuffered(passage, init, claim, 6 * 1024 * 1024);
  return service.handle(callOf(passage, init, service.name, claim.region, caller, bytes));
}

/** Pages may talk to buckets, whose CORS rules decide; to nothing else. */
function refuseForeignOrigin(passage: Passage): Reply | undefined {
  const { headers } = passage.request;
  if (headers["origin"] === undefined || serviceName(passage) === "s3") return undefined;
  return text(403, "Pages may not call this service.\n");
}

/** S3 (CORS preflights, form uploads, what a policy opens) and STS (tokens instead of signatures) take them. */
async function unsigned(passage: Passage, init: GatewayInit): Promise<Reply | undefined> {
  // A browser asks before it uses a presigned address, and does not sign the question.
  const preflight = passage.request.method === "OPTIONS" && serviceName(passage) === "s3";
  if (passage.claim && !preflight) return undefined;
  const name = serviceName(passage);
  const service = serviceOf(name, passage, init);
  if (!service.unsigned)
    throw new ServiceError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
  passage.wantBody();
  return service.handle(callOf(passage, init, name, init.region, null, passage.message));
}

async function signed(passage: Passage, init: GatewayInit): Promise<Reply | undefined> {
  const claim = passage.claim;
  if (!claim) return undefined;
  const service = serviceOf(claim.service, passage, init);
  if (claim.service === "s3") return service.handle(await streamedCall(passage, init, claim));
  const { caller, bytes } = await verifyBuffered(passage, init, claim, maxBufferedBytes);
  return service.handle(callOf(passage, init, claim.service, claim.region, caller, bytes));
}

async function verifyBuffered(
  passage: Passage,
  init: GatewayInit,
  claim: Claim,
  maxBytes: number,
): Promise<{ caller: Caller; bytes: Buffer }> {
  passage.wantBody();
  const bytes = await readWhole(passage.message, maxBytes);
  const { key } = verify(claim, passage.request, sha256(bytes), init.keyRings, init.clock.now());
  return { caller: key.caller, bytes };
}

/** By events: an iterator costs a call of DynamoDB as much as its signature. */
function readWhole(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    message.once("error", reject);
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else
        reject(
          new ServiceError("RequestEntityTooLargeException", 413, "Request must be smaller than the service's limit"),
        );
    });
    message.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}

/** S3 declares its body's hash, so the signature is checked first, and the body while it streams. */
async function streamedCall(passage: Passage, init: GatewayInit, claim: Claim): Promise<Call> {
  const { request, message } = passage;
  const declared = request.headers["x-amz-content-sha256"] ?? new Map(request.query).get("X-Amz-Content-Sha256");
  const payloadHash = declared ?? (claim.kind === "header" ? "" : "UNSIGNED-PAYLOAD");
  if (payloadHash === "")
    throw new ServiceError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
  const { verified, key } = verify(claim, request, payloadHash, init.keyRings, init.clock.now());
  passage.wantBody();
  const trailers: Record<string, string> = {};
  const framing = framingOf(payloadHash);
  const body = framing
    ? unframe(message, framing, verified, trailers)
    : /^[0-9a-f]{64}$/.test(payloadHash)
      ? hashed(message, payloadHash)
      : message;
  const call = callOf(passage, init, "s3", claim.region || init.region, key.caller, body);
  return { ...call, trailers, bodyLength: lengthOf(request.headers, framing !== undefined) };
}

function lengthOf(headers: Readonly<Record<string, string>>, framed: boolean): number | undefined {
  const said = headers[framed ? "x-amz-decoded-content-length" : "content-length"];
  return said === undefined || !/^\d+$/.test(said) ? undefined : Number(said);
}

function hashed(source: IncomingMessage, expected: string): Readable {
  async function* checked(): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
    const actual = hash.digest("hex");
    if (actual !== expected)
      throw new ServiceError(
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        {
          ClientComputedContentSHA256: expected,
          S3ComputedContentSHA256: actual,
        },
      );
  }
  return Readable.from(checked(), { objectMode: false });
}

function callOf(
  passage: Passage,
  init: GatewayInit,
  service: string,
  region: string,
  caller: Caller | null,
  body: Readable | Buffer,
): Call {
  const { request, rawQuery, host, requestId, message } = passage;
  if (caller) init.used(caller, service, region);
  let query: URLSearchParams | undefined;
  let stream: Readable | undefined;
  return {
    requestId,
    service,
    region,
    accountId: init.accountId,
    caller,
    method: request.method,
    host,
    path: request.path,
    get query() {
      query ??= new URLSearchParams(request.query);
      return query;
    },
    rawQuery,
    headers: request.headers,
    get body() {
      stream ??= Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
      return stream;
    },
    ...(Buffer.isBuffer(body) && { whole: body }),
    bodyLength: lengthOf(request.headers, false),
    trailers: {},
    remoteAddress: message.socket.remoteAddress ?? "",
    get signal() {
      return passage.signal;
    },
  };
}

/** From the signature, else from what the protocols look like: unsigned requests deserve the right error, too. */
function serviceName({ claim, request }: Passage): string {
  if (claim) return claim.service;
  const target = request.headers["x-amz-target"] ?? "";
  if (target.startsWith("DynamoDB")) return "dynamodb";
  if (target.startsWith("AmazonSSM")) return "ssm";
  if (target.startsWith("Logs_")) return "logs";
  if (/^\/20\d\d-\d\d-\d\d\//.test(request.path)) return "lambda";
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return "sts";
  return "s3";
}

function serviceOf(name: string, passage: Passage, init: GatewayInit): Service {
  const service = init.services.get(name);
  if (service) return service;
  init.log(
    `gateway: no such service: ${JSON.stringify(name.slice(0, 60))} ${passage.request.method} ${passage.request.path.slice(0, 200)}`,
  );
  throw new ServiceError(
    "UnknownOperationException",
    501,
    `The local cloud has no service named ${name.slice(0, 60)}. What needs it works in a cloud in AWS.`,
  );
}

/** One that is here, whose errors the clients of one that is not can read. */
function likeness(name: string, { request }: Passage): string {
  const type = request.headers["content-type"] ?? "";
  if (type.includes("x-amz-json")) return "dynamodb";
  if (type.includes("json") || name === "apigateway") return "lambda";
  return type.includes("urlencoded") ? "iam" : "s3";
}

function failure(error: unknown, passage: Passage, init: GatewayInit): Reply {
  const name = serviceName(passage);
  const spoken = init.services.get(name) ?? init.services.get(likeness(name, passage));
  const service = spoken ?? init.services.get("s3") ?? [...init.services.values()][0];
  const known = error instanceof ServiceError ? inServiceWords(error, name) : undefined;
  if (!known && !passage.signal.aborted)
    init.log(`${name} ${passage.requestId}: ${error instanceof Error ? error.stack : String(error)}`);
  const said =
    known ??
    new ServiceError(
      name === "s3" ? "InternalError" : "InternalServerError",
      500,
      "We encountered an internal error. Please try again.",
    );
  const { requestId, request } = passage;
  return (
    service?.fail(said, { requestId, path: request.path, headers: request.headers }) ?? text(said.status, said.message)
  );
}

async function send(
  reply: Reply,
  { message, request }: Passage,
  response: ServerResponse,
  init: GatewayInit,
): Promise<void> {
  const { body } = reply;
  if (response.destroyed) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  const whole = body instanceof Readable ? undefined : body;
  response.writeHead(reply.status, headOf(reply, whole, { message, request }, init));
  // A body nobody read would be taken for the next request on this connection.
  if (!message.complete) message.resume();
  if (body instanceof Readable) {
    if (request.method === "HEAD") {
      body.destroy();
      response.end();
      return;
    }
    await pipeline(body, response).catch((error: Error) => {
      if (!response.destroyed || !response.writableFinished) init.log(`answer cut off: ${error.message}`);
    });
    return;
  }
  response.end(request.method === "HEAD" ? undefined : body);
}

/** Names and values in turns: Node writes them as they are, which headers set one by one do not come near. */
function headOf(
  { status, headers = {} }: Reply,
  whole: string | Uint8Array | undefined,
  { message, request }: Pick<Passage, "message" | "request">,
  init: GatewayInit,
): string[] {
  // By the clock that signatures are checked against: a client whose own is wrong learns it here.
  const head = headers["date"] === undefined ? ["date", httpDate(init.clock.now())] : [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value === "string") head.push(name, value);
    else for (const one of value) head.push(name, one);
  }
  if (!message.complete) head.push("connection", "close");
  const lengthCounts = request.method !== "HEAD" && status !== 204 && status !== 304;
  if (whole !== undefined && lengthCounts && headers["content-length"] === undefined)
    head.push("content-length", String(Buffer.byteLength(whole)));
  return head;
}

let lastDate = { second: Number.NaN, text: "" };

/** Written once a second. */
function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(nowMs).toUTCString() };
  return lastDate.text;
}

function text(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
