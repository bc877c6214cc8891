/**
 * The server's side of HTTP/1.1 on one socket, for the Runtime API alone: heads, bodies with a length or in chunks with
 * trailers, pipelining. `node:http` would cost every invocation as much again. Knows no path and no environment.
 */
import type { Socket } from "node:net";
import { Readable } from "node:stream";

export interface RuntimeRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** A Buffer when all of it came with the head. */
  body: Buffer | BodyStream;
}

/** Once, in any order: the socket keeps the order of the requests. */
export type Respond = (status: number, headers: string, body: string | Buffer) => void;

export type OnRequest = (request: RuntimeRequest, respond: Respond) => void;

const headLimitBytes = 64 * 1024;
const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  501: "Not Implemented",
};

/**
 * A body on its way, at its reader's pace; `trailers` are complete when it has ended. Emits `complete` when its last
 * byte has come from the client, whether or not somebody still reads it.
 */
export class BodyStream extends Readable {
  readonly trailers: Record<string, string> = {};
  complete = false;
  readonly #resume: () => void;
  #limit: { bytesLeft: number; error(): Error } | null = null;

  constructor(resume: () => void) {
    super({ highWaterMark: 256 * 1024 });
    this.#resume = resume;
    // Who stopped reading learns of the end by itself.
    this.on("error", () => undefined);
  }

  /** What is beyond these many bytes breaks it. */
  limit(bytes: number, error: () => Error): void {
    this.#limit = { bytesLeft: bytes - this.readableLength, error };
  }

  /** False when its reader wants no more for now. */
  receive(bytes: Buffer): boolean {
    // Nobody reads a body that was given up: its bytes are passed over.
    if (this.destroyed) return true;
    if (this.#limit) {
      this.#limit.bytesLeft -= bytes.length;
      if (this.#limit.bytesLeft < 0) {
        this.destroy(this.#limit.error());
        return true;
      }
    }
    return this.push(bytes);
  }

  override _read(): void {
    this.#resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#resume();
    done(error);
  }
}

interface Slot {
  answer: { head: string; body: string | Buffer } | null;
}

type Reading =
  | { kind: "head" }
  | { kind: "length"; left: number; body: BodyStream }
  | { kind: "chunk-size" | "trailers"; body: BodyStream }
  | { kind: "chunk"; left: number; body: BodyStream };

export function serveConnection(socket: Socket, onRequest: OnRequest): void {
  new Connection(socket, onRequest);
}

class Connection {
  readonly #socket: Socket;
  readonly #onRequest: OnRequest;
  #rest: Buffer = Buffer.alloc(0);
  /** In the middle of a piece of requests. */
  #taking = false;
  #closes = false;
  #reading: Reading = { kind: "head" };
  /** Requests in order that are not answered on the wire yet. */
  readonly #slots: Slot[] = [];

  constructor(socket: Socket, onRequest: OnRequest) {
    this.#socket = socket;
    this.#onRequest = onRequest;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#reading.kind !== "head") this.#reading.body.destroy(new Error("the connection closed"));
    });
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#taking = true;
    while (this.#rest.length > 0 && this.#step());
    this.#taking = false;
    this.#flush();
  }

  #step(): boolean {
    const reading = this.#reading;
    if (reading.kind === "head") return this.#head();
    if (reading.kind === "length" || reading.kind === "chunk") return this.#data(reading);
    return this.#line(reading.kind, reading.body);
  }

  #head(): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#rest.length > headLimitBytes) this.#refuse();
      return false;
    }
    const [first = "", ...lines] = this.#rest.toString("latin1", 0, end).split("\r\n");
    const [method, path, protocol] = first.split(" ");
    if (!path || !protocol?.startsWith("HTTP/1.")) return this.#refuse();
    const headers = fields(lines);
    const chunked = headers["transfer-encoding"]?.toLowerCase() === "chunked";
    const length = Number(headers["content-length"] ?? 0);
    if (!Number.isSafeInteger(length) || length < 0 || (headers["transfer-encoding"] !== undefined && !chunked))
      return this.#refuse();
    const start = end + 4;
    const whole = !chunked && this.#rest.length >= start + length;
    const body = whole ? this.#rest.subarray(start, start + length) : new BodyStream(() => this.#socket.resume());
    this.#rest = this.#rest.subarray(whole ? start + length : start);
    if (body instanceof BodyStream) {
      this.#reading = chunked ? { kind: "chunk-size", body } : { kind: "length", left: length, body };
      if (headers["expect"]) this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    const slot: Slot = { answer: null };
    this.#slots.push(slot);
    const closes = protocol === "HTTP/1.0" || headers["connection"]?.toLowerCase() === "close";
    this.#onRequest({ method: method!, path, headers, body }, (status, more, text) => {
      if (slot.answer) return;
      const bytes = typeof text === "string" ? Buffer.byteLength(text) : text.length;
      const head = `HTTP/1.1 ${status} ${reasons[status] ?? "OK"}\r\n${more}content-length: ${bytes}\r\n`;
      slot.answer = { head: `${head}${closes ? "connection: close\r\n" : ""}\r\n`, body: text };
      // What else came with it may be a question that the answer can wait for.
      if (!this.#taking) this.#flush();
      this.#closes ||= closes;
    });
    return true;
  }

  #data(reading: Extract<Reading, { left: number }>): boolean {
    const bytes = this.#rest.subarray(0, reading.left);
    this.#rest = this.#rest.subarray(bytes.length);
    reading.left -= bytes.length;
    if (!reading.body.receive(bytes)) this.#socket.pause();
    if (reading.left > 0) return false;
    if (reading.kind === "length") this.#ended(reading.body);
    else this.#reading = { kind: "chunk-size", body: reading.body };
    return true;
  }

  /** A chunk's size, the empty line after its bytes, or a trailer. */
  #line(kind: "chunk-size" | "trailers", body: BodyStream): boolean {
    const end = this.#rest.indexOf("\r\n");
    if (end < 0) {
      if (this.#rest.length > headLimitBytes) this.#refuse();
      return false;
    }
    const line = this.#rest.toString("latin1", 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    if (kind === "trailers") {
      if (line === "") this.#ended(body);
      else Object.assign(body.trailers, fields([line]));
      return true;
    }
    if (line === "") return true;
    const size = /^[0-9a-f]{1,8}(?=\s*(;|$))/i.exec(line)?.[0];
    if (size === undefined) return this.#refuse();
    const left = Number.parseInt(size, 16);
    this.#reading = left === 0 ? { kind: "trailers", body } : { kind: "chunk", left, body };
    return true;
  }

  #ended(body: BodyStream): void {
    this.#reading = { kind: "head" };
    body.complete = true;
    this.#socket.resume();
    body.push(null);
    body.emit("complete");
  }

  #refuse(): false {
    this.#socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    this.#rest = Buffer.alloc(0);
    return false;
  }

  /**
   * Answers in the order of the requests. One that is followed by an open request waits for that one's answer: who asks
   * on does not wait, and one write wakes the process once.
   */
  #flush(): void {
    const open = this.#slots.findIndex(({ answer }) => answer === null);
    if (open >= 0 || this.#slots.length === 0 || this.#socket.destroyed) return;
    this.#socket.cork();
    // One string is written with less ado than two.
    let text = "";
    for (const { answer } of this.#slots.splice(0)) {
      const { head, body } = answer!;
      text += head;
      if (typeof body === "string") text += body;
      else {
        this.#socket.write(text);
        this.#socket.write(body);
        text = "";
      }
    }
    if (text !== "") this.#socket.write(text);
    this.#socket.uncork();
    if (this.#closes) this.#socket.end();
  }
}

function fields(lines: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) out[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return out;
}
