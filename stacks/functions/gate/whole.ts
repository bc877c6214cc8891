/**
 * An answer as an HTTP API takes it: one JSON document of 6 MB, within 30 seconds, with nothing sent before it. What is too
 * large or too slow for that gets a page that says so. An event stream is answered in pieces: what happened so far, whole
 * events only, after which a browser's EventSource asks again by itself.
 */
import { isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { type Answer, page } from "./answer.ts";
import type { UrlEvent } from "./event.ts";

/** From the request's arrival; API Gateway waits 30 s from a little before that. */
export const mostWaitMs = 28_000;
/** Of an event stream: so long without an event, and so long for more with the first one. */
const eventsWaitMs = 20_000;
const eventsMoreMs = 250;
/** Lambda's, of a buffered answer. */
const mostBytes = 6 * 1024 * 1024;

const text = /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml))\b|image\/svg\+xml)/i;

/** What is written instead of a stream. */
export interface Document {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

export type Collected = Answer & { body: Buffer };

/** The answer with its body read: rejects when that breaks. `leftMs` until nobody waits for it any more. */
export async function collected(answer: Answer, event: UrlEvent, leftMs: number): Promise<Collected | Answer> {
  const { body = "" } = answer;
  if (!(body instanceof Readable)) {
    const bytes = Buffer.from(body);
    return bytes.length > mostBytes ? tooLarge(event) : { ...answer, body: bytes };
  }
  const events = /^text\/event-stream\b/i.test(answer.headers["content-type"] ?? "");
  const read = await readFor(body, events ? Math.min(leftMs, eventsWaitMs) : leftMs, events);
  if (read.why === "large") return tooLarge(event);
  if (read.why === "late" && !events) return tooSlow(event);
  const bytes = Buffer.concat(read.chunks);
  return { ...answer, body: read.why === "ended" ? bytes : wholeEvents(bytes) };
}

interface Read {
  chunks: Buffer[];
  why: "ended" | "late" | "large";
}

/** Reads to the end, or until the time is over, or there is too much; lets go of what it does not read. */
function readFor(body: Readable, ms: number, events: boolean): Promise<Read> {
  const { promise, resolve, reject } = Promise.withResolvers<Read>();
  const chunks: Buffer[] = [];
  let size = 0;
  let more: NodeJS.Timeout | undefined;
  const settle = (why: Read["why"]): void => {
    clearTimeout(timer);
    clearTimeout(more);
    resolve({ chunks, why });
    if (why !== "ended") body.destroy();
  };
  const timer = setTimeout(settle, Math.max(0, ms), "late");
  body.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostBytes) return settle("large");
    chunks.push(chunk);
    if (!events || more) return;
    if (wholeEvents(Buffer.concat(chunks)).length > 0) more = setTimeout(settle, eventsMoreMs, "late");
  });
  body.once("end", () => settle("ended"));
  body.on("error", (error) => {
    clearTimeout(timer);
    clearTimeout(more);
    reject(error);
  });
  return promise;
}

/** Up to the last line that is empty, which is what ends an event. */
function wholeEvents(bytes: Buffer): Buffer {
  const ends = [...bytes.toString("latin1").matchAll(/(\r\n|\r(?!\n)|\n)(\r\n|\r(?!\n)|\n)/g)];
  const last = ends.at(-1);
  return last ? bytes.subarray(0, last.index + last[0].length) : Buffer.alloc(0);
}

/** Null: it has too many bytes as a document, however it is written. */
export function documentOf(answer: Collected, headers: Record<string, string>): Document | null {
  const { status, cookies = [], body } = answer;
  const { "content-length": _, ...own } = headers;
  const coded = headers["content-encoding"] !== undefined;
  const plain = !coded && (body.length === 0 || text.test(headers["content-type"] ?? "")) && isUtf8(body);
  const document: Document = {
    statusCode: status,
    headers: own,
    ...(cookies.length > 0 ? { cookies } : {}),
    body: body.toString(plain ? "utf8" : "base64"),
    isBase64Encoded: !plain,
  };
  if (body.length < mostBytes / 8 || fits(document)) return document;
  const packed = { ...document, body: body.toString("base64"), isBase64Encoded: true };
  return plain && fits(packed) ? packed : null;
}

const fits = (document: Document): boolean => Buffer.byteLength(JSON.stringify(document)) <= mostBytes;

export const tooLarge = (event: UrlEvent): Answer =>
  page(event.headers["accept"], {
    status: 502,
    code: "answer-too-large",
    title: "That is too much for this address",
    text: "An answer by way of an HTTP API has 6 MB at most, and files count a third more. At the app's own address in AWS, or with CloudFront in front of it, there is no such limit.",
  });

export const tooSlow = (event: UrlEvent): Answer =>
  page(event.headers["accept"], {
    status: 504,
    code: "answer-too-slow",
    title: "The app took too long for this address",
    text: "An HTTP API waits 30 seconds for an answer. The app may be at work still. At its own address in AWS, or with CloudFront in front of it, an answer may take as long as the app may.",
  });
