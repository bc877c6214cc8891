/** A command under way: what it says while it runs, and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { expect } from "vitest";
import type { Home } from "./home.ts";

export interface Running {
  child: ChildProcess;
  /** The exit code; 128 and the signal's number when a signal ended it, as a shell has it. */
  ended: Promise<number>;
  output(): string;
  said(pattern: RegExp): Promise<void>;
}

const signals: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 };

export function start(home: Home, ...args: string[]): Running {
  const child = spawn(process.execPath, [home.entry, ...args], {
    cwd: home.dir,
    env: home.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const ended = new Promise<number>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? 128 + (signals[signal!] ?? 0))),
  );
  return {
    child,
    ended,
    output: () => output,
    said: (pattern) =>
      expect.poll(() => output, { timeout: 30_000, interval: 5 }).toMatch(pattern) as unknown as Promise<void>,
  };
}
