/** The gate's own cookies, of a request as it came. */
import { type Cookie, cookieLines, cookieValues } from "../shared/cookies.ts";
import { isSecure, type UrlEvent } from "./event.ts";

export const valuesOf = (event: UrlEvent, cookie: Cookie): string[] =>
  cookieValues(event.cookies, cookie, isSecure(event));

export const setCookie = (event: UrlEvent, cookie: Cookie, value: string, seconds: number): string[] =>
  cookieLines(cookie, value, seconds, isSecure(event));

export const clearCookie = (event: UrlEvent, cookie: Cookie): string[] => setCookie(event, cookie, "", 0);
