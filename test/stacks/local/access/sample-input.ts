/** The smallest input of an operation that its model takes, with names that a local cloud may know. */
import { modelOf, type Shape } from "../../../../stacks/local/models/index.ts";
import { policy } from "../../../support/identity.ts";
import type { TestCloud } from "../../../support/local-cloud.ts";

/** Where what fits the model is not enough. */
const given = (cloud: TestCloud): Record<string, unknown> => {
  const { region, accountId } = cloud;
  const trust = policy({ Principal: { AWS: accountId }, Action: "sts:AssumeRole" });
  return {
    // Whoever is not named is the caller.
    ...Object.fromEntries(
      ["CreateAccessKey", "DeleteAccessKey", "GetUser", "ListAccessKeys", "UpdateAccessKey"].map((operation) => [
        `${operation} UserName`,
        "sample-user",
      ]),
    ),
    TableName: "sample-table",
    "dynamodb ResourceArn": `arn:aws:dynamodb:${region}:${accountId}:table/sample-table`,
    StreamArn: `arn:aws:dynamodb:${region}:${accountId}:table/sample-table/stream/2026-01-01T00:00:00.000`,
    ShardIterator: `arn:aws:dynamodb:${region}:${accountId}:table/sample-table/stream/2026-01-01T00:00:00.000|1|x`,
    RequestItems: { "sample-table": { Keys: [{ id: { S: "a" } }] } },
    "BatchWriteItem RequestItems": { "sample-table": [{ PutRequest: { Item: { id: { S: "a" } } } }] },
    "TransactGetItems TransactItems": [{ Get: { TableName: "sample-table", Key: { id: { S: "a" } } } }],
    "TransactWriteItems TransactItems": [{ Put: { TableName: "sample-table", Item: { id: { S: "a" } } } }],
    Item: { id: { S: "a" } },
    Bucket: "sample-bucket",
    Key: "sample/key",
    "dynamodb Key": { id: { S: "a" } },
    CopySource: "sample-bucket/sample/key",
    "CreateBucket Bucket": "sample-other",
    "CreateBucket CreateBucketConfiguration": { LocationConstraint: region },
    "s3 Policy": policy({
      Principal: { AWS: accountId },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::sample-bucket/*",
    }),
    UploadId: "sample-upload",
    FunctionName: "sample-function",
    Role: `arn:aws:iam::${accountId}:role/sample-role`,
    Handler: "index.handler",
    Runtime: "nodejs24.x",
    "CreateFunction Handler": "index.handler",
    "CreateFunction Runtime": "nodejs24.x",
    Code: { ZipFile: Buffer.from("no zip") },
    Qualifier: "sample",
    FunctionVersion: "1",
    "lambda Resource": `arn:aws:lambda:${region}:${accountId}:function:sample-function`,
    UUID: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
    LayerName: "sample-layer",
    "GetLayerVersionByArn Arn": `arn:aws:lambda:${region}:${accountId}:layer:sample-layer:1`,
    VersionNumber: 1,
    Action: "lambda:InvokeFunction",
    "AddLayerVersionPermission Action": "lambda:GetLayerVersion",
    Principal: accountId,
    "lambda Name": "sample",
    RoleName: "sample-role",
    UserName: "sample-user",
    GroupName: "sample-group",
    PolicyName: "sample-policy",
    PolicyArn: `arn:aws:iam::${accountId}:policy/sample-policy`,
    PermissionsBoundary: `arn:aws:iam::${accountId}:policy/sample-policy`,
    PolicyDocument: policy({ Action: "s3:GetObject", Resource: "*" }),
    "UpdateAssumeRolePolicy PolicyDocument": trust,
    AssumeRolePolicyDocument: trust,
    VersionId: "v1",
    "s3 VersionId": undefined,
    OpenIDConnectProviderArn: `arn:aws:iam::${accountId}:oidc-provider/sample.example.com`,
    Url: "https://sample.example.com",
    AWSServiceName: "elasticloadbalancing.amazonaws.com",
    DeletionTaskId: "task/aws-service-role/ops.apigateway.amazonaws.com/sample/0815",
    PolicySourceArn: `arn:aws:iam::${accountId}:user/sample-user`,
    ActionNames: ["s3:GetObject"],
    PolicyInputList: [policy({ Action: "s3:GetObject", Resource: "*" })],
    logGroupName: "/sample/group",
    logStreamName: "sample-stream",
    logGroupIdentifier: "/sample/group",
    logGroupIdentifiers: [`arn:aws:logs:${region}:${accountId}:log-group:/sample/group`],
    "logs resourceArn": `arn:aws:logs:${region}:${accountId}:log-group:/sample/group`,
    "DescribeLogStreams logGroupName": "/sample/group",
    "GetLogEvents logGroupName": "/sample/group",
    "FilterLogEvents logGroupName": "/sample/group",
    retentionInDays: 7,
    Name: "/sample/name",
    "GetFederationToken Name": "sample",
    Names: ["/sample/name"],
    Path: "/sample/path",
    "ssm ResourceType": "Parameter",
    "ssm ResourceId": "/sample/name",
    "PutParameter Type": "String",
  };
};

export function sampleInput(service: string, operation: string, cloud: TestCloud): Record<string, unknown> {
  const model = modelOf(service);
  const known = given(cloud);
  const find = (name: string): { value: unknown } | undefined => {
    for (const key of [`${operation} ${name}`, `${service} ${name}`, name])
      if (Object.hasOwn(known, key)) return { value: known[key] };
    return undefined;
  };
  const sample = (name: string, shape: Shape): unknown => {
    const found = find(name);
    return found ? found.value : made(shape, (inner) => model.shapes[inner]!, sample);
  };
  const input = model.operations[operation]!.input;
  if (input === undefined) return {};
  const { members = {}, required = [] } = model.shapes[input]!;
  const wanted = new Set([
    ...required,
    ...Object.keys(members).filter((name) => Object.hasOwn(known, `${operation} ${name}`)),
  ]);
  return Object.fromEntries([...wanted].map((name) => [name, sample(name, model.shapes[members[name]!.shape]!)]));
}

function made(
  shape: Shape,
  shapeOf: (name: string) => Shape,
  sample: (name: string, shape: Shape) => unknown,
): unknown {
  switch (shape.type) {
    case "structure": {
      const { members = {}, required = [] } = shape;
      return Object.fromEntries(required.map((name) => [name, sample(name, shapeOf(members[name]!.shape))]));
    }
    case "list":
      return [sample("", shapeOf(shape.member!.shape))];
    case "map":
      return { sample: sample("", shapeOf(shape.value!.shape)) };
    case "blob":
      return Buffer.from("{}");
    case "boolean":
      return false;
    case "timestamp":
      return new Date();
    case "string":
      return shape.enum?.[0] ?? "sample".padEnd(shape.min ?? 1, "x");
    default:
      return Math.max(shape.min ?? 1, 1);
  }
}
