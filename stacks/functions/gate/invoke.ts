/**
 * A function called by InvokeWithResponseStream: its bytes as they come, at the reader's pace. What the function's code
 * or AWS has against the call is an error of its own kind. Nothing is asked twice, nothing waits in a queue: who is too
 * much gets told at once.
 */
import { type AwsResponse, awsCall, bytesOf, readBody } from "../shared/aws-call.ts";
import { type Message, MessageReader } from "./event-stream.ts";

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
  /** Of status 200, one of the two. Read it to its end, or `return()` it: that lets go of the connection. */
  bytes(): AsyncGenerator<Buffer, void, undefined>;
  whole(): Promise<Buffer>;
}

export async function invoke(name: string, payload: string): Promise<Invoked> {
  const response = await awsCall({
    service: "lambda",
    method: "POST",
    path: `/2021-11-15/functions/${encodeURIComponent(name)}/response-streaming-invocations`,
    body: payload,
  });
  const { status, headers, body } = response;
  const requestId = String(headers["x-amzn-requestid"] ?? "");
  const contentType = status === 200 ? contentTypeOf(response) : "";
  // Read, so that the connection can be used again.
  if (status !== 200) await bytesOf(body);
  return { status, requestId, contentType, bytes: () => payloadsOf(body), whole: () => wholeOf(body) };
}

function contentTypeOf({ headers }: AwsResponse): string {
  const said = headers["x-amzn-remapped-content-type"] ?? headers["content-type"] ?? "";
  return String(said).toLowerCase();
}

/** What the messages of an answer carry, in order; throws what they say went wrong. */
class Payloads {
  #complete = false;

  /** Undefined: no part of the answer. */
  of({ headers, payload }: Message): Buffer | undefined {
    if (headers["message-type"] !== "event")
      throw new FunctionFailed(headers["exception-type"] ?? "exception", payload.toString("utf8"));
    if (headers["event-type"] === "PayloadChunk") return payload;
    if (headers["event-type"] !== "InvokeComplete") return undefined;
    this.#complete = true;
    const { ErrorCode, ErrorDetails = "" } = JSON.parse(payload.toString("utf8") || "{}");
    if (ErrorCode) throw new FunctionFailed(String(ErrorCode), String(ErrorDetails));
    return undefined;
  }

  end(): void {
    if (!this.#complete) throw new Error("the function's answer was cut off");
  }
}

async function* payloadsOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const reader = new MessageReader();
  const payloads = new Payloads();
  for await (const chunk of body)
    for (const message of reader.read(chunk)) {
      const bytes = payloads.of(message);
      if (bytes) yield bytes;
    }
  reader.end();
  payloads.end();
}

async function wholeOf(body: AwsResponse["body"]): Promise<Buffer> {
  const reader = new MessageReader();
  const payloads = new Payloads();
  const chunks: Buffer[] = [];
  await readBody(body, (chunk) => {
    for (const message of reader.read(chunk)) {
      const bytes = payloads.of(message);
      if (bytes) chunks.push(bytes);
    }
  });
  reader.end();
  payloads.end();
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
