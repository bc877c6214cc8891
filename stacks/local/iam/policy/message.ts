/** The words in which AWS refuses a request. */
import type { AccessRequest, Decision, PolicyKind } from "./evaluate.ts";

export interface MessageForm {
  /** S3 puts the resource in quotes. */
  quoted?: boolean;
  /** Lambda names even `*`. */
  anyNamed?: boolean;
  /** What the resource-based policy is called: `role trust policy` for STS. */
  resourcePolicy?: string;
}

/**
 * `User: ARN is not authorized to perform: ACTION on resource: RES because no identity-based policy allows the ACTION
 * action`. For a decision that is not `allowed`; a request on `*` names no resource.
 */
export function denialMessage(
  { principal, action, resource }: AccessRequest,
  { decision, by }: Decision,
  form: MessageForm = {},
): string {
  const who =
    "arn" in principal
      ? principal.arn
      : principal.kind === "service"
        ? principal.name
        : principal.kind === "web-identity"
          ? principal.provider
          : "anonymous";
  const where = resource === "*" && !form.anyNamed ? "" : ` on resource: ${form.quoted ? `"${resource}"` : resource}`;
  const policy = (by === "resource" && form.resourcePolicy) || names[by ?? "identity"];
  const why =
    decision === "explicitDeny"
      ? `with an explicit deny in ${article(policy)} ${policy}`
      : `because no ${policy} allows the ${action} action`;
  return `User: ${who} is not authorized to perform: ${action}${where} ${why}`;
}

const names: Readonly<Record<PolicyKind, string>> = {
  identity: "identity-based policy",
  resource: "resource-based policy",
  boundary: "permissions boundary",
  session: "session policy",
};

const article = (words: string): string =>
  words === "role trust policy" ? "the" : /^[aeiou]/.test(words) ? "an" : "a";
