/**
 * The grammar of identity-based and resource-based policies, checked before a document is stored. IAM checks in passes and
 * answers the first pass that fails, in these words: syntax, version, its older parser, statement ids, actions present,
 * resources' form, actions' form, resources present. Services with resource-based policies have errors and words of their
 * own; they take from here whether the document is one, and why not.
 */
import type { StatementElement } from "./compile.ts";
import { millisOf } from "./moment.ts";
import { parseOperator } from "./operators.ts";
import { resourceFault } from "./resource-grammar.ts";
import { PolicySyntaxError } from "./syntax-error.ts";

const syntax = (): PolicySyntaxError => new PolicySyntaxError("Syntax errors in policy.");

const documentElements = new Set(["Version", "Id", "Statement"]);
const statementElements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const versions = new Set(["2012-10-17", "2008-10-17"]);

/**
 * Throws PolicySyntaxError with the text of AWS's MalformedPolicyDocument. `anyVersion`: for what is evaluated and not
 * stored; IAM stores only the newer version.
 */
export function checkIdentityPolicy(text: string, anyVersion = false): void {
  const { version, statements } = parsed(text);
  if (!anyVersion && version !== "2012-10-17")
    throw new PolicySyntaxError("Policy document must be version 2012-10-17 or greater.");
  checkCommon(statements);
  for (const statement of statements)
    if (statement.Principal !== undefined || statement.NotPrincipal !== undefined)
      throw new PolicySyntaxError("Policy document should not specify a principal.");
  for (const statement of statements)
    if (isEmpty(statement.Resource) && isEmpty(statement.NotResource))
      throw new PolicySyntaxError("Policy statement must contain resources.");
}

/** Of a bucket, a function, a key: names principals, may be of the older version. */
export function checkResourcePolicy(text: string): void {
  const { statements } = parsed(text);
  checkCommon(statements);
  for (const { Principal, NotPrincipal } of statements) {
    if (Principal === undefined && NotPrincipal === undefined)
      throw new PolicySyntaxError("Missing required field Principal");
    if (Principal !== undefined && NotPrincipal !== undefined) throw syntax();
    if (!isPrincipal(Principal ?? NotPrincipal)) throw new PolicySyntaxError("Invalid principal in policy");
  }
}

function checkCommon(statements: StatementElement[]): void {
  for (const statement of statements)
    if (!passesOlderParser(statement)) throw new PolicySyntaxError("The policy failed legacy parsing");
  const faults = statements.map(({ Resource, NotResource }) => resourceFault([Resource ?? NotResource ?? []].flat()));
  if (faults.some((fault) => fault?.older)) throw new PolicySyntaxError("The policy failed legacy parsing");
  checkSids(statements);
  for (const statement of statements)
    if (isEmpty(statement.Action) && isEmpty(statement.NotAction))
      throw new PolicySyntaxError("Policy statement must contain actions.");
  const fault = faults.find((found) => found !== undefined);
  if (fault) throw new PolicySyntaxError(fault.text);
  for (const { Action, NotAction } of statements)
    for (const action of [Action ?? NotAction ?? []].flat()) checkAction(action);
}

function checkSids(statements: StatementElement[]): void {
  const sids = statements.flatMap(({ Sid }) => (Sid ? [Sid] : []));
  if (new Set(sids).size < sids.length)
    throw new PolicySyntaxError("Statement IDs (SID) in a single policy must be unique.");
  if (sids.some((sid) => !/^[0-9A-Za-z]*$/.test(sid)))
    throw new PolicySyntaxError(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
}

/** The first passes: what is JSON, has the elements there are, and values of their kind. */
function parsed(text: string): { version: string | undefined; statements: StatementElement[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw syntax();
  }
  if (!isObject(document) || Object.keys(document).some((key) => !documentElements.has(key))) throw syntax();
  const { Version, Id, Statement } = document;
  if (Version !== undefined && !versions.has(Version as string)) throw syntax();
  if (Id !== undefined && typeof Id !== "string") throw syntax();
  const statements = [Statement].flat();
  if (statements.length === 0 || !statements.every(isStatement)) throw syntax();
  return { version: Version as string | undefined, statements };
}

function isStatement(value: unknown): value is StatementElement {
  if (!isObject(value) || Object.keys(value).some((key) => !statementElements.has(key))) return false;
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition } = value;
  if (Sid !== undefined && typeof Sid !== "string") return false;
  if (typeof Effect !== "string" || !/^(allow|deny)$/i.test(Effect)) return false;
  if (Action !== undefined && NotAction !== undefined) return false;
  if (Resource !== undefined && NotResource !== undefined) return false;
  if (![Action, NotAction, Resource, NotResource].every((part) => part === undefined || isStrings(part))) return false;
  return Condition === undefined || isConditionBlock(Condition);
}

/** An operator that there is none of passes while nothing stands in it, as on AWS. */
export function isConditionBlock(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(
      ([operator, keys]) =>
        isObject(keys) &&
        (parseOperator(operator) !== undefined || Object.keys(keys).length === 0) &&
        Object.values(keys).every((values) => [values].flat().every(isScalar)),
    )
  );
}

/** The older parser minds the case of Effect, and dates. */
function passesOlderParser({ Effect, Condition }: StatementElement): boolean {
  if (Effect !== "Allow" && Effect !== "Deny") return false;
  return Object.entries(Condition ?? {})
    .filter(([operator]) => parseOperator(operator)?.base.startsWith("Date"))
    .every(([, keys]) =>
      Object.values(keys).every((values) => [values].flat().every((value) => millisOf(String(value)) !== undefined)),
    );
}

function checkAction(action: string): void {
  const [vendor = "", ...rest] = action.split(":");
  if (action === "*") return;
  if (rest.length === 0)
    throw new PolicySyntaxError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (rest.length > 1) throw new PolicySyntaxError("Actions/Condition can contain only one colon.");
  if (vendor !== "*" && !/^[A-Za-z0-9.-]+$/.test(vendor)) throw new PolicySyntaxError(`Vendor ${vendor} is not valid`);
}

const principalTypes = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);

function isPrincipal(value: unknown): boolean {
  if (value === "*") return true;
  return (
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(
      ([type, names]) => principalTypes.has(type) && isStrings(names) && [names].flat().every(isPrincipalName(type)),
    )
  );
}

const isPrincipalName =
  (type: string) =>
  (name: unknown): boolean =>
    type !== "AWS" ||
    name === "*" ||
    /^\d{12}$/.test(String(name)) ||
    /^arn:[\w-]+:(iam|sts)::\d{12}:(root|[\w-]+\/[^*?]+)$/.test(String(name)) ||
    // What AWS shows where a user or role was deleted.
    /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(String(name));

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => ["string", "boolean", "number"].includes(typeof value);
export const isStrings = (value: unknown): value is string | string[] =>
  [value].flat().every((one) => typeof one === "string");
const isEmpty = (value: string | string[] | undefined): boolean => value === undefined || [value].flat().length === 0;
