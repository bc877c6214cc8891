/**
 * AWS's event-stream framing, read: messages with their lengths and checksums, as InvokeWithResponseStream answers. One
 * that is damaged or cut off is an error, never a shorter answer.
 */
import { crc32 } from "node:zlib";

export interface Message {
  /** Names without their colon: `message-type`, `event-type`, `exception-type`. */
  headers: Readonly<Record<string, string>>;
  payload: Buffer;
}

/** AWS's own most, with room. */
const mostBytes = 24 * 1024 * 1024;
const preludeBytes = 12;
const stringType = 7;

const damaged = (): Error => new Error("the stream of events is damaged");

/** Takes the stream's bytes as they come, and gives the messages that are whole. */
export class MessageReader {
  #waiting: Buffer[] = [];
  #size = 0;
  #wanted = preludeBytes;

  read(chunk: Buffer): Message[] {
    this.#waiting.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return [];
    let bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    const messages: Message[] = [];
    for (;;) {
      this.#wanted = bytes.length < preludeBytes ? preludeBytes : totalOf(bytes);
      if (bytes.length < this.#wanted || this.#wanted === preludeBytes) break;
      messages.push(messageOf(bytes.subarray(0, this.#wanted)));
      bytes = bytes.subarray(this.#wanted);
    }
    this.#waiting = bytes.length > 0 ? [bytes] : [];
    this.#size = bytes.length;
    return messages;
  }

  /** Throws when the stream ended in the middle of a message. */
  end(): void {
    if (this.#size > 0) throw damaged();
  }
}

function totalOf(bytes: Buffer): number {
  const total = bytes.readUInt32BE(0);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw damaged();
  if (total < preludeBytes + 4 || total > mostBytes) throw damaged();
  return total;
}

function messageOf(bytes: Buffer): Message {
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw damaged();
  const headersEnd = preludeBytes + bytes.readUInt32BE(4);
  if (headersEnd > end) throw damaged();
  return { headers: headersIn(bytes.subarray(preludeBytes, headersEnd)), payload: bytes.subarray(headersEnd, end) };
}

/** All that AWS sends here are texts. */
function headersIn(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const valueAt = at + 1 + bytes.readUInt8(at);
    if (bytes.readUInt8(valueAt) !== stringType) throw damaged();
    const textAt = valueAt + 3;
    const next = textAt + bytes.readUInt16BE(valueAt + 1);
    headers[bytes.toString("utf8", at + 1, valueAt).replace(/^:/, "")] = bytes.toString("utf8", textAt, next);
    at = next;
  }
  return headers;
}
