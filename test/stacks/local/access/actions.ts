/**
 * Where an operation's IAM action does not have the operation's name, by AWS's Service Authorization Reference; which
 * operations need none, and which actions have no resource. Written from the reference, not from the tables under test.
 */
export const free = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

export const otherActions: Readonly<Record<string, readonly string[]>> = {
  "dynamodb:TransactGetItems": ["dynamodb:GetItem"],
  "dynamodb:TransactWriteItems": ["dynamodb:PutItem"],
  ...Object.fromEntries(
    ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((name) => [
      `dynamodbstreams:${name}`,
      [`dynamodb:${name}`],
    ]),
  ),
  "lambda:Invoke": ["lambda:InvokeFunction"],
  "lambda:InvokeWithResponseStream": ["lambda:InvokeFunction"],
  "lambda:CreateFunction": ["lambda:CreateFunction", "iam:PassRole"],
  "lambda:GetLayerVersionByArn": ["lambda:GetLayerVersion"],
  "s3:ListBuckets": ["s3:ListAllMyBuckets"],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:ListObjects": ["s3:ListBucket"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:ListObjectVersions": ["s3:ListBucketVersions"],
  "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:GetObjectAttributes": ["s3:GetObject", "s3:GetObjectAttributes"],
  "s3:CopyObject": ["s3:PutObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObjectTagging"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:UploadPartCopy": ["s3:PutObject", "s3:GetObject"],
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:ListParts": ["s3:ListMultipartUploadParts"],
  "s3:GetBucketCors": ["s3:GetBucketCORS"],
  "s3:PutBucketCors": ["s3:PutBucketCORS"],
  "s3:DeleteBucketCors": ["s3:PutBucketCORS"],
  "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
  "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
  "s3:DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
  "s3:DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
  "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
  "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
  "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
  "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
  "s3:GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
  "s3:PutBucketAccelerateConfiguration": ["s3:PutAccelerateConfiguration"],
  ...configurations("Analytics"),
  ...configurations("IntelligentTiering"),
  ...configurations("Inventory"),
  ...configurations("Metrics"),
  "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
  "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
  "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
  "s3:GetBucketNotificationConfiguration": ["s3:GetBucketNotification"],
  "s3:PutBucketNotificationConfiguration": ["s3:PutBucketNotification"],
  "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
  "s3:PutObjectLockConfiguration": ["s3:PutBucketObjectLockConfiguration"],
  "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
  "s3:PutBucketReplication": ["s3:PutReplicationConfiguration"],
  "s3:DeleteBucketReplication": ["s3:PutReplicationConfiguration"],
};

/** Four operations a kind, two actions. */
function configurations(kind: string): Record<string, string[]> {
  const operation = (verb: string): string => `s3:${verb}Bucket${kind}Configuration`;
  return {
    [operation("Get")]: [`s3:Get${kind}Configuration`],
    [`${operation("List")}s`]: [`s3:Get${kind}Configuration`],
    [operation("Put")]: [`s3:Put${kind}Configuration`],
    [operation("Delete")]: [`s3:Put${kind}Configuration`],
  };
}

export const resourceless = new Set([
  ...["dynamodb:DescribeEndpoints", "dynamodb:DescribeLimits"],
  ...["iam:ListPolicies", "iam:CreateAccountAlias", "iam:DeleteAccountAlias", "iam:ListAccountAliases"],
  ...["iam:GetAccountSummary", "iam:GetAccountAuthorizationDetails", "iam:SimulateCustomPolicy"],
  "iam:GetContextKeysForCustomPolicy",
  "logs:TestMetricFilter",
  ...["lambda:ListFunctions", "lambda:GetAccountSettings", "lambda:ListEventSourceMappings", "lambda:ListLayers"],
  "lambda:CreateEventSourceMapping",
  ...["sts:GetAccessKeyInfo", "sts:DecodeAuthorizationMessage"],
]);
