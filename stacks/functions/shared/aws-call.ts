/**
 * Signed calls to AWS for the functions that ship with a cloud: SigV4 on node:crypto and kept-alive sockets, a few
 * kilobytes instead of an SDK, synchronous where WebCrypto would wait four times. Retries nothing: callers know what
 * may be asked twice. Reads the credentials Lambda puts into the environment.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import http, { type IncomingMessage } from "node:http";

export interface AwsRequest {
  service: "lambda" | "s3" | "dynamodb" | "ssm";
  method: string;
  /** Already percent-encoded, as it goes on the wire. */
  path: string;
  /** Further headers; names in lower case. */
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Until the first byte of an answer. */
  timeoutMs?: number;
}

export interface AwsResponse {
  status: number;
  headers: IncomingMessage["headers"];
  body: IncomingMessage;
}

const sha256 = (data: string | Uint8Array): string => hash("sha256", data);
const hmac = (key: string | Buffer | KeyObject, data: string): Buffer =>
  createHmac("sha256", key).update(data).digest();
const emptyHash = sha256("");

const ways = new Map<string, { request: typeof http.request; agent: http.Agent }>();

/** By the endpoint's protocol. What TLS needs is loaded where there is some: it is milliseconds of a cold start. */
function wayBy(protocol: string) {
  let way = ways.get(protocol);
  if (!way) {
    const { Agent, request } = protocol === "https:" ? process.getBuiltinModule("node:https") : http;
    way = { request, agent: new Agent({ keepAlive: true, maxSockets: 256, scheduling: "lifo" }) };
    ways.set(protocol, way);
  }
  return way;
}

const endpoints = new Map<string, URL>();

/** `https://lambda.eu-west-1.amazonaws.com`, or the endpoint the environment names. */
function endpointOf(service: string, region: string): URL {
  const { AWS_ENDPOINT_URL } = process.env;
  const own = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`];
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const address = own ?? AWS_ENDPOINT_URL ?? `https://${service}.${region}.${suffix}`;
  const known = endpoints.get(address) ?? new URL(address);
  endpoints.set(address, known);
  return known;
}

/** Rejects when the connection fails or nothing comes within the time; a status of any kind is an answer. */
export function awsCall(call: AwsRequest): Promise<AwsResponse> {
  const region = process.env["AWS_REGION"] ?? "us-east-1";
  const endpoint = endpointOf(call.service, region);
  const body = call.body ?? "";
  const headers = signed(call, endpoint, region, body, new Date());
  const { request, agent } = wayBy(endpoint.protocol);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        port: endpoint.port || undefined,
        agent,
        method: call.method,
        path: call.path,
        headers,
      },
      (response) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
    );
    outgoing.on("error", reject);
    if (call.timeoutMs)
      outgoing.setTimeout(call.timeoutMs, () => outgoing.destroy(new Error(`no answer from ${call.service}`)));
    outgoing.end(body);
  });
}

let keyCache: { id: string; key: KeyObject } | undefined;

/** The signing key of a day, region and service; made once, since each costs four HMACs. */
function signingKey(secret: string, date: string, region: string, service: string): KeyObject {
  const id = `${secret} ${date} ${region} ${service}`;
  if (keyCache?.id === id) return keyCache.key;
  // Node takes several times as long for a key of plain bytes.
  const key = createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request"));
  keyCache = { id, key };
  return key;
}

function signed(
  call: AwsRequest,
  endpoint: URL,
  region: string,
  body: string | Uint8Array,
  now: Date,
): Record<string, string> {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  const time = `${now.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const scope = `${time.slice(0, 8)}/${region}/${call.service}/aws4_request`;
  const bodyHash = body.length === 0 ? emptyHash : sha256(body);
  const headers: Record<string, string> = {
    ...call.headers,
    host: endpoint.host,
    "x-amz-date": time,
    ...(AWS_SESSION_TOKEN ? { "x-amz-security-token": AWS_SESSION_TOKEN } : {}),
    ...(call.service === "s3" ? { "x-amz-content-sha256": bodyHash } : {}),
  };
  const names = Object.keys(headers).sort();
  const [path, query = ""] = call.path.split("?", 2);
  // Every service but S3 signs the path encoded once more.
  const signedPath = call.service === "s3" ? path! : path!.split("/").map(encodeURIComponent).join("/");
  const canonical = [
    call.method,
    signedPath,
    query.split("&").sort().join("&"),
    ...names.map((name) => `${name}:${headers[name]!.trim()}`),
    "",
    names.join(";"),
    bodyHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = signingKey(AWS_SECRET_ACCESS_KEY, time.slice(0, 8), region, call.service);
  const signature = hmac(key, toSign).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  headers["content-length"] = String(Buffer.byteLength(body));
  return headers;
}

/** The whole of an answer that is not large. By events: an iterator costs as much as the rest of the call. */
export function bytesOf(body: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on("data", (chunk: Buffer) => void chunks.push(chunk));
    body.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    body.once("error", reject);
    // Settled already when it is whole.
    body.once("close", () => reject(new Error("the answer was cut off")));
  });
}

/** One call of a JSON 1.0/1.1 service; throws an AwsError with the service's code. */
export async function awsJson(
  service: "dynamodb" | "ssm",
  operation: string,
  input: unknown,
): Promise<Record<string, unknown>> {
  const target = service === "dynamodb" ? `DynamoDB_20120810.${operation}` : `AmazonSSM.${operation}`;
  const response = await awsCall({
    service,
    method: "POST",
    path: "/",
    headers: { "content-type": `application/x-amz-json-1.${service === "dynamodb" ? 0 : 1}`, "x-amz-target": target },
    body: JSON.stringify(input),
    timeoutMs: 5000,
  });
  const text = (await bytesOf(response.body)).toString("utf8");
  const answer = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  if (response.status >= 300) throw new AwsError(String(answer["__type"] ?? "").replace(/^.*#/, ""), response.status);
  return answer;
}

export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number) {
    super(`${code} (${status})`);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}
