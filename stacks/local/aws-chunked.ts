/**
 * The aws-chunked transfer framing: takes it off, checks each chunk's signature where chunks are signed, and the
 * trailers. Bytes are passed on as they come; an error comes before the end, so nobody commits what was not whole.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ServiceError } from "./service.ts";
import { emptySha256, hmac, same, sha256, type Verified } from "./signature.ts";

export interface Framing {
  signedChunks: boolean;
  trailers: boolean;
}

/** By the value of x-amz-content-sha256; undefined: the body is not framed. */
export function framingOf(contentSha256: string | undefined): Framing | undefined {
  switch (contentSha256) {
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { signedChunks: true, trailers: false };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { signedChunks: true, trailers: true };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { signedChunks: false, trailers: true };
    default:
      return undefined;
  }
}

const maxLineBytes = 16 * 1024;

/** `trailers` is filled before the stream ends. */
export function unframe(
  source: Readable,
  framing: Framing,
  verified: Verified,
  trailers: Record<string, string>,
): Readable {
  return Readable.from(chunks(new Reader(source), framing, verified, trailers), { objectMode: false });
}

async function* chunks(
  reader: Reader,
  framing: Framing,
  verified: Verified,
  trailers: Record<string, string>,
): AsyncGenerator<Buffer> {
  let previous = verified.signature;
  for (;;) {
    const [head = "", ...extensions] = (await reader.line()).split(";");
    if (!/^[0-9a-fA-F]{1,12}$/.test(head)) throw incomplete();
    const size = Number.parseInt(head, 16);
    const hash = createHash("sha256");
    for await (const bytes of reader.take(size)) {
      if (framing.signedChunks) hash.update(bytes);
      yield bytes;
    }
    if (framing.signedChunks) {
      const signature =
        extensions.find((part) => part.startsWith("chunk-signature="))?.slice("chunk-signature=".length) ?? "";
      const text = [
        "AWS4-HMAC-SHA256-PAYLOAD",
        verified.timestamp,
        verified.scope,
        previous,
        emptySha256,
        hash.digest("hex"),
      ].join("\n");
      check(verified, text, signature);
      previous = signature;
    }
    if (size === 0) break;
    if ((await reader.line()) !== "") throw incomplete();
  }
  if (framing.trailers) await readTrailers(reader, framing, verified, previous, trailers);
}

async function readTrailers(
  reader: Reader,
  framing: Framing,
  verified: Verified,
  previous: string,
  trailers: Record<string, string>,
): Promise<void> {
  let canonical = "";
  let signature = "";
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    const at = line.indexOf(":");
    if (at === -1) throw incomplete();
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === "x-amz-trailer-signature") signature = value;
    else {
      trailers[name] = value;
      canonical += `${name}:${value}\n`;
    }
  }
  if (!framing.signedChunks) return;
  check(
    verified,
    ["AWS4-HMAC-SHA256-TRAILER", verified.timestamp, verified.scope, previous, sha256(canonical)].join("\n"),
    signature,
  );
}

function check(verified: Verified, text: string, signature: string): void {
  if (!same(hmac(verified.signingKey, text).toString("hex"), signature))
    throw new ServiceError(
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
}

const incomplete = (): ServiceError =>
  new ServiceError("IncompleteBody", 400, "The request body terminated unexpectedly");

/** Lines and counted bytes from a stream of buffers. */
class Reader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }

  /** Without its CR LF; the end of the stream ends a line, too. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#rest.indexOf("\r\n");
      if (at !== -1) {
        const line = this.#rest.subarray(0, at).toString("latin1");
        this.#rest = this.#rest.subarray(at + 2);
        return line;
      }
      if (this.#rest.length > maxLineBytes) throw incomplete();
      if (!(await this.#more())) {
        const line = this.#rest.toString("latin1");
        this.#rest = Buffer.alloc(0);
        return line;
      }
    }
  }

  async *take(size: number): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw incomplete();
      const bytes = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(bytes.length);
      left -= bytes.length;
      yield bytes;
    }
  }
}
