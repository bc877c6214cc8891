/** Rules on what is open: addresses, who may invoke, and the walls of buckets. The gate alone may be open to everybody. */
import type { Finding } from "../../blueprints/card.ts";
import {
  allows,
  finding,
  gateNoun,
  list,
  ofDomain,
  ofKind,
  type Plan,
  type PlannedResource,
  prefixOf,
  type Rule,
  type Statement,
  statementsOf,
} from "./plan.ts";

const isGates = (value: unknown, plan: Plan): boolean => value === `${prefixOf(plan.about)}${gateNoun}`;

export const addresses: Rule = {
  name: "addresses",
  check: (plan) => [
    ...ofKind(plan, "aws:lambda/functionUrl:FunctionUrl")
      .filter(({ inputs }) => inputs["authorizationType"] !== "AWS_IAM" && !isGates(inputs["functionName"], plan))
      .map((url) =>
        finding("refuse", "addresses", url, "is an address open to everybody that does not go through the gate."),
      ),
    ...ofKind(plan, "aws:lambda/permission:Permission").flatMap((permission) => ofPermission(permission, plan)),
  ],
};

function ofPermission(permission: PlannedResource, plan: Plan): Finding[] {
  const { principal, functionUrlAuthType, invokedViaFunctionUrl } = permission.inputs;
  const who = String(principal);
  const say = (severity: Finding["severity"], message: string): Finding[] => [
    finding(severity, "addresses", permission, message),
  ];
  if (who === "*") {
    const byAddress = functionUrlAuthType === "NONE" || invokedViaFunctionUrl === true;
    if (byAddress && isGates(permission.inputs["function"], plan)) return [];
    return say("refuse", "lets everybody call a function that is not the gate.");
  }
  const account = /^\d{12}$/.test(who) ? who : who.startsWith("arn:") ? who.split(":")[4] : undefined;
  if (account === plan.about.accountId) return [];
  if (account !== undefined) return say("refuse", `lets another account call a function (${who}).`);
  // The API in front of the gate for a name of the owner's: no blueprint can have one.
  if (who === "apigateway.amazonaws.com" && ofDomain(permission) && isGates(permission.inputs["function"], plan))
    return [];
  return say("ask", `lets the service ${who} call a function.`);
}

const walls = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

export const buckets: Rule = {
  name: "buckets",
  check: (plan) => ofKind(plan, "aws:s3/bucket:Bucket").flatMap((bucket) => ofBucket(bucket, plan)),
};

function ofBucket(bucket: PlannedResource, plan: Plan): Finding[] {
  const own = (kind: string): PlannedResource[] =>
    ofKind(plan, kind).filter(({ inputs }) => inputs["bucket"] === bucket.inputs["bucket"]);
  const block = own("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
  const encrypted = own("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").some(
    ({ inputs }) => JSON.stringify(inputs).includes("sseAlgorithm"),
  );
  const policies = own("aws:s3/bucketPolicy:BucketPolicy");
  const tls = policies.some(({ inputs }) => (statementsOf(inputs["policy"]) ?? []).some(deniesWithoutTls));
  const lacks: [boolean, string][] = [
    [
      !block.some(({ inputs }) => walls.every((wall) => inputs[wall] === true)),
      "is a bucket that could be made public.",
    ],
    [!encrypted, "is a bucket without encryption of its own."],
    [!tls && !plan.about.plainHttp, "is a bucket that can be read without TLS."],
    [JSON.stringify(bucket.inputs["acl"] ?? "").includes("public"), "is a bucket whose list is public."],
  ];
  return lacks.filter(([is]) => is).map(([, message]) => finding("refuse", "buckets", bucket, message));
}

function deniesWithoutTls({ Effect, Principal, Action, Resource, Condition }: Statement): boolean {
  const everyone = Principal === "*" || JSON.stringify(Principal) === '{"AWS":"*"}';
  const insecure = String(Condition?.["Bool"]?.["aws:SecureTransport"]) === "false";
  const whole = list(Resource).some((arn) => arn.endsWith("/*")) && list(Resource).some((arn) => !arn.endsWith("/*"));
  return Effect === "Deny" && everyone && list(Action).includes("s3:*") && insecure && whole;
}

export const bucketPolicies: Rule = {
  name: "bucket-policies",
  check: (plan) =>
    ofKind(plan, "aws:s3/bucketPolicy:BucketPolicy").flatMap((policy) => {
      const refuse = (message: string): Finding => finding("refuse", "bucket-policies", policy, message);
      const statements = statementsOf(policy.inputs["policy"]);
      if (!statements) return [refuse("opens a bucket to whom cannot be read before it is made.")];
      return statements.filter(allows).flatMap(({ Principal, NotPrincipal }): Finding[] => {
        if (NotPrincipal !== undefined || JSON.stringify(Principal ?? "*").includes('"*"'))
          return [refuse("opens a bucket to everybody.")];
        const accounts = list((Principal as { AWS?: unknown }).AWS).map((who) => who.split(":")[4] ?? who);
        return accounts.some((account) => account !== plan.about.accountId)
          ? [refuse("opens a bucket to another account.")]
          : [];
      });
    }),
};
