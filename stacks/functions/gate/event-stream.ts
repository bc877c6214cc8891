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
const colon = 0x3a;

const damaged = (): Error => new Error("the stream of events is damaged");

export async function* messagesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Message, void, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  let wanted = preludeBytes;
  for await (const chunk of body) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    for (;;) {
      wanted = bytes.length < preludeBytes ? preludeBytes : totalOf(bytes);
      if (bytes.length < wanted || wanted === preludeBytes) break;
      yield messageOf(bytes.subarray(0, wanted));
      bytes = bytes.subarray(wanted);
    }
    waiting = bytes.length > 0 ? [bytes] : [];
    size = bytes.length;
  }
  if (size > 0) throw damaged();
}

/** Of a stream that is there whole. */
export function messagesIn(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.subarray(at);
    const total = left.length < preludeBytes ? Number.POSITIVE_INFINITY : totalOf(left);
    if (total > left.length) throw damaged();
    messages.push(messageOf(left.subarray(0, total)));
    at += total;
  }
  return messages;
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
    const nameAt = at + (bytes[at + 1] === colon ? 2 : 1);
    headers[bytes.toString("latin1", nameAt, valueAt)] = bytes.toString("utf8", textAt, next);
    at = next;
  }
  return headers;
}
