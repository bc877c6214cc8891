/**
 * One invocation: what it asks, what it is answered, and what an environment remembers of it while it runs. Knows no
 * process and no timer.
 */
import { errorJson } from "./deaths.ts";
import type { BodyStream, RuntimeRequest } from "./runtime-http.ts";

export interface Invocation {
  requestId: string;
  payload: Buffer | string;
  /** The ARN as the caller named it, with its qualifier. */
  arn: string;
  traceId: string;
  /** JSON, from X-Amz-Client-Context. */
  clientContext?: string;
  /** Whether the answer waits for the invocation's log lines (LogType=Tail). */
  tail: boolean;
}

export type Answer =
  | {
      kind: "reply";
      streamed: boolean;
      contentType: string;
      /** A Buffer when it came whole. */
      body: Buffer | BodyStream;
      log(): Promise<string>;
      /** When its function is done with it, which may be later than its last byte. */
      over: Promise<void>;
    }
  | { kind: "error"; errorType: string; body: Buffer; log(): Promise<string> };

/** Why a streamed reply ends before its end, as whoever reads it is told. */
export class StreamFailure extends Error {
  readonly errorType: string;
  readonly body: Buffer;
  constructor(errorType: string, body: Buffer) {
    super(errorType);
    this.errorType = errorType;
    this.body = body;
  }
}

export function tooLargeBody(limitBytes: number): Buffer {
  return errorJson(
    "Function.ResponseSizeTooLarge",
    `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`,
  );
}

const tailLines = 1000;
const tailWaitMs = 250;

export class RunningInvocation {
  readonly asked: Invocation;
  readonly startedAt = performance.now();
  readonly answer: Promise<Answer>;
  answered = false;
  stream: BodyStream | null = null;
  status: "success" | "error" | "timeout" = "success";
  errorType: string | undefined;
  /** When the last byte of the answer had come. */
  wholeAt = 0;
  /** The log and the extensions know that the runtime is done with it. */
  told = false;
  /** Of a reply that came whole. */
  producedBytes: number | undefined;
  readonly #resolve: (answer: Answer) => void;
  /** For the caller who wants the tail; the last of them. */
  readonly #lines: string[] = [];
  readonly #over = Promise.withResolvers<void>();

  constructor(asked: Invocation) {
    this.asked = asked;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  /** Answered, and the last byte of the answer is there. */
  get whole(): boolean {
    return this.answered && this.stream?.complete !== false;
  }

  /** `limitBytes`: the most that it may stream. */
  reply(headers: RuntimeRequest["headers"], body: Buffer | BodyStream, limitBytes: number): void {
    this.answered = true;
    const streamed = headers["lambda-runtime-function-response-mode"] === "streaming";
    if (Buffer.isBuffer(body)) {
      this.producedBytes = body.length;
      this.wholeAt = performance.now();
    } else {
      this.stream = body;
      body.once("complete", () => {
        this.wholeAt = performance.now();
      });
      if (streamed) body.limit(limitBytes, () => this.#tooLarge(limitBytes));
    }
    this.#resolve({
      kind: "reply",
      streamed,
      contentType: headers["content-type"] ?? "application/octet-stream",
      body,
      log: () => this.#tail(),
      over: this.#over.promise,
    });
  }

  #tooLarge(limitBytes: number): StreamFailure {
    this.status = "error";
    this.errorType = "Function.ResponseSizeTooLarge";
    return new StreamFailure(this.errorType, tooLargeBody(limitBytes));
  }

  fail(errorType: string, body: Buffer): void {
    this.answered = true;
    this.wholeAt = performance.now();
    this.status = errorType === "Sandbox.Timedout" ? "timeout" : "error";
    this.errorType = errorType;
    this.#resolve({ kind: "error", errorType, body, log: () => this.#tail() });
  }

  logged(line: string): void {
    if (!this.asked.tail) return;
    this.#lines.push(line);
    if (this.#lines.length > tailLines) this.#lines.splice(0, tailLines / 2);
  }

  /** The log has its last line. */
  finished(): void {
    this.#over.resolve();
  }

  async #tail(): Promise<string> {
    const late = new Promise((resolve) => setTimeout(resolve, tailWaitMs).unref());
    await Promise.race([this.#over.promise, late]);
    return this.#lines.join("\n");
  }
}
