/**
 * The access log: a line of JSON for each request in the gate's own log, kept for 90 days. Who, what, from where, and
 * whether they came in; never a query, a body, a cookie or a key.
 */
export interface Access {
  /** When it came, milliseconds since 1970. */
  atMs: number;
  /** `owner`, `guest/ID`, `key/ID`, `public`. */
  who: string;
  method: string;
  path: string;
  status: number;
  /** False: refused. Being led to sign-in is no refusal, and has the `why` of one: `sign-in-first`. */
  allowed: boolean;
  /** Code of the gate's own answer, `cut-off` when an answer ended in the middle. */
  why?: string;
  from: string;
  /** Until the first byte of the answer. */
  ms: number;
}

const mostPathLength = 512;

export function accessLine({ atMs, path, ms, ...rest }: Access): string {
  const at = new Date(atMs).toISOString();
  return JSON.stringify({
    type: "access",
    at,
    ...rest,
    path: path.slice(0, mostPathLength),
    ms: Math.round(ms * 10) / 10,
  });
}

/** As it is, without the words that a console puts before it: CloudWatch can look into what is JSON. */
export function logAccess(access: Access): void {
  process.stdout.write(`${accessLine(access)}\n`);
}
