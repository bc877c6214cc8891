/** The local cloud's own log: one file, cut in half of its limit when it is full. Never secrets. */
import { appendFileSync, renameSync, statSync } from "node:fs";

const maxBytes = 5 * 1024 * 1024;

export function openLog(file: string, now: () => number): (message: string) => void {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return (message) => {
    const line = `${new Date(now()).toISOString()} ${message.replaceAll(/[\r\n]+/g, "\n  ")}\n`;
    if (size + line.length > maxBytes) {
      renameSync(file, `${file}.old`);
      size = 0;
    }
    try {
      appendFileSync(file, line, { mode: 0o600 });
      size += line.length;
    } catch {
      // A full disk must not end the cloud for want of a log line.
      size = 0;
    }
  };
}
