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

/** The reported failure of a step or program: the diagnostic is out already, the operation only has to end. */
export class Bail extends Error {
  constructor() {
    super("update failed");
    this.name = "Bail";
  }
}

/** What anything thrown says. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
