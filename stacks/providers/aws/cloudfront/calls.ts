/** What the CloudFront types share: the client (one place for the world), and changes that are bound to what was read. */
import type { CloudFront } from "@aws-sdk/client-cloudfront";
import { retried } from "../../kit/waiting.ts";
import { hasCode, undefinedFor } from "../errors.ts";
import type { Call } from "../type.ts";

export async function cloudfront(call: Call): Promise<CloudFront> {
  return await call.session.client("cloudfront", call.context, call.label);
}

export const orMissing = undefinedFor("NoSuchDistribution", "NoSuchOriginAccessControl");

/** Read and changed again while somebody else changed it in between: `attempt` reads the ETag itself. */
export async function onWhatIsThere<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `another change of ${call.label} to end`, seconds: 300 };
  const again = (error: unknown): boolean => hasCode(error, "PreconditionFailed", "InvalidIfMatchVersion");
  return await retried(call.context, wait, again, attempt);
}
