/**
 * The provider's one table of errors, and the dressing of AWS's own: every message names the action and the resource and
 * keeps AWS's code and request id. Nothing from a request's body is ever repeated, because bodies hold secrets.
 */

import { haveExpired } from "../../sign-in/others.ts";
import { common, ProviderError, text } from "../kit/errors.ts";

export { ProviderError };

export const problems = {
  ...common,
  noRegion: () =>
    new ProviderError(
      "no-region",
      "no AWS region is configured; set aws:region or the AWS_REGION environment variable",
    ),
  noCredentials: (cause: unknown) =>
    new ProviderError(
      "no-credentials",
      `no AWS credentials were found (${text(cause)}); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      cause,
    ),
  wrongAccount: (account: string, allowed: readonly string[]) =>
    new ProviderError(
      "wrong-account",
      `the credentials belong to AWS account ${account}, which is not one of the allowed accounts (${allowed.join(", ")})`,
    ),
  otherAccount: (account: string, known: string) =>
    new ProviderError(
      "wrong-account",
      `the credentials belong to AWS account ${account}, but what this stack has made is in account ${known}; nothing was changed. Use credentials of ${known}; to begin anew in ${account}, name it in the provider's allowedAccountIds`,
    ),
  accountChanged: (account: string, before: string) =>
    new ProviderError(
      "wrong-account",
      `the credentials have come to belong to AWS account ${account} while account ${before} was worked on; nothing was asked of the new one`,
    ),
  forbiddenAccount: (account: string) =>
    new ProviderError("wrong-account", `the credentials belong to AWS account ${account}, which is forbidden`),
  failed: (what: string, reason: string) => new ProviderError("failed", `${what} ended in a failed state: ${reason}`),
  recordsMissing: (what: string, records: readonly string[]) =>
    new ProviderError(
      "records-missing",
      `${what} would be waited for in vain: validationRecordFqdns does not name ${records.join("; ")}. Make the record, and name it`,
    ),
  accountStays: (id: string, closing: boolean, cause: unknown) =>
    new ProviderError(
      "account-stays",
      closing
        ? `account ${id} was not closed: ${text(cause)}. AWS closes only some of an organization's accounts in 30 days; run the same command again later`
        : `account ${id} was not let go: ${text(cause)}. An account can leave once it has a means of payment of its own; closeOnDeletion closes it instead`,
      cause,
    ),
  changedOnTheWay: (what: string) =>
    new ProviderError(
      "changed-on-the-way",
      `${what} arrived changed: its SHA-256 is not that of what was sent; run the same command again to send it again`,
    ),
  zoneNotEmpty: (zone: string) =>
    new ProviderError(
      "zone-not-empty",
      `route53:DeleteHostedZone on ${zone}: it holds records that are not part of this stack (HostedZoneNotEmpty); remove them, or set forceDestroy to delete what it holds`,
    ),
  recordExists: (type: string, name: string, zoneId: string, id: string) =>
    new ProviderError(
      "not-ours",
      `the record ${type} ${name} exists already in zone ${zoneId} and is not part of this stack. It was not touched: remove it, import it as ${id}, or set allowOverwrite`,
    ),
  cannotRead: (what: string, why: string) => new ProviderError("bad-asset", `cannot read ${what}: ${why}`),
  bucketNotEmpty: (bucket: string) =>
    new ProviderError(
      "bucket-not-empty",
      `s3:DeleteBucket on ${bucket}: the bucket is not empty (BucketNotEmpty); empty it, or set forceDestroy to delete what it holds`,
    ),
} as const;

/** The shape every AWS SDK error has. */
export interface AwsError extends Error {
  name: string;
  $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number };
  $fault?: "client" | "server";
}

export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && "$metadata" in error;
}

/** Whether AWS answered one of these codes (bare names; S3's 404 without a body is `NotFound`). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.some((code) => error.name === code || error.name === `${code}Exception`);
}

/** Of calls about what may be gone: undefined for these codes. */
export const undefinedFor =
  (...codes: string[]) =>
  async <T>(attempt: Promise<T>): Promise<T | undefined> => {
    try {
      return await attempt;
    } catch (error) {
      if (hasCode(error, ...codes)) return undefined;
      throw error;
    }
  };

const hundreds = (error: AwsError): number => Math.floor((error.$metadata?.httpStatusCode ?? 0) / 100);

/** An answer that arrived but could not be read: nobody knows whether the call was carried out. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isAwsError(error) && hundreds(error) !== 2) return false;
  return error instanceof SyntaxError || /deserializ|Unclosed|unexpected end|not valid JSON|xml/i.test(error.message);
}

/** A refusal that could not be read, whatever for: nothing was carried out, so that any call may be made again. */
export function isSpoiltRefusal(error: unknown): boolean {
  return isAwsError(error) && error.$fault === undefined && hundreds(error) === 4;
}

/** Whether the SDK made the call more than once. */
export function wasRepeated(error: unknown): boolean {
  return isAwsError(error) && (error.$metadata?.attempts ?? 1) > 1;
}

const denied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

const skewed = ["RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"];

/** S3 refuses HEAD without a body, so that the SDK knows no name for it. */
function named(error: Error): string {
  const wordless = error.name === "Unknown" && isAwsError(error) && error.$metadata?.httpStatusCode === 403;
  return wordless ? "AccessDenied" : error.name;
}

/** AWS's error as a person reads it: `lambda:CreateFunction on notes-api: message (Code, request id R)`. */
export function dressed(error: unknown, service: string, operation: string, resource: string): unknown {
  if (!(error instanceof Error) || error instanceof ProviderError || error.name === "AbortError") return error;
  if (/credential/i.test(error.name)) return problems.noCredentials(error);
  error.name = named(error);
  const action = `${iamPrefix[service] ?? service}:${iamAction[operation] ?? operation}`;
  const id = (error as AwsError).$metadata?.requestId;
  const about = `${error.name}${id ? `, request id ${id}` : ""}`;
  let message = `${action} on ${resource}: ${error.message || "no message"} (${about})`;
  if (denied.includes(error.name)) message = `${message}; the credentials lack the permission ${action} on ${resource}`;
  if (haveExpired(error))
    message = `${message}; the credentials have expired: sign in again, then run the same command`;
  if (skewed.includes(error.name)) message = `${message}; check this computer's clock and the secret key`;
  // The same object goes on, so that name, metadata and stack stay what callers test.
  return Object.defineProperty(error, "message", { value: message, configurable: true, writable: true });
}

/** IAM's action for an operation where it is not the operation's own name. */
const iamAction: { [operation: string]: string } = { HeadBucket: "ListBucket", HeadObject: "GetObject" };

/** IAM's prefix for a service where it is not the client's own name. */
const iamPrefix: { [service: string]: string } = {
  apigatewayv2: "apigateway",
  cloudwatchlogs: "logs",
  "cloudwatch logs": "logs",
};
