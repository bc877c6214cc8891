/**
 * From an environment's stdout and stderr to log events. Console calls arrive framed (runtime/output.mjs), everything
 * else line by line. Events are handed to Logs in batches: an invocation never waits for its log.
 */
import type { Readable } from "node:stream";

export interface LogEvent {
  timestamp: number;
  message: string;
}

/** One event may have 256 KB, as in CloudWatch; a function that prints without line ends is cut there. */
const eventLimitBytes = 256 * 1024 - 26;

/** Splits a stream into messages; `onDone` gets the marks that end an invocation: request id and memory in KiB. */
export function readOutput(
  stream: Readable,
  onMessage: (message: string) => void,
  onDone: (requestId: string, maxRssKb: number) => void,
): { flush(): void } {
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
      if (/^\d{1,7}$/.test(head)) {
        const length = Number(head);
        if (rest.length < lineEnd + 1 + length) return false;
        take(lineEnd + 1);
        onMessage(cut(take(length)));
        return true;
      }
      const mark = /^D(\S*) (\d+)$/.exec(head);
      take(mark ? lineEnd + 1 : 1);
      if (mark) onDone(mark[1]!, Number(mark[2]));
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

/** Numbers as AWS prints them in REPORT lines. */
export function milliseconds(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

export interface Report {
  requestId: string;
  durationMs: number;
  memoryMb: number;
  maxMemoryMb: number;
  initMs?: number;
  status: "success" | "error" | "timeout";
  errorType?: string;
}

export function startLine(json: boolean, requestId: string, version: string, nowIso: string): string {
  return json
    ? JSON.stringify({ time: nowIso, type: "platform.start", record: { requestId, version } })
    : `START RequestId: ${requestId} Version: ${version}`;
}

export function endLines(json: boolean, report: Report, nowIso: string): string[] {
  const { requestId, durationMs, memoryMb, maxMemoryMb, initMs, status, errorType } = report;
  const billedMs = Math.ceil(durationMs + (initMs ?? 0));
  if (json) {
    const metrics = {
      durationMs: Number(durationMs.toFixed(3)),
      billedDurationMs: billedMs,
      memorySizeMB: memoryMb,
      maxMemoryUsedMB: maxMemoryMb,
      ...(initMs === undefined ? {} : { initDurationMs: Number(initMs.toFixed(3)) }),
    };
    const record = { requestId, metrics, status, ...(errorType && { errorType }) };
    return [JSON.stringify({ time: nowIso, type: "platform.report", record })];
  }
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${milliseconds(durationMs)}`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${maxMemoryMb} MB`,
  ];
  if (initMs !== undefined) parts.push(`Init Duration: ${milliseconds(initMs)}`);
  if (status !== "success") parts.push(`Status: ${status}`);
  if (errorType && status === "error") parts.push(`Error Type: ${errorType}`);
  return [`END RequestId: ${requestId}`, `${parts.join("\t")}\t`];
}
