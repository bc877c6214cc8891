/**
 * The engine's own error: a text in Pulumi's words that a person may read as a diagnostic of a resource, or as the
 * failure of a command. Never holds a secret.
 */
export class Diagnosis extends Error {
  readonly urn: string | undefined;
  constructor(message: string, urn?: string) {
    super(message);
    this.name = "Diagnosis";
    this.urn = urn;
  }
}

/** Pulumi's exit codes that scripts tell apart. */
export const exitCodes = { failed: 1, usage: 2, noStack: 6, changes: 7, canceled: 8, internal: 255 } as const;

/** Ends a command with an exit code of its own. */
export class CommandFailure extends Diagnosis {
  readonly exitCode: number;
  constructor(kind: keyof typeof exitCodes, message: string) {
    super(message);
    this.exitCode = exitCodes[kind];
  }
}

/** The reported failure of a step or program: the diagnostic is out already, the operation only has to end. */
export class Bail extends Error {
  constructor() {
    super("update failed");
    this.name = "Bail";
  }
}

/** A step that failed, told already, where the others go on (`--continue-on-error`). */
export class StepFailure extends Bail {}

/** What anything thrown says. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Of state's errors only the missing stack has a code of its own. */
export function exitCodeOf(cause: unknown): number {
  if (cause instanceof CommandFailure) return cause.exitCode;
  return (cause as { code?: unknown } | undefined)?.code === "not-found" ? exitCodes.noStack : exitCodes.failed;
}
