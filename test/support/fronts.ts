/**
 * What stands between a name of the owner's and a function in AWS, played on loopback: an HTTP API with a custom domain, and
 * CloudFront in front of function URLs. Both know hosts and send their requests on as AWS's do:
 *
 * - HTTP API, payload 2.0 (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html):
 *   names of headers in lower case, repeated ones joined with a comma, cookies in a list of their own, repeated parameters
 *   joined with a comma, binary bodies in base64, no mapping's or $default stage's name in `rawPath`; an answer that is JSON
 *   without a statusCode is a 200, one that is no JSON a 500.
 * - HTTP API, quotas (…/http-api-quotas.html, 2026-11-27): 10 MB a request, 10,240 bytes of its first line and headers, 30 s an
 *   answer, none of them adjustable; and the 6 MB of an event that Lambda's Invoke takes (…/lambda/latest/dg/gettingstarted-limits.html).
 * - HTTP API, which bodies are text: AWS lists none; seen on AWS (github.com/ministackorg/ministack/pull/766, 2026-06):
 *   `text/*`, `application/json`, `/xml` and `/javascript`. A form's is base64, and so is one of no type.
 * - HTTP API, an answer that is late: 503 and `Service Unavailable` (seen: github.com/cortexlabs/cortex/pull/1264,
 *   github.com/anomalyco/sst/issues/2232).
 * - Assumed, since no source says it: 413 for what is too large and 431 for headers that are; 403 for a host that it does
 *   not know (documented of a disabled execute-api endpoint).
 * - HTTP API, `rawPath` comes decoded, and ends where a decoded `?` was (captures of 2026: github.com/hotsock/voker/pull/8).
 * - CloudFront (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html): the origin's own
 *   host, its custom headers over whatever a client sent, the client's address at the end of X-Forwarded-For; the rest of a
 *   request as it came (origin request policy AllViewerExceptHostHeader), and answers as they stream.
 */

import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { pipeline } from "node:stream";
import { listen } from "./listen.ts";

/** Lambda's Invoke, buffered. */
export type Invoke = (functionName: string, event: string) => Promise<{ payload: Buffer; failed: boolean }>;

export interface Front {
  port: number;
  close(): void;
}

export interface Tls {
  key: string;
  cert: string;
}

const mostRequestBytes = 10 * 1024 * 1024;
const mostHeadBytes = 10_240;
const mostEventBytes = 6 * 1024 * 1024;

const hostOf = ({ headers }: IncomingMessage): string => (headers.host ?? "").replace(/:\d+$/, "");

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>, tls?: Tls) {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  const port = Number(new URL(await listen(server)).port);
  return {
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  } satisfies Front;
}

async function bodyOf(incoming: IncomingMessage, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size <= most) chunks.push(chunk as Buffer);
  }
  return size > most ? null : Buffer.concat(chunks);
}

/** `hosts`: the function that each custom domain's API calls. `waitMs`: for an answer, 30 s as AWS. */
export function httpApi(
  hosts: Readonly<Record<string, string>>,
  invoke: Invoke,
  { tls, waitMs = 30_000 }: { tls?: Tls; waitMs?: number } = {},
): Promise<Front> {
  return serve(async (incoming, response) => {
    const say = (status: number, message: string): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
    };
    const host = hostOf(incoming);
    const name = hosts[host];
    const body = await bodyOf(incoming, mostRequestBytes);
    if (name === undefined) return say(403, "Forbidden");
    if (headBytes(incoming) > mostHeadBytes) return say(431, "Request Header Fields Too Large");
    const event = body && JSON.stringify(apiEvent(incoming, host, body));
    if (event === null || Buffer.byteLength(event) > mostEventBytes) return say(413, "Request Entity Too Large");
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(resolve, waitMs, "late" as const);
    const invoked = await Promise.race([invoke(name, event), late]);
    clearTimeout(timer);
    if (invoked === "late") return say(503, "Service Unavailable");
    const answer = invoked.failed ? null : apiAnswer(invoked.payload);
    if (!answer) return say(500, "Internal Server Error");
    const { status, headers, cookies, bytes } = answer;
    response.writeHead(status, {
      ...headers,
      ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
      "content-length": bytes.length,
    });
    response.end(incoming.method === "HEAD" ? undefined : bytes);
  }, tls);
}

const text = /^(text\/|application\/(json|javascript|xml)\b)/i;

/** Of the request line and of what headers say. */
const headBytes = ({ method = "", url = "", rawHeaders }: IncomingMessage): number =>
  Buffer.byteLength(`${method} ${url} HTTP/1.1`) +
  rawHeaders.reduce((sum, one, at) => sum + (at % 2 === 1 ? Buffer.byteLength(one) : 0), 0);

function apiEvent(incoming: IncomingMessage, host: string, body: Buffer): object {
  const { method = "GET", url = "/", socket } = incoming;
  const [path = "", query = ""] = url.split(/\?(.*)/s, 2);
  const headers: Record<string, string> = {};
  let cookies: string[] | undefined;
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = incoming.rawHeaders[at]!.toLowerCase();
    const value = incoming.rawHeaders[at + 1]!;
    if (name === "cookie") cookies = [...(cookies ?? []), ...value.split(/;\s*/)];
    else headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  const sourceIp = socket.remoteAddress ?? "";
  Object.assign(headers, {
    host,
    "x-forwarded-for": sourceIp,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  });
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query))
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  const rawPath = decodeURIComponent(path).split("?")[0]!;
  const encoded = body.length > 0 && !(text.test(headers["content-type"] ?? "") && isUtf8(body));
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: query,
    ...(cookies ? { cookies } : {}),
    headers,
    ...(query === "" ? {} : { queryStringParameters: parameters }),
    requestContext: {
      accountId: "123456789012",
      apiId: "a1b2c3d4e5",
      domainName: host,
      domainPrefix: host.split(".")[0],
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp, userAgent: headers["user-agent"] ?? "" },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2020:19:03:58 +0000",
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 ? { body: body.toString(encoded ? "base64" : "utf8") } : {}),
    isBase64Encoded: encoded,
  };
}

/** Null: no answer that an HTTP API takes. */
function apiAnswer(payload: Buffer) {
  let value: any;
  try {
    value = JSON.parse(payload.toString("utf8"));
  } catch {
    return null;
  }
  const plain = { status: 200, headers: { "content-type": "application/json" }, cookies: [] as string[] };
  if (typeof value !== "object" || value === null || !("statusCode" in value))
    return { ...plain, bytes: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)) };
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded } = value;
  return {
    status: statusCode as number,
    headers: headers as Record<string, string>,
    cookies: cookies as string[],
    bytes: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/** `hosts`: the function URL behind each name; `port`: where function URLs answer. */
export function cloudFront(hosts: Readonly<Record<string, string>>, port: number, tls?: Tls): Promise<Front> {
  return serve(async (incoming, response) => {
    const host = hostOf(incoming);
    const origin = hosts[host];
    if (origin === undefined) return void response.writeHead(403).end();
    const { method, url: path, socket } = incoming;
    const { connection: _, "keep-alive": __, ...rest } = incoming.headers;
    const before = rest["x-forwarded-for"];
    const headers = {
      ...rest,
      host: origin,
      "x-freehold-host": host,
      "x-forwarded-for": [...(before ? [before] : []), socket.remoteAddress].join(", "),
      via: "2.0 0123456789abcdef.cloudfront.net (CloudFront)",
      "x-amz-cf-id": randomUUID(),
    };
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  }, tls);
}
