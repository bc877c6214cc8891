/** Who a caller is to the evaluator, and whose policies its calls are decided by. */
import type { Principal } from "../iam/policy/index.ts";
import type { Caller } from "../service.ts";

export function principalOf(caller: Caller | null, owner: string): Principal {
  if (!caller) return { kind: "anonymous" };
  const { arn, roleArn, accountId, session } = caller;
  const canonicalId = accountId;
  if (roleArn) return { kind: "role", accountId, arn, roleArn, canonicalId };
  if (arn.endsWith(":root")) return { kind: "root", accountId, arn, canonicalId };
  if (arn.includes(":federated-user/")) {
    const userArn = session?.userArn ?? `arn:aws:iam::${owner}:root`;
    return { kind: "federated-user", accountId, arn, userArn, canonicalId };
  }
  return { kind: "user", accountId, arn, canonicalId };
}

/** Undefined for the root user, who has no policies, and for a federated user that it made. */
export function entityArn({ arn, roleArn, session }: Caller): string | undefined {
  if (roleArn) return roleArn;
  if (arn.includes(":federated-user/")) return session?.userArn;
  return arn.endsWith(":root") ? undefined : arn;
}
