/**
 * The gate: the function in front of an app. Answers a request, and logs it with its last byte. When it cannot decide,
 * nobody passes.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { arrived } from "../shared/hosts.ts";
import { logAccess } from "./access-log.ts";
import { type Answer, page } from "./answer.ts";
import { config } from "./config.ts";
import { count, writeCounts } from "./counts.ts";
import { type Decided, decide } from "./decide.ts";
import { isSecure, type UrlEvent } from "./event.ts";
import { withSafeHeaders } from "./headers.ts";
import { nameOf } from "./who.ts";
import { type Collected, collected, documentOf, mostWaitMs, tooLarge, tooSlow } from "./whole.ts";

interface ResponseStream extends NodeJS.WritableStream {
  destroy(error?: Error): void;
  setContentType?(type: string): void;
}

/** Lambda's own global, in functions whose answers stream. */
declare const awslambda: {
  streamifyResponse(
    handler: (event: UrlEvent, stream: ResponseStream) => Promise<void>,
  ): (event: UrlEvent, stream: ResponseStream) => Promise<void>;
  HttpResponseStream: {
    from(
      stream: ResponseStream,
      prelude: { statusCode: number; headers: Record<string, string>; cookies?: string[] },
    ): ResponseStream;
  };
};

interface Began {
  atMs: number;
  /** By the clock that only goes on. */
  began: number;
}

export const handler = awslambda.streamifyResponse(async (came, stream) => {
  const { event, whole, known } = arrived(came, config.hosts ?? []);
  const times = { atMs: Date.now(), began: performance.now() };
  const deciding = known
    ? decide(event, times.atMs).catch((error: unknown) => broken(event, error))
    : Promise.resolve(elsewhere(event));
  const { written } = await (whole ? writeWhole : pass)(event, deciding, stream, times);
  // The answer is out and was right; that it could not be counted is for the log.
  await (written ?? writeCounts(times.atMs)).catch((error: unknown) => complain(event, error));
});

/** As it comes. */
async function pass(
  event: UrlEvent,
  deciding: Promise<Decided>,
  stream: ResponseStream,
  { atMs, began }: Began,
): Promise<Decided> {
  const decided = await deciding;
  const ms = performance.now() - began;
  const out = begin(event, decided.answer, stream);
  try {
    // A body that breaks in the middle breaks the stream: whoever reads it must not take it for whole.
    const { body = "" } = decided.answer;
    if (body instanceof Readable) await pipeline(body, out, { end: false });
    else if (body.length > 0) out.write(body);
  } catch (error) {
    note(event, decided, { atMs, ms, cut: true });
    out.destroy(error as Error);
    throw error;
  }
  // With its end the place of this call is free: what is noted is noted before.
  note(event, decided, { atMs, ms, cut: false });
  out.end();
  return decided;
}

/** One document, when all of the answer is there, or the time for it is over. */
async function writeWhole(
  event: UrlEvent,
  deciding: Promise<Decided>,
  stream: ResponseStream,
  { atMs, began }: Began,
): Promise<Decided> {
  const { promise: late, resolve } = Promise.withResolvers<Decided>();
  const timer = setTimeout(() => resolve({ answer: tooSlow(event), who: null, allowed: true }), mostWaitMs);
  const decided = await Promise.race([deciding, late]);
  clearTimeout(timer);
  const leftMs = mostWaitMs - (performance.now() - began);
  const answer = await collected(decided.answer, event, leftMs).catch((error: unknown) => broken(event, error).answer);
  const document = inOne(event, answer) ?? inOne(event, tooLarge(event));
  note(event, { ...decided, answer }, { atMs, ms: performance.now() - began, cut: false });
  stream.setContentType?.("application/json");
  stream.end(JSON.stringify(document));
  // Nobody waits for it any more.
  void deciding.then(({ answer: { body } }) => {
    if (body instanceof Readable && !body.readableEnded) body.destroy();
  });
  return decided;
}

function inOne(event: UrlEvent, answer: Answer) {
  const body = Buffer.from((answer.body ?? "") as string | Buffer);
  return documentOf({ ...answer, body } satisfies Collected, withSafeHeaders(answer, isSecure(event)));
}

function begin(event: UrlEvent, answer: Answer, stream: ResponseStream): ResponseStream {
  return awslambda.HttpResponseStream.from(stream, {
    statusCode: answer.status,
    headers: withSafeHeaders(answer, isSecure(event)),
    ...(answer.cookies && answer.cookies.length > 0 ? { cookies: answer.cookies } : {}),
  });
}

/** What came through was counted while the app was at work. */
function note(
  event: UrlEvent,
  { answer, who, allowed }: Decided,
  { atMs, ms, cut }: { atMs: number; ms: number; cut: boolean },
): void {
  const { method, sourceIp } = event.requestContext.http;
  const why = cut ? "cut-off" : answer.why;
  logAccess({
    ...{ atMs, who: nameOf(who), method, path: event.rawPath, status: answer.status, allowed },
    ...(why && { why }),
    ...{ from: sourceIp, ms },
  });
  if (!allowed) count("denied", atMs);
  if (cut || answer.status >= 500) count("failed", atMs);
}

/** Something the gate needs does not answer: closed, with the request's id, and the cause in the log only. */
function broken(event: UrlEvent, error: unknown): Decided {
  const { requestId } = event.requestContext;
  complain(event, error);
  const answer = page(event.headers["accept"], {
    status: 503,
    code: "gate-failed",
    title: "Something behind this address does not answer",
    text: `"freehold logs ${config.app}" shows what happened.`,
    requestId,
    retryAfter: 1,
  });
  return { answer, who: null, allowed: false };
}

/** A name that was this app's, or never: an address is told of no other app. */
function elsewhere(event: UrlEvent): Decided {
  const answer = page(event.headers["accept"], {
    status: 421,
    code: "another-address",
    title: "This is another address",
    text: "No app of this cloud answers by this name.",
  });
  return { answer, who: null, allowed: false };
}

function complain(event: UrlEvent, error: unknown): void {
  const { requestId } = event.requestContext;
  // biome-ignore lint/suspicious/noConsole: a function's console is its log
  console.error(
    JSON.stringify({ level: "error", requestId, error: error instanceof Error ? error.message : String(error) }),
  );
}
