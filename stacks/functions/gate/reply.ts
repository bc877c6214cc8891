/**
 * What a function answered, made into an answer by the rules of function URLs: an object with a statusCode, any other
 * JSON (a 200), or a stream that begins with its status and headers. Headers that are not an app's to set are dropped.
 */
import { Readable } from "node:stream";
import type { Answer } from "./answer.ts";
import type { Invoked } from "./invoke.ts";

type Bytes = ReturnType<Invoked["bytes"]>;

const integration = "application/vnd.awslambda.http-integration-response";
/** What the runtimes of buffered functions send their JSON as. */
const buffered =
  /^(application\/json|application\/unknown|application\/x-www-form-urlencoded|application\/vnd\.amazon)/;
/** Of a buffered answer that came under the name of plain bytes. */
const structured = /^\s*\{\s*"(statusCode|headers|multiValueHeaders|cookies|body|isBase64Encoded)"/;
const nuls = Buffer.alloc(8);
const mostPreludeBytes = 64 * 1024;

/** Rejects with what the function failed with, when that is before its first byte. */
export async function replyOf({ contentType, drop, ...invoked }: Invoked): Promise<Answer> {
  if (contentType === "" || buffered.test(contentType)) return mapped((await invoked.whole()).toString("utf8"));
  const bytes = invoked.bytes();
  if (contentType.startsWith(integration)) return preluded(bytes, drop);
  const first = await bytes.next();
  if (first.done) return { status: 200, headers: { "content-type": contentType }, body: "" };
  if (structured.test(first.value.toString("utf8", 0, 80))) return mapped(await allOf(bytes, first.value));
  return { status: 200, headers: { "content-type": contentType }, body: streamOf(bytes, first.value, drop) };
}

async function allOf(bytes: Bytes, ...chunks: Buffer[]): Promise<string> {
  for await (const chunk of bytes) chunks.push(chunk);
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8");
}

/** Destroying it lets go of the function's connection, and what breaks the function's answer breaks it. */
function streamOf(bytes: Bytes, first: Buffer, drop: () => void): Readable {
  async function* all() {
    try {
      if (first.length > 0) yield first;
      yield* bytes;
    } finally {
      await bytes.return();
    }
  }
  const stream = Readable.from(all(), { objectMode: false });
  const end = stream._destroy;
  // Its own end waits for what the generator waits for, which may never come.
  stream._destroy = (error, done) => {
    drop();
    end.call(stream, error, done);
  };
  return stream;
}

/** JSON with status, headers and cookies, eight NULs, and the body. */
async function preluded(bytes: Bytes, drop: () => void): Promise<Answer> {
  let seen: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await bytes.next();
    if (done) throw new Error("the function's stream ended before its status");
    seen = seen.length === 0 ? value : Buffer.concat([seen, value]);
    const end = seen.indexOf(nuls);
    if (end >= 0) {
      const head = JSON.parse(seen.toString("utf8", 0, end)) as Structured;
      const answer = headOf(head, { "content-type": "application/octet-stream" });
      return { ...answer, body: streamOf(bytes, seen.subarray(end + nuls.length), drop) };
    }
    if (seen.length > mostPreludeBytes) {
      await bytes.return();
      throw new Error("the function's stream begins with no status");
    }
  }
}

const dropped =
  /^(connection|content-length|keep-alive|transfer-encoding|upgrade|trailer|te|proxy-.*|set-cookie|x-freehold-.*|x-amz.*)$/;
const wrong = /[\r\n\u0000]/;

interface Structured {
  statusCode?: number;
  headers?: Record<string, unknown>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/** Anything without a statusCode is the body of a 200. */
function mapped(payload: string): Answer {
  const value: unknown = payload === "" ? null : JSON.parse(payload);
  const json = { "content-type": "application/json" };
  if (typeof value === "string") return { status: 200, headers: json, body: value };
  if (value === null || typeof value !== "object" || !("statusCode" in value))
    return { status: 200, headers: json, body: value === null ? "" : payload };
  const { body = "", isBase64Encoded } = value as Structured;
  const content = typeof body === "string" ? body : JSON.stringify(body);
  return { ...headOf(value as Structured, json), body: isBase64Encoded ? Buffer.from(content, "base64") : content };
}

function headOf({ statusCode, headers, cookies }: Structured, defaults: Record<string, string>): Answer {
  const status = Number.isInteger(statusCode) && statusCode! >= 200 && statusCode! <= 599 ? statusCode! : 502;
  const own: Record<string, string> = { ...defaults };
  for (const [name, text] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase();
    const line = String(text);
    if (dropped.test(lower) || !/^[\w!#$%&'*+.^`|~-]+$/.test(lower)) continue;
    if (!wrong.test(line)) own[lower] = line;
  }
  const set = Array.isArray(cookies) ? cookies.map(String) : [];
  return { status, headers: own, cookies: [...setCookies(headers ?? {}), ...set].filter((line) => !wrong.test(line)) };
}

function setCookies(headers: Record<string, unknown>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === "set-cookie")
    .map(([, value]) => String(value));
}
