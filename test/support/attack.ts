/** A module of a hostile function: it asks AWS for what it is told, with whatever role it has. */

/** Does what it is told, and says how that ended: `done`, or the error's name. */
export const attack = `
import { DynamoDBClient, BatchGetItemCommand, GetItemCommand, ScanCommand, PutItemCommand, DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { S3Client, GetObjectCommand, PutObjectCommand, ListObjectsV2Command, ListBucketsCommand } from "@aws-sdk/client-s3";
import { SSMClient, GetParameterCommand } from "@aws-sdk/client-ssm";
import { IAMClient, CreateAccessKeyCommand, DeleteRolePermissionsBoundaryCommand, ListRolesCommand, TagRoleCommand, CreatePolicyVersionCommand } from "@aws-sdk/client-iam";
import { STSClient, AssumeRoleCommand } from "@aws-sdk/client-sts";
import { LambdaClient, InvokeCommand, TagResourceCommand, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
const once = { maxAttempts: 1 };
const clients = { dynamodb: new DynamoDBClient(once), s3: new S3Client({ ...once, forcePathStyle: true }), ssm: new SSMClient(once),
  iam: new IAMClient(once), sts: new STSClient(once), lambda: new LambdaClient(once), logs: new CloudWatchLogsClient(once) };
const commands = { BatchGetItemCommand, GetItemCommand, ScanCommand, PutItemCommand, DeleteTableCommand, GetObjectCommand, PutObjectCommand, ListObjectsV2Command, ListBucketsCommand,
  GetParameterCommand, CreateAccessKeyCommand, DeleteRolePermissionsBoundaryCommand, ListRolesCommand, TagRoleCommand, CreatePolicyVersionCommand,
  AssumeRoleCommand, InvokeCommand, TagResourceCommand, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand, FilterLogEventsCommand };
export async function attack(tries) {
  const said = [];
  for (const [service, command, input] of tries)
    said.push(await clients[service].send(new commands[command + "Command"](input)).then(() => "done", (error) => error.name));
  return said;
}
`;

export type Try = [service: string, command: string, input: object];
