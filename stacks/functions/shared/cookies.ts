/**
 * The session cookie, as gates and the sign-in site set and read it. Chromium takes `__Host-` on http://*.localhost, too;
 * others, and curl, need the plain host-only one there, and nowhere else is it read.
 */
import { sessionSeconds } from "./session.ts";

const hostCookie = "__Host-session";
const plainCookie = "freehold-session";

export const isLocalHost = (host: string): boolean => /\.localhost(:\d+)?$/.test(host);

/** Values of the session cookie, the one that counts first. */
export function sessionTokens(cookies: readonly string[] | undefined, secure: boolean): string[] {
  const names = secure ? [hostCookie] : [hostCookie, plainCookie];
  return names.flatMap((name) =>
    (cookies ?? []).filter((cookie) => cookie.startsWith(`${name}=`)).map((cookie) => cookie.slice(name.length + 1)),
  );
}

/** `Set-Cookie` lines for a session. */
export function sessionCookies(token: string, secure: boolean): string[] {
  const rest = `Path=/; Max-Age=${sessionSeconds}; HttpOnly; SameSite=Lax`;
  return [`${hostCookie}=${token}; ${rest}; Secure`, ...(secure ? [] : [`${plainCookie}=${token}; ${rest}`])];
}

/** `Set-Cookie` lines that end it in the browser. */
export function goneCookies(): string[] {
  const gone = "Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
  return [`${hostCookie}=; ${gone}; Secure`, `${plainCookie}=; ${gone}`];
}

/** The cookies that are the app's own. */
export function appCookies(cookies: readonly string[]): string[] {
  return cookies.filter((cookie) => !/^\s*(__Host-session|freehold-session)\s*=/.test(cookie));
}
