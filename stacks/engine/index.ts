/**
 * The door of the embedded engine: an object the Automation API takes for its `pulumiCommand`, and the same as a
 * command with streams and an exit code. Speaks Pulumi's gRPC with the program on loopback, and knows no cloud but
 * what `providers` brings.
 */
import { resolve } from "node:path";
import errorsModule from "@pulumi/pulumi/automation/errors.js";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { flag, isSet, parseCommandLine } from "./cli.ts";
import { type Clock, systemClock } from "./clock.ts";
import { helpText } from "./commands/help.ts";
import { table } from "./commands.ts";
import { exitCodeOf, messageOf } from "./diagnosis.ts";
import type { Program } from "./monitor/host.ts";
import type { ProviderFactory } from "./provider.ts";
import { Session } from "./session.ts";
import type { BackendMemory } from "./state/index.ts";
import { pulumiVersion } from "./version.ts";

export type { Program, ProgramRun } from "./monitor/host.ts";
export type { ProviderFactory } from "./provider.ts";
export { BackendMemory } from "./state/index.ts";

export interface EngineOptions {
  providers: ProviderFactory;
  /** A program in this process that runs instead of the one the caller serves (host.ts says what it is given). */
  program?: Program;
  /** What the SDK takes for the CLI's version; it must be the SDK's own. */
  version?: string;
  /** Below what each call brings along. */
  environment?: Readonly<Record<string, string>>;
  clock?: Clock;
  /** What its commands know of state in a bucket from one another: for who has them all to himself for a while. */
  memory?: BackendMemory;
}

/** One command: what it is given, and where its text goes. */
export interface Invocation {
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  out: (text: string) => void;
  /** Standard error. */
  warn: (text: string) => void;
  signal: AbortSignal;
  /** What is piped in, for commands that read it. */
  readInput?: () => Promise<string>;
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

/** Throws what went wrong; nothing of that is written yet. */
async function perform(options: EngineOptions, invocation: Invocation): Promise<void> {
  const line = parseCommandLine(invocation.args);
  if (isSet(line, "--help")) return invocation.out(helpText(line.command.split(" ")));
  if (line.noted.length > 0)
    invocation.warn(`warning: ${line.noted.join(", ")}: without effect, this engine keeps no log of its own\n`);
  const session = await Session.open({
    ...invocation,
    cwd: resolve(invocation.cwd, flag(line, "--cwd") ?? ""),
    line,
    clock: options.clock ?? systemClock,
    providers: options.providers,
    program: options.program,
    memory: options.memory,
    version: options.version ?? pulumiVersion,
  });
  await table[line.command]!(session, line);
}

/** The engine as a program: resolves with the exit code, as Pulumi's own command line has them. */
export async function runCommand(options: EngineOptions, invocation: Invocation): Promise<number> {
  try {
    await perform(options, invocation);
    return 0;
  } catch (cause) {
    invocation.warn(`error: ${messageOf(cause)}\n`);
    return exitCodeOf(cause);
  }
}

export function embeddedEngine(options: EngineOptions): PulumiCommand & { run: Run } {
  const version = options.version ?? pulumiVersion;
  const run: Run = async (args, cwd, env, onOutput, onError, signal) => {
    let stdout = "";
    let stderr = "";
    const out = (text: string): void => {
      stdout += text;
      onOutput?.(text);
    };
    const warn = (text: string): void => {
      stderr += text;
      onError?.(text);
    };
    try {
      await perform(options, {
        args,
        cwd,
        env: { ...options.environment, ...env },
        out,
        warn,
        signal: signal ?? new AbortController().signal,
      });
      return result(stdout, stderr, 0);
    } catch (cause) {
      warn(`error: ${messageOf(cause)}\n`);
      // The text is the SDK's; what it was made from is for whoever has to say what went wrong.
      throw Object.assign(commandError(result(stdout, stderr, -2)), { cause });
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
