/** What sessions are asked to carry: policies and tags, checked as STS checks them. */
import type { DatabaseSync } from "node:sqlite";
import { deflateRawSync } from "node:zlib";
import { managedDocument } from "../iam/entity-policies.ts";
import { checkIdentityPolicy, PolicySyntaxError } from "../iam/policy/index.ts";
import type { QueryInput } from "../protocols/aws-query.ts";
import { ServiceError } from "../service.ts";

export const invalid = (message: string): ServiceError => new ServiceError("ValidationError", 400, message);

export interface Carried {
  /** Undefined: none were given. */
  policies: string[] | undefined;
  tags: Record<string, string>;
  transitive: string[];
  /** Percent of what fits; undefined where there is nothing to pack. */
  packedSize: number | undefined;
}

const packedBytes = 2_048;

export function carriedOf(input: QueryInput, db: DatabaseSync): Carried {
  const policies = policiesOf(input, db);
  const tags = tagsOf(input);
  const transitive = [input.TransitiveTagKeys || []].flat().map(String);
  for (const key of transitive)
    if (!Object.keys(tags).some((name) => name.toLowerCase() === key.toLowerCase()))
      throw new ServiceError(
        "InvalidParameterValue",
        400,
        "The specified transitive tag key must be included in the requested tags.",
      );
  const empty = policies === undefined && Object.keys(tags).length === 0;
  const packedSize = empty ? undefined : packed([policies ?? [], tags, transitive]);
  return { policies, tags, transitive, packedSize };
}

/** AWS packs by a way of its own and answers a percentage; here it is the deflated text's. */
function packed(content: unknown): number {
  const size = Math.ceil((deflateRawSync(JSON.stringify(content)).length / packedBytes) * 100);
  if (size > 100)
    throw new ServiceError(
      "PackedPolicyTooLarge",
      400,
      `Packed size of session tags consumes ${size}% of allotted space.`,
    );
  return size;
}

function policiesOf(input: QueryInput, db: DatabaseSync): string[] | undefined {
  const arns = [input.PolicyArns || []].flat().map(({ arn }: { arn?: string }) => arn ?? "");
  if (arns.length > 10) throw invalid("The number of session policies may not be greater than 10.");
  if (input.Policy === undefined && arns.length === 0) return undefined;
  const managed = arns.map((arn) => {
    const document = managedDocument(db, arn);
    if (document === undefined) throw invalid(`The session policy ${arn} does not exist.`);
    return document;
  });
  if (input.Policy === undefined) return managed;
  try {
    checkIdentityPolicy(input.Policy);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new ServiceError("MalformedPolicyDocument", 400, error.message);
  }
  return [input.Policy, ...managed];
}

function tagsOf(input: QueryInput): Record<string, string> {
  const given = [input.Tags || []].flat() as { Key?: string; Value?: string }[];
  const tags: Record<string, string> = {};
  for (const { Key = "", Value = "" } of given) {
    if (Key.toLowerCase().startsWith("aws:")) throw invalid(`Tag keys may not begin with aws:: ${Key}`);
    if (Object.keys(tags).some((key) => key.toLowerCase() === Key.toLowerCase()))
      throw new ServiceError(
        "InvalidParameterValue",
        400,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    tags[Key] = Value;
  }
  return tags;
}
