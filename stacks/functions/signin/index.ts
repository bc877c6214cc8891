/**
 * The sign-in function: the site where a person says who they are, once for all apps, and what gates and the owner's
 * command line ask by IAM. The only holder of the key that signs sessions. When it cannot decide, nobody passes.
 */

import type { OwnerRequest, SigninRequest, SigninResponse } from "../shared/signin.ts";
import { type Answer, type Handler, withDefaults } from "./answer.ts";
import { serveAsset } from "./assets.ts";
import { answerGate, authorize } from "./authorize.ts";
import { config, secondsNow } from "./config.ts";
import { showHome, signOut, signOutEverywhere } from "./home.ts";
import { accept, acceptOptions, showInvitation } from "./invitations.ts";
import { rotate } from "./keys.ts";
import { openLink } from "./links.ts";
import { logAccess, logError } from "./log.ts";
import { move, moved } from "./moving.ts";
import { toldTo } from "./pages.ts";
import { addOptions, addPasskey, newPasskeyPage, signIn, signInOptions } from "./passkeys.ts";
import { isOwn, type Request, requestOf, type UrlEvent } from "./request.ts";

const gets: Readonly<Record<string, Handler>> = {
  "/": showHome,
  "/authorize": authorize,
  "/invite": showInvitation,
  "/link": openLink,
  "/move": move,
  "/moved": moved,
  "/passkeys/new": newPasskeyPage,
};

/** Asked for by pages of this site, and by nothing else. */
const posts: Readonly<Record<string, Handler>> = {
  "/invite": accept,
  "/invite/options": acceptOptions,
  "/passkeys": addPasskey,
  "/passkeys/options": addOptions,
  "/signin": signIn,
  "/signin/options": signInOptions,
  "/signout": signOut,
  "/signout/everywhere": signOutEverywhere,
};

type Message = SigninRequest | OwnerRequest;

export async function handler(event: UrlEvent | Message): Promise<Answer | SigninResponse> {
  if (isMessage(event)) return answerMessage(event);
  const request = requestOf(event);
  if (!request)
    return withDefaults({ statusCode: 421, headers: {}, body: "This is another address.\n" }, !config.localHost);
  const answer = await answerPage(request).catch((error: unknown) => broken(request, error));
  return withDefaults(answer, request.secure);
}

/** What comes by the function's address is always an event of its own shape, whatever its body says. */
const isMessage = (event: UrlEvent | Message): event is Message => !("requestContext" in event);

async function answerMessage(asked: Message): Promise<SigninResponse> {
  const now = secondsNow();
  if (asked?.ask === "rotate") {
    await rotate(now);
    return { session: null };
  }
  if (asked?.ask === "exchange" || asked?.ask === "renew" || asked?.ask === "end") return answerGate(asked, now);
  throw new Error("asked for what nobody answers");
}

async function answerPage(request: Request): Promise<Answer> {
  const { method, path } = request;
  const now = secondsNow();
  if (method === "GET") {
    const own = Object.hasOwn(gets, path) ? gets[path] : undefined;
    return own ? own(request, now) : (serveAsset(path) ?? nothingHere(request));
  }
  const own = method === "POST" && Object.hasOwn(posts, path) ? posts[path] : undefined;
  if (!own) return notThat(request, Object.hasOwn(gets, path));
  if (isOwn(request)) return own(request, now);
  logAccess({ who: "nobody", what: `${method} ${path}`, allowed: false, why: "other origin", from: request.from });
  return toldTo(request, {
    status: 403,
    code: "other-origin",
    title: "Not from there",
    text: "A page of another site asked for this. That is refused.",
  });
}

const nothingHere = (request: Request): Answer =>
  toldTo(request, {
    status: 404,
    code: "not-found",
    title: "There is nothing here",
    text: "This address leads nowhere.",
  });

function notThat(request: Request, there: boolean): Answer {
  if (!there) return nothingHere(request);
  return toldTo(request, {
    status: 405,
    code: "not-that-method",
    title: "Not in this way",
    text: "This address can be looked at, and nothing else.",
    headers: { allow: "GET" },
  });
}

/** Something this needs does not answer: closed, with the cause in the log only. */
function broken(request: Request, error: unknown): Answer {
  logError(request.requestId, error);
  return toldTo(request, {
    status: 503,
    code: "signin-failed",
    title: "Signing in does not work right now",
    text: "Something it needs does not answer. Try again in a moment.",
    headers: { "retry-after": "1", "x-freehold-request-id": request.requestId },
  });
}
