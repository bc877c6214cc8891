/** From an HTTP request to the event of a function URL: payload format 2.0. Knows no function and no socket. */
import { isUtf8 } from "node:buffer";
import type { Call } from "../../service.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const text = /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml))\b)/i;

export interface UrlEventInit {
  call: Call;
  urlId: string;
  body: Buffer;
  nowMs: number;
  traceId: string;
  /** Set for AuthType AWS_IAM. */
  iam: boolean;
}

export function urlEvent({ call, urlId, body, nowMs, traceId, iam }: UrlEventInit): string {
  const domainName = call.host.replace(/:\d+$/, "");
  const port = /:(\d+)$/.exec(call.host)?.[1] ?? "80";
  const { cookie } = call.headers;
  const cookies = cookie ? cookie.split(/;\s*/).filter((part) => part !== "") : undefined;
  const query = call.rawQuery === "" ? undefined : queryParameters(call.query);
  const encoded = body.length > 0 && isBinary(call.headers["content-type"], body);
  // What is undefined is left out.
  return JSON.stringify({
    version: "2.0",
    routeKey: "$default",
    rawPath: call.path,
    rawQueryString: call.rawQuery ?? call.query.toString(),
    cookies,
    headers: {
      ...call.headers,
      cookie: undefined,
      "x-forwarded-for": call.remoteAddress,
      "x-forwarded-port": port,
      "x-forwarded-proto": "http",
      "x-amzn-trace-id": traceId.split(";")[0],
    },
    queryStringParameters: query,
    requestContext: {
      accountId: iam && call.caller ? call.caller.accountId : "anonymous",
      apiId: urlId,
      authorizer: iam && call.caller ? { iam: authorizer(call) } : undefined,
      domainName,
      domainPrefix: domainName.split(".")[0],
      http: {
        method: call.method,
        path: call.path,
        protocol: "HTTP/1.1",
        sourceIp: call.remoteAddress,
        userAgent: call.headers["user-agent"] ?? "",
      },
      requestId: call.requestId,
      routeKey: "$default",
      stage: "$default",
      time: clf(nowMs),
      timeEpoch: nowMs,
    },
    body: body.length > 0 ? body.toString(encoded ? "base64" : "utf8") : undefined,
    isBase64Encoded: encoded,
  });
}

function isBinary(contentType: string | undefined, body: Buffer): boolean {
  if (contentType !== undefined && !text.test(contentType)) return true;
  // Said to be text, or nothing said: bytes that are no text would be lost as text.
  return !isUtf8(body);
}

/** Repeated parameters are joined with a comma. */
function queryParameters(query: URLSearchParams): Record<string, string> | undefined {
  const out: Record<string, string> = {};
  for (const [key, value] of query) out[key] = Object.hasOwn(out, key) ? `${out[key]},${value}` : value;
  return Object.keys(out).length > 0 ? out : undefined;
}

function authorizer({ caller }: Call): Record<string, unknown> {
  return {
    accessKey: caller!.accessKeyId,
    accountId: caller!.accountId,
    callerId: caller!.userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: caller!.arn,
    userId: caller!.userId,
  };
}

let last = { second: Number.NaN, text: "" };

/** `12/Mar/2020:19:03:58 +0000`; written once a second. */
function clf(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== last.second) last = { second, text: clfOf(new Date(nowMs)) };
  return last.text;
}

function clfOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
