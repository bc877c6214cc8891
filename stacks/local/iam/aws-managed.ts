/** AWS's own policies that may be attached, by the end of their ARN: what they allow, on every resource. */
const logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

const actions: ReadonlyMap<string, readonly string[]> = new Map([
  ["service-role/AWSLambdaBasicExecutionRole", logs],
  [
    "service-role/AWSLambdaVPCAccessExecutionRole",
    [
      ...logs,
      "ec2:CreateNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ],
  ],
  [
    "service-role/AWSLambdaSQSQueueExecutionRole",
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", ...logs],
  ],
  [
    "service-role/AWSLambdaDynamoDBExecutionRole",
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams", ...logs],
  ],
  [
    "AWSXRayDaemonWriteAccess",
    [
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:GetSamplingStatisticSummaries",
    ],
  ],
]);

const prefix = "arn:aws:iam::aws:policy/";

export function isAwsManaged(arn: string): boolean {
  return arn.startsWith(prefix) && actions.has(arn.slice(prefix.length));
}

/** Its document; undefined for a policy that is not known here. */
export function awsManagedDocument(arn: string): string | undefined {
  if (!isAwsManaged(arn)) return undefined;
  const Action = actions.get(arn.slice(prefix.length));
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}
