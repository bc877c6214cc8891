/** Whether a browser sent the request from somewhere else. SameSite alone is not counted as a defence. */
import { isSecure, type UrlEvent } from "./event.ts";

/** A request that may change something, sent by a page of another origin. */
export function isForeign(event: UrlEvent): boolean {
  const { method } = event.requestContext.http;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  const { origin, host = "" } = event.headers;
  if (origin !== undefined) return origin !== `${isSecure(event) ? "https" : "http"}://${host}`;
  const site = event.headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}
