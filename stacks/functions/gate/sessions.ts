/**
 * Who asks: the session cookie, the one-use link that sets it, and whether a browser sent the request from somewhere
 * else. SameSite alone is not counted as a defence.
 */
import { awsCall, bytesOf } from "../shared/aws-call.ts";
import { check, type Session, sessionSeconds } from "../shared/session.ts";
import type { SigninRequest, SigninResponse } from "../shared/signin.ts";
import { type Answer, page } from "./answer.ts";
import { audience, config, publicKey } from "./config.ts";
import type { UrlEvent } from "./event.ts";
import { endSession, isSignedOut } from "./signed-out.ts";

/** Chromium takes it on http://*.localhost, too; others, and curl, need the plain one there. */
const hostCookie = "__Host-session";
const plainCookie = "freehold-session";

const isLocal = (host: string): boolean => /\.localhost(:\d+)?$/.test(host);
export const isSecure = (event: UrlEvent): boolean => !isLocal(event.headers["host"] ?? "");

/** The first of them counts. */
function tokensOf(event: UrlEvent): string[] {
  const names = isSecure(event) ? [hostCookie] : [hostCookie, plainCookie];
  return names.flatMap((name) =>
    (event.cookies ?? [])
      .filter((cookie) => cookie.startsWith(`${name}=`))
      .map((cookie) => cookie.slice(name.length + 1)),
  );
}

/** The cookies that are the app's own. */
export function appCookies(cookies: readonly string[]): string[] {
  return cookies.filter((cookie) => !/^\s*(__Host-session|freehold-session)\s*=/.test(cookie));
}

/** For so long a session that was signed out elsewhere may still be taken here, in seconds. */
const askedEvery = 30;
/** Tokens checked before, so that a warm request costs no signature and no question. */
const seen = new Map<string, { session: Session; until: number }>();

/** Rejects when it cannot be known whether the session was signed out. */
export async function sessionOf(event: UrlEvent): Promise<Session | null> {
  const [token] = tokensOf(event);
  if (!token) return null;
  const now = Date.now() / 1000;
  const known = seen.get(token);
  if (known && known.until > now) return known.session.exp > now ? known.session : null;
  const session = checked(token, now);
  seen.delete(token);
  if (!session || (await isSignedOut(token))) return null;
  if (seen.size > 200) seen.clear();
  seen.set(token, { session, until: now + askedEvery });
  return session;
}

function checked(token: string, now: number): Session | null {
  try {
    return check(token, audience, publicKey(), now);
  } catch {
    return null;
  }
}

/** A request that may change something, sent by a page of another origin. */
export function isForeign(event: UrlEvent): boolean {
  const { method } = event.requestContext.http;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  const { origin, host = "" } = event.headers;
  if (origin !== undefined) return origin !== `${isSecure(event) ? "https" : "http"}://${host}`;
  const site = event.headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}

/** A path of this site, whatever was asked for. */
function localTarget(to: string | undefined): string {
  if (!to || !/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(to)) return "/";
  const url = new URL(to, "http://here.invalid");
  // `/.//elsewhere` comes out of the parser as `//elsewhere`, which a browser takes for a host.
  if (url.host !== "here.invalid" || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}

/** `/.freehold/signin?link=TOKEN&to=/path` */
export async function redeemLink(event: UrlEvent): Promise<Answer> {
  const { accept } = event.headers;
  const target = localTarget(event.queryStringParameters?.["to"]);
  const { session, wait } = await askSignin(event);
  // A browser that opened the link twice is signed in already.
  if (!session && (await sessionOf(event))) return redirect(target, []);
  if (wait)
    return page(accept, {
      status: 429,
      code: "too-many",
      title: "Too many links were tried",
      text: "So many do not come from people. Try again in a minute.",
      headers: { "retry-after": String(wait) },
    });
  if (!session)
    return page(accept, {
      status: 401,
      code: "link-not-good",
      title: "This link does not work any more",
      text: `A link works once, and for ten minutes. "freehold open ${config.app}" makes a new one.`,
    });
  const rest = `Path=/; Max-Age=${sessionSeconds}; HttpOnly; SameSite=Lax`;
  const cookies = [`${hostCookie}=${session}; ${rest}; Secure`];
  if (!isSecure(event)) cookies.push(`${plainCookie}=${session}; ${rest}`);
  return redirect(target, cookies);
}

export async function signOut(event: UrlEvent): Promise<Answer> {
  const now = Date.now() / 1000;
  for (const token of tokensOf(event)) {
    const session = checked(token, now);
    if (session) await endSession(token, session.exp);
    seen.delete(token);
  }
  const gone = "Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
  return redirect("/", [`${hostCookie}=; ${gone}; Secure`, `${plainCookie}=; ${gone}`]);
}

function redirect(location: string, cookies: string[]): Answer {
  return { status: 303, headers: { location, "cache-control": "no-store" }, cookies, body: "" };
}

async function askSignin(event: UrlEvent): Promise<SigninResponse> {
  const link = event.queryStringParameters?.["link"] ?? "";
  if (!/^[\w-]{20,200}$/.test(link)) return { session: null };
  const request: SigninRequest = { link, app: config.app, from: event.requestContext.http.sourceIp };
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2015-03-31/functions/${encodeURIComponent(config.signin)}/invocations`,
    body: JSON.stringify(request),
    timeoutMs: 12_000,
  });
  const text = (await bytesOf(response.body)).toString("utf8");
  if (response.status !== 200 || response.headers["x-amz-function-error"])
    throw new Error(`the sign-in function answered ${response.status}`);
  return JSON.parse(text) as SigninResponse;
}
