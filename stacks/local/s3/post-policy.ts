/** The policy of a form upload: who signed it, until when it holds, and what it lets a form say. Knows no bodies. */
import type { Caller, Clock, LocalCloud } from "../service.ts";
import { checkSession, same, scopeOf, signText } from "../signature.ts";
import { s3Error } from "./errors.ts";

export interface PostPolicy {
  /** Bytes, both inclusive. */
  length: { min: number; max: number };
  /** Who signed it: the upload is theirs. */
  caller: Caller;
}

/** Fields that no condition has to name. */
const free = new Set(["policy", "x-amz-signature", "file"]);

/** Throws AccessDenied, SignatureDoesNotMatch, InvalidPolicyDocument, or what is wrong with the key. */
export function checkPolicy(
  fields: ReadonlyMap<string, string>,
  bucket: string,
  { keyRing, clock }: Pick<LocalCloud, "keyRing" | "clock">,
): PostPolicy {
  const policy = fields.get("policy");
  if (policy === undefined) throw s3Error("AccessDenied");
  const caller = checkSignature(policy, fields, keyRing, clock);
  const { expiration, conditions } = parse(policy);
  const end = Date.parse(String(expiration));
  if (Number.isNaN(end)) throw s3Error("InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value.");
  if (end <= clock.now()) throw s3Error("AccessDenied", "Invalid according to Policy: Policy expired.");
  if (!Array.isArray(conditions)) throw s3Error("InvalidPolicyDocument", "Invalid Policy: Missing 'conditions'.");
  const values = new Map([...fields, ["bucket", bucket]]);
  const named = new Set<string>(["bucket"]);
  const length = { min: 0, max: Number.POSITIVE_INFINITY };
  for (const condition of conditions) checkCondition(condition, values, named, length);
  const extra = [...fields.keys()].filter(
    (name) => !free.has(name) && !named.has(name) && !name.startsWith("x-ignore-"),
  );
  if (extra.length > 0)
    throw s3Error("AccessDenied", `Invalid according to Policy: Extra input fields: ${extra.join(", ")}`);
  return { length, caller };
}

function checkSignature(
  policy: string,
  fields: ReadonlyMap<string, string>,
  keyRing: LocalCloud["keyRing"],
  clock: Clock,
): Caller {
  if (fields.get("x-amz-algorithm") !== "AWS4-HMAC-SHA256")
    throw s3Error("InvalidArgument", 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const scope = scopeOf(fields.get("x-amz-credential"));
  const key = keyRing.find(scope.accessKeyId);
  if (!key) throw s3Error("InvalidAccessKeyId", undefined, { AWSAccessKeyId: scope.accessKeyId });
  if (
    scope.service !== "s3" ||
    !same(signText(key.secretAccessKey, scope, policy), fields.get("x-amz-signature") ?? "")
  )
    throw s3Error("SignatureDoesNotMatch");
  checkSession(key, fields.get("x-amz-security-token"), clock.now());
  return key.caller;
}

function parse(policy: string): { expiration?: unknown; conditions?: unknown } {
  try {
    const document = JSON.parse(Buffer.from(policy, "base64").toString("utf8"));
    if (typeof document === "object" && document !== null) return document;
  } catch {
    // Said below.
  }
  throw s3Error("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.");
}

function checkCondition(
  condition: unknown,
  values: ReadonlyMap<string, string>,
  named: Set<string>,
  length: PostPolicy["length"],
): void {
  const failed = () =>
    s3Error("AccessDenied", `Invalid according to Policy: Policy Condition failed: ${JSON.stringify(condition)}`);
  const invalid = () => s3Error("InvalidPolicyDocument", "Invalid Policy: Invalid condition.");
  if (typeof condition !== "object" || condition === null) throw invalid();
  const triples = Array.isArray(condition)
    ? [condition]
    : Object.entries(condition).map(([name, value]) => ["eq", `$${name}`, value]);
  for (const [kind, name, wanted] of triples) {
    if (String(kind).toLowerCase() === "content-length-range") {
      const [min, max] = [Number(name), Number(wanted)];
      if (!Number.isInteger(min) || !Number.isInteger(max)) throw invalid();
      length.min = Math.max(length.min, min);
      length.max = Math.min(length.max, max);
      continue;
    }
    if (typeof name !== "string" || !name.startsWith("$") || typeof wanted !== "string") throw invalid();
    const field = name.slice(1).toLowerCase();
    named.add(field);
    const value = values.get(field) ?? "";
    const verb = String(kind).toLowerCase();
    if (verb !== "eq" && verb !== "starts-with") throw invalid();
    if (verb === "eq" ? value !== wanted : !value.startsWith(wanted)) throw failed();
  }
}
