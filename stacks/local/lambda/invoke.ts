/**
 * Invoke and InvokeWithResponseStream: limits, the three invocation types, and answers as the SDK reads them. The code's
 * own failure is a 200 with X-Amz-Function-Error; only the service's failures are HTTP errors.
 */
import { PassThrough } from "node:stream";
import { encodeEvent } from "../protocols/event-stream.ts";
import type { Call, Reply } from "../service.ts";
import { type Core, type Resolved, refOf, routeVersion, targetOf } from "./core.ts";
import { errorJson } from "./deaths.ts";
import { badJson, eventTooLarge, invalid, notReady, recursive, tooLarge } from "./errors.ts";
import { type Answer, type Invocation, StreamFailure, tooLargeBody } from "./invocation.ts";
import { isLoop, traceFor } from "./lineage.ts";
import { arnOf, type FunctionRef } from "./naming.ts";
import { RawReply, type Request, type Route } from "./router.ts";
import type { BodyStream } from "./runtime-http.ts";

export const payloadLimitBytes = 6_291_456;
const asyncLimitBytes = 1_048_576;
/** A hundred more than what comes in may have. */
const replyLimitBytes = 6_291_556;
const contextLimitBytes = 3583;
const tailBytes = 4096;
const octets = "application/octet-stream";

interface Failed {
  error: string;
  payload: Buffer;
}

type Streaming = Extract<Answer, { kind: "reply" }>;

export function invokeRoutes(core: Core): Route[] {
  return [
    {
      name: "Invoke",
      at: "POST /2015-03-31/functions/{name}/invocations",
      status: 200,
      bodyLimitBytes: null,
      run: (request) => invoke(core, request),
    },
    {
      name: "InvokeWithResponseStream",
      at: "POST /2021-11-15/functions/{name}/response-streaming-invocations",
      status: 200,
      bodyLimitBytes: null,
      run: (request) => invokeStreaming(core, request),
    },
  ];
}

/** The version that is to run, ready to. */
export function readyVersion(core: Core, ref: FunctionRef): Resolved {
  const resolved = routeVersion(core, ref);
  const { state } = resolved.version;
  if (state !== "Active") throw notReady(state);
  return resolved;
}

export function newInvocation(
  core: Core,
  ref: FunctionRef,
  payload: Buffer | string,
  id: string,
  traceId: string,
): Invocation {
  return { requestId: id, payload, arn: arnOf(core.cloud, ref.name, ref.qualifier), traceId, tail: false };
}

/** Stops the seventeenth call of a function in one chain, unless the function may loop. */
function traceOf(core: Core, { record }: Resolved, incoming?: string): string {
  const trace = traceFor(core.cloud.clock, record.arn, incoming);
  if (record.recursiveLoop === "Terminate" && isLoop(trace, record.arn)) throw recursive();
  return trace;
}

/** A reply read whole; one that is too large becomes Lambda's error. */
export async function readAnswer(answer: Answer): Promise<{ error?: string; payload: Buffer }> {
  if (answer.kind === "error") return { error: answer.errorType, payload: answer.body };
  const { body } = answer;
  if (Buffer.isBuffer(body)) return body.length > replyLimitBytes ? responseTooLarge() : { payload: body };
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Read on, so that the environment can finish and be used again.
      if (size <= replyLimitBytes) chunks.push(chunk);
    }
  } catch (error) {
    return cutShort(error);
  }
  if (size > replyLimitBytes) return responseTooLarge();
  return trailerError(body) ?? { payload: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) };
}

function responseTooLarge(): { error: string; payload: Buffer } {
  return { error: "Function.ResponseSizeTooLarge", payload: tooLargeBody(replyLimitBytes) };
}

/** Of a stream that broke: over its limit, out of time, or with its process. */
function cutShort(error: unknown): { error: string; payload: Buffer } {
  if (error instanceof StreamFailure) return { error: error.errorType, payload: error.body };
  const type = "Runtime.TruncatedResponse";
  return { error: type, payload: errorJson(type, "The environment ended before its response did.") };
}

/** An error after the first byte of a stream: in the trailers of the runtime's request. */
function trailerError(body: Buffer | BodyStream): { error: string; payload: Buffer } | undefined {
  if (Buffer.isBuffer(body)) return undefined;
  const { trailers } = body;
  const error = trailers["lambda-runtime-function-error-type"];
  if (!error) return undefined;
  return { error, payload: Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64") };
}

async function readWhole(call: Call, limit: number, operation: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit, operation);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readPayload(call: Call, operation: string): Promise<Buffer> {
  const limit = payloadLimitBytes;
  if ((call.bodyLength ?? 0) > limit) throw tooLarge(limit, operation);
  const payload = call.whole ?? (await readWhole(call, limit, operation));
  if (payload.length > limit) throw tooLarge(limit, operation);
  if (payload.length === 0) return Buffer.from("{}");
  try {
    JSON.parse(payload.toString("utf8"));
  } catch (error) {
    throw badJson((error as Error).message);
  }
  return payload;
}

function clientContext(call: Call): { clientContext?: string } {
  const header = call.headers["x-amz-client-context"];
  if (!header) return {};
  if (header.length > contextLimitBytes)
    throw invalid(`Client context must be no larger than ${contextLimitBytes} bytes in Base64.`);
  const text = Buffer.from(header, "base64").toString("utf8");
  try {
    JSON.parse(text);
  } catch {
    throw invalid("Client context must be a valid Base64-encoded JSON object.");
  }
  // A header's value cannot hold other characters.
  return {
    clientContext: text
      .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .replace(/[\r\n]/g, " "),
  };
}

async function invoke(core: Core, request: Request): Promise<RawReply> {
  const { call } = request;
  const ref = refOf(request);
  const type = call.headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (!["RequestResponse", "Event", "DryRun"].includes(type))
    throw invalid(`InvocationType ${type} is not one of [RequestResponse, Event, DryRun]`);
  const asynchronous = type === "Event";
  const resolved = readyVersion(core, ref);
  const payload = await readPayload(call, "InvokeFunction");
  if (asynchronous && payload.length > asyncLimitBytes) throw eventTooLarge(payload.length, asyncLimitBytes);
  if (type === "DryRun") return plain(204, call, resolved, "");
  if (asynchronous) {
    // A loop of events is accepted and stopped in the queue, as on AWS.
    const traceId = traceFor(core.cloud.clock, resolved.record.arn, call.headers["x-amzn-trace-id"]);
    await core.enqueue({
      ...{ id: call.requestId, functionName: ref.name, qualifier: ref.qualifier ?? "" },
      ...{ payload, traceId },
    });
    return plain(202, call, resolved, "");
  }
  const tail = call.headers["x-amz-log-type"] === "Tail";
  const traceId = traceOf(core, resolved, call.headers["x-amzn-trace-id"]);
  const invocation = { ...newInvocation(core, ref, payload, call.requestId, traceId), tail, ...clientContext(call) };
  const answer = await core.execution.run(targetOf(resolved), invocation);
  const { error, payload: body } = await readAnswer(answer);
  return plain(200, call, resolved, body, {
    "x-amzn-trace-id": invocation.traceId,
    ...(error && { "x-amz-function-error": "Unhandled" }),
    ...(tail && { "x-amz-log-result": tailOf(await answer.log()) }),
  });
}

function tailOf(log: string): string {
  const bytes = Buffer.from(log);
  return bytes.subarray(Math.max(0, bytes.length - tailBytes)).toString("base64");
}

function plain(
  status: number,
  call: Call,
  { version }: Resolved,
  body: Buffer | string,
  headers: Record<string, string | undefined> = {},
): RawReply {
  return new RawReply({
    status,
    headers: {
      "content-type": "application/json",
      "x-amzn-requestid": call.requestId,
      "x-amz-executed-version": version.version,
      ...headers,
    },
    body,
  });
}

async function invokeStreaming(core: Core, request: Request): Promise<RawReply> {
  const { call } = request;
  const ref = refOf(request);
  const resolved = readyVersion(core, ref);
  const payload = await readPayload(call, "InvokeWithResponseStream");
  if (call.headers["x-amz-invocation-type"] === "DryRun") return plain(204, call, resolved, "");
  const tail = call.headers["x-amz-log-type"] === "Tail";
  const traceId = traceOf(core, resolved, call.headers["x-amzn-trace-id"]);
  const invocation = { ...newInvocation(core, ref, payload, call.requestId, traceId), tail, ...clientContext(call) };
  const answer = await core.execution.run(targetOf(resolved), invocation);
  const contentType = answer.kind === "reply" ? answer.contentType : "application/json";
  const reply: Reply = {
    status: 200,
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-remapped-content-type": contentType,
      "x-amzn-trace-id": traceId,
      "x-amzn-requestid": call.requestId,
      "x-amz-executed-version": resolved.version.version,
    },
    body: answer.kind === "error" || Buffer.isBuffer(answer.body) ? await eventsOf(answer, tail) : pumped(answer, tail),
  };
  return new RawReply(reply);
}

/** Of an answer that is there: one piece. */
async function eventsOf(answer: Answer, tail: boolean): Promise<Buffer> {
  if (answer.kind === "error") return completion(answer, tail, { error: answer.errorType, payload: answer.body });
  return Buffer.concat([encodeEvent("PayloadChunk", octets, answer.body as Buffer), await completion(answer, tail)]);
}

function pumped(answer: Streaming, tail: boolean): PassThrough {
  const out = new PassThrough();
  void pump(answer, out, tail);
  return out;
}

/** PayloadChunk events as they come, InvokeComplete last; the client's pace is the function's. */
async function pump(answer: Streaming, out: PassThrough, tail: boolean): Promise<void> {
  let failed: Failed | undefined;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (out.destroyed) continue;
      if (!out.write(encodeEvent("PayloadChunk", octets, chunk))) await drained(out);
    }
    failed = trailerError(answer.body);
  } catch (error) {
    failed = cutShort(error);
  }
  out.end(await completion(answer, tail, failed));
}

const completed = encodeEvent("InvokeComplete", "application/json", Buffer.from("{}"));

async function completion(answer: Answer, tail: boolean, failed?: Failed): Promise<Buffer> {
  if (!failed && !tail) return completed;
  const complete = {
    ...(failed && { ErrorCode: failed.error, ErrorDetails: failed.payload.toString("utf8") }),
    ...(tail && { LogResult: tailOf(await answer.log()) }),
  };
  return encodeEvent("InvokeComplete", "application/json", Buffer.from(JSON.stringify(complete)));
}

function drained(out: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off("drain", done);
      out.off("close", done);
      resolve();
    };
    out.on("drain", done);
    out.on("close", done);
  });
}
