/** The form of the ARNs that an action works on, as the simulator names it; `*` for what is not listed here. */

const role = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";

/** The first that fits counts. */
const templates: readonly [RegExp, string][] = [
  [/^s3:(ListAllMyBuckets|GetAccount|PutAccount)/i, "*"],
  [/^s3:\w*Bucket/i, "arn:${Partition}:s3:::${BucketName}"],
  [
    /^s3:(\w*Object\w*|AbortMultipartUpload|ListMultipartUploadParts|\w*Version(Acl|Tagging))$/i,
    "arn:${Partition}:s3:::${BucketName}/${KeyName}",
  ],
  [/^s3:/i, "arn:${Partition}:s3:::${BucketName}"],
  [/^dynamodb:(ListTables|DescribeLimits|ListBackups)/i, "*"],
  [/^dynamodb:/i, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"],
  [/^lambda:(ListFunctions|GetAccountSettings|ListEventSourceMappings)/i, "*"],
  [/^lambda:\w*Layer/i, "arn:${Partition}:lambda:${Region}:${Account}:layer:${LayerName}"],
  [/^lambda:/i, "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"],
  [/^iam:List(Roles|Users|Groups|Policies)$/i, "*"],
  [/^iam:\w*Role/i, role],
  [/^iam:\w*(User|AccessKey|LoginProfile)/i, "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"],
  [/^iam:\w*Group/i, "arn:${Partition}:iam::${Account}:group/${GroupNameWithPath}"],
  [/^iam:\w*Policy/i, "arn:${Partition}:iam::${Account}:policy/${PolicyNameWithPath}"],
  [/^sts:AssumeRole/i, role],
  [/^logs:/i, "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}"],
  [/^ssm:\w*Parameter/i, "arn:${Partition}:ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}"],
];

export function resourceTemplate(action: string): string {
  return templates.find(([pattern]) => pattern.test(action))?.[1] ?? "*";
}
