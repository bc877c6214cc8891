/**
 * The cookies of gates and of the sign-in site: the session, and the text that binds a sign-in to the browser it began
 * in. `__Host-` ones, which no other site can set; on localhost also plain ones, for browsers, and curl, that take no
 * Secure cookie there.
 */

const names = {
  session: ["__Host-session", "freehold-session"],
  signin: ["__Host-signin", "freehold-signin"],
} as const;
export type Cookie = keyof typeof names;

/** Values in the order in which they count; the plain name counts on localhost only, which is what is not `secure`. */
export function cookieValues(cookies: readonly string[] | undefined, cookie: Cookie, secure: boolean): string[] {
  const [host, plain] = names[cookie];
  const counting = secure ? [host] : [host, plain];
  return counting.flatMap((name) =>
    (cookies ?? [])
      .map((one) => one.trimStart())
      .filter((one) => one.startsWith(`${name}=`))
      .map((one) => one.slice(name.length + 1)),
  );
}

/** `Set-Cookie` lines; 0 seconds take it away. */
export function cookieLines(cookie: Cookie, value: string, seconds: number, secure: boolean): string[] {
  const rest = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
  const [host, plain] = names[cookie];
  return [`${host}=${value}; ${rest}; Secure`, ...(secure ? [] : [`${plain}=${value}; ${rest}`])];
}

const ours = new RegExp(`^\\s*(${Object.values(names).flat().join("|")})\\s*=`);

/** The cookies that are the app's own. */
export function appCookies(cookies: readonly string[]): string[] {
  return cookies.filter((cookie) => !ours.test(cookie));
}
