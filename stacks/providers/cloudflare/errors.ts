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
  noZoneSaid: () => new ProviderError("bad-config", "a record is looked up in a zone; say which by its 'zoneId'"),
  noSuchRecord: (what: string) =>
    new ProviderError("no-record", `no DNS record of the zone fits ${what}, as far as the API token may read`),
  severalRecords: (what: string, found: readonly string[]) =>
    new ProviderError(
      "several-records",
      `several DNS records fit ${what} (${clean(found.join(", "))}); say more of the one, or its 'dnsRecordId'`,
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
  constructor(message: string, about: Pick<ApiFailure, "codes" | "status" | "unreadable" | "waitMs">) {
    super("cloudflare", message);
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

/** It is the token that has to be another one. */
export const refusesToken = (error: ProviderError): boolean =>
  error instanceof ApiFailure ? isRefusal(error) : error.code === "no-credentials";

const isRefusal = ({ status, codes }: Pick<ApiFailure, "status" | "codes">): boolean =>
  status === 401 || status === 403 || codes.some((code) => refusing.has(code));

interface Answered {
  status?: number;
  headers?: Headers;
  errors?: { code?: number; message?: string; error_chain?: { code?: number; message?: string }[] }[];
}

/** How the session knows what the SDK threw, and what must not be repeated. */
export interface Telling {
  /** Whether no answer came at all. */
  isConnection(cause: unknown): boolean;
  /** Taken out of every text, wherever they came from. */
  secrets: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Whatever was thrown while Cloudflare was asked. The SDK's own error goes no further: it holds the answer's headers. */
export function failureOf(cause: unknown, asked: Asked, { isConnection, secrets, now }: Telling): ApiFailure {
  const { status, headers, errors = [] } = (cause ?? {}) as Answered;
  const all = Array.isArray(errors) ? errors.flatMap((one) => [one, ...(one.error_chain ?? [])]) : [];
  const codes = all.flatMap(({ code }) => (code === undefined ? [] : [String(code)]));
  const ray = headers?.get("cf-ray");
  const silent = status === undefined && isConnection(cause);
  const reason =
    status !== undefined
      ? `Cloudflare said: ${saidIn(all)} [HTTP ${status}${ray ? `, ray ${clean(ray)}` : ""}]`
      : silent
        ? `no answer came (${connectionText(cause)})`
        : `its answer could not be read (${clean(cause instanceof Error ? cause.message : String(cause))})`;
  const message = `cannot ${asked.action} ${asked.what}: ${reason}${adviceFor(status, codes, asked)}`;
  return new ApiFailure(
    secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), message),
    {
      codes,
      status,
      unreadable: status === undefined && !silent,
      waitMs: retryAfter(headers?.get("retry-after"), now),
    },
  );
}

function saidIn(errors: readonly { code?: number; message?: string }[]): string {
  const said = errors.map(({ code, message }) => `${clean(message ?? "no message")} (code ${code ?? "none"})`);
  return said.join("; ") || "no reason given";
}

function connectionText(cause: unknown): string {
  const { cause: inner } = (cause as { cause?: { cause?: { code?: string }; code?: string } }) ?? {};
  return inner?.cause?.code ?? inner?.code ?? "the connection ended";
}

function adviceFor(status: number | undefined, codes: readonly string[], { needs }: Asked): string {
  if (isRefusal({ status, codes }))
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
