/** Policy documents: checked for form when stored. What they allow is decided elsewhere. */
import { errors } from "./errors.ts";

const versions = new Set(["2012-10-17", "2008-10-17"]);

/** Identity policies need Action and Resource; trust policies need Principal and Action. */
export function checkDocument(text: string, kind: "identity" | "trust"): void {
  let document: any;
  try {
    document = JSON.parse(text);
  } catch {
    throw errors.malformed(kind === "trust" ? "This policy contains invalid Json" : "Syntax errors in policy.");
  }
  if (document === null || typeof document !== "object" || Array.isArray(document))
    throw errors.malformed("Syntax errors in policy.");
  if (document.Version !== undefined && !versions.has(document.Version))
    throw errors.malformed("The policy failed legacy parsing");
  const statements = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0) throw errors.malformed("Syntax errors in policy.");
  for (const statement of statements) checkStatement(statement, kind);
}

/** As the limits count it: white space does not. */
export const sizeOf = (document: string): number => document.replace(/\s/g, "").length;

function checkStatement(statement: any, kind: "identity" | "trust"): void {
  if (statement === null || typeof statement !== "object") throw errors.malformed("Syntax errors in policy.");
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw errors.malformed("Syntax errors in policy.");
  const principal = statement.Principal ?? statement.NotPrincipal;
  const resource = statement.Resource ?? statement.NotResource;
  if (kind === "trust") {
    if (principal === undefined) throw errors.malformed("Missing required field Principal");
    if (resource !== undefined) throw errors.malformed("Has prohibited field Resource");
  } else {
    if (principal !== undefined) throw errors.malformed("Policy document should not specify a principal.");
    if (resource === undefined) throw errors.malformed("Policy statement must contain resources.");
    for (const arn of [resource].flat()) checkResource(arn);
  }
  if (statement.Action === undefined && statement.NotAction === undefined)
    throw errors.malformed(
      kind === "trust" ? "Missing required field Action" : "Policy statement must contain actions.",
    );
  for (const action of [statement.Action ?? statement.NotAction].flat()) checkAction(action);
}

function checkAction(action: unknown): void {
  if (typeof action !== "string") throw errors.malformed("Syntax errors in policy.");
  if (action !== "*" && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?-]+$/.test(action))
    throw errors.malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
}

function checkResource(arn: unknown): void {
  if (typeof arn !== "string") throw errors.malformed("Syntax errors in policy.");
  if (arn !== "*" && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$/s.test(arn))
    throw errors.malformed(`Resource ${arn.slice(0, 200)} must be in ARN format or "*".`);
}

/** Whether the trust policy lets Lambda assume the role. */
export function trustsLambda(trust: string): boolean {
  const statements = [JSON.parse(trust).Statement].flat();
  return statements.some(
    (statement: any) =>
      statement.Effect === "Allow" &&
      [statement.Action].flat().some((action) => action === "sts:AssumeRole" || action === "sts:*" || action === "*") &&
      [statement.Principal?.Service].flat().includes("lambda.amazonaws.com"),
  );
}
