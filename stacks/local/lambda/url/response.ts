/** From a handler's answer to the HTTP reply of a function URL, buffered and streamed. Knows no function. */
import { type Duplex, PassThrough, type Readable } from "node:stream";
import type { Reply } from "../../service.ts";
import type { BodyStream } from "../runtime-http.ts";

export const integrationType = "application/vnd.awslambda.http-integration-response";
const preludeLimitBytes = 64 * 1024;
/** The trailer of a stream whose handler failed in the middle. */
const failedAs = "lambda-runtime-function-error-type";
/** Headers of one connection: ours to say. */
const ours = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "date"]);

/** What a buffered handler answered, or null when it is no valid answer (502). */
export function bufferedReply(payload: Buffer): Reply | null {
  let value: any;
  try {
    value = payload.length === 0 ? null : JSON.parse(payload.toString("utf8"));
  } catch {
    return null;
  }
  if (value === null || typeof value !== "object" || Array.isArray(value) || !("statusCode" in value))
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: typeof value === "string" ? value : JSON.stringify(value),
    };
  const head = replyHead(value);
  if (!head) return null;
  head.headers["content-type"] ??= "application/json";
  const { body } = value;
  if (body === undefined || body === null) return { ...head, body: "" };
  if (typeof body !== "string") return { ...head, body: JSON.stringify(body) };
  return { ...head, body: value.isBase64Encoded === true ? Buffer.from(body, "base64") : body };
}

function replyHead(value: any): { status: number; headers: Record<string, string | string[]> } | null {
  const status = Number(value.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) return null;
  const headers: Record<string, string | string[]> = {};
  for (const [name, item] of Object.entries(value.headers ?? {})) {
    if (!["string", "number", "boolean"].includes(typeof item) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return null;
    const text = String(item);
    if (/[\r\n\0]/.test(text)) return null;
    if (!ours.has(name.toLowerCase())) headers[name.toLowerCase()] = Buffer.from(text, "utf8").toString("latin1");
  }
  if (value.cookies !== undefined) {
    if (!Array.isArray(value.cookies)) return null;
    const cookies = value.cookies.map(String);
    if (cookies.some((cookie: string) => /[\r\n\0]/.test(cookie))) return null;
    headers["set-cookie"] = [...[headers["set-cookie"] ?? []].flat(), ...cookies];
  }
  return { status, headers };
}

/**
 * A streamed answer: the prelude (JSON, eight NULs) becomes status and headers, what follows is the body, at the
 * client's pace. Null: the stream ended or failed before its prelude was whole.
 */
export async function streamedReply(source: Buffer | Readable, contentType: string): Promise<Reply | null> {
  const whole = Buffer.isBuffer(source) ? source : arrived(source);
  if (contentType !== integrationType)
    return { status: 200, headers: { "content-type": contentType }, body: whole ?? source };
  if (whole) return wholeReply(whole);
  const body = source as Readable;
  const prelude = await readPrelude(body);
  if (!prelude) return null;
  const head = replyHead(prelude.value);
  if (!head) return null;
  head.headers["content-type"] ??= "application/octet-stream";
  const out = new PassThrough();
  if (prelude.rest.length > 0) out.write(prelude.rest);
  if (body.readableEnded || body.destroyed) finish(body, out);
  else follow(body, out);
  return { ...head, body: out };
}

const nuls = Buffer.alloc(8);

/** All of a stream that has come to its end, as that of a small answer has; null for any other. */
function arrived(source: Readable): Buffer | null {
  const { complete, trailers } = source as Partial<BodyStream>;
  if (!complete || source.destroyed || trailers?.[failedAs]) return null;
  return source.read() ?? Buffer.alloc(0);
}

function wholeReply(bytes: Buffer): Reply | null {
  const end = bytes.subarray(0, preludeLimitBytes + nuls.length).indexOf(nuls);
  const head = end < 0 ? null : replyHead(parsed(bytes.toString("utf8", 0, end)));
  if (!head) return null;
  head.headers["content-type"] ??= "application/octet-stream";
  return { ...head, body: bytes.subarray(end + nuls.length) };
}

/** What is no object has no status that counts. */
function parsed(text: string): any {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    // As below.
  }
  return { statusCode: Number.NaN };
}

/** A handler that failed after its first byte says so in its trailers: what it sent is not the whole. */
function finish(body: Readable, out: Duplex): void {
  const { trailers } = body as Partial<BodyStream>;
  if (trailers?.[failedAs]) out.destroy(new StreamBroken());
  else out.end();
}

/** As pipe, and a source that breaks breaks the reply; a client that leaves lets the source run dry. */
function follow(body: Readable, out: Duplex): void {
  body.pipe(out, { end: false });
  body.once("end", () => finish(body, out));
  body.once("error", () => out.destroy(new StreamBroken()));
  body.once("close", () => {
    if (!body.readableEnded) out.destroy(new StreamBroken());
  });
  out.once("close", () => {
    body.unpipe(out);
    body.resume();
  });
}

export class StreamBroken extends Error {
  constructor() {
    super("the function ended before its response did");
  }
}

function readPrelude(body: Readable): Promise<{ value: any; rest: Buffer } | null> {
  const { promise, resolve } = Promise.withResolvers<{ value: any; rest: Buffer } | null>();
  let seen: Buffer = Buffer.alloc(0);
  const settle = (result: { value: any; rest: Buffer } | null): void => {
    body.off("data", onData);
    body.off("end", onEnd);
    body.off("close", onEnd);
    body.off("error", onEnd);
    if (!result) body.resume();
    resolve(result);
  };
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf(nuls);
    if (end < 0) {
      if (seen.length > preludeLimitBytes) settle(null);
      return;
    }
    body.pause();
    settle({ value: parsed(seen.toString("utf8", 0, end)), rest: seen.subarray(end + 8) });
  };
  const onEnd = (): void => settle(null);
  body.on("data", onData);
  body.once("end", onEnd);
  body.once("close", onEnd);
  body.once("error", onEnd);
  return promise;
}
