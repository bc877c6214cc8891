/** The errors that every provider has; each has its own table besides, and the dressing of its cloud's answers. */

export class ProviderError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ProviderError";
    this.code = code;
  }
}

export function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const common = {
  unknownType: (type: string) =>
    new ProviderError("unknown-type", `the embedded engine does not know ${type}; use the official engine for it`),
  unknownFunction: (token: string) =>
    new ProviderError("unknown-function", `the embedded engine does not know ${token}; use the official engine for it`),
  notConfigured: (pkg: string) => new ProviderError("bug", `the ${pkg} provider was used before it was configured`),
  closed: (pkg: string) => new ProviderError("closed", `the ${pkg} provider was closed while a call was under way`),
  notOurs: (what: string) =>
    new ProviderError(
      "not-ours",
      `${what} exists already and is not part of this stack; import it, or choose another name. It was not touched.`,
    ),
  needsReplacement: (what: string, names: string[]) =>
    new ProviderError(
      "not-ours",
      `${what} exists already and differs in what cannot be changed in place (${names.join(", ")}); delete it first`,
    ),
  vanished: (what: string) => new ProviderError("vanished", `${what} disappeared while it was being set up`),
  waitedTooLong: (what: string, seconds: number, last?: unknown) =>
    new ProviderError(
      "timed-out",
      `gave up after ${seconds} s waiting for ${what}${last === undefined ? "" : ` (${text(last)})`}; run the same command again to go on`,
      last,
    ),
  badImport: (type: string, id: string, form: string) =>
    new ProviderError("bad-import", `'${id}' is not an id of ${type}; expected ${form}`),
} as const;
