/**
 * The gate: the function in front of an app. Answers a request, and logs it with its last byte. When it cannot decide,
 * nobody passes.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { logAccess } from "./access-log.ts";
import { type Answer, page } from "./answer.ts";
import { config } from "./config.ts";
import { count, writeCounts } from "./counts.ts";
import { type Decided, decide } from "./decide.ts";
import { isSecure, type UrlEvent } from "./event.ts";
import { withSafeHeaders } from "./headers.ts";
import { nameOf } from "./who.ts";

interface ResponseStream extends NodeJS.WritableStream {
  destroy(error?: Error): void;
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

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const atMs = Date.now();
  const began = performance.now();
  const decided = await decide(event, atMs).catch((error: unknown) => broken(event, error));
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
  // The answer is out and was right; that it could not be counted is for the log.
  await (decided.written ?? writeCounts(atMs)).catch((error: unknown) => complain(event, error));
});

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

function complain(event: UrlEvent, error: unknown): void {
  const { requestId } = event.requestContext;
  // biome-ignore lint/suspicious/noConsole: a function's console is its log
  console.error(
    JSON.stringify({ level: "error", requestId, error: error instanceof Error ? error.message : String(error) }),
  );
}
