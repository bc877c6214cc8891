/**
 * Who asks: the session cookie, the one-use link that sets it, and whether a browser sent the request from somewhere
 * else. SameSite alone is not counted as a defence.
 */
import { awsCall, bytesOf } from "../shared/aws-call.ts";
import { check, type Session, sessionSeconds } from "../shared/session.ts";
import { type Answer, page } from "./answer.ts";
import { audience, config, publicKey } from "./config.ts";
import type { UrlEvent } from "./event.ts";

/** Chromium takes it on http://*.localhost, too; others, and curl, need the plain one there. */
const hostCookie = "__Host-session";
const plainCookie = "freehold-session";

const isLocal = (host: string): boolean => /\.localhost(:\d+)?$/.test(host);
export const isSecure = (event: UrlEvent): boolean => !isLocal(event.headers["host"] ?? "");

function cookieOf(event: UrlEvent): string | undefined {
  const names = isSecure(event) ? [hostCookie] : [hostCookie, plainCookie];
  for (const name of names)
    for (const cookie of event.cookies ?? []) if (cookie.startsWith(`${name}=`)) return cookie.slice(name.length + 1);
  return undefined;
}

/** The cookies that are the app's own. */
export function appCookies(cookies: readonly string[]): string[] {
  return cookies.filter((cookie) => !/^\s*(__Host-session|freehold-session)\s*=/.test(cookie));
}

/** Tokens checked before, so that a warm request costs no signature. */
const seen = new Map<string, Session>();

export function sessionOf(event: UrlEvent): Session | null {
  const token = cookieOf(event);
  if (!token) return null;
  const now = Date.now() / 1000;
  const known = seen.get(token);
  if (known) return known.exp > now ? known : null;
  let session: Session | null;
  try {
    session = check(token, audience, publicKey(), now);
  } catch {
    return null;
  }
  if (session) {
    if (seen.size > 200) seen.clear();
    seen.set(token, session);
  }
  return session;
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
  const session = await askSignin(event.queryStringParameters?.["link"] ?? "");
  // A browser that opened the link twice is signed in already.
  if (!session && sessionOf(event)) return redirect(target, []);
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

export function signOut(): Answer {
  const gone = "Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
  return redirect("/", [`${hostCookie}=; ${gone}; Secure`, `${plainCookie}=; ${gone}`]);
}

function redirect(location: string, cookies: string[]): Answer {
  return { status: 303, headers: { location, "cache-control": "no-store" }, cookies, body: "" };
}

async function askSignin(link: string): Promise<string | null> {
  if (!/^[\w-]{20,200}$/.test(link)) return null;
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2015-03-31/functions/${encodeURIComponent(config.signin)}/invocations`,
    body: JSON.stringify({ link, app: config.app }),
    timeoutMs: 12_000,
  });
  const text = (await bytesOf(response.body)).toString("utf8");
  if (response.status !== 200 || response.headers["x-amz-function-error"])
    throw new Error(`the sign-in function answered ${response.status}`);
  return (JSON.parse(text) as { session: string | null }).session;
}
