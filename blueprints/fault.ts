/**
 * The one error that reaches a person. Every room keeps its own table of faults and throws one of these; the one
 * catch is in cli/main.ts. The engine and the local cloud have error types of their own (Pulumi's texts, AWS's
 * codes) that never reach a person undressed.
 */

/** What the process ends with; the words are product-wide (docs/using/commands.md). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  answerNeeded: 3,
  notFound: 4,
  locked: 5,
  credentials: 6,
  someFailed: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A place in a file, as `blueprint.yaml:12:7`, or a URN, or a path. */
export type Place = string;

export interface FaultInit {
  /** Stable, kebab-case, free of user data: `manifest-invalid`, `port-taken`. */
  code: string;
  /** Short, recognisable, free of user data, no full stop. */
  summary: string;
  /** Full sentences: what was wrong, and why that matters. */
  detail?: string;
  at?: Place;
  /** A command to type, alone, or a sentence when no command helps. */
  next?: string;
  exitCode?: ExitCode;
  cause?: unknown;
}

export class Fault extends Error {
  readonly code: string;
  readonly summary: string;
  readonly detail: string | undefined;
  readonly at: Place | undefined;
  readonly next: string | undefined;
  readonly exitCode: ExitCode;

  constructor(init: FaultInit) {
    super(init.detail ? `${init.summary}: ${init.detail}` : init.summary, { cause: init.cause });
    this.name = "Fault";
    this.code = init.code;
    this.summary = init.summary;
    this.detail = init.detail;
    this.at = init.at;
    this.next = init.next;
    this.exitCode = init.exitCode ?? exitCodes.failed;
  }

  /** The wire form: what `--json` prints and an operation's event file holds. */
  toJSON(): { code: string; summary: string; detail?: string; at?: string; next?: string; exitCode: ExitCode } {
    const { code, summary, detail, at, next, exitCode } = this;
    return { code, summary, detail, at, next, exitCode };
  }
}

/** An impossible case: says so, and whose move it is. */
export function bug(detail: string, cause?: unknown): Fault {
  return new Fault({ code: "bug", summary: "This is a bug in Freehold", detail, cause });
}
