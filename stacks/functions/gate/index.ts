/**
 * The gate: the function in front of an app. Decides who asks and which route it is, then serves the site or calls a
 * function. Private unless the manifest says public; when it cannot decide, nobody passes.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Answer, page, withDefaults } from "./answer.ts";
import { callFunction } from "./app.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";
import { overLimit } from "./limits.ts";
import { plainPath, routeOf } from "./routes.ts";
import { appCookies, isForeign, isSecure, redeemLink, sessionOf, signOut } from "./sessions.ts";
import { serveSite } from "./site.ts";

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
  const answer = await decide(event).catch((error: unknown) => broken(event, error));
  const { body = "" } = answer;
  const out = awslambda.HttpResponseStream.from(stream, {
    statusCode: answer.status,
    headers: withDefaults(answer.headers, isSecure(event)),
    ...(answer.cookies && answer.cookies.length > 0 ? { cookies: answer.cookies } : {}),
  });
  if (body instanceof Readable) {
    await pipeline(body, out);
    return;
  }
  if (body.length > 0) out.write(body);
  out.end();
});

/** From the event to the answer, in order: address, own pages, route, who, where from, how often, then the app. */
export async function decide(event: UrlEvent): Promise<Answer> {
  const { accept } = event.headers;
  const path = plainPath(event.rawPath);
  if (path === null)
    return page(accept, {
      status: 400,
      code: "bad-path",
      title: "That is no address",
      text: "Its path can be read in two ways.",
    });
  if (path === "/.freehold" || path.startsWith("/.freehold/")) return ownPage(event, path);
  const route = routeOf(config.routes, path);
  const foreign = isForeign(event);
  const session = foreign && route?.public ? null : await sessionOf(event);
  if (!route?.public && !session) return signInFirst(accept);
  if (foreign && !route?.public) return refused(accept);
  if (!route)
    return page(accept, {
      status: 404,
      code: "not-found",
      title: "There is nothing here",
      text: "This address leads nowhere in this app.",
    });
  if (!session) {
    const seconds = await overLimit(route, Date.now() / 1000);
    if (seconds !== null)
      return page(accept, {
        status: 429,
        code: "too-many",
        title: "Too many requests",
        text: "This address is asked more often than it may be. Try again later.",
        headers: { "retry-after": String(seconds) },
      });
  }
  if (route.to === "site") return serveSite(event, path);
  const answer = await callFunction(route.to, event, session);
  // An app that says nothing about keeping an answer to somebody did not mean that anybody may.
  const headers = !session ? answer.headers : { "cache-control": "private, no-cache", ...answer.headers };
  return { ...answer, headers, cookies: appCookies(answer.cookies ?? []) };
}

async function ownPage(event: UrlEvent, path: string): Promise<Answer> {
  const { accept } = event.headers;
  const { method } = event.requestContext.http;
  if (path === "/.freehold/signin" && method === "GET") return redeemLink(event);
  if (path === "/.freehold/signout" && method === "POST") return isForeign(event) ? refused(accept) : signOut(event);
  return page(accept, {
    status: 404,
    code: "not-found",
    title: "There is nothing here",
    text: "The gate has no such page.",
  });
}

function signInFirst(accept: string | undefined): Answer {
  return page(accept, {
    status: 401,
    code: "sign-in-first",
    title: "This app is private",
    text: `Its owner gets in with the link that "freehold open ${config.app}" prints.`,
  });
}

function refused(accept: string | undefined): Answer {
  return page(accept, {
    status: 403,
    code: "other-origin",
    title: "Not from there",
    text: "A page of another site asked this app to change something. That is refused.",
  });
}

/** Something the gate needs does not answer: closed, with the request's id, and the cause in the log only. */
function broken(event: UrlEvent, error: unknown): Answer {
  const { requestId } = event.requestContext;
  // biome-ignore lint/suspicious/noConsole: a function's console is its log
  console.error(
    JSON.stringify({ level: "error", requestId, error: error instanceof Error ? error.message : String(error) }),
  );
  return page(event.headers["accept"], {
    status: 503,
    code: "gate-failed",
    title: "Something behind this address does not answer",
    text: `"freehold logs ${config.app}" shows what happened.`,
    requestId,
    headers: { "retry-after": "1" },
  });
}
