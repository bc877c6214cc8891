/**
 * The provider's own inputs (`pulumi:providers:aws`): which it carries out, which it refuses, and what they and the
 * environment come to together. Opens no connection.
 */
import { join } from "node:path";
import type { PropertyMap } from "../../engine/value.ts";
import { configured } from "../kit/config.ts";
import { flag, list, map, number, object, type Properties, refusedAll, text } from "./schema.ts";

export const configProperties: Properties = {
  region: text({ replaces: true }),
  profile: text(),
  accessKey: text(),
  secretKey: text(),
  token: text(),
  allowedAccountIds: list(text()),
  forbiddenAccountIds: list(text()),
  defaultTags: object({ tags: map(text()) }),
  endpoints: list(map(text())),
  s3UsePathStyle: flag(),
  sharedConfigFiles: list(text()),
  sharedCredentialsFiles: list(text()),
  maxRetries: number(),
  // Both are the same here: calls are paced by what AWS takes (retries.ts).
  retryMode: text({ oneOf: ["standard", "adaptive"] }),
  skipCredentialsValidation: flag(),
  skipMetadataApiCheck: flag(),
  skipRegionValidation: flag(),
  skipRequestingAccountId: flag(),
  useDualstackEndpoint: flag(),
  useFipsEndpoint: flag(),
  assumeRoles: list(
    object({ roleArn: text(), sessionName: text(), externalId: text(), duration: text(), policy: text() }),
  ),
  version: text(),
  pluginDownloadURL: text(),
  ...refusedAll(
    "assumeRoleWithWebIdentity customCaBundle ec2MetadataServiceEndpoint ec2MetadataServiceEndpointMode httpProxy " +
      "httpsProxy ignoreTags insecure noProxy s3UsEast1RegionalEndpoint stsRegion tagPolicyCompliance " +
      "tokenBucketRateLimiterCapacity userAgents",
  ),
};

export interface AssumeRole {
  roleArn: string;
  sessionName?: string;
  externalId?: string;
  policy?: string;
}

/** What the inputs and the environment come to. */
export interface Settings {
  region?: string;
  profile?: string;
  accessKey?: string;
  secretKey?: string;
  token?: string;
  configFile?: string;
  credentialsFile?: string;
  allowedAccountIds: string[];
  forbiddenAccountIds: string[];
  defaultTags: { [key: string]: string };
  endpoints: { [service: string]: string };
  pathStyle?: boolean;
  maxAttempts: number;
  dualstack: boolean;
  fips: boolean;
  skipAccountId: boolean;
  assumeRoles: AssumeRole[];
}

/** Of Pulumi's own aws plugin, and of the @pulumi/aws that programs here are written with: what this provider answers for. */
export const pluginVersion = "7.48.0";

/** Service names as `endpoints` of the provider and AWS_ENDPOINT_URL_* have them. */
const services = {
  acm: "ACM",
  apigatewayv2: "APIGATEWAYV2",
  budgets: "BUDGETS",
  cloudfront: "CLOUDFRONT",
  s3: "S3",
  dynamodb: "DYNAMODB",
  iam: "IAM",
  lambda: "LAMBDA",
  logs: "CLOUDWATCH_LOGS",
  organizations: "ORGANIZATIONS",
  route53: "ROUTE_53",
  ssm: "SSM",
  sts: "STS",
} as const;
export type ServiceName = keyof typeof services;
export const servicesWithEndpoints = Object.keys(services) as ServiceName[];

type Environment = Readonly<Record<string, string | undefined>>;

export function settingsOf(raw: PropertyMap, environment: Environment): Settings {
  const inputs = configured(configProperties, raw);
  const said = (name: string): string | undefined => (inputs[name] as string | undefined) || undefined;
  const strings = (name: string): string[] => (inputs[name] as string[] | undefined) ?? [];
  const keys = said("accessKey") !== undefined || said("profile") !== undefined;
  const from = (name: string): string | undefined => (keys ? undefined : environment[name] || undefined);
  return {
    region: said("region") ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"],
    profile: said("profile") ?? (from("AWS_ACCESS_KEY_ID") ? undefined : from("AWS_PROFILE")),
    accessKey: said("accessKey") ?? from("AWS_ACCESS_KEY_ID"),
    secretKey: said("secretKey") ?? from("AWS_SECRET_ACCESS_KEY"),
    token: said("token") ?? from("AWS_SESSION_TOKEN"),
    configFile: strings("sharedConfigFiles")[0] ?? environment["AWS_CONFIG_FILE"] ?? homeConfig(environment),
    credentialsFile: strings("sharedCredentialsFiles")[0] ?? environment["AWS_SHARED_CREDENTIALS_FILE"],
    allowedAccountIds: strings("allowedAccountIds"),
    forbiddenAccountIds: strings("forbiddenAccountIds"),
    defaultTags: ((inputs["defaultTags"] as PropertyMap | undefined)?.["tags"] ?? {}) as { [key: string]: string },
    endpoints: endpointsOf(inputs["endpoints"] as PropertyMap[] | undefined, environment),
    pathStyle: inputs["s3UsePathStyle"] as boolean | undefined,
    maxAttempts: ((inputs["maxRetries"] as number | undefined) ?? 9) + 1,
    dualstack: inputs["useDualstackEndpoint"] === true,
    fips: inputs["useFipsEndpoint"] === true,
    skipAccountId: inputs["skipRequestingAccountId"] === true,
    assumeRoles: (inputs["assumeRoles"] as unknown as AssumeRole[] | undefined) ?? [],
  };
}

function homeConfig(environment: Environment): string | undefined {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  return home ? join(home, ".aws", "config") : undefined;
}

function endpointsOf(said: PropertyMap[] | undefined, environment: Environment): { [service: string]: string } {
  const explicit = Object.assign({}, ...(said ?? [])) as { [service: string]: string };
  const ignored = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true";
  const result: { [service: string]: string } = {};
  for (const [name, variable] of Object.entries(services)) {
    const configured = ignored
      ? undefined
      : environment[`AWS_ENDPOINT_URL_${variable}`] || environment["AWS_ENDPOINT_URL"];
    const endpoint = explicit[name] ?? (name === "logs" ? explicit["cloudwatchlogs"] : undefined) ?? configured;
    if (endpoint) result[name] = endpoint;
  }
  return result;
}
