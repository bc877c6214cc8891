/**
 * One configured provider's connections: SDK clients loaded when first asked for, credentials, region and account.
 * Knows no resource type.
 */
import type { ACM } from "@aws-sdk/client-acm";
import type { ApiGatewayV2 } from "@aws-sdk/client-apigatewayv2";
import type { Budgets } from "@aws-sdk/client-budgets";
import type { CloudFront } from "@aws-sdk/client-cloudfront";
import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import type { IAM } from "@aws-sdk/client-iam";
import type { Lambda } from "@aws-sdk/client-lambda";
import type { Organizations } from "@aws-sdk/client-organizations";
import type { Route53 } from "@aws-sdk/client-route-53";
import type { S3 } from "@aws-sdk/client-s3";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";
import type { Context } from "../../engine/provider.ts";
import { againWithOthers, refusesKeys } from "../../sign-in/others.ts";
import { drained, jitter, patience, pause } from "../kit/clock.ts";
import type { Session as Connected } from "../kit/type.ts";
import type { ServiceName, Settings } from "./config.ts";
import { type Caller, Credentials, regionOfProfile } from "./credentials.ts";
import { dressed, hasCode, isAwsError, isSpoiltRefusal, isUnreadable, problems, wasRepeated } from "./errors.ts";
import { Pace, retryStrategy } from "./retries.ts";

interface Clients {
  acm: ACM;
  apigatewayv2: ApiGatewayV2;
  budgets: Budgets;
  cloudfront: CloudFront;
  s3: S3;
  dynamodb: DynamoDB;
  iam: IAM;
  lambda: Lambda;
  logs: CloudWatchLogs;
  organizations: Organizations;
  route53: Route53;
  ssm: SSM;
  sts: STS;
}

type Config = Record<string, unknown>;

/** Each import is a literal, so that a bundler can split it off and nothing loads before it is needed. */
const loaders: { [Service in ServiceName]: (config: Config) => Promise<Clients[Service]> } = {
  acm: async (config) => new (await import("@aws-sdk/client-acm")).ACM(config),
  apigatewayv2: async (config) => new (await import("@aws-sdk/client-apigatewayv2")).ApiGatewayV2(config),
  budgets: async (config) => new (await import("@aws-sdk/client-budgets")).Budgets(config),
  cloudfront: async (config) => new (await import("@aws-sdk/client-cloudfront")).CloudFront(config),
  s3: async (config) => new (await import("@aws-sdk/client-s3")).S3(config),
  dynamodb: async (config) => new (await import("@aws-sdk/client-dynamodb")).DynamoDB(config),
  iam: async (config) => new (await import("@aws-sdk/client-iam")).IAM(config),
  lambda: async (config) => new (await import("@aws-sdk/client-lambda")).Lambda(config),
  logs: async (config) => new (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs(config),
  organizations: async (config) => new (await import("@aws-sdk/client-organizations")).Organizations(config),
  route53: async (config) => new (await import("@aws-sdk/client-route-53")).Route53(config),
  ssm: async (config) => new (await import("@aws-sdk/client-ssm")).SSM(config),
  sts: async (config) => new (await import("@aws-sdk/client-sts")).STS(config),
};

export class Session implements Connected {
  readonly settings: Settings;
  readonly region: string;
  readonly #credentials: Credentials;
  readonly #paces = new Map<ServiceName, Pace>();
  readonly #ended = new AbortController();
  readonly #clients = new Map<string, Promise<{ destroy(): void }>>();

  private constructor(settings: Settings, region: string) {
    this.settings = settings;
    this.region = region;
    this.#credentials = new Credentials(settings, region, (identity) => this.#whoIs(identity));
  }

  /**
   * Finds region and credentials; asks whose they are when the accounts allowed or forbidden are named, or `known` is:
   * the account that what is in the state already belongs to.
   */
  static async open(settings: Settings, context: Context, known?: string): Promise<Session> {
    const region = settings.region ?? (await regionOfProfile(settings));
    if (!region) throw problems.noRegion();
    const session = new Session(settings, region);
    const { allowedAccountIds: allowed, forbiddenAccountIds: forbidden, skipAccountId } = settings;
    const pinned = allowed.length === 0 && !skipAccountId ? known : undefined;
    if (allowed.length + forbidden.length > 0 || pinned !== undefined) {
      const { accountId } = await session.caller(context);
      if (allowed.length > 0 && !allowed.includes(accountId)) throw problems.wrongAccount(accountId, allowed);
      if (forbidden.includes(accountId)) throw problems.forbiddenAccount(accountId);
      if (pinned !== undefined && accountId !== pinned) throw problems.otherAccount(accountId, pinned);
    }
    return session;
  }

  /** A client whose calls end soon after the operation's signal and whose errors name the action and `resource`. */
  async client<Service extends ServiceName>(
    service: Service,
    context: Context,
    resource: string,
    region = this.region,
  ): Promise<Clients[Service]> {
    const generation = this.#credentials.generation;
    const renewed = async () => (this.#credentials.renew(generation) ? await this.#client(service, region) : undefined);
    const pace = this.#pace(service);
    return guarded(await this.#client(service, region), { service, context, resource, pace, renewed });
  }

  #pace(service: ServiceName): Pace {
    let pace = this.#paces.get(service);
    if (!pace) {
      pace = new Pace();
      this.#paces.set(service, pace);
    }
    return pace;
  }

  #client<Service extends ServiceName>(service: Service, region: string): Promise<Clients[Service]> {
    const key = `${service} ${region} ${this.#credentials.generation}`;
    let client = this.#clients.get(key) as Promise<Clients[Service]> | undefined;
    if (!client) {
      client = loaders[service](this.#config(service, region, this.#credentials.provide));
      this.#clients.set(key, client);
    }
    return client;
  }

  #config(service: ServiceName, region: string, credentials: unknown): Config {
    const { settings } = this;
    const endpoint = settings.endpoints[service];
    const config: Config = {
      region,
      credentials,
      maxAttempts: settings.maxAttempts,
      retryStrategy: retryStrategy(this.#pace(service), settings.maxAttempts, this.#ended.signal),
      useDualstackEndpoint: settings.dualstack,
      useFipsEndpoint: settings.fips,
      requestHandler: { connectionTimeout: 10_000, socketTimeout: patience.silence, httpsAgent: { maxSockets: 50 } },
    };
    if (endpoint) config["endpoint"] = endpoint;
    if (settings.profile) config["profile"] = settings.profile;
    if (service === "s3") {
      config["forcePathStyle"] = settings.pathStyle ?? (endpoint !== undefined && !/\.amazonaws\.com/.test(endpoint));
      config["followRegionRedirects"] = true;
    }
    return config;
  }

  /** Who the credentials are; asked once for each set of them. */
  async caller(context: Context): Promise<Caller> {
    const { generation } = this.#credentials;
    try {
      return await againWithOthers(
        () => this.#credentials.caller(),
        () => this.#credentials.renew(generation),
      );
    } catch (error) {
      if (context.signal.aborted) throw error;
      throw dressed(error, "sts", "GetCallerIdentity", "the credentials");
    }
  }

  async #whoIs(identity: object): Promise<Caller> {
    const sts = await loaders.sts(this.#config("sts", this.region, identity));
    try {
      for (let attempt = 1; ; attempt++)
        try {
          const { Account, Arn, UserId } = await sts.getCallerIdentity({});
          return { accountId: Account ?? "", arn: Arn ?? "", userId: UserId ?? "" };
        } catch (error) {
          if (!(isUnreadable(error) || isSpoiltRefusal(error)) || attempt >= mostAnswers) throw error;
          await pause(pauseMs(attempt), this.#ended.signal);
        }
    } finally {
      sts.destroy();
    }
  }

  /** The account S3 must find behind a bucket's name; undefined when the program forbade asking. */
  async expectedOwner(context: Context): Promise<string | undefined> {
    const { allowedAccountIds, skipAccountId } = this.settings;
    if (allowedAccountIds.length === 1) return allowedAccountIds[0];
    return skipAccountId ? undefined : (await this.caller(context)).accountId;
  }

  readonly isUnreadable = isUnreadable;
  readonly wasRepeated = wasRepeated;
  readonly hasCode = (error: unknown, codes: readonly string[]): boolean => hasCode(error, ...codes);

  async close(): Promise<void> {
    this.#ended.abort();
    const clients = await Promise.allSettled(this.#clients.values());
    this.#clients.clear();
    for (const client of clients) if (client.status === "fulfilled") client.value.destroy();
  }
}

/**
 * Repeated, these could make a second one, or refuse the first: their types look for what was made instead. Nothing finds
 * an integration, and a second one does no harm.
 */
const makes = /^(create(?!Integration$)|publishLayer|addPermission|putParameter|updateTable$)/;
/** Answers in a row that cannot be read, before that is what is wrong. */
const mostAnswers = 4;
const pauseMs = (attempt: number): number => jitter(100 * 2 ** attempt);

/** Makes the error say the retries `before` it, too; answers how many there are by now. */
function countRetries(error: unknown, before: number): number {
  if (!isAwsError(error) || !error.$metadata) return before;
  error.$metadata.attempts = (error.$metadata.attempts ?? 1) + before;
  return error.$metadata.attempts - 1;
}

interface Guard<Client> {
  service: string;
  context: Context;
  resource: string;
  pace: Pace;
  /** A client with credentials looked up again; undefined when there are no others. */
  renewed(): Promise<Client | undefined>;
}

function guarded<Client extends object>(client: Client, guard: Guard<Client>): Client {
  const { service, context, resource } = guard;
  // Of each operation: an answer that was lost may be followed by a refusal that is waited out with another call.
  const retries = new Map<string, number>();
  return new Proxy(client, {
    get(target, key) {
      const method = Reflect.get(target, key) as unknown;
      if (typeof method !== "function" || typeof key !== "string") return method;
      const operation = key.charAt(0).toUpperCase() + key.slice(1);
      return async (input: object) => {
        let [caller, renewed] = [target, false];
        for (let attempt = 1; ; attempt++) {
          try {
            const call = () =>
              drained(context.signal, (abortSignal) => method.call(caller, input ?? {}, { abortSignal }));
            return await guard.pace.run(call);
          } catch (error) {
            if (context.signal.aborted) throw error;
            retries.set(key, countRetries(error, retries.get(key) ?? 0));
            // AWS refused to carry it out, so it is safe to ask again, once, with what the credentials are by now.
            const other = refusesKeys(error) && !renewed ? await guard.renewed() : undefined;
            if (other) {
              [caller, renewed] = [other, true];
              continue;
            }
            const spoilt = isUnreadable(error) && !makes.test(key);
            if (!(spoilt || isSpoiltRefusal(error)) || attempt >= mostAnswers)
              throw dressed(error, service, operation, resource);
            // What a refusal of the next one is about may be what this one did.
            if (spoilt) retries.set(key, (retries.get(key) ?? 0) + 1);
            await pause(pauseMs(attempt), context.signal);
          }
        }
      };
    },
  });
}
