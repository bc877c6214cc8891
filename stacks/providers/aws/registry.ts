/** Every resource type the provider knows, by token. Adding a type is adding its file and a line here. */
import { certificate } from "./acm/certificate.ts";
import { certificateValidation } from "./acm/certificate-validation.ts";
import { api } from "./apigatewayv2/api.ts";
import { apiMapping } from "./apigatewayv2/api-mapping.ts";
import { domainName } from "./apigatewayv2/domain-name.ts";
import { integration } from "./apigatewayv2/integration.ts";
import { route } from "./apigatewayv2/route.ts";
import { stage } from "./apigatewayv2/stage.ts";
import { budget } from "./budgets/budget.ts";
import { distribution } from "./cloudfront/distribution.ts";
import { originAccessControl } from "./cloudfront/origin-access-control.ts";
import { table } from "./dynamodb/table.ts";
import { groupMembership } from "./iam/group-membership.ts";
import { policy } from "./iam/managed-policy.ts";
import { openIdConnectProvider } from "./iam/open-id-connect-provider.ts";
import {
  groupPolicy,
  groupPolicyAttachment,
  rolePolicy,
  rolePolicyAttachment,
  userPolicy,
  userPolicyAttachment,
} from "./iam/policies.ts";
import { role } from "./iam/role.ts";
import { accessKey, group, user, userGroupMembership } from "./iam/users.ts";
import { alias } from "./lambda/alias.ts";
import { functionEventInvokeConfig } from "./lambda/event-invoke-config.ts";
import { eventSourceMapping } from "./lambda/event-source-mapping.ts";
import { lambdaFunction } from "./lambda/function.ts";
import { functionUrl } from "./lambda/function-url.ts";
import { layerVersion } from "./lambda/layer-version.ts";
import { permission } from "./lambda/permission.ts";
import { provisionedConcurrencyConfig } from "./lambda/provisioned-concurrency.ts";
import { logGroup } from "./logs/log-group.ts";
import { account } from "./organizations/account.ts";
import { record } from "./route53/record.ts";
import { zone } from "./route53/zone.ts";
import { bucket } from "./s3/bucket.ts";
import { lifecycle } from "./s3/lifecycle.ts";
import { bucketObject, bucketObjectV2 } from "./s3/object.ts";
import {
  bucketPolicy,
  corsConfiguration,
  encryption,
  ownershipControls,
  publicAccessBlock,
  versioning,
} from "./s3/parts.ts";
import { parameter } from "./ssm/parameter.ts";
import type { ResourceType } from "./type.ts";

const types: readonly ResourceType[] = [
  bucket,
  publicAccessBlock,
  corsConfiguration,
  versioning,
  ownershipControls,
  encryption,
  bucketPolicy,
  lifecycle,
  bucketObject,
  bucketObjectV2,
  table,
  role,
  rolePolicy,
  rolePolicyAttachment,
  policy,
  user,
  userPolicy,
  userPolicyAttachment,
  userGroupMembership,
  accessKey,
  group,
  groupPolicy,
  groupPolicyAttachment,
  groupMembership,
  openIdConnectProvider,
  lambdaFunction,
  alias,
  functionUrl,
  permission,
  layerVersion,
  functionEventInvokeConfig,
  eventSourceMapping,
  provisionedConcurrencyConfig,
  logGroup,
  parameter,
  zone,
  record,
  certificate,
  certificateValidation,
  api,
  integration,
  route,
  stage,
  domainName,
  apiMapping,
  account,
  budget,
  originAccessControl,
  distribution,
];

const byToken = new Map(types.map((type) => [type.token, type]));

/** Older names of the same types, as pulumi-aws aliases them. */
const renamed: { [token: string]: string } = {
  "aws:s3/bucketV2:BucketV2": bucket.token,
  "aws:s3/bucketVersioningV2:BucketVersioningV2": versioning.token,
  "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2": corsConfiguration.token,
  "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": encryption.token,
  "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": lifecycle.token,
};

export const knownTypes: readonly string[] = types.map(({ token }) => token);

export function findType(token: string): ResourceType | undefined {
  return byToken.get(renamed[token] ?? token);
}
