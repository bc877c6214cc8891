/**
 * What a screen may do: open another, go back, ask a command, give the terminal to one. Everything that changes anything
 * goes through a command of the command table, so that no screen can do what a command line cannot.
 */
import { createContext, useContext } from "react";
import type { ErrorEvent, OperationEvent } from "../../stacks/events.ts";
import type { FlagValues } from "../command.ts";
import type { Expected } from "../operations/expected.ts";
import type { ScreenId, ScreenParams } from "./params.ts";

/** How a command ended. Its document and events are safe for a terminal already. */
export interface Answer<Document> {
  /** Of queries that ended well. */
  document?: Document;
  /** Of operations, in order; streams keep none of their lines. */
  events: OperationEvent[];
  exitCode: number;
  /** What it was refused or failed with, when it threw. */
  fault?: Omit<ErrorEvent, "type">;
}

export interface CallOptions {
  /** Each event as it comes. */
  onEvent?(event: OperationEvent): void;
  /** Of streams: each record as it comes. */
  onLine?(record: Record<string, unknown>): void;
  /** What would be piped in: a secret's value. */
  stdin?: string;
  /** Of secret settings, as they would be typed when an operation asks for them. */
  secrets?: Readonly<Record<string, string>>;
  /** As on a terminal: `open` then opens the browser. Questions are refused all the same: screens ask their own. */
  interactive?: boolean;
}

/** A command under way. Nobody has to wait for it: an operation's worker goes on by itself. */
export interface Running<Document> {
  ended: Promise<Answer<Document>>;
  /** One Ctrl-C. */
  interrupt(): void;
}

export interface CommandWords {
  name: string;
  summary: string;
  usage: string;
}

export interface Shell {
  open<Id extends ScreenId>(id: Id, params: ScreenParams[Id]): void;
  /** In the place of the screen that is seen. */
  replace<Id extends ScreenId>(id: Id, params: ScreenParams[Id]): void;
  /** From the last screen there is no way back but `quit`. */
  back(): void;
  quit(exitCode?: number): void;
  /** Runs a command of the table in this process and answers when it has ended. Never throws. */
  call<Document = unknown>(
    name: string,
    args?: readonly string[],
    flags?: FlagValues,
    options?: CallOptions,
  ): Promise<Answer<Document>>;
  /** The same, with the means to interrupt it. */
  start<Document = unknown>(
    name: string,
    args?: readonly string[],
    flags?: FlagValues,
    options?: CallOptions,
  ): Running<Document>;
  /** Gives the terminal to a command line, as typed after `freehold`; what it printed stays. Answers with its exit code. */
  run(argv: readonly string[]): Promise<number>;
  /** Above the screen, into the scrollback. Of text that is safe already. */
  print(text: string): void;
  /** How long steps usually take in a cloud; reads files. */
  expected(cloud: string): Expected;
  /** Every command there is. */
  commands: readonly CommandWords[];
  /** Whether a line is one, by the command line's own parser; else why not. */
  understand(argv: readonly string[]): Omit<ErrorEvent, "type"> | undefined;
  color: boolean;
  /** The cloud that was named when the app was started. */
  cloud: string | undefined;
  fullscreen: boolean;
}

export const ShellContext = createContext<Shell | undefined>(undefined);

export function useShell(): Shell {
  const shell = useContext(ShellContext);
  if (!shell) throw new TypeError("a screen is drawn outside the app's frame");
  return shell;
}
