/**
 * The event that an app's function gets: as it came, without what only a gate may say (who asks, from where), and without
 * headers by which frameworks take a request for another one than the gate decided about.
 */

import { appCookies } from "../shared/cookies.ts";
import type { Answer } from "./answer.ts";
import { isSecure, type UrlEvent } from "./event.ts";

/** Names with `_` for `-`: frameworks that name headers as variables (WSGI, CGI) take one for the other. */
const fromOutside = new RegExp(
  `^(${[
    "x-freehold-.*",
    // Who asks, from where, and under which name.
    "forwarded",
    "x-forwarded(-.*)?",
    "x-(real|client|cluster-client|originating|remote)-(ip|addr)",
    "(true|cf|fastly)-(client|connecting)-ip",
    "x-(original|rewrite)-(url|uri|host|path)",
    "x-host",
    // Another method or path than the one that was decided about.
    "x-(http-)?method(-override)?",
    "x-http-path-override",
    // The gate's own business.
    "cookie",
    "proxy(-.*)?",
  ].join("|")})$`,
);

/** Set by the gate alone: who asks, in plain words and signed. */
export type Said = Readonly<Record<`x-freehold-${string}`, string>>;

/** One of ours, good or not: no app sees it. Whatever else stands there is between the app and its visitor. */
const ourKey = /^\s*bearer\s+fh_/i;

export function passedOn(event: UrlEvent, said: Said): UrlEvent {
  const headers: UrlEvent["headers"] = {};
  for (const [name, value = ""] of Object.entries(event.headers)) {
    const plain = name.toLowerCase().replaceAll("_", "-");
    if (fromOutside.test(plain) || (plain === "authorization" && ourKey.test(value))) continue;
    headers[name] = value;
  }
  const { sourceIp } = event.requestContext.http;
  const { host = "" } = event.headers;
  const secure = isSecure(event);
  headers["x-forwarded-for"] = sourceIp;
  headers["x-forwarded-proto"] = secure ? "https" : "http";
  headers["x-forwarded-port"] = /:(\d+)$/.exec(host)?.[1] ?? (secure ? "443" : "80");
  Object.assign(headers, said);
  const cookies = appCookies(event.cookies ?? []);
  if (cookies.length > 0) headers["cookie"] = cookies.join("; ");
  const { cookies: _, ...rest } = event;
  return { ...rest, ...(cookies.length > 0 ? { cookies } : {}), headers } as UrlEvent;
}

/** No answer of an app sets a cookie of the gate's. */
export const withoutOurCookies = (answer: Answer): Answer => ({ ...answer, cookies: appCookies(answer.cookies ?? []) });
