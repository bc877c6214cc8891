/**
 * The door of the embedded engine: an object the Automation API takes for its `pulumiCommand`. It runs in this
 * process, speaks Pulumi's gRPC with the program on loopback, and knows no cloud but what `providers` brings.
 */
import errorsModule from "@pulumi/pulumi/automation/errors.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { parseCommandLine } from "./cli.ts";
import { type Clock, systemClock } from "./clock.ts";
import { table } from "./commands.ts";
import { messageOf } from "./diagnosis.ts";
import type { Program } from "./host.ts";
import type { ProviderFactory } from "./provider.ts";
import { Session } from "./session.ts";

export type { Program, ProgramRun } from "./host.ts";
export type { ProviderFactory } from "./provider.ts";

export interface EngineOptions {
  providers: ProviderFactory;
  /** A program in this process that runs instead of the one the caller serves (host.ts says what it is given). */
  program?: Program;
  /** What the SDK takes for the CLI's version; it must be the SDK's own. */
  version?: string;
  /** Below what each call brings along. */
  environment?: Readonly<Record<string, string>>;
  clock?: Clock;
}

interface Result {
  stdout: string;
  stderr: string;
  code: number;
  toString(): string;
}

/** The signature the SDK calls `run` with. */
type Run = (
  args: string[],
  cwd: string,
  env: Record<string, string>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
) => Promise<Result>;

export function embeddedEngine(options: EngineOptions): PulumiCommand & { run: Run } {
  const version = options.version ?? "3.270.0";
  const run: Run = async (args, cwd, env, onOutput, onError, signal) => {
    let stdout = "";
    let warnings = "";
    const out = (text: string): void => {
      stdout += text;
      onOutput?.(text);
    };
    try {
      const line = parseCommandLine(args);
      const session = new Session({
        line,
        cwd,
        env: { ...options.environment, ...env },
        clock: options.clock ?? systemClock,
        providers: options.providers,
        program: options.program,
        version,
        out,
        warn: (text) => {
          warnings += text;
          onError?.(text);
        },
        signal: signal ?? new AbortController().signal,
      });
      await table[line.command]!(session, line);
      return result(stdout, warnings, 0);
    } catch (cause) {
      const stderr = `error: ${messageOf(cause)}\n`;
      onError?.(stderr);
      throw commandError(result(stdout, warnings + stderr, -2));
    }
  };
  return { command: "pulumi", version: semver(version), run } as unknown as PulumiCommand & { run: Run };
}

function result(stdout: string, stderr: string, code: number): Result {
  return { stdout, stderr, code, toString: () => `code: ${code}\n stdout: ${stdout}\n stderr: ${stderr}\n err?: \n` };
}

/** The SDK tells its error classes apart by the text. */
function commandError(failed: Result): Error {
  return (errorsModule as unknown as { createCommandError(result: Result): Error }).createCommandError(failed);
}

/** As much of a semver object as the SDK asks of one. */
function semver(text: string): object {
  const own = text.split(".").map((part) => Number.parseInt(part, 10));
  const compare = (other: string | { version: string }): number => {
    const parts = (typeof other === "string" ? other : other.version).split("-")[0]!.split(".").map(Number);
    return [0, 1, 2].map((at) => Math.sign((own[at] ?? 0) - (parts[at] ?? 0))).find((sign) => sign !== 0) ?? 0;
  };
  const [major, minor, patch] = own;
  return { major, minor, patch, version: text, raw: text, prerelease: [], build: [], compare, toString: () => text };
}
