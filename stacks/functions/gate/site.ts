/**
 * The app's site, streamed from its private bucket: ranges, ETag and dates are S3's own answers passed on. `/` and
 * folders are their index.html; what is missing is the site's 404.html, or a small page.
 */
import { type AwsResponse, awsCall } from "../shared/aws-call.ts";
import { type Answer, page } from "./answer.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";

const asked = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
const passed = ["content-type", "content-length", "content-range", "etag", "last-modified", "accept-ranges"];
/** A name with a digest in it never changes its content. */
const hashed = /[.-][0-9a-f]{8,}\.\w+$/i;

export async function serveSite(event: UrlEvent, path: string): Promise<Answer> {
  const { method } = event.requestContext.http;
  if (method !== "GET" && method !== "HEAD")
    return page(event.headers["accept"], {
      status: 405,
      code: "method-not-allowed",
      title: "This page can only be read",
      text: "Its address takes GET and HEAD.",
      headers: { allow: "GET, HEAD" },
    });
  const key = path.endsWith("/") ? `${path.slice(1)}index.html` : path.slice(1);
  const response = await fetchObject(event, key, method);
  if (response.status === 404) return missing(event, path, method);
  if ([200, 206, 304, 412, 416].includes(response.status)) return passOn(response, key, method);
  response.body.resume();
  throw new Error(`the site's bucket answered ${response.status}`);
}

async function fetchObject(event: UrlEvent, key: string, method: string): Promise<AwsResponse> {
  const headers = copied(event);
  const { range, "if-range": ifRange } = event.headers;
  if (range !== undefined && method === "GET") {
    headers["range"] = range;
    // S3 knows no If-Range: the range counts while the file is the one meant, else the whole file does.
    if (ifRange !== undefined) headers["if-match"] = ifRange;
  }
  const response = await getObject(key, method, headers);
  if (response.status !== 412 || ifRange === undefined) return response;
  response.body.resume();
  return getObject(key, method, copied(event));
}

function copied(event: UrlEvent): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of asked) {
    const value = event.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function getObject(key: string, method: string, headers: Record<string, string>): Promise<AwsResponse> {
  // Encoded as SigV4 wants it, a stricter way than encodeURIComponent's.
  const encoded = key
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join("/");
  return awsCall({ service: "s3", method, path: `/${config.site}/${encoded}`, headers, timeoutMs: 10_000 });
}

function passOn(response: AwsResponse, key: string, method: string): Answer {
  const headers: Record<string, string> = {
    "cache-control": hashed.test(key) ? "private, max-age=31536000, immutable" : "private, no-cache",
  };
  for (const name of passed) {
    const value = response.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  if (response.status === 304) delete headers["content-length"];
  if (method === "HEAD" || response.status === 304) response.body.resume();
  if (response.status >= 400) {
    response.body.resume();
    delete headers["content-type"];
    delete headers["content-length"];
    return { status: response.status, headers, body: "" };
  }
  const bare = method === "HEAD" || response.status === 304;
  return { status: response.status, headers, body: bare ? "" : response.body };
}

/** A folder without its slash is sent to it; else 404. */
async function missing(event: UrlEvent, path: string, method: string): Promise<Answer> {
  if (!path.endsWith("/") && !/\.\w+$/.test(path)) {
    const folder = await getObject(`${path.slice(1)}/index.html`, "HEAD", {});
    folder.body.resume();
    const query = event.rawQueryString ? `?${event.rawQueryString}` : "";
    if (folder.status === 200)
      return { status: 308, headers: { location: `${event.rawPath}/${query}`, "cache-control": "no-store" }, body: "" };
  }
  const own = await getObject("404.html", "GET", {});
  if (own.status === 200) {
    const answer = passOn(own, "404.html", method);
    delete answer.headers["etag"];
    delete answer.headers["last-modified"];
    return { ...answer, status: 404, headers: { ...answer.headers, "cache-control": "no-store" } };
  }
  own.body.resume();
  return page(event.headers["accept"], {
    status: 404,
    code: "not-found",
    title: "There is nothing here",
    text: "This address leads nowhere in this app.",
  });
}
