/**
 * From the event to the answer, in order: address, the gate's own pages, route, who asks, where from, how often, and then
 * the app. Private unless the manifest or the owner says public.
 */
import { type Answer, page } from "./answer.ts";
import { callFunction } from "./app.ts";
import { config, type GateRoute } from "./config.ts";
import { count, overBudget, writeCounts } from "./counts.ts";
import type { UrlEvent } from "./event.ts";
import { identityKey, said } from "./identity.ts";
import { keyOf, noteUse, type Shown } from "./keys.ts";
import { overLimit } from "./limits.ts";
import { isForeign } from "./origin.ts";
import { plainPath, routeOf } from "./routes.ts";
import { sessionOf } from "./sessions.ts";
import { beginSignIn, comeBack, isVisit, renewal, signOut } from "./signin.ts";
import { serveSite } from "./site.ts";
import type { Who } from "./who.ts";

export interface Decided {
  answer: Answer;
  who: Who | null;
  /** Nothing was refused: it came through to the app or its site, or was led to sign-in, from there, or out. */
  allowed: boolean;
  /** What is written down beside the app's work. Rejects when it could not be. */
  written?: Promise<unknown>;
}

/**
 * An answer of the gate's own: a refusal when its status is one. Who is led to sign-in, comes back from there or signs out
 * is refused nothing; the log says so, and what counts refusals follows it.
 */
const answered = (answer: Answer, who: Who | null = null): Decided => ({ answer, who, allowed: answer.status < 400 });

export async function decide(event: UrlEvent, nowMs: number): Promise<Decided> {
  const path = plainPath(event.rawPath);
  if (path === null)
    return answered(say(event, 400, "bad-path", "That is no address", "Its path can be read in two ways."));
  if (path === "/.freehold" || path.startsWith("/.freehold/")) return answered(await ownPage(event, path));
  const route = routeOf(config.routes, path);
  if (route && route.to !== "site") void identityKey();
  const shown = await keyOf(event, path);
  if (shown.state !== "none") return withKey(event, { path, route, shown, nowMs });
  const foreign = isForeign(event);
  const signedIn = foreign && route?.public ? null : await sessionOf(event);
  const who = signedIn?.who ?? null;
  if (!route?.public && !signedIn) return answered(signInFirst(event));
  if (foreign && !route?.public) return answered(fromElsewhere(event), who);
  if (!route) return answered(nothingHere(event), who);
  const much = (!signedIn && (await tooMany(event, route, nowMs))) || tooMuch(event, nowMs);
  if (much) return answered(much, who);
  const renewed = signedIn ? renewal(event, signedIn) : undefined;
  const written = beside(() => writeCounts(nowMs), nowMs);
  const answer = await serve(event, { path, route, who });
  const cookies = await renewed?.cookies();
  if (cookies) answer.cookies = [...(answer.cookies ?? []), ...cookies];
  return { answer, who, allowed: true, written };
}

/** Begins when the app has been asked, and nobody waits for it before the answer. */
function beside(write: () => Promise<unknown>, nowMs: number): Promise<unknown> {
  count("n", nowMs);
  const written = new Promise((resolve) => setImmediate(resolve)).then(write);
  written.catch(() => undefined);
  return written;
}

interface Asked {
  path: string;
  route: GateRoute | null;
}

/** A browser sends no key by itself: where the request comes from does not count. */
async function withKey(event: UrlEvent, o: Asked & { shown: Shown; nowMs: number }): Promise<Decided> {
  const { path, route, shown, nowMs } = o;
  if (shown.state === "too-many") return answered(often(event, shown.seconds));
  if (shown.state === "elsewhere") {
    const text = "Its routes and verbs do not cover this request.";
    return answered(say(event, 403, "key-not-for-this", "This key is for something else", text), keyHolder(shown.id));
  }
  if (shown.state !== "good")
    return answered(
      say(event, 401, "key-not-good", "This key does not work", "It is none, or was taken away, or is over."),
    );
  const who = keyHolder(shown.id);
  const much = route && tooMuch(event, nowMs);
  if (!route || much) return answered(much || nothingHere(event), who);
  const written = beside(() => Promise.all([writeCounts(nowMs), noteUse(shown.id, shown.row)]), nowMs);
  return { answer: await serve(event, { path, route, who }), who, allowed: true, written };
}

const keyHolder = (key: string): Who => ({ sub: "owner", role: "owner", key });

async function serve(event: UrlEvent, o: { path: string; route: GateRoute; who: Who | null }): Promise<Answer> {
  const { path, route, who } = o;
  if (route.to === "site") return serveSite(event, path, who === null);
  const answer = await callFunction(route.to, event, await said(who));
  // An app that says nothing about keeping an answer to somebody did not mean that anybody may.
  const headers = who === null ? answer.headers : { "cache-control": "private, no-cache", ...answer.headers };
  return { ...answer, headers };
}

async function ownPage(event: UrlEvent, path: string): Promise<Answer> {
  const { method } = event.requestContext.http;
  if (path === "/.freehold/signin" && method === "GET") return comeBack(event);
  if (path === "/.freehold/signout" && method === "POST")
    return isForeign(event) ? fromElsewhere(event) : signOut(event);
  return say(event, 404, "not-found", "There is nothing here", "The gate has no such page.");
}

/** Null: pass. All callers of a public route together. */
async function tooMany(event: UrlEvent, route: GateRoute, nowMs: number): Promise<Answer | null> {
  const seconds = await overLimit(route, nowMs / 1000);
  return seconds === null ? null : often(event, seconds);
}

function tooMuch(event: UrlEvent, nowMs: number): Answer | null {
  const seconds = overBudget(nowMs);
  if (seconds === null) return null;
  return page(event.headers["accept"], {
    status: 503,
    code: "over-budget",
    title: "Enough for today",
    text: `This app had the requests it may have in a day, and its data is untouched. It works again at 00:00 UTC; its owner can give it more with "freehold settings ${config.app} requests=NUMBER".`,
    retryAfter: seconds,
  });
}

function often(event: UrlEvent, seconds: number): Answer {
  return page(event.headers["accept"], {
    status: 429,
    code: "too-many",
    title: "Too many requests",
    text: "This address is asked more often than it may be. Try again later.",
    retryAfter: seconds,
  });
}

/** People are taken to the sign-in page; programs are told. */
function signInFirst(event: UrlEvent): Answer {
  const { method } = event.requestContext.http;
  const target = `${event.rawPath}${event.rawQueryString ? `?${event.rawQueryString}` : ""}`;
  if (isVisit(event)) return { ...beginSignIn(event, target), why: "sign-in-first" };
  return page(event.headers["accept"], {
    status: 401,
    code: "sign-in-first",
    title: "This app is private",
    text: "Who it is for can sign in.",
    link: { to: `/.freehold/signin?${new URLSearchParams({ to: method === "GET" ? target : "/" })}`, text: "Sign in" },
  });
}

const fromElsewhere = (event: UrlEvent): Answer =>
  say(
    event,
    403,
    "other-origin",
    "Not from there",
    "A page of another site asked this app to change something. That is refused.",
  );

const nothingHere = (event: UrlEvent): Answer =>
  say(event, 404, "not-found", "There is nothing here", "This address leads nowhere in this app.");

const say = (event: UrlEvent, status: number, code: string, title: string, text: string): Answer =>
  page(event.headers["accept"], { status, code, title, text });
