/**
 * A request passed to one of the app's functions by IAM, as the event it came as, with who asks in headers that nobody
 * outside can set; and the function's answer made into one again, by the rules of function URLs.
 */
import { type AwsResponse, awsCall, bytesOf } from "../shared/aws-call.ts";
import type { Session } from "../shared/session.ts";
import { type Answer, page } from "./answer.ts";
import { config } from "./config.ts";
import type { UrlEvent } from "./event.ts";
import { appCookies } from "./sessions.ts";

/** `session` null: a public route, and nobody in particular. */
export async function callFunction(noun: string, event: UrlEvent, session: Session | null): Promise<Answer> {
  const name = config.functions[noun];
  if (name === undefined) throw new Error(`no function ${noun}`);
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
    body: JSON.stringify(passedOn(event, session)),
  });
  const payload = await bytesOf(response.body);
  if (response.status !== 200 || response.headers["x-amz-function-error"] !== undefined)
    return failed(event, response, payload.toString("utf8"));
  return mapped(payload.toString("utf8"));
}

/** Frameworks that name headers as variables (WSGI, CGI) take `_` for `-`. */
function passedOn(event: UrlEvent, session: Session | null): UrlEvent {
  const headers: UrlEvent["headers"] = {};
  for (const [name, value] of Object.entries(event.headers))
    if (!/^x[-_]freehold[-_]/.test(name) && name !== "cookie") headers[name] = value;
  headers["x-freehold-role"] = session?.role ?? "public";
  if (session) headers["x-freehold-user"] = session.sub;
  const cookies = appCookies(event.cookies ?? []);
  if (cookies.length > 0) headers["cookie"] = cookies.join("; ");
  const { cookies: _, ...rest } = event;
  return { ...rest, ...(cookies.length > 0 ? { cookies } : {}), headers } as UrlEvent;
}

function failed(event: UrlEvent, response: AwsResponse, payload: string): Answer {
  const { accept } = event.headers;
  const requestId = String(response.headers["x-amzn-requestid"] ?? "");
  if (response.status === 429)
    return page(accept, {
      status: 503,
      code: "busy",
      title: "Busy for a moment",
      text: "More is being asked than this cloud runs at a time. It will work again in a moment.",
      headers: { "retry-after": "1" },
    });
  if (response.status === 413)
    return page(accept, {
      status: 413,
      code: "too-large",
      title: "That is too much for one request",
      text: "A request may have 6 MB. Larger files are uploaded another way.",
    });
  const late = response.status === 200 && /Task timed out after/.test(payload);
  return page(accept, {
    status: late ? 504 : 502,
    code: late ? "function-timed-out" : "function-failed",
    title: late ? "The app took too long" : "The app failed",
    text: `"freehold logs ${config.app}" shows what happened.`,
    requestId,
  });
}

const dropped =
  /^(connection|keep-alive|transfer-encoding|upgrade|trailer|te|proxy-.*|set-cookie|x-freehold-.*|x-amz.*)$/;

interface Structured {
  statusCode?: number;
  headers?: Record<string, unknown>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/** Anything without a statusCode is the body of a 200, as function URLs have it. */
function mapped(payload: string): Answer {
  const value: unknown = payload === "" ? null : JSON.parse(payload);
  const json = { "content-type": "application/json" };
  if (typeof value === "string") return { status: 200, headers: json, body: value };
  if (value === null || typeof value !== "object" || !("statusCode" in value))
    return { status: 200, headers: json, body: value === null ? "" : payload };
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded } = value as Structured;
  const status = Number.isInteger(statusCode) && statusCode! >= 200 && statusCode! <= 599 ? statusCode! : 502;
  const own: Record<string, string> = { ...json };
  for (const [name, text] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const line = String(text);
    if (dropped.test(lower) || lower === "content-length" || !/^[\w!#$%&'*+.^`|~-]+$/.test(lower)) continue;
    if (!/[\r\n\u0000]/.test(line)) own[lower] = line;
  }
  const content = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: own,
    cookies: [...setCookies(headers), ...cookies].filter((cookie) => !/[\r\n\u0000]/.test(cookie)),
    body: isBase64Encoded ? Buffer.from(content, "base64") : content,
  };
}

function setCookies(headers: Record<string, unknown>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === "set-cookie")
    .map(([, value]) => String(value));
}
