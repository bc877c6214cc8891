/** AWS's event-stream framing, one way: messages of one event with string headers, their lengths and CRCs. */
import { crc32 } from "node:zlib";

export function encodeEvent(eventType: string, contentType: string, payload: Uint8Array): Buffer {
  return encode(eventHeaders(eventType, contentType), payload);
}

/** There are a handful of them, and a function's stream has one a chunk. */
const known = new Map<string, Buffer>();

function eventHeaders(eventType: string, contentType: string): Buffer {
  const which = `${eventType} ${contentType}`;
  let headers = known.get(which);
  if (!headers) {
    headers = Buffer.concat([
      header(":message-type", "event"),
      header(":event-type", eventType),
      header(":content-type", contentType),
    ]);
    known.set(which, headers);
  }
  return headers;
}

/** How a stream ends that did not end well: the error's name, and its JSON. */
export function encodeException(exceptionType: string, payload: Uint8Array): Buffer {
  const type = header(":exception-type", exceptionType);
  const headers = [header(":message-type", "exception"), type, header(":content-type", "application/json")];
  return encode(Buffer.concat(headers), payload);
}

function encode(headers: Buffer, payload: Uint8Array): Buffer {
  const total = 12 + headers.length + payload.length + 4;
  const message = Buffer.allocUnsafe(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, 12);
  message.set(payload, 12 + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - 4)), total - 4);
  return message;
}

/** Name with its length, type 7 (string), value with its length. */
function header(name: string, value: string): Buffer {
  const out = Buffer.alloc(1 + name.length + 1 + 2 + value.length);
  out.writeUInt8(name.length, 0);
  out.write(name, 1, "latin1");
  out.writeUInt8(7, 1 + name.length);
  out.writeUInt16BE(value.length, 2 + name.length);
  out.write(value, 4 + name.length, "latin1");
  return out;
}
