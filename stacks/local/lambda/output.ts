/**
 * From an environment's stdout and stderr to log events. Console calls arrive framed (runtime/output.cjs), everything
 * else line by line. What a process wrote before it asked for its next invocation is here before that question is
 * answered: both wait at the same poll of the event loop, so a turn later all of it has been read.
 */
import type { Readable } from "node:stream";

export interface LogEvent {
  timestamp: number;
  message: string;
}

/** One event may have 256 KB, as in CloudWatch; a function that prints without line ends is cut there. */
const eventLimitBytes = 256 * 1024 - 26;

/** Splits a stream into messages. */
export function readOutput(stream: Readable, onMessage: (message: string) => void): { flush(): void } {
  let rest: Buffer = Buffer.alloc(0);
  const take = (bytes: number): Buffer => {
    const taken = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return taken;
  };
  /** One message off the front; false when it is not all there. */
  const step = (): boolean => {
    if (rest[0] === 0x1e) {
      const lineEnd = rest.indexOf(0x0a);
      if (lineEnd < 0 && rest.length < 100) return false;
      const head = rest.toString("latin1", 1, Math.max(lineEnd, 1));
      if (/^\d{1,6}$/.test(head)) {
        const length = Number(head);
        if (rest.length < lineEnd + 1 + length) return false;
        take(lineEnd + 1);
        onMessage(cut(take(length)));
        return true;
      }
      take(1);
      return true;
    }
    const lineEnd = rest.indexOf(0x0a);
    const frame = rest.indexOf(0x1e);
    const end = frame >= 0 && (lineEnd < 0 || frame < lineEnd) ? frame : lineEnd;
    if (end < 0 && rest.length <= eventLimitBytes) return false;
    const text = cut(take(end < 0 ? eventLimitBytes : end));
    if (end === lineEnd && end >= 0) take(1);
    if (text.trim() !== "") onMessage(text);
    return true;
  };
  stream.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length > 0 && step());
  });
  return {
    flush() {
      const text = cut(rest).trimEnd();
      rest = Buffer.alloc(0);
      if (text !== "") onMessage(text);
    },
  };
}

function cut(bytes: Buffer): string {
  return bytes.subarray(0, eventLimitBytes).toString("utf8");
}
