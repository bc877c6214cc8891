/**
 * A function called by InvokeWithResponseStream: its bytes as they come, at the reader's pace. What the function's code
 * or AWS has against the call is an error of its own kind. Nothing is asked twice, nothing waits in a queue: who is too
 * much gets told at once.
 */
import { type AwsResponse, awsCall, bytesOf } from "../shared/aws-call.ts";
import { type Message, messagesIn, messagesOf } from "./event-stream.ts";

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
  /**
   * Of status 200, one of the two: as they come (read them to their end, or `return()` them: that lets go of the
   * connection), or all together.
   */
  bytes(): AsyncGenerator<Buffer, void, undefined>;
  whole(): Promise<Buffer>;
  /** Lets go of the connection at once, also while nothing comes. */
  drop(): void;
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
  const { body } = response;
  // Read, so that the connection can be used again.
  if (status !== 200) await bytesOf(body);
  return {
    ...{ status, requestId, contentType: status === 200 ? contentTypeOf(response) : "" },
    bytes: () => payloadsOf(body),
    whole: async () => wholeOf(await bytesOf(body)),
    drop: () => void body.destroy(),
  };
}

function contentTypeOf({ headers }: AwsResponse): string {
  const said = headers["x-amzn-remapped-content-type"] ?? headers["content-type"] ?? "";
  return String(said).toLowerCase();
}

async function* payloadsOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let complete = false;
  for await (const message of messagesOf(body)) {
    const part = partOf(message);
    if (part instanceof Buffer) yield part;
    complete ||= part === "complete";
  }
  if (!complete) throw cutOff();
}

function wholeOf(stream: Buffer): Buffer {
  const parts = messagesIn(stream).map(partOf);
  if (!parts.includes("complete")) throw cutOff();
  const chunks = parts.filter((part): part is Buffer => part instanceof Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

const cutOff = (): Error => new Error("the function's answer was cut off");

/** Bytes of the answer, or that it is complete. Throws what the function failed with. */
function partOf({ headers, payload }: Message): Buffer | "complete" | undefined {
  if (headers["message-type"] !== "event")
    throw new FunctionFailed(headers["exception-type"] ?? "exception", payload.toString("utf8"));
  if (headers["event-type"] === "PayloadChunk") return payload;
  if (headers["event-type"] !== "InvokeComplete") return undefined;
  const { ErrorCode, ErrorDetails = "" } = JSON.parse(payload.toString("utf8") || "{}");
  if (ErrorCode) throw new FunctionFailed(String(ErrorCode), String(ErrorDetails));
  return "complete";
}
