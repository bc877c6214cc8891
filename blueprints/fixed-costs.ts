/**
 * What each type of resource costs a month by being there, used or not, apart from the data in it. Every type that the
 * engine knows is in the table: what is not in it has no price, and is never taken to be free.
 */
import { pagePrices } from "./price-list.ts";

/** `unpriced`: why this table cannot say. */
export type Fixed = { perMonth: number } | { unpriced: string };

/** Inputs of one resource as a stack's state has them. */
type Of = (inputs: Readonly<Record<string, unknown>>) => Fixed;

const free: Of = () => ({ perMonth: 0 });

const fixed: { readonly [kind: string]: Of } = {
  // Charged by use and by what is kept: blueprints/use-costs.ts.
  "aws:apigatewayv2/api:Api": free,
  "aws:cloudfront/distribution:Distribution": free,
  "aws:cloudwatch/logGroup:LogGroup": free,
  "aws:lambda/function:Function": free,
  "aws:lambda/functionUrl:FunctionUrl": free,
  "aws:s3/bucket:Bucket": free,
  "aws:s3/bucketObject:BucketObject": free,
  "aws:s3/bucketObjectv2:BucketObjectv2": free,
  "aws:dynamodb/table:Table": ({ billingMode }) =>
    billingMode === "PAY_PER_REQUEST" ? { perMonth: 0 } : { unpriced: "capacity that is paid for whether it is used" },
  // Stored code is free up to 75 GB of a region.
  "aws:lambda/layerVersion:LayerVersion": free,
  "aws:lambda/alias:Alias": free,
  "aws:lambda/eventSourceMapping:EventSourceMapping": free,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": free,
  "aws:lambda/permission:Permission": free,
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": () => ({
    unpriced: "functions that are kept ready",
  }),
  "aws:ssm/parameter:Parameter": ({ tier = "Standard" }) =>
    tier === "Standard" ? { perMonth: 0 } : { unpriced: `a parameter of the tier ${String(tier)}` },
  "aws:route53/zone:Zone": () => ({ perMonth: pagePrices.hostedZone.dollars }),
  "aws:route53/record:Record": free,
  // Public certificates that stay in AWS.
  "aws:acm/certificate:Certificate": free,
  "aws:acm/certificateValidation:CertificateValidation": free,
  "aws:apigatewayv2/apiMapping:ApiMapping": free,
  "aws:apigatewayv2/domainName:DomainName": free,
  "aws:apigatewayv2/integration:Integration": free,
  "aws:apigatewayv2/route:Route": free,
  "aws:apigatewayv2/stage:Stage": free,
  "aws:cloudfront/originAccessControl:OriginAccessControl": free,
  // An account's first two; see `budgetsBeyond`.
  "aws:budgets/budget:Budget": free,
  "aws:organizations/account:Account": free,
  ...Object.fromEntries(
    [
      ...["accessKey:AccessKey", "group:Group", "groupMembership:GroupMembership", "groupPolicy:GroupPolicy"],
      ...["groupPolicyAttachment:GroupPolicyAttachment", "openIdConnectProvider:OpenIdConnectProvider"],
      ...["policy:Policy", "role:Role", "rolePolicy:RolePolicy", "rolePolicyAttachment:RolePolicyAttachment"],
      ...["user:User", "userGroupMembership:UserGroupMembership", "userPolicy:UserPolicy"],
      "userPolicyAttachment:UserPolicyAttachment",
    ].map((type) => [`aws:iam/${type}`, free]),
  ),
  ...Object.fromEntries(
    [
      ...["bucketCorsConfiguration:BucketCorsConfiguration", "bucketOwnershipControls:BucketOwnershipControls"],
      ...["bucketLifecycleConfiguration:BucketLifecycleConfiguration", "bucketPolicy:BucketPolicy"],
      ...["bucketPublicAccessBlock:BucketPublicAccessBlock", "bucketVersioning:BucketVersioning"],
      "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ].map((type) => [`aws:s3/${type}`, free]),
  ),
};

/** Cloudflare charges for neither zones on its free plan nor records; components and providers are nothing in a cloud. */
const nowhere = /^(pulumi:|freehold:|cloudflare:index\/)/;

export function fixedCostOf({ kind, inputs }: { kind: string; inputs: Readonly<Record<string, unknown>> }): Fixed {
  if (nowhere.test(kind)) return { perMonth: 0 };
  return fixed[kind]?.(inputs) ?? { unpriced: `a kind of resource without a price here: ${kind}` };
}

const daysOfAMonth = 30.4;

/** Of all budgets of an account: some are free, and each more is paid by the day. */
export const budgetsBeyond = (count: number): number =>
  Math.max(0, count - pagePrices.budgetPerDay.free) * pagePrices.budgetPerDay.dollars * daysOfAMonth;
