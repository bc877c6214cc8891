/**
 * AWS clients for what stays outside the stacks: links, secrets, logs, and who one is. Each SDK is loaded by its first
 * use. Credentials come from the cloud's environment, else from the SDK's usual places.
 */
import { Fault } from "../../blueprints/fault.ts";
import type { Cloud } from "../cloud.ts";
import { asksAgain, saysDenied } from "../engine/state/spoilt-answers.ts";
import { type Place, signedIn, signedInByCode } from "../sign-in/index.ts";
import { withOthers } from "../sign-in/others.ts";
import { asFault, faults } from "./faults.ts";

export type Reach = Pick<Cloud, "region" | "endpoint" | "environment">;

interface Connections {
  destroy(): void;
}

/**
 * Each call has a client of its own, with the credentials of that moment; the connections are this process's, since a new
 * one is two ways to AWS before anything is asked. Idle ones keep no process, and no client's end ends another's.
 */
let connections: Connections | undefined;

function made<Client extends Parameters<typeof asksAgain>[0] & { config: object }>(
  kind: new (config: any) => Client,
  cloud: Reach,
  more: object = {},
): Client {
  const settings = settingsOf(cloud);
  const client = new kind({ ...settings, ...more });
  if (!connections) {
    connections = (client.config as { requestHandler: Connections }).requestHandler;
    connections.destroy = () => undefined;
  }
  return withOthers(asksAgain(client), settings.credentials, () => checkAccount(cloud));
}

/** Nothing is asked with the keys of another account: what it has may be called the same. Throws `account-differs`. */
async function checkAccount(cloud: Reach & { accountId?: string }): Promise<void> {
  if (!cloud.accountId) return;
  const sdk = await import("./sdk/sts.ts");
  const { Account } = await new sdk.STSClient(settingsOf(cloud)).send(new sdk.GetCallerIdentityCommand({}));
  if (Account !== cloud.accountId)
    throw faults.otherAccount(`The credentials have come to belong to AWS account ${Account}, not ${cloud.accountId}.`);
}

function settingsOf(cloud: Reach) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = cloud.environment;
  const own = AWS_ACCESS_KEY_ID &&
    AWS_SECRET_ACCESS_KEY && {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
    };
  return {
    region: cloud.region,
    ...(cloud.endpoint ? { endpoint: cloud.endpoint } : {}),
    credentials: own || signedIn(placeOf(cloud)),
    ...(connections ? { requestHandler: connections as never } : {}),
  };
}

/** Where the environment says they are; the SDK's own clients would read the process's. */
function placeOf({ environment, region }: Reach): Place {
  const { AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE } = environment;
  return {
    profile: AWS_PROFILE || undefined,
    filepath: AWS_SHARED_CREDENTIALS_FILE || undefined,
    configFilepath: AWS_CONFIG_FILE || undefined,
    region,
  };
}

/**
 * A session's keys, as an environment names them, of a profile whose role wants a code, and when it ends (milliseconds since
 * 1970). Throws credentials, `denied`.
 */
export async function keysByCode(
  cloud: Reach,
  code: (factor: string) => Promise<string>,
): Promise<{ keys: Record<string, string>; expires?: number }> {
  const asked = await signedInByCode(placeOf(cloud), code).catch((error: unknown) => {
    throw error instanceof Fault ? error : asFault(error, cloud.endpoint);
  });
  const { accessKeyId, secretAccessKey, sessionToken = "", expiration } = asked;
  return {
    keys: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
    ...(expiration ? { expires: expiration.getTime() } : {}),
  };
}

export async function dynamodb(cloud: Reach) {
  const sdk = await import("./sdk/dynamodb.ts");
  return { sdk, client: made(sdk.DynamoDBClient, cloud) };
}

export async function s3(cloud: Reach) {
  const sdk = await import("./sdk/s3.ts");
  return { sdk, client: saysDenied(made(sdk.S3Client, cloud, { forcePathStyle: Boolean(cloud.endpoint) })) };
}

export async function ssm(cloud: Reach) {
  const sdk = await import("./sdk/ssm.ts");
  return { sdk, client: made(sdk.SSMClient, cloud) };
}

export async function logs(cloud: Reach) {
  const sdk = await import("./sdk/logs.ts");
  return { sdk, client: made(sdk.CloudWatchLogsClient, cloud) };
}

export async function lambda(cloud: Reach) {
  const sdk = await import("./sdk/lambda.ts");
  return { sdk, client: made(sdk.LambdaClient, cloud) };
}

export async function iam(cloud: Reach) {
  const sdk = await import("./sdk/iam.ts");
  return { sdk, client: made(sdk.IAMClient, cloud) };
}

export async function sts(cloud: Reach) {
  const sdk = await import("./sdk/sts.ts");
  return { sdk, client: made(sdk.STSClient, cloud) };
}

/** Budgets are the account's, and answered for in one region. */
export async function budgets(cloud: Reach) {
  const sdk = await import("./sdk/budgets.ts");
  return { sdk, client: made(sdk.BudgetsClient, cloud) };
}

export async function cloudwatch(cloud: Reach) {
  const sdk = await import("./sdk/cloudwatch.ts");
  return { sdk, client: made(sdk.CloudWatchClient, cloud) };
}

/** Each call is paid for: one that failed is not made again by itself. */
export async function costExplorer(cloud: Reach) {
  const sdk = await import("./sdk/cost-explorer.ts");
  return { sdk, client: new sdk.CostExplorerClient({ ...settingsOf(cloud), maxAttempts: 1 }) };
}

export async function route53(cloud: Reach) {
  const sdk = await import("./sdk/route53.ts");
  return { sdk, client: made(sdk.Route53Client, cloud) };
}

export async function acm(cloud: Reach) {
  const sdk = await import("./sdk/acm.ts");
  return { sdk, client: made(sdk.ACMClient, cloud) };
}

/** What would be good to know is asked twice at most, and not waited for. */
const goodToKnow = { maxAttempts: 2 };

export async function account(cloud: Reach) {
  const sdk = await import("./sdk/account.ts");
  return { sdk, client: new sdk.AccountClient({ ...settingsOf(cloud), ...goodToKnow }) };
}

export async function organizations(cloud: Reach) {
  const sdk = await import("./sdk/organizations.ts");
  return { sdk, client: asksAgain(new sdk.OrganizationsClient(settingsOf(cloud))) };
}

export async function serviceQuotas(cloud: Reach) {
  const sdk = await import("./sdk/service-quotas.ts");
  return { sdk, client: new sdk.ServiceQuotasClient({ ...settingsOf(cloud), ...goodToKnow }) };
}

/** Of the whole account; answered for in one region. */
export async function cloudfront(cloud: Reach) {
  const sdk = await import("./sdk/cloudfront.ts");
  return { sdk, client: new sdk.CloudFrontClient({ ...settingsOf(cloud), ...goodToKnow }) };
}

export async function accountPlanState(cloud: Reach, signal: AbortSignal) {
  const { getAccountPlanState } = await import("./sdk/free-tier.ts");
  const { endpoint, credentials } = settingsOf(cloud);
  return getAccountPlanState({ ...(endpoint ? { endpoint } : {}), credentials }, signal);
}

/** Runs a call; what goes wrong becomes a fault. */
export async function guarded<T>(cloud: Reach, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asFault(error, cloud.endpoint);
  }
}
