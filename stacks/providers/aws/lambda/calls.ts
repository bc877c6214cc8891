/** What the Lambda types share: the client, "not there", and waiting for a function to take changes again. */
import type { GetFunctionResponse, Lambda } from "@aws-sdk/client-lambda";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode, problems, undefinedFor } from "../errors.ts";
import type { Call } from "../type.ts";

export async function lambda(call: Call): Promise<Lambda> {
  return await call.session.client("lambda", call.context, call.label, call.region);
}

export const orMissing = undefinedFor("ResourceNotFoundException");

const message = (error: unknown): string => (error instanceof Error ? error.message : "");

/**
 * IAM takes up to a minute, seldom more, to tell Lambda about a role or its policies. AWS words it in several ways, all
 * of them InvalidParameterValue.
 */
function isPropagating(error: unknown): boolean {
  if (hasCode(error, "KMSAccessDeniedException") || /KMS/.test(message(error)))
    return /does not exist|AssumeRole/.test(message(error));
  return (
    hasCode(error, "InvalidParameterValueException") &&
    /cannot be assumed by Lambda|execution role does not have permissions|role is invalid/i.test(message(error))
  );
}

const busy = (error: unknown): boolean =>
  hasCode(error, "ResourceConflictException") &&
  /in progress|following state: Pending|concurrent/i.test(message(error));

/** Repeats until IAM has told Lambda of the role and no other change of the function is under way. */
export async function accepted<T>(call: Call, role: string | undefined, attempt: () => Promise<T>): Promise<T> {
  const what = `role ${role?.split("/").at(-1) ?? "of the function"} to be assumable by Lambda`;
  return await retried(call.context, { what, seconds: 180 }, isPropagating, () => idle(call, attempt));
}

/** Repeats while another change of the function is under way. */
export async function idle<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  return await retried(call.context, { what: `another change of ${call.label} to end`, seconds: 300 }, busy, attempt);
}

/**
 * Waits until the function runs what was last asked for, and answers it; a failed one is reported with AWS's reason.
 * GetFunction has a limit of its own, 100 a second; GetFunctionConfiguration shares 15 with all that changes something.
 */
export async function ready(call: Call, name: string): Promise<GetFunctionResponse> {
  const client = await lambda(call);
  const wait = { what: `function ${name} to be ready`, seconds: 600, everyMs: 150 };
  return await until(call.context, wait, async () => {
    const live = await orMissing(client.getFunction({ FunctionName: name }));
    const config = live?.Configuration;
    if (!config) return undefined;
    if (config.State === "Failed")
      throw problems.failed(`function ${name}`, because(config.StateReason, config.StateReasonCode));
    if (config.LastUpdateStatus === "Failed")
      throw problems.failed(
        `the last update of function ${name}`,
        because(config.LastUpdateStatusReason, config.LastUpdateStatusReasonCode),
      );
    const settled = config.State !== "Pending" && config.LastUpdateStatus !== "InProgress";
    return settled ? live : undefined;
  });
}

function because(reason: string | undefined, code: string | undefined): string {
  return `${reason ?? "no reason given"}${code ? ` (${code})` : ""}`;
}
