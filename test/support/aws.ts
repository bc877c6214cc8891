/** What stands in an AWS, local or other, seen with the AWS SDK: what journeys and kill rounds compare. */
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";

export interface ClientConfig {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** `env` as `freehold cloud env --json` answers it. */
export function clientConfig(env: Record<string, string>): ClientConfig {
  return {
    endpoint: env["AWS_ENDPOINT_URL"]!,
    region: env["AWS_REGION"]!,
    credentials: { accessKeyId: env["AWS_ACCESS_KEY_ID"]!, secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]! },
  };
}

/** Functions, tables, buckets and roles, as `KIND NAME`, sorted. */
export async function inventory(config: ClientConfig): Promise<string[]> {
  const [functions, tables, buckets, roles] = await Promise.all([
    new LambdaClient(config).send(new ListFunctionsCommand({})),
    new DynamoDBClient(config).send(new ListTablesCommand({})),
    new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({})),
    new IAMClient(config).send(new ListRolesCommand({})),
  ]);
  return [
    ...(functions.Functions ?? []).map(({ FunctionName }) => `function ${FunctionName}`),
    ...(tables.TableNames ?? []).map((name) => `table ${name}`),
    ...(buckets.Buckets ?? []).map(({ Name }) => `bucket ${Name}`),
    ...(roles.Roles ?? []).map(({ RoleName }) => `role ${RoleName}`),
  ].sort();
}
