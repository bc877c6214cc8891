/** What IAM refuses to store, in its words; what it stores although it looks odd. */
import { describe, expect, test } from "vitest";
import {
  checkIdentityPolicy,
  checkResourcePolicy,
  checkTrustPolicy,
  PolicySyntaxError,
} from "../../../../../stacks/local/iam/policy/index.ts";

const good = { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::b" };
const document = (...statements: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const changed = (change: object): string => document({ ...good, ...change });
const without = (...names: string[]): string =>
  document(Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name))));

/** The whole text, as toThrow would take a part of it. */
function fault(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof PolicySyntaxError ? error.message : String(error);
  }
}

const syntax = "Syntax errors in policy.";
const older = "The policy failed legacy parsing";
const newVersion = "Policy document must be version 2012-10-17 or greater.";
const noActions = "Policy statement must contain actions.";
const noResources = "Policy statement must contain resources.";
const vendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const colon = "Actions/Condition can contain only one colon.";
const service = "Resource vendor must be fully qualified and cannot contain regexes.";

const refused: [about: string, text: string, message: string][] = [
  ["no JSON", "policy", syntax],
  ["a list", "[]", syntax],
  ["null", "null", syntax],
  ["no version", JSON.stringify({ Statement: good }), newVersion],
  ["the older version", JSON.stringify({ Version: "2008-10-17", Statement: good }), newVersion],
  ["a version there is none of", JSON.stringify({ Version: "2026-01-01", Statement: good }), syntax],
  ["no statement", JSON.stringify({ Version: "2012-10-17" }), syntax],
  ["an empty list of statements", document(), syntax],
  ["a statement that is a word", JSON.stringify({ Version: "2012-10-17", Statement: ["x"] }), syntax],
  ["an element more", JSON.stringify({ Version: "2012-10-17", Statement: good, Extra: 1 }), syntax],
  ["an Id that is no text", JSON.stringify({ Version: "2012-10-17", Id: {}, Statement: good }), syntax],
  ["a statement's element more", changed({ Extra: 1 }), syntax],
  ["no effect", without("Effect"), syntax],
  ["an effect there is none of", changed({ Effect: "Maybe" }), syntax],
  ["an effect in other case", changed({ Effect: "allow" }), older],
  ["both Action and NotAction", changed({ NotAction: "iam:*" }), syntax],
  ["both Resource and NotResource", changed({ NotResource: "*" }), syntax],
  ["an action that is a list of lists", changed({ Action: [[]] }), syntax],
  ["a resource that is an object", changed({ Resource: {} }), syntax],
  ["a Sid that is no text", changed({ Sid: [] }), syntax],
  [
    "the same Sid twice",
    document({ ...good, Sid: "a" }, { ...good, Sid: "a" }),
    "Statement IDs (SID) in a single policy must be unique.",
  ],
  [
    "a Sid with other letters",
    changed({ Sid: "a-b" }),
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
  ],
  ["no action", without("Action"), noActions],
  ["no action and no resource", without("Action", "Resource"), noActions],
  ["an empty list of actions", changed({ Action: [] }), noActions],
  ["no resource", without("Resource"), noResources],
  ["an empty list of resources", changed({ Resource: [] }), noResources],
  ["an action without a service", changed({ Action: "ListBucket" }), vendor],
  ["an empty action", changed({ Action: "" }), vendor],
  ["an action with two colons", changed({ Action: "s3:List:Bucket" }), colon],
  ["a service that is no word", changed({ Action: "a b:List" }), "Vendor a b is not valid"],
  ["a service with a star", changed({ Action: "s*:List" }), "Vendor s* is not valid"],
  ["a resource that is no ARN", changed({ Resource: "bucket" }), 'Resource bucket must be in ARN format or "*".'],
  ["an empty resource", changed({ Resource: "" }), 'Resource  must be in ARN format or "*".'],
  [
    "an unknown partition",
    changed({ Resource: "arn:amazon:s3:::b" }),
    'Partition "amazon" is not valid for resource "arn:amazon:s3:::b".',
  ],
  ["a short one", changed({ Resource: "x:y" }), 'Partition "y" is not valid for resource "arn:y:*:*:*:*".'],
  ["an ARN without service", changed({ Resource: "arn:aws" }), service],
  ["a star for the service", changed({ Resource: "arn:aws:*:::b" }), service],
  ["one colon too few", changed({ Resource: "arn:aws:s3::b" }), older],
  ["an empty service", changed({ Resource: "arn:aws::::b" }), older],
  [
    "a region of IAM's",
    changed({ Resource: "arn:aws:iam:eu-west-1::user/a" }),
    "IAM resource arn:aws:iam:eu-west-1::user/a cannot contain region information.",
  ],
  [
    "a region of S3's",
    changed({ Resource: "arn:aws:s3:eu-west-1::b" }),
    "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
  ],
  [
    "what IAM has none of",
    changed({ Resource: "arn:aws:iam::123456789012:thing/a" }),
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
  ],
  ["a condition that is a list", changed({ Condition: [] }), syntax],
  ["an operator there is none of", changed({ Condition: { StringIs: { a: "b" } } }), syntax],
  ["an operator in other case", changed({ Condition: { stringEquals: { a: "b" } } }), syntax],
  ["NullIfExists", changed({ Condition: { NullIfExists: { a: "true" } } }), syntax],
  ["a condition's value that is an object", changed({ Condition: { Bool: { a: {} } } }), syntax],
  ["a date that is none", changed({ Condition: { DateLessThan: { a: "soon" } } }), older],
  ["a thirteenth month", changed({ Condition: { DateLessThan: { a: "2026-13" } } }), older],
  ["a zone of one digit", changed({ Condition: { DateLessThan: { a: "2026-12-13T02:00:00+1" } } }), older],
  ["a principal", changed({ Principal: "*" }), "Policy document should not specify a principal."],
  // The first pass that fails is the one that answers.
  ["a wrong action, no resource", document({ Effect: "Allow", Action: "x" }), vendor],
  [
    "a wrong resource and a wrong action",
    changed({ Action: "x", Resource: "y" }),
    'Resource y must be in ARN format or "*".',
  ],
  ["a date and a partition", changed({ Resource: "arn:x:s3:::b", Condition: { DateEquals: { a: "x" } } }), older],
];

const stored: [about: string, text: string][] = [
  ["one statement without a list", JSON.stringify({ Version: "2012-10-17", Statement: good })],
  ["every action", changed({ Action: "*" })],
  ["every service's every action", changed({ Action: "*:*" })],
  ["a service that nobody knows", changed({ Action: "no-such.service:Do" })],
  ["an incomplete ARN", changed({ Resource: "arn:aws:sqs" })],
  ["an ARN with stars", changed({ Resource: "arn:*:s3:::b*" })],
  ["all of IAM", changed({ Resource: "arn:aws:iam::123456789012:*" })],
  ["an access point's region", changed({ Resource: "arn:aws:s3:eu-west-1:123456789012:accesspoint/a" })],
  ["an unknown operator that is empty", changed({ Condition: { Any: {} } })],
  ["no values", changed({ Condition: { DateLessThan: { a: [] } } })],
  ["numbers and booleans", changed({ Condition: { NumericLessThan: { a: 5 }, Bool: { b: true } } })],
  ["quantifiers and IfExists", changed({ Condition: { "ForAnyValue:StringLikeIfExists": { a: ["b"] } } })],
  [
    "dates in all forms",
    changed({ Condition: { DateLessThan: { a: ["2026", "2026-12-13t2:00:00.5+23", "1700000000", "-1000"] } } }),
  ],
  ["an empty Sid twice", document({ ...good, Sid: "" }, { ...good, Sid: "" })],
];

describe("identity-based policies", () => {
  // Programs that AWS would refuse must be refused here, in words that can be searched for.
  test.each(refused)("with %s are refused", (_about, text, message) => {
    expect(fault(() => checkIdentityPolicy(text))).toBe(message);
  });

  // And nothing that AWS takes.
  test.each(stored)("with %s are stored", (_about, text) => {
    expect(() => checkIdentityPolicy(text)).not.toThrow();
  });
});

const trusting = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
const trust = (change: object): string => document(JSON.parse(JSON.stringify({ ...trusting, ...change })));
const onlySts = "AssumeRole policy may only specify STS AssumeRole actions.";

describe("trust policies", () => {
  // IAM checks them by another parser, with other words for the same faults.
  test.each<[string, string, string]>([
    ["no JSON", "{", "This policy contains invalid Json"],
    ["an unknown version", '{"Version":"1"}', "The policy must contain a valid version string"],
    ["no statement", '{"Version":"2012-10-17"}', "Could not parse the policy: Statement is empty!"],
    [
      "the same Sid twice",
      document({ ...trusting, Sid: "a" }, { ...trusting, Sid: "a" }),
      "The Statement Ids in the policy are not unique",
    ],
    ["no effect", trust({ Effect: undefined }), "Missing required field Effect"],
    ["another effect", trust({ Effect: "Maybe" }), "Invalid effect: Maybe"],
    ["no principal", trust({ Principal: undefined }), "Missing required field Principal"],
    ["an empty principal", trust({ Principal: {} }), "Missing required field Principal cannot be empty!"],
    ["everyone", trust({ Principal: "*" }), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'],
    ["a principal that is a word", trust({ Principal: "me" }), "Principal must be a JSON object."],
    ["NotPrincipal", trust({ NotPrincipal: { AWS: "*" } }), "Allow with NotPrincipal is not allowed."],
    [
      "a principal's star",
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:role/*" } }),
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"',
    ],
    [
      "a service that is none",
      trust({ Principal: { Service: "lambda" } }),
      'Invalid principal in policy: "SERVICE":"lambda"',
    ],
    [
      "who is not there",
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:role/gone" } }),
      'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/gone"',
    ],
    ["no action", trust({ Action: undefined }), "Missing required field Action"],
    ["another service's action", trust({ Action: "s3:GetObject" }), onlySts],
    ["all of STS", trust({ Action: "sts:*" }), onlySts],
    ["a resource", trust({ Resource: "*" }), "Has prohibited field Resource"],
    ["NotResource", trust({ NotResource: "*" }), "AssumeRole policy must not contain resources."],
    ["an unknown operator", trust({ Condition: { Is: { a: "b" } } }), "Syntax error in policy."],
  ])("with %s are refused", (_about, text, message) => {
    expect(fault(() => checkTrustPolicy(text, (arn) => !arn.endsWith("/gone")))).toBe(message);
  });

  // The forms that programs use.
  test.each([
    trust({}),
    trust({ Principal: { AWS: "*" } }),
    trust({
      Principal: { AWS: ["123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:user/a/b"] },
    }),
    trust({ Principal: { Federated: "cognito-identity.amazonaws.com" }, Action: "sts:AssumeRoleWithWebIdentity" }),
    trust({
      Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/id.example/x" },
      Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
    }),
    trust({ Condition: { StringEquals: { "sts:ExternalId": "x" } } }).replace("2012", "2008"),
  ])("are stored: %s", (text) => {
    expect(() => checkTrustPolicy(text)).not.toThrow();
  });
});

// Buckets, functions and keys take principals, and the older version.
test("resource-based policies need a principal of a known form", () => {
  const naming = (Principal: unknown): string =>
    JSON.stringify({ Version: "2008-10-17", Statement: { ...good, Principal } });
  for (const principal of [
    "*",
    { AWS: "*" },
    { AWS: "123456789012" },
    { Service: ["s3.amazonaws.com"] },
    { CanonicalUser: "c" },
  ])
    expect(() => checkResourcePolicy(naming(principal))).not.toThrow();
  expect(() => checkResourcePolicy(naming(undefined))).toThrow("Missing required field Principal");
  for (const principal of ["me", {}, { Who: "*" }, { AWS: "ana" }, { AWS: "arn:aws:iam::123456789012:user/*" }])
    expect(() => checkResourcePolicy(naming(principal)), JSON.stringify(principal)).toThrow(
      "Invalid principal in policy",
    );
});
