/** Names of AWS's own policies that may be attached; their documents are AWS's and are not kept here. */
const known = new Set([
  "service-role/AWSLambdaBasicExecutionRole",
  "service-role/AWSLambdaVPCAccessExecutionRole",
  "service-role/AWSLambdaSQSQueueExecutionRole",
  "service-role/AWSLambdaDynamoDBExecutionRole",
  "AWSXRayDaemonWriteAccess",
]);

export function isAwsManaged(arn: string): boolean {
  return arn.startsWith("arn:aws:iam::aws:policy/") && known.has(arn.slice("arn:aws:iam::aws:policy/".length));
}
