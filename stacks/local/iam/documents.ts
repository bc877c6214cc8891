/** Policy documents as IAM stores them: checked for grammar and size, refused in its errors. */

import { errors } from "./errors.ts";
import { checkIdentityPolicy, checkTrustPolicy, compilePolicy, PolicySyntaxError } from "./policy/index.ts";

const maxTrustBytes = 2_048;

/** `name` is the model's word for the member: `policyDocument`. */
export function checkDocument(text: string, name = "policyDocument"): void {
  checkLetters(text, name);
  refusing(() => checkIdentityPolicy(text));
}

/** `exists`: whether an ARN of this account's is a user or role that is there. */
export function checkTrust(text: string, exists: (arn: string) => boolean): void {
  checkLetters(text, "assumeRolePolicyDocument");
  refusing(() => checkTrustPolicy(text, exists));
  if (sizeOf(text) > maxTrustBytes) throw errors.limit(`Cannot exceed quota for ACLSizePerRole: ${maxTrustBytes}`);
}

/** As the limits count it: white space does not. */
export const sizeOf = (document: string): number => document.replace(/\s/g, "").length;

function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof PolicySyntaxError ? errors.malformed(error.message) : error;
  }
}

function checkLetters(text: string, name: string): void {
  if (text.length > 131_072)
    throw errors.invalid(
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to 131072`,
    );
  // The model's own pattern; the text is the one IAM answers for it.
  if (!/^[\t\n\r\u0020-\u00ff]+$/.test(text))
    throw errors.invalid(
      `The specified value for ${name} is invalid. It must contain only printable ASCII characters.`,
    );
}

/** Whether the trust policy lets Lambda assume the role; its conditions are for the call itself to meet. */
export function trustsLambda(trust: string): boolean {
  const statements = compilePolicy("trust", trust).statements.filter(
    ({ principals, coversAction }) =>
      principals?.({ kind: "service", name: "lambda.amazonaws.com" }) !== undefined && coversAction("sts:assumerole"),
  );
  return statements.some(({ effect }) => effect === "Allow");
}
