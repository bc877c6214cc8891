/**
 * Signed calls to AWS for the functions that ship with a cloud: SigV4 on node:crypto and kept-alive sockets, a few
 * kilobytes instead of an SDK, synchronous where WebCrypto would wait four times. Retries nothing: callers know what
 * may be asked twice. Reads the credentials Lambda puts into the environment.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { Agent, type IncomingMessage, type RequestOptions, request } from "node:http";

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

type Ask = (options: RequestOptions, answered: (response: IncomingMessage) => void) => ReturnType<typeof request>;

const keeping = { keepAlive: true, maxSockets: 256, scheduling: "lifo" } as const;
const asking = new Map<string, Ask>();

/** By the protocol of the endpoint; what TLS needs is loaded where there is some, which costs a cold start milliseconds. */
function askBy(protocol: string): Ask {
  const known = asking.get(protocol);
  if (known) return known;
  const made = protocol === "https:" ? overTls() : plain();
  asking.set(protocol, made);
  return made;
}

function plain(): Ask {
  const agent = new Agent(keeping);
  return (options, answered) => request({ ...options, agent }, answered);
}

function overTls(): Ask {
  const https = process.getBuiltinModule("node:https");
  const agent = new https.Agent(keeping);
  return (options, answered) => https.request({ ...options, agent }, answered);
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
  const headers = signed(call, endpoint, region, body);
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = endpoint;
    const { method, path } = call;
    const outgoing = askBy(protocol)(
      { protocol, hostname, port: port || undefined, method, path, headers },
      (response) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
    );
    outgoing.setNoDelay(true);
    outgoing.on("error", reject);
    if (call.timeoutMs)
      outgoing.setTimeout(call.timeoutMs, () => outgoing.destroy(new Error(`no answer from ${call.service}`)));
    outgoing.end(body);
  });
}

let lastTime = { second: Number.NaN, text: "" };

/** `20261127T031500Z`; written once a second. */
function amzTime(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== lastTime.second) {
    const text = `${new Date(second * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
    lastTime = { second, text };
  }
  return lastTime.text;
}

interface Scope {
  secret: string;
  /** `20261127/eu-west-1/lambda/aws4_request` */
  text: string;
  key: KeyObject;
}

const scopes = new Map<string, Scope>();

/** Of a day, region and service, with its signing key, which costs four HMACs. */
function scopeOf(secret: string, date: string, region: string, service: string): Scope {
  const known = scopes.get(service);
  const text = `${date}/${region}/${service}/aws4_request`;
  if (known?.text === text && known.secret === secret) return known;
  // Node takes several times as long for a key of plain bytes.
  const key = createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request"));
  const scope = { secret, text, key };
  scopes.set(service, scope);
  return scope;
}

/** Names and values in turn, as they go on the wire: Node takes a list faster than an object. */
function signed(call: AwsRequest, endpoint: URL, region: string, body: string | Uint8Array): string[] {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  const time = amzTime();
  const scope = scopeOf(AWS_SECRET_ACCESS_KEY, time.slice(0, 8), region, call.service);
  const bodyHash = body.length === 0 ? emptyHash : sha256(body);
  const headers: [name: string, value: string][] = Object.entries(call.headers ?? {});
  headers.push(["host", endpoint.host], ["x-amz-date", time]);
  if (call.service === "s3") headers.push(["x-amz-content-sha256", bodyHash]);
  if (AWS_SESSION_TOKEN) headers.push(["x-amz-security-token", AWS_SESSION_TOKEN]);
  headers.sort(([one], [other]) => (one < other ? -1 : 1));
  const [path, query = ""] = call.path.split("?", 2);
  // Every service but S3 signs the path encoded once more.
  const signedPath = call.service === "s3" ? path! : path!.split("/").map(encodeURIComponent).join("/");
  let lines = "";
  let names = "";
  const list: string[] = [];
  for (const [name, value] of headers) {
    lines += `${name}:${value.trim()}\n`;
    names += names === "" ? name : `;${name}`;
    list.push(name, value);
  }
  const sorted = query.includes("&") ? query.split("&").sort().join("&") : query;
  const canonical = `${call.method}\n${signedPath}\n${sorted}\n${lines}\n${names}\n${bodyHash}`;
  const signature = hmac(scope.key, `AWS4-HMAC-SHA256\n${time}\n${scope.text}\n${sha256(canonical)}`).toString("hex");
  list.push(
    "authorization",
    `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope.text}, SignedHeaders=${names}, Signature=${signature}`,
    "content-length",
    String(Buffer.byteLength(body)),
  );
  return list;
}

/** By events: an iterator takes as long as the rest of a call. Rejects when the answer breaks off, or `take` throws. */
export function readBody(body: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on("data", (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        body.destroy();
        reject(error as Error);
      }
    });
    body.once("end", resolve);
    body.once("error", reject);
    body.once("close", () => reject(new Error("the answer broke off")));
  });
}

/** The whole of a small answer. */
export async function bytesOf(body: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await readBody(body, (chunk) => chunks.push(chunk));
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
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
