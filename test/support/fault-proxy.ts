/**
 * A proxy on loopback between a client and an AWS that has bad days on demand: late, throttled, failing, cut off, or
 * not yet knowing a role. Each fault is a rule with a number of times; what no rule claims is passed on unchanged.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { listen } from "./listen.ts";

export interface Seen {
  method: string;
  path: string;
  /** `DynamoDB_20120810.CreateTable`, or `Action=CreateRole` of a form body, or the path. */
  operation: string;
  /** Whose key signed it; empty when none did. */
  key: string;
}

export interface Refusal {
  kind: "answer";
  status: number;
  code: string;
  message: string;
  /** That of the service that was asked, when it is not said. */
  form?: "json" | "xml";
  /** Seconds, as AWS's header has them. */
  retryAfter?: number;
}

export type Fault =
  | { kind: "latency"; ms: number }
  /** Kept back until `until`; then passed on unchanged. `told` is called first. */
  | { kind: "hold"; until: Promise<void>; told: () => void }
  | Refusal
  /** The connection ends before anything is answered. `reached`: AWS carried the call out first. */
  | { kind: "reset"; reached: boolean }
  /**
   * AWS carried the call out and answered 200, but the body stops in the middle: short of its Content-Length that of a
   * file, which S3 always states, and the end of it with any other, so that half of an answer looks like a whole one.
   */
  | { kind: "truncate" }
  /** AWS carried the call out, and answers something else than it did. */
  | { kind: "edit"; edit: (body: string) => string }
  /** AWS carried the call out, or with `reached: false` never saw it, and no answer comes. `told` is called. */
  | { kind: "hang"; reached?: boolean; told: () => void };

export interface Rule {
  on: RegExp;
  fault: Fault;
  times: number;
  /** Asked each time: whether it is still so. */
  while?: () => boolean;
  /** Asked each time: whether it happens. */
  chance?: () => boolean;
}

/** In which form that operation's service says what is wrong; by their paths those of Route 53, CloudFront, and S3. */
export function formOf(operation: string): "json" | "xml" {
  if (/^Action=|^[A-Z]+ \/(2013-04-01|2020-05-31)\//.test(operation)) return "xml";
  return isOfS3(operation) ? "xml" : "json";
}

const isOfS3 = (operation: string): boolean => /^[A-Z]+ \/(?!20\d\d-|v2\/)/.test(operation);

/** S3 throttles in its own words, and by the status: all that HEAD is told. */
function saidOf(operation: string, refusal: Refusal): Refusal {
  const said = { form: formOf(operation), ...refusal };
  if (refusal.code !== "ThrottlingException" || !isOfS3(operation)) return said;
  return { ...said, status: 503, code: "SlowDown" };
}

export function answerOf({ status, code, message, form, retryAfter }: Refusal): Answer {
  const later = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  if (form === "json") {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code, ...later };
    const body = Buffer.from(JSON.stringify({ __type: code, message, Message: message, Type: "User" }));
    return { status, headers, body };
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = Buffer.from(`<ErrorResponse>${error}<RequestId>fault</RequestId></ErrorResponse>`);
  return { status, headers: { "content-type": "text/xml", ...later }, body };
}

function write(res: ServerResponse, { status, headers, body }: Answer): void {
  res.writeHead(status, headers);
  res.end(body);
}

export interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** What AWS is like when no fault was planned: it may refuse, take its time, tell something else than `carryOut` answers. */
export type Nature = (
  request: IncomingMessage,
  body: Buffer,
  carryOut: () => Promise<Answer>,
) => Promise<Answer | "reset">;

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward(target: URL, req: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: target.hostname, port: target.port, method: req.method, path: req.url };
    const out = request({ ...options, headers: req.headers }, async (res) => {
      resolve({ status: res.statusCode ?? 502, headers: res.headers, body: await bodyOf(res) });
    });
    out.on("error", reject);
    out.end(body);
  });
}

function operationOf(req: IncomingMessage, body: Buffer): string {
  const target = req.headers["x-amz-target"];
  if (typeof target === "string") return target;
  const action = /(?:^|&)(Action=\w+)/.exec(body.subarray(0, 2_000).toString("latin1"))?.[1];
  return action ?? `${req.method} ${req.url}`;
}

export async function startFaultProxy(endpoint: string, nature: Nature = (_request, _body, carryOut) => carryOut()) {
  const target = new URL(endpoint);
  const seen: Seen[] = [];
  let rules: Rule[] = [];
  const claim = (operation: string): Fault | undefined => {
    const rule = rules.find(
      (one) => one.times > 0 && one.on.test(operation) && (one.while?.() ?? true) && (one.chance?.() ?? true),
    );
    if (rule) rule.times -= 1;
    return rule?.fault;
  };
  const server = createServer(async (req, res) => {
    const body = await bodyOf(req);
    const operation = operationOf(req, body);
    const key = /Credential=([^/]+)\//.exec(req.headers.authorization ?? "")?.[1] ?? "";
    seen.push({ method: req.method ?? "", path: req.url ?? "", operation, key });
    const fault = claim(operation);
    if (fault?.kind === "answer") return write(res, answerOf(saidOf(operation, fault)));
    if (fault?.kind === "reset" && !fault.reached) return void req.socket.destroy();
    if (fault?.kind === "hang" && fault.reached === false) return fault.told();
    if (fault?.kind === "hold") {
      fault.told();
      await fault.until;
    }
    if (fault?.kind === "latency") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const answer = await nature(req, body, () => forward(target, req, body));
    if (fault?.kind === "reset" || answer === "reset") return void req.socket.destroy();
    if (fault?.kind === "hang") return fault.told();
    const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
    if (fault?.kind === "truncate" && /x-id=GetObject\b/.test(operation)) {
      res.writeHead(answer.status, answer.headers);
      return void res.write(half, () => res.destroy());
    }
    const { "content-length": _length, "transfer-encoding": _encoding, ...headers } = answer.headers;
    // Without a body it is the only word on the size.
    res.writeHead(answer.status, req.method === "HEAD" ? answer.headers : headers);
    if (fault?.kind === "edit") return void res.end(fault.edit(answer.body.toString()));
    res.end(fault?.kind === "truncate" ? half : answer.body);
  });
  return {
    endpoint: await listen(server),
    seen,
    count: (pattern: RegExp): number => seen.filter(({ operation }) => pattern.test(operation)).length,
    /** From now on; forgets what was seen. */
    plan(next: Rule[]): void {
      rules = next;
      seen.length = 0;
    },
    /** The first call like this from now on is kept back until `release`; forgets what was seen. */
    hold(on: RegExp): { reached: Promise<void>; release(): void } {
      const [reached, until] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      rules = [{ on, times: 1, fault: { kind: "hold", until: until.promise, told: () => reached.resolve() } }];
      seen.length = 0;
      return { reached: reached.promise, release: () => until.resolve() };
    },
    /** The `n`-th call like this from now on (from 0), and all after it, meet the fault; forgets what was seen. */
    cutAt(n: number, fault: Fault, on = /(?:)/): void {
      rules = [
        { on, fault: { kind: "latency", ms: 0 }, times: n },
        { on, fault, times: Number.POSITIVE_INFINITY },
      ];
      seen.length = 0;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
