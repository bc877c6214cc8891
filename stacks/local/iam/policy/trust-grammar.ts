/** The grammar of a role's trust policy, which IAM checks by another parser with other words. */
import { isConditionBlock, isObject, isStrings } from "./grammar.ts";
import { PolicySyntaxError } from "./syntax-error.ts";

const malformed = (text: string): PolicySyntaxError => new PolicySyntaxError(text);

const actions = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:SetContext",
  "sts:SetSourceIdentity",
  "sts:TagSession",
]);

/**
 * Throws PolicySyntaxError with the text of AWS's MalformedPolicyDocument. `exists`: whether a user or role of this
 * account is there (IAM refuses to trust who is not); other accounts' are taken as they are.
 */
export function checkTrustPolicy(text: string, exists: (arn: string) => boolean = () => true): void {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (!isObject(document)) throw malformed("This policy contains invalid Json");
  const { Version, Statement } = document;
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17")
    throw malformed("The policy must contain a valid version string");
  const statements = Statement === undefined ? [] : [Statement].flat();
  if (statements.length === 0) throw malformed("Could not parse the policy: Statement is empty!");
  for (const statement of statements) checkStatement(statement, exists);
  const sids = statements.flatMap((statement) => (isObject(statement) && statement.Sid ? [statement.Sid] : []));
  if (new Set(sids).size < sids.length) throw malformed("The Statement Ids in the policy are not unique");
}

function checkStatement(statement: unknown, exists: (arn: string) => boolean): void {
  if (!isObject(statement)) throw malformed("Syntax error in policy.");
  const { Effect, Principal, NotPrincipal, Condition } = statement;
  if (Effect === undefined) throw malformed("Missing required field Effect");
  if (Effect !== "Allow" && Effect !== "Deny") throw malformed(`Invalid effect: ${Effect}`);
  if (NotPrincipal !== undefined)
    throw malformed(
      Effect === "Allow"
        ? "Allow with NotPrincipal is not allowed."
        : "AssumeRole policy must not contain NotPrincipal field.",
    );
  checkPrincipal(Principal, exists);
  if (Condition !== undefined && !isConditionBlock(Condition)) throw malformed("Syntax error in policy.");
  checkActions(statement);
  if (statement.Resource !== undefined) throw malformed("Has prohibited field Resource");
  if (statement.NotResource !== undefined) throw malformed("AssumeRole policy must not contain resources.");
}

function checkActions({ Action, NotAction }: Record<string, unknown>): void {
  if (Action !== undefined && NotAction !== undefined) throw malformed("Syntax error in policy.");
  const named = [Action ?? NotAction ?? []].flat();
  if (named.length === 0) throw malformed("Missing required field Action");
  if (!isStrings(named)) throw malformed("Syntax error in policy.");
  if (![named].flat().every((action) => actions.has(action)))
    throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
}

const forms: Readonly<Record<string, RegExp>> = {
  AWS: /^(\*|\d{12}|arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)\/[^*?]+)|A[A-Z]{3}[A-Z0-9]{12,})$/,
  Service: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  Federated: /^([a-z0-9-]+(\.[a-z0-9-]+)+|arn:[\w-]+:iam::\d{12}:(saml|oidc)-provider\/.+)$/,
};

function checkPrincipal(principal: unknown, exists: (arn: string) => boolean): void {
  if (principal === undefined) throw malformed("Missing required field Principal");
  if (principal === "*") throw malformed('AssumeRolepolicy contained an invalid principal: "STAR":"*".');
  if (!isObject(principal)) throw malformed("Principal must be a JSON object.");
  const entries = Object.entries(principal).flatMap(([type, values]) => [values].flat().map((value) => [type, value]));
  if (entries.length === 0) throw malformed("Missing required field Principal cannot be empty!");
  for (const [type, value] of entries) {
    const known = typeof value === "string" && forms[String(type)]?.test(value);
    if (!known || (type === "AWS" && !exists(value)))
      throw malformed(`Invalid principal in policy: "${String(type).toUpperCase()}":"${value}"`);
  }
}
