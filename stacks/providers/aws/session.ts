/**
 * One configured provider's connections: SDK clients loaded when first asked for, credentials, region and account.
 * Knows no resource type.
 */
import { readFile } from "node:fs/promises";
import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import type { IAM } from "@aws-sdk/client-iam";
import type { Lambda } from "@aws-sdk/client-lambda";
import type { S3 } from "@aws-sdk/client-s3";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";
import type { Context } from "../../engine/provider.ts";
import { jitter, pause } from "./clock.ts";
import type { ServiceName, Settings } from "./config.ts";
import { dressed, isAwsError, problems } from "./errors.ts";

interface Clients {
  s3: S3;
  dynamodb: DynamoDB;
  iam: IAM;
  lambda: Lambda;
  logs: CloudWatchLogs;
  ssm: SSM;
  sts: STS;
}

type Config = Record<string, unknown>;

/** Each import is a literal, so that a bundler can split it off and nothing loads before it is needed. */
const loaders: { [Service in ServiceName]: (config: Config) => Promise<Clients[Service]> } = {
  s3: async (config) => new (await import("@aws-sdk/client-s3")).S3(config),
  dynamodb: async (config) => new (await import("@aws-sdk/client-dynamodb")).DynamoDB(config),
  iam: async (config) => new (await import("@aws-sdk/client-iam")).IAM(config),
  lambda: async (config) => new (await import("@aws-sdk/client-lambda")).Lambda(config),
  logs: async (config) => new (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs(config),
  ssm: async (config) => new (await import("@aws-sdk/client-ssm")).SSM(config),
  sts: async (config) => new (await import("@aws-sdk/client-sts")).STS(config),
};

export interface Caller {
  accountId: string;
  arn: string;
  userId: string;
}

type Credentials = Awaited<ReturnType<typeof credentialsOf>>;

export class Session {
  readonly settings: Settings;
  readonly region: string;
  readonly #credentials: Credentials;
  readonly #clients = new Map<string, Promise<{ destroy(): void }>>();
  #caller: Promise<Caller> | undefined;

  private constructor(settings: Settings, region: string, credentials: Credentials) {
    this.settings = settings;
    this.region = region;
    this.#credentials = credentials;
  }

  /** Finds region and credentials; calls AWS only when the accounts allowed or forbidden are named. */
  static async open(settings: Settings, context: Context): Promise<Session> {
    const region = settings.region ?? (await regionOfProfile(settings));
    if (!region) throw problems.noRegion();
    const session = new Session(settings, region, await credentialsOf(settings, region));
    const { allowedAccountIds, forbiddenAccountIds } = settings;
    if (allowedAccountIds.length + forbiddenAccountIds.length > 0) {
      const { accountId } = await session.caller(context);
      if (allowedAccountIds.length > 0 && !allowedAccountIds.includes(accountId))
        throw problems.wrongAccount(accountId, allowedAccountIds);
      if (forbiddenAccountIds.includes(accountId)) throw problems.forbiddenAccount(accountId);
    }
    return session;
  }

  /** A client whose calls end with the operation's signal and whose errors name the action and `resource`. */
  async client<Service extends ServiceName>(
    service: Service,
    context: Context,
    resource: string,
    region = this.region,
  ): Promise<Clients[Service]> {
    const key = `${service} ${region}`;
    let client = this.#clients.get(key) as Promise<Clients[Service]> | undefined;
    if (!client) {
      client = loaders[service](this.#config(service, region));
      this.#clients.set(key, client);
    }
    return guarded(await client, service, context, resource);
  }

  #config(service: ServiceName, region: string): Config {
    const { settings } = this;
    const endpoint = settings.endpoints[service];
    const config: Config = {
      region,
      credentials: this.#credentials,
      maxAttempts: settings.maxAttempts,
      retryMode: settings.retryMode,
      useDualstackEndpoint: settings.dualstack,
      useFipsEndpoint: settings.fips,
      // A connection that says nothing for a minute is dead; a slow upload still moves bytes.
      requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000, httpsAgent: { maxSockets: 50 } },
    };
    if (endpoint) config["endpoint"] = endpoint;
    if (settings.profile) config["profile"] = settings.profile;
    if (service === "s3") {
      config["forcePathStyle"] = settings.pathStyle ?? (endpoint !== undefined && !/\.amazonaws\.com/.test(endpoint));
      config["followRegionRedirects"] = true;
    }
    return config;
  }

  /** Who the credentials are; asked once. */
  async caller(context: Context): Promise<Caller> {
    this.#caller ??= this.#askCaller(context);
    try {
      return await this.#caller;
    } catch (error) {
      this.#caller = undefined;
      throw error;
    }
  }

  async #askCaller(context: Context): Promise<Caller> {
    const sts = await this.client("sts", context, "the credentials");
    const { Account, Arn, UserId } = await sts.getCallerIdentity({});
    return { accountId: Account ?? "", arn: Arn ?? "", userId: UserId ?? "" };
  }

  /** The account S3 must find behind a bucket's name; undefined when the program forbade asking. */
  async expectedOwner(context: Context): Promise<string | undefined> {
    const { allowedAccountIds, skipAccountId } = this.settings;
    if (allowedAccountIds.length === 1) return allowedAccountIds[0];
    return skipAccountId ? undefined : (await this.caller(context)).accountId;
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    this.#clients.clear();
    for (const client of clients) if (client.status === "fulfilled") client.value.destroy();
  }
}

async function credentialsOf(settings: Settings, region: string) {
  const { accessKey, secretKey, token, profile, configFile, credentialsFile } = settings;
  const filepath = credentialsFile;
  const configFilepath = configFile;
  const direct =
    accessKey && secretKey ? { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken: token } : undefined;
  if (direct && settings.assumeRoles.length === 0) return direct;
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  const base = direct ?? fromNodeProviderChain({ profile, filepath, configFilepath, clientConfig: { region } });
  const endpoint = settings.endpoints["sts"];
  return settings.assumeRoles.reduce<typeof base>(
    (masterCredentials, role) =>
      fromTemporaryCredentials({
        masterCredentials,
        params: {
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName ?? "freehold",
          ExternalId: role.externalId,
          Policy: role.policy,
        },
        clientConfig: { region, ...(endpoint ? { endpoint } : {}) },
      }),
    base,
  );
}

/** The region of the profile in the shared configuration file; its INI has one level that matters here. */
async function regionOfProfile(settings: Settings): Promise<string | undefined> {
  if (!settings.configFile) return undefined;
  const section = settings.profile && settings.profile !== "default" ? `profile ${settings.profile}` : "default";
  const contents = await readFile(settings.configFile, "utf8").catch(() => "");
  let here = false;
  for (const line of contents.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) here = head === section;
    else if (here && /^region\s*=/.test(line)) return line.slice(line.indexOf("=") + 1).trim() || undefined;
  }
  return undefined;
}

const reads = /^(get|list|describe|head)/;

/** An answer that arrived but could not be read: nobody knows whether the call was carried out. */
export function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isAwsError(error) && error.$metadata?.httpStatusCode !== 200) return false;
  return error instanceof SyntaxError || /deserializ|Unclosed|unexpected end|not valid JSON|xml/i.test(error.message);
}

function guarded<Client extends object>(client: Client, service: string, context: Context, resource: string): Client {
  return new Proxy(client, {
    get(target, key) {
      const method = Reflect.get(target, key) as unknown;
      if (typeof method !== "function" || typeof key !== "string") return method;
      const operation = key.charAt(0).toUpperCase() + key.slice(1);
      return async (input: object) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await method.call(target, input ?? {}, { abortSignal: context.signal });
          } catch (error) {
            if (context.signal.aborted) throw error;
            if (!(isUnreadable(error) && reads.test(key) && attempt < 4))
              throw dressed(error, service, operation, resource);
            await pause(jitter(100 * 2 ** attempt), context.signal);
          }
        }
      };
    },
  });
}
