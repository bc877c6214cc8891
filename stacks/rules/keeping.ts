/** Rules on what is kept: data that can be got back, logs that end, names that are the app's own, code of the digest. */
import type { Finding } from "../../blueprints/card.ts";
import { finding, list, ofDomain, ofKind, type Plan, type PlannedResource, prefixOf, type Rule, text } from "./plan.ts";

export const recovery: Rule = {
  name: "recovery",
  check: (plan) =>
    ofKind(plan, "aws:dynamodb/table:Table")
      .filter(({ name }) => plan.about.preciousTables.includes(name))
      .filter(({ inputs }) => (inputs["pointInTimeRecovery"] as { enabled?: unknown } | undefined)?.enabled !== true)
      .map((table) =>
        finding("refuse", "recovery", table, "keeps precious data, and could not be set back to an earlier time."),
      ),
};

export const logs: Rule = {
  name: "logs",
  check: (plan) => {
    const groups = ofKind(plan, "aws:cloudwatch/logGroup:LogGroup");
    const names = new Set(groups.map(({ inputs }) => inputs["name"]));
    return [
      ...groups
        .filter(({ inputs }) => !(Number(inputs["retentionInDays"]) > 0))
        .map((group) => finding("refuse", "logs", group, "is a log that is kept, and paid for, for ever.")),
      ...ofKind(plan, "aws:lambda/function:Function")
        .filter(({ inputs }) => !names.has(`/aws/lambda/${text(inputs["name"]) ?? ""}`))
        .map((lambda) =>
          finding("refuse", "logs", lambda, "has no log group in the plan: AWS would make one that is kept for ever."),
        ),
    ];
  },
};

/** Which input names a kind, and what stands before the app's prefix in it. */
const named: Readonly<Record<string, readonly [input: string, before: string]>> = {
  "aws:dynamodb/table:Table": ["name", ""],
  "aws:iam/role:Role": ["name", ""],
  "aws:iam/policy:Policy": ["name", ""],
  "aws:lambda/function:Function": ["name", ""],
  "aws:s3/bucket:Bucket": ["bucket", ""],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "/aws/lambda/"],
};

/** Row H12. */
export const names: Rule = {
  name: "names",
  check: (plan) =>
    plan.resources.flatMap((resource): Finding[] => {
      const rule = named[resource.kind];
      if (!rule) return resource.kind === "aws:ssm/parameter:Parameter" ? ofParameter(resource, plan) : [];
      const [input, before] = rule;
      return text(resource.inputs[input])?.startsWith(`${before}${prefixOf(plan.about)}`) ? [] : [foreign(resource)];
    }),
};

function ofParameter(resource: PlannedResource, { about: { cloud, app } }: Plan): Finding[] {
  return text(resource.inputs["name"])?.startsWith(`/freehold/${cloud}/${app}/`) ? [] : [foreign(resource)];
}

const foreign = (resource: PlannedResource): Finding =>
  finding("refuse", "names", resource, "has a name outside the app's own, where other things are.");

export const code: Rule = {
  name: "code",
  check: (plan) =>
    ofKind(plan, "aws:lambda/function:Function").flatMap((lambda) => {
      const { s3Bucket, s3Key, imageUri, layers } = lambda.inputs;
      const elsewhere = [s3Bucket, s3Key, imageUri].some((value) => value !== undefined) || list(layers).length > 0;
      return elsewhere
        ? [
            finding(
              "refuse",
              "code",
              lambda,
              "runs code that is not in the blueprint's folder, so no digest covers it.",
            ),
          ]
        : [];
    }),
};

/** What rules look at, or need not: parts that are only about something they look at. */
const looked = new Set([
  ...Object.keys(named),
  "aws:ssm/parameter:Parameter",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:lambda/functionUrl:FunctionUrl",
  "aws:lambda/permission:Permission",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  "aws:s3/bucketObjectv2:BucketObjectv2",
]);

export const unknownKinds: Rule = {
  name: "unknown-kinds",
  check: ({ resources }) =>
    resources
      .filter((resource) => !ofDomain(resource))
      .filter(({ kind }) => kind.startsWith("aws:") && !looked.has(kind) && !kind.startsWith("aws:iam/"))
      .map((resource) =>
        finding("ask", "unknown-kinds", resource, `is of a kind no rule looks at (${resource.kind}).`),
      ),
};
