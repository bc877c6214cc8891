/** The words of a command: what the table says of it and what its function is given. No command prints. */
import type { Emit } from "../stacks/events.ts";
import type { ScreenId, ScreenParams } from "./app/params.ts";
import type { FlagValues } from "./flag-values.ts";
import type { Paths } from "./paths.ts";
import type { Paint } from "./ui/paint.ts";

export interface FlagSpec {
  type: "boolean" | "string";
  /** What stands for the value in the help: `NAME`. */
  value?: string;
  /** May be given more than once. */
  multiple?: boolean;
  /** The value may be left out; the flag then means this. */
  bare?: string;
  choices?: readonly string[];
  short?: string;
  help: string;
}

export interface CommandSpec {
  /** One word, or two: `cloud start`. */
  name: string;
  summary: string;
  /** `APP...` */
  usage: string;
  min: number;
  max: number;
  flags: Record<string, FlagSpec>;
  /** What stands after `--` is a command line of somebody else's, needed and passed on as it is. */
  passesOn?: true;
  examples: readonly (readonly [line: string, what: string])[];
  /** `operation`: events of a worker; `query`: one document; `stream`: lines as they come. */
  kind: "operation" | "query" | "stream";
  load(): Promise<{ run(input: Input): Promise<Outcome> }>;
  /** On a terminal this screen of the app is opened instead, with what the function makes of the words. */
  screen?(args: readonly string[], flags: FlagValues): ScreenOpening;
  /** Of queries: the document in plain text; those that break lines do it at `width`, 80 where none is said. */
  view?(): Promise<{
    plain(document: never, paint: Paint, width?: number): string;
    /** What is said beside it, on stderr: of documents whose plain text alone is to be used. */
    aside?(document: never): string;
  }>;
}

/** A screen's id and what it is opened with: cli/app/params.ts. */
export type ScreenOpening = { [Id in ScreenId]: { id: Id; params: ScreenParams[Id] } }[ScreenId];

export type { FlagValues };

export interface Table {
  commands: readonly CommandSpec[];
  globalFlags: Record<string, FlagSpec>;
}

export interface Input {
  args: string[];
  /** Of commands that pass a command line on: its words, at least one. */
  rest: string[];
  flags: FlagValues;
  paths: Paths;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** All commands: a command cannot import the table that names it. */
  table(): Promise<Table>;
  /** What was typed, to be typed again. */
  typed: string;
  /** Questions may be asked: stdin and stderr are a terminal, and nothing else was asked for. */
  interactive: boolean;
  emit: Emit;
  /** Streams: one record. Its plain text is made inert; a function's is not: it has painted what is inert already. */
  line(record: Record<string, unknown>, plain: string | ((paint: Paint) => string)): void;
  /** Secret settings that a screen has asked for already, for the operation that is about to begin. */
  secrets?: Readonly<Record<string, string>>;
  /** Said at once beside the result, on stderr: what is about to be done. Nobody hears it with `--json` or `--quiet`. */
  note?(text: string): void;
  /** Bytes as they are to stdout. Missing where a terminal would be given them, or a screen. */
  raw?(bytes: Uint8Array): Promise<void>;
  /** Asks on the terminal; hidden answers are not echoed. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string>;
  /** What was piped in, or undefined when stdin is a terminal. */
  readStdin(): Promise<string | undefined>;
  onInterrupt(handler: () => void): () => void;
  /** Called when the person leaves an operation running; where nobody can, it is never called. */
  onDetach?(handler: () => void): () => void;
}

export interface Outcome {
  exitCode?: number;
  document?: unknown;
}

export const text = (flags: FlagValues, name: string): string | undefined =>
  typeof flags[name] === "string" ? (flags[name] as string) : undefined;
export const list = (flags: FlagValues, name: string): string[] =>
  Array.isArray(flags[name]) ? (flags[name] as string[]) : [];
