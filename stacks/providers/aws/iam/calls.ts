/** What the IAM types share: the client (one region for everything), and IAM's own eventual consistency. */
import type { IAM } from "@aws-sdk/client-iam";
import { retried } from "../../kit/waiting.ts";
import { hasCode, undefinedFor } from "../errors.ts";
import type { Call } from "../type.ts";

export async function iam(call: Call): Promise<IAM> {
  return await call.session.client("iam", call.context, call.label);
}

export const orMissing = undefinedFor("NoSuchEntity");

/** A role created a moment ago may be unknown to the next call; another change of it may be under way. */
export async function onceKnown<T>(call: Call, what: string, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `${what} to be known to IAM`, seconds: 60 };
  const again = (error: unknown): boolean => hasCode(error, "NoSuchEntity", "ConcurrentModification");
  return await retried(call.context, wait, again, attempt);
}

/** Retried while IAM says that another change of the same entity is under way. */
export async function alone<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `another change of ${call.label} to end`, seconds: 60 };
  return await retried(call.context, wait, (error) => hasCode(error, "ConcurrentModification"), attempt);
}

/** IAM answers policies URL-encoded. */
export const decoded = (document: string | undefined): string => decodeURIComponent(document ?? "");
