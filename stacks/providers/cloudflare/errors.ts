/**
 * The provider's one table of errors, and the dressing of Cloudflare's own: what was asked of what, Cloudflare's code and
 * message, and the permission that it needs. Tokens and what was sent are never repeated.
 */
import { common, ProviderError } from "../kit/errors.ts";

const tokens = "https://dash.cloudflare.com/profile/api-tokens";
const least = "the permissions Zone:Read and DNS:Edit, for the zone in question only";

export const problems = {
  ...common,
  noToken: () =>
    new ProviderError(
      "no-credentials",
      `no Cloudflare API token is configured; make one with ${least}, at ${tokens}, then set it as the secret cloudflare:apiToken or as CLOUDFLARE_API_TOKEN`,
    ),
  noEmail: () =>
    new ProviderError(
      "no-credentials",
      "a Cloudflare API key is configured without its account's email; set cloudflare:email, or better use an API token (cloudflare:apiToken)",
    ),
  badToken: () =>
    new ProviderError(
      "no-credentials",
      "the configured Cloudflare API token has characters in it that no token has (spaces, line ends, or letters beyond ASCII); copy it again",
    ),
  badUrl: () =>
    new ProviderError(
      "bad-config",
      "cloudflare:baseUrl must be an https:// address (http:// on this computer only): the API token is sent there",
    ),
  badHost: (said: string) =>
    new ProviderError(
      "bad-host",
      `${JSON.stringify(clean(said))} is no host name; expected one such as notes.example.com, without http:// and without a path`,
    ),
  exists: (what: string, found: string, place: string) =>
    new ProviderError(
      "not-ours",
      `${what} cannot be made beside what the zone has already, and nothing was changed. There: ${found}. To let this stack have it, import it by its id ${place}; else choose another name, or delete it in Cloudflare first`,
    ),
  noSuchZone: (what: string) =>
    new ProviderError(
      "no-zone",
      `no zone of Cloudflare fits ${what}; it is spelled otherwise, belongs to another account, or the API token lacks Zone:Read for it`,
    ),
  severalZones: (what: string, found: string) =>
    new ProviderError(
      "several-zones",
      `several zones of Cloudflare fit ${what} (${found}); say which by its account, or by its zone id`,
    ),
} as const;

/** Of other people: on one line, without control characters, and not without end. */
export function clean(text: string): string {
  const plain = text.replace(/\p{C}/gu, "?");
  return plain.length > 120 ? `${plain.slice(0, 120)}...` : plain;
}

/** What was asked, for whoever reads that it failed. */
export interface Asked {
  /** Reads on from "cannot": `create`. */
  action: string;
  /** `the record CNAME www.example.com` */
  what: string;
  /** What a token has to allow for it. */
  needs: "Zone:Read" | "DNS:Read" | "DNS:Edit";
}

/** Cloudflare's own answer, or that there was none that could be read. */
export class ApiFailure extends ProviderError {
  readonly codes: readonly string[];
  /** Of HTTP; undefined: no answer came. */
  readonly status: number | undefined;
  /** 200, and what came with it could not be read. */
  readonly unreadable: boolean;
  /** Milliseconds that Cloudflare asked to wait. */
  readonly waitMs: number | undefined;
  constructor(message: string, about: Pick<ApiFailure, "codes" | "status" | "unreadable" | "waitMs">, cause: unknown) {
    super("cloudflare", message, cause);
    this.codes = about.codes;
    this.status = about.status;
    this.unreadable = about.unreadable;
    this.waitMs = about.waitMs;
  }

  get throttled(): boolean {
    return this.status === 429;
  }

  /** Nobody knows whether the call was carried out. */
  get unclear(): boolean {
    return this.unreadable || this.status === undefined || this.status === 408 || this.status >= 500;
  }
}

interface Answered {
  status?: number;
  headers?: Headers;
  errors?: { code?: number; message?: string; error_chain?: { code?: number; message?: string }[] }[];
}

/** Whatever the SDK threw. `secrets` are taken out of every text, wherever they came from. */
export function failureOf(cause: unknown, asked: Asked, secrets: readonly string[], now: number): ApiFailure {
  const { status, headers, errors = [] } = (cause ?? {}) as Answered;
  const all = Array.isArray(errors) ? errors.flatMap((one) => [one, ...(one.error_chain ?? [])]) : [];
  const codes = all.flatMap(({ code }) => (code === undefined ? [] : [String(code)]));
  const said = all.map(({ code, message }) => `${message ?? "no message"} (code ${code ?? "none"})`).join("; ");
  const answered = status !== undefined;
  const unreadable = !answered && !isConnection(cause);
  const ray = headers?.get?.("cf-ray");
  const reason = answered
    ? `${said || "no reason given"} [HTTP ${status}${ray ? `, ray ${ray}` : ""}]`
    : unreadable
      ? "its answer could not be read"
      : `no answer came (${connectionText(cause)})`;
  const advice = adviceFor(status, codes, asked);
  const message = `cannot ${asked.action} ${asked.what}: Cloudflare said: ${reason}${advice}`;
  const plain = answered ? message : message.replace("Cloudflare said: ", "");
  const waitMs = retryAfter(headers?.get?.("retry-after"), now);
  return new ApiFailure(
    secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), plain),
    { codes, status, unreadable, waitMs },
    // Never the SDK's own error: it holds the answer's headers and whole body.
    undefined,
  );
}

/** The SDK's classes, by what they are called: it is loaded by the session alone. */
function isConnection(cause: unknown): boolean {
  return cause instanceof Error && /^APIConnection/.test(cause.constructor.name) ? true : isMarked(cause);
}

/** A bundle's minifier renames classes; what they say stays. */
function isMarked(cause: unknown): boolean {
  return cause instanceof Error && /^(Connection error|Request timed out)\.$/.test(cause.message);
}

function connectionText(cause: unknown): string {
  const { cause: inner } = (cause as { cause?: { cause?: { code?: string }; code?: string } }) ?? {};
  return inner?.cause?.code ?? inner?.code ?? "the connection ended";
}

function adviceFor(status: number | undefined, codes: readonly string[], { needs }: Asked): string {
  if (status === 401 || status === 403 || codes.some((code) => refusing.has(code)))
    return `; the API token is wrong, has expired or been revoked, or lacks ${needs} here. Its least permissions are ${least}: ${tokens}`;
  if (codes.some((code) => lost.has(code)))
    return "; there is no such zone, or the API token is for others only: compare the zone id";
  if (status === 429)
    return "; its limit is 1,200 calls in five minutes, of all that use this account: try again later";
  if (status === undefined || status >= 500) return "; run the same command again to go on";
  return "";
}

/** 10000 authentication, 9109 unauthorised, 1000 and 6003/6111 a token that is none. */
const refusing = new Set(["10000", "9109", "1000", "6003", "6111"]);
/** Of ids that lead nowhere. */
const lost = new Set(["1001", "7000", "7003"]);

/** Milliseconds; seconds or a date, as HTTP has it. */
function retryAfter(header: string | null | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
