/**
 * The gate's own cookies: the session, and the text that binds a sign-in to the browser it began in. `__Host-` ones, which
 * no other site can set; on localhost also plain ones, for browsers that take no Secure cookie there.
 */
import { isSecure, type UrlEvent } from "./event.ts";

const names = {
  session: ["__Host-session", "freehold-session"],
  signin: ["__Host-signin", "freehold-signin"],
} as const;
type Cookie = keyof typeof names;

/** Values in the order in which they count; the plain name counts on localhost only. */
export function valuesOf(event: UrlEvent, cookie: Cookie): string[] {
  const [host, plain] = names[cookie];
  const counting = isSecure(event) ? [host] : [host, plain];
  return counting.flatMap((name) =>
    (event.cookies ?? [])
      .map((one) => one.trimStart())
      .filter((one) => one.startsWith(`${name}=`))
      .map((one) => one.slice(name.length + 1)),
  );
}

/** `Set-Cookie` lines. */
export function setCookie(event: UrlEvent, cookie: Cookie, value: string, seconds: number): string[] {
  const rest = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
  const [host, plain] = names[cookie];
  const lines = [`${host}=${value}; ${rest}; Secure`];
  if (!isSecure(event)) lines.push(`${plain}=${value}; ${rest}`);
  return lines;
}

export const clearCookie = (event: UrlEvent, cookie: Cookie): string[] => setCookie(event, cookie, "", 0);

const ours = new RegExp(`^\\s*(${Object.values(names).flat().join("|")})\\s*=`);

/** The cookies that are the app's own. */
export function appCookies(cookies: readonly string[]): string[] {
  return cookies.filter((cookie) => !ours.test(cookie));
}
