/** The access log of this site: one JSON line for whatever was allowed or refused. No token, no secret, no query. */

export interface Access {
  /** `owner`, `guest/ID`, `signin`, or `nobody`. */
  who: string;
  what: string;
  allowed: boolean;
  why?: string;
  /** Address of whoever asked. */
  from?: string;
}

export function logAccess(access: Access): void {
  write({ type: "access", app: "signin", ...access });
}

export function logError(requestId: string | undefined, error: unknown): void {
  write({ level: "error", requestId, error: error instanceof Error ? error.message : String(error) });
}

function write(line: object): void {
  // biome-ignore lint/suspicious/noConsole: a function's console is its log
  console.log(JSON.stringify(line));
}
