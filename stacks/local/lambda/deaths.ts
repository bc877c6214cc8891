/** How a process that ended, or never began, is told: in the words of Lambda's own errors. */
import { constants } from "node:os";

export function errorJson(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

export function exitJson(errorType: string, requestId: string, reason: string): Buffer {
  return errorJson(errorType, `RequestId: ${requestId} Error: ${reason}`);
}

/** What a fence's own process answers when a signal ended what it had fenced: shells' numbers for the usual ones. */
const fencedSignals: Readonly<Record<number, NodeJS.Signals>> = Object.fromEntries(
  (["SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGSEGV", "SIGTERM"] as const).map((name) => [
    128 + constants.signals[name],
    name,
  ]),
);

export function exitReason(code: number | null, ended: NodeJS.Signals | null): string {
  const signal = ended ?? fencedSignals[code ?? 0] ?? null;
  if (signal === "SIGKILL") return "Runtime exited with error: signal: killed";
  if (signal === "SIGABRT") return "Runtime exited with error: signal: aborted (core dumped)";
  if (signal === "SIGSEGV") return "Runtime exited with error: signal: segmentation fault (core dumped)";
  if (signal) return `Runtime exited with error: signal: ${signal.slice(3).toLowerCase()}`;
  return code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: exit status ${code}`;
}

/** Init errors say `stackTrace`; the invocation that met them is answered with `trace`. */
export function withoutStackTrace(body: Buffer): Buffer {
  try {
    const { stackTrace, ...rest } = JSON.parse(body.toString("utf8"));
    return Buffer.from(JSON.stringify({ ...rest, trace: stackTrace ?? [] }));
  } catch {
    return body;
  }
}
