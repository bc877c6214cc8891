/**
 * AWS clients for what stays outside the stacks: links, secrets, logs, and who one is. Each SDK is loaded by its first
 * use. Credentials come from the cloud's environment, else from the SDK's usual places.
 */
import type { Cloud } from "../cloud.ts";
import { asFault } from "./faults.ts";

type Reach = Pick<Cloud, "region" | "endpoint" | "environment">;

async function settingsOf(cloud: Reach) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = cloud.environment;
  const own =
    AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
      ? {
          credentials: {
            accessKeyId: AWS_ACCESS_KEY_ID,
            secretAccessKey: AWS_SECRET_ACCESS_KEY,
            ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
          },
        }
      : AWS_PROFILE
        ? { credentials: await profile(cloud.environment) }
        : {};
  return { region: cloud.region, ...(cloud.endpoint ? { endpoint: cloud.endpoint } : {}), ...own };
}

async function profile(environment: Cloud["environment"]) {
  const { fromIni } = await import("./sdk/credentials.ts");
  const { AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE } = environment;
  return fromIni({
    profile: AWS_PROFILE,
    ...(AWS_SHARED_CREDENTIALS_FILE ? { filepath: AWS_SHARED_CREDENTIALS_FILE } : {}),
    ...(AWS_CONFIG_FILE ? { configFilepath: AWS_CONFIG_FILE } : {}),
  });
}

export async function dynamodb(cloud: Reach) {
  const sdk = await import("./sdk/dynamodb.ts");
  return { sdk, client: new sdk.DynamoDBClient(await settingsOf(cloud)) };
}

export async function s3(cloud: Reach) {
  const sdk = await import("./sdk/s3.ts");
  return { sdk, client: new sdk.S3Client({ ...(await settingsOf(cloud)), forcePathStyle: Boolean(cloud.endpoint) }) };
}

export async function ssm(cloud: Reach) {
  const sdk = await import("./sdk/ssm.ts");
  return { sdk, client: new sdk.SSMClient(await settingsOf(cloud)) };
}

export async function logs(cloud: Reach) {
  const sdk = await import("./sdk/logs.ts");
  return { sdk, client: new sdk.CloudWatchLogsClient(await settingsOf(cloud)) };
}

export async function lambda(cloud: Reach) {
  const sdk = await import("./sdk/lambda.ts");
  return { sdk, client: new sdk.LambdaClient(await settingsOf(cloud)) };
}

export async function iam(cloud: Reach) {
  const sdk = await import("./sdk/iam.ts");
  return { sdk, client: new sdk.IAMClient(await settingsOf(cloud)) };
}

export async function sts(cloud: Reach) {
  const sdk = await import("./sdk/sts.ts");
  return { sdk, client: new sdk.STSClient(await settingsOf(cloud)) };
}

/** Runs a call; what goes wrong becomes a fault. */
export async function guarded<T>(cloud: Reach, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asFault(error, cloud.endpoint);
  }
}

export async function callerIdentity(cloud: Reach): Promise<{ accountId: string; arn: string }> {
  return guarded(cloud, async () => {
    const { sdk, client } = await sts(cloud);
    const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}));
    return { accountId: Account ?? "", arn: Arn ?? "" };
  });
}
