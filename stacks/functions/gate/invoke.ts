/**
 * A function called by InvokeWithResponseStream: its bytes as they come, at the reader's pace. What the function's code
 * or AWS has against the call is an error of its own kind. Nothing is asked twice, nothing waits in a queue: who is too
 * much gets told at once.
 */
import { type AwsResponse, awsCall, bytesOf } from "../shared/aws-call.ts";
import { messagesOf } from "./event-stream.ts";

/** The function threw, ended or ran out of time; `details` are for its log's readers alone. */
export class FunctionFailed extends Error {
  readonly details: string;
  constructor(code: string, details: string) {
    super(`the function failed: ${code}`);
    this.name = "FunctionFailed";
    this.details = details;
  }
}

export interface Invoked {
  status: number;
  requestId: string;
  /** As the function's runtime said it, of what is in the stream. */
  contentType: string;
  /** Of status 200; read it to its end, or `return()` it: that lets go of the connection. */
  bytes: AsyncGenerator<Buffer, void, undefined>;
}

export async function invoke(name: string, payload: string): Promise<Invoked> {
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2021-11-15/functions/${encodeURIComponent(name)}/response-streaming-invocations`,
    body: payload,
  });
  const { status, headers } = response;
  const requestId = String(headers["x-amzn-requestid"] ?? "");
  if (status === 200)
    return { status, requestId, contentType: contentTypeOf(response), bytes: payloadsOf(response.body) };
  // Read, so that the connection can be used again.
  await bytesOf(response.body);
  return { status, requestId, contentType: "", bytes: nothing() };
}

function contentTypeOf({ headers }: AwsResponse): string {
  const said = headers["x-amzn-remapped-content-type"] ?? headers["content-type"] ?? "";
  return String(said).toLowerCase();
}

async function* nothing(): AsyncGenerator<Buffer, void, undefined> {
  // Of an answer that is none.
}

async function* payloadsOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let complete = false;
  for await (const { headers, payload } of messagesOf(body)) {
    if (headers["message-type"] !== "event")
      throw new FunctionFailed(headers["exception-type"] ?? "exception", payload.toString("utf8"));
    if (headers["event-type"] === "PayloadChunk") yield payload;
    if (headers["event-type"] !== "InvokeComplete") continue;
    complete = true;
    const { ErrorCode, ErrorDetails = "" } = JSON.parse(payload.toString("utf8") || "{}");
    if (ErrorCode) throw new FunctionFailed(String(ErrorCode), String(ErrorDetails));
  }
  if (!complete) throw new Error("the function's answer was cut off");
}
