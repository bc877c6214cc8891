/**
 * The app's site, streamed from its private bucket: ranges, ETag and dates are S3's own answers passed on. `/` and
 * folders are their index.html; what is missing is the site's 404.html, or a small page.
 */
import { type AwsResponse, awsCall } from "../shared/aws-call.ts";
import { type Answer, page } from "./answer.ts";
import { type Coding, codingFor, compressed, isWorthIt, plainTags, tagOf } from "./compress.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";

const asked = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"];
const passed = ["content-type", "content-length", "content-range", "etag", "last-modified", "accept-ranges"];
/** A name with a digest in it never changes its content. */
const hashed = /[.-][0-9a-f]{8,}\.\w+$/i;

/** `open`: to anybody, so that anything between may keep it. */
export async function serveSite(event: UrlEvent, path: string, open: boolean): Promise<Answer> {
  const { method } = event.requestContext.http;
  if (method !== "GET" && method !== "HEAD")
    return page(event.headers["accept"], {
      status: 405,
      code: "method-not-allowed",
      title: "This page can only be read",
      text: "Its address takes GET and HEAD.",
      headers: { allow: "GET, HEAD" },
    });
  const file = path.endsWith("/") ? `${path.slice(1)}index.html` : path.slice(1);
  const answer = await serveFile(event, file, open);
  return answer ?? missing(event, path, open);
}

/** Null: there is no such file. */
async function serveFile(event: UrlEvent, key: string, open: boolean): Promise<Answer | null> {
  const { method } = event.requestContext.http;
  // Of a part of a file the browser means the file as it is.
  const coding = event.headers["range"] === undefined ? codingFor(event.headers["accept-encoding"]) : null;
  const response = await fetchObject(event, key, { method, coding });
  if ([200, 206, 304, 412, 416].includes(response.status))
    return passOn(response, { key, method, coding, open, known: event.headers["if-none-match"] });
  response.body.resume();
  if (response.status === 404) return null;
  throw new Error(`the site's bucket answered ${response.status}`);
}

async function fetchObject(
  event: UrlEvent,
  key: string,
  { method, coding }: { method: string; coding: Coding | null },
): Promise<AwsResponse> {
  const headers = copied(event);
  if (headers["if-none-match"]) headers["if-none-match"] = plainTags(headers["if-none-match"], coding);
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

interface Passing {
  key: string;
  method: string;
  coding: Coding | null;
  open: boolean;
  /** Tags the browser has. */
  known?: string | undefined;
}

function passOn(response: AwsResponse, { key, method, coding, open, known }: Passing): Answer {
  const { status, body } = response;
  const who = open ? "public" : "private";
  const headers: Record<string, string> = {
    "cache-control": hashed.test(key) ? `${who}, max-age=31536000, immutable` : `${who}, no-cache`,
  };
  for (const name of passed) {
    const value = response.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  const length = Number(headers["content-length"] ?? 0);
  const bare = method === "HEAD" || status === 304 || status >= 400;
  if (bare) body.resume();
  if (status >= 400) {
    delete headers["content-type"];
    delete headers["content-length"];
    return { status, headers, body: "" };
  }
  headers["vary"] = "Accept-Encoding";
  const small = coding && headers["etag"] && tagOf(headers["etag"], coding);
  if (status === 304) {
    delete headers["content-length"];
    if (small && known?.includes(small)) headers["etag"] = small;
    return { status, headers, body: "" };
  }
  if (coding === null || status !== 200 || !isWorthIt(headers["content-type"], length))
    return { status, headers, body: bare ? "" : body };
  headers["content-encoding"] = coding;
  if (small) headers["etag"] = small;
  delete headers["content-length"];
  delete headers["accept-ranges"];
  return { status, headers, body: bare ? "" : compressed(body, coding, length) };
}

/** A folder without its slash is sent to it; an app that routes in the browser gets its page; else 404. */
async function missing(event: UrlEvent, path: string, open: boolean): Promise<Answer> {
  const { method } = event.requestContext.http;
  const named = /\.\w+$/.test(path);
  if (!path.endsWith("/") && !named) {
    const folder = await getObject(`${path.slice(1)}/index.html`, "HEAD", {});
    folder.body.resume();
    const query = event.rawQueryString ? `?${event.rawQueryString}` : "";
    if (folder.status === 200)
      return { status: 308, headers: { location: `${event.rawPath}/${query}`, "cache-control": "no-store" }, body: "" };
  }
  const fallback = config.fallback !== undefined && !named && (await serveFile(event, config.fallback, open));
  if (fallback) return fallback;
  const own = await getObject("404.html", "GET", {});
  if (own.status === 200) {
    const answer = passOn(own, { key: "404.html", method, coding: null, open });
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
