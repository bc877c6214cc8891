/**
 * What the credentials of a cloud's owner have to be able to do, as data: simulated before setup, printed as a policy in
 * the documentation, and proven by a whole life of cloud and apps with exactly these (test/e2e/aws-rights). Names of a
 * cloud's things begin with `CLOUD--`, so no right reaches anything else of the account.
 */
import { partitionOf } from "../names.ts";

export interface RightsGroup {
  /** `setup`: without these no cloud comes about; `apps`: without these some app, or some change of one, does not. */
  for: "setup" | "apps";
  /** With `*` where names differ. */
  resource: string;
  actions: string[];
}

interface Where {
  /** The cloud's name, or `*` for any. */
  name: string;
  accountId: string;
  region: string;
}

const words = (service: string, text: string): string[] => text.split(" ").map((word) => `${service}:${word}`);

/** Of the account's budgets, which are the world's: only where a cloud is to have one. */
export function budgetRights({ name, accountId, region }: Where): RightsGroup[] {
  const resource = `arn:${partitionOf(region)}:budgets::${accountId}:budget/${name}--*`;
  return [{ for: "setup", resource, actions: words("budgets", budgetActions) }];
}

/** In the order in which a cloud needs them. */
export function neededRights({ name, accountId, region }: Where): RightsGroup[] {
  const partition = partitionOf(region);
  const arn = (service: string, rest: string): string => `arn:${partition}:${service}:${region}:${accountId}:${rest}`;
  const iam = (rest: string): string => `arn:${partition}:iam::${accountId}:${rest}`;
  const state = `arn:${partition}:s3:::freehold-state-${name}-*`;
  const bucket = `arn:${partition}:s3:::${name}--*`;
  const setup = (resource: string, actions: string[]): RightsGroup => ({ for: "setup", resource, actions });
  const apps = (resource: string, actions: string[]): RightsGroup => ({ for: "apps", resource, actions });
  return [
    setup("*", [
      ...words("s3", "ListAllMyBuckets"),
      ...words("iam", "ListRoles ListPolicies"),
      ...words("lambda", "ListFunctions GetAccountSettings"),
      ...words("dynamodb", "ListTables"),
      ...words("logs", "DescribeLogGroups"),
      ...words("ssm", "DescribeParameters"),
    ]),
    setup(state, words("s3", stateBucketActions)),
    setup(`${state}/*`, words("s3", "GetObject PutObject DeleteObject DeleteObjectVersion AbortMultipartUpload")),
    setup(arn("ssm", `parameter/freehold/${name}/*`), words("ssm", parameterActions)),
    setup(iam(`policy/${name}--*`), words("iam", policyActions)),
    setup(iam(`role/${name}--*`), words("iam", roleActions)),
    setup(arn("dynamodb", `table/${name}--*`), words("dynamodb", tableActions)),
    setup(arn("logs", `log-group:/aws/lambda/${name}--*`), words("logs", logActions)),
    setup(arn("lambda", `function:${name}--*`), words("lambda", functionActions)),
    apps(bucket, words("s3", appBucketActions)),
    // What apps keep, looked at, changed, carried out and back; and who may come in, looked at and taken back.
    apps(arn("dynamodb", `table/${name}--*`), words("dynamodb", itemActions)),
    // A new key for sessions.
    apps(arn("lambda", `function:${name}--foundation--signin`), words("lambda", "InvokeFunction")),
    apps(`${bucket}/*`, words("s3", objectActions)),
    // To read and, with --write, to write as an app's function may: `exec`.
    apps(iam(`role/${name}--*--exec--*`), words("sts", "AssumeRole")),
  ];
}

const budgetActions = "ViewBudget ModifyBudget ListTagsForResource TagResource UntagResource";
const stateBucketActions =
  "CreateBucket DeleteBucket ListBucket ListBucketVersions ListBucketMultipartUploads GetBucketLocation GetBucketPolicy PutBucketPolicy GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketTagging PutBucketTagging GetBucketVersioning PutBucketVersioning GetEncryptionConfiguration PutEncryptionConfiguration GetLifecycleConfiguration PutLifecycleConfiguration";
const parameterActions =
  "GetParameter GetParameters GetParametersByPath PutParameter DeleteParameter DeleteParameters AddTagsToResource RemoveTagsFromResource ListTagsForResource";
const policyActions =
  "CreatePolicy DeletePolicy GetPolicy GetPolicyVersion ListPolicyVersions CreatePolicyVersion DeletePolicyVersion ListPolicyTags TagPolicy UntagPolicy";
const roleActions =
  "CreateRole DeleteRole GetRole PassRole UpdateRole UpdateAssumeRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole ListRoleTags TagRole UntagRole";
const tableActions =
  "CreateTable DeleteTable DescribeTable UpdateTable DescribeContinuousBackups UpdateContinuousBackups DescribeTimeToLive UpdateTimeToLive ListTagsOfResource TagResource UntagResource PutItem";
/** Putting one is among a table's. */
const itemActions = "GetItem Query Scan UpdateItem DeleteItem BatchWriteItem RestoreTableToPointInTime";
const logActions =
  "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy ListTagsForResource TagResource UntagResource FilterLogEvents";
const functionActions =
  "CreateFunction DeleteFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration ListTags TagResource UntagResource CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig GetPolicy AddPermission RemovePermission";
const appBucketActions =
  "CreateBucket DeleteBucket ListBucket ListBucketVersions ListBucketMultipartUploads GetBucketLocation GetBucketCORS PutBucketCORS GetBucketObjectLockConfiguration GetBucketOwnershipControls PutBucketOwnershipControls GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketTagging PutBucketTagging GetBucketVersioning PutBucketVersioning GetEncryptionConfiguration PutEncryptionConfiguration GetLifecycleConfiguration PutLifecycleConfiguration";
const objectActions =
  "GetObject PutObject DeleteObject DeleteObjectVersion GetObjectTagging PutObjectTagging AbortMultipartUpload ListMultipartUploadParts";

/** What `cost` reads; without them it says so, and nothing else suffers. */
const toTellCosts = [...words("cloudwatch", "GetMetricData"), ...words("ce", "GetCostAndUsage")];

/** What setup and `doctor` look at of an account where they may, and one request; a cloud lives without them. */
const goodToKnow = [
  ...words("iam", "SimulatePrincipalPolicy"),
  ...words("account", "GetRegionOptStatus"),
  ...words("freetier", "GetAccountPlanState"),
  ...words("organizations", "DescribeOrganization"),
  ...words("cloudfront", "ListDistributions"),
  ...words("servicequotas", "ListRequestedServiceQuotaChangeHistoryByQuota RequestServiceQuotaIncrease"),
];

/**
 * Beyond the others, for names of the owner's own: certificates, what answers at a name, and records where the zone is in
 * Route 53. AWS gives these ids of its own, so no name of a cloud bounds them.
 */
export function domainRights({ accountId, region }: Where): RightsGroup[] {
  const partition = partitionOf(region);
  const apps = (resource: string, actions: string[]): RightsGroup => ({ for: "apps", resource, actions });
  // CloudFront's certificates are in a region of their own.
  const certificates = `arn:${partition}:acm:*:${accountId}:certificate/*`;
  const gateway = (path: string): RightsGroup =>
    apps(`arn:${partition}:apigateway:${region}::/${path}`, words("apigateway", "GET POST PATCH PUT DELETE"));
  return [
    apps("*", [
      ...words("acm", "RequestCertificate ListCertificates"),
      ...words("cloudfront", "ListDistributions"),
      ...words("route53", "ListHostedZonesByName"),
    ]),
    apps(certificates, words("acm", certificateActions)),
    ...["apis", "apis/*", "domainnames", "domainnames/*", "tags/*"].map(gateway),
    apps(`arn:${partition}:cloudfront::${accountId}:distribution/*`, words("cloudfront", distributionActions)),
    apps(
      `arn:${partition}:route53:::hostedzone/*`,
      words("route53", "GetHostedZone ListResourceRecordSets ChangeResourceRecordSets"),
    ),
    apps(`arn:${partition}:route53:::change/*`, words("route53", "GetChange")),
  ];
}

const certificateActions =
  "DescribeCertificate DeleteCertificate UpdateCertificateOptions ListTagsForCertificate AddTagsToCertificate RemoveTagsFromCertificate";
const distributionActions =
  "CreateDistribution GetDistribution GetDistributionConfig UpdateDistribution DeleteDistribution ListTagsForResource TagResource UntagResource";

const allowing = (groups: readonly RightsGroup[]): { Effect: "Allow"; Action: string[]; Resource: string }[] =>
  groups.map(({ resource, actions }) => ({ Effect: "Allow", Action: actions, Resource: resource }));

/** As a policy's statements, beside the owner's: a cloud without names of its owner's own needs none of it. */
export const domainPolicy = (where: Where): ReturnType<typeof allowing> => allowing(domainRights(where));

/** The same as a policy's statements, for whoever gives them. */
export function ownerPolicy(where: Where): ReturnType<typeof allowing> {
  const more: RightsGroup = { for: "setup", resource: "*", actions: [...goodToKnow, ...toTellCosts] };
  return allowing([...neededRights(where), ...budgetRights(where), more]);
}
