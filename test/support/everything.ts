/**
 * Everything of an account that a cloud or an app of ours may be made of, a line each, with what it is set to: what two
 * accounts, or one before and after, are compared by. Names drawn at random are `X`, so that only what differs differs.
 */
import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm";
import {
  ApiGatewayV2Client,
  GetApiMappingsCommand,
  GetApisCommand,
  GetDomainNamesCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
} from "@aws-sdk/client-apigatewayv2";
import { BudgetsClient, DescribeBudgetsCommand } from "@aws-sdk/client-budgets";
import { CloudFrontClient, ListDistributionsCommand } from "@aws-sdk/client-cloudfront";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import {
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import {
  type FunctionConfiguration,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  ListAliasesCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListLayersCommand,
} from "@aws-sdk/client-lambda";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetBucketTaggingCommand, GetBucketVersioningCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { ClientConfig } from "./aws.ts";

/** Sorted. Of the app `only` when one is named, whose name then is `APP`; else of the whole account. */
export async function everything(config: ClientConfig, only?: string): Promise<string[]> {
  const ofOurs = [functions, tables, buckets, identities, texts];
  const ofAws = [certificates, doors, distributions, records, budgets];
  const all = (
    await Promise.all([...ofOurs.map((list) => list(config)), ...ofAws.map((list) => inAws(() => list(config)))])
  ).flat();
  // Whole; in the name of a grant a host's dots are `_`.
  const its = new RegExp(`(?<![A-Za-z0-9])${only}(?![A-Za-z0-9])`, "g");
  const named =
    only === undefined ? all : all.filter((line) => line.search(its) >= 0).map((line) => line.replaceAll(its, "APP"));
  return named.map((line) => line.replaceAll(/-[0-9a-f]{6,}\b/g, "-X")).sort();
}

const gone = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (/NotFound|NoSuch/.test((error as Error).name)) return undefined;
    throw error;
  }
};

async function functions(config: ClientConfig): Promise<string[]> {
  const client = new LambdaClient(config);
  const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
  const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({}));
  const { Layers = [] } = await client.send(new ListLayersCommand({}));
  return [
    ...(await Promise.all(Functions.map((one) => ofFunction(client, one)))).flat(),
    ...EventSourceMappings.map(({ EventSourceArn, FunctionArn }) => `mapping ${EventSourceArn} -> ${FunctionArn}`),
    ...Layers.map(({ LayerName }) => `layer ${LayerName}`),
  ];
}

async function ofFunction(client: LambdaClient, told: FunctionConfiguration): Promise<string[]> {
  const { FunctionName, Runtime, Handler, MemorySize, Timeout, CodeSha256, Environment } = told;
  const [{ Aliases = [] }, url, policy] = await Promise.all([
    client.send(new ListAliasesCommand({ FunctionName })),
    gone(client.send(new GetFunctionUrlConfigCommand({ FunctionName }))),
    gone(client.send(new GetPolicyCommand({ FunctionName }))),
  ]);
  const { Statement = [] }: { Statement?: { Sid: string; Action: string }[] } = JSON.parse(policy?.Policy ?? "{}");
  const settings = Object.keys(Environment?.Variables ?? {}).sort();
  const { hosts = [] }: { hosts?: string[] } = JSON.parse(Environment?.Variables?.["FREEHOLD_GATE"] ?? "{}");
  return [
    `function ${FunctionName} ${Runtime} ${Handler} ${MemorySize} MB ${Timeout} s ${CodeSha256} ${settings}`,
    ...Aliases.map(({ Name }) => `alias ${FunctionName} ${Name}`),
    ...(hosts.length > 0 ? [`names ${FunctionName} ${hosts}`] : []),
    ...(url ? [`url ${FunctionName} ${url.AuthType} ${url.InvokeMode}`] : []),
    ...Statement.map(({ Sid, Action }) => `grant ${FunctionName} ${Sid} ${Action}`),
  ];
}

async function tables(config: ClientConfig): Promise<string[]> {
  const client = new DynamoDBClient(config);
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  return await Promise.all(
    TableNames.map(async (TableName) => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
      const keys = [Table!, ...(Table!.GlobalSecondaryIndexes ?? [])].map(({ KeySchema = [] }) =>
        KeySchema.map(({ AttributeName }) => AttributeName).join("+"),
      );
      return `table ${TableName} ${keys} ${TimeToLiveDescription?.AttributeName ?? ""}`;
    }),
  );
}

async function buckets(config: ClientConfig): Promise<string[]> {
  const client = new S3Client({ ...config, forcePathStyle: true });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  return await Promise.all(
    Buckets.map(async ({ Name: Bucket }) => {
      const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
      const tagged = await gone(client.send(new GetBucketTaggingCommand({ Bucket })));
      const tags = (tagged?.TagSet ?? []).map(({ Key, Value }) => `${Key}=${Value}`).sort();
      return `bucket ${Bucket} ${Status ?? ""} ${tags}`;
    }),
  );
}

async function identities(config: ClientConfig): Promise<string[]> {
  const client = new IAMClient(config);
  const { Roles = [] } = await client.send(new ListRolesCommand({}));
  const { Policies = [] } = await client.send(new ListPoliciesCommand({ Scope: "Local" }));
  const roles = Roles.map(async ({ RoleName }) => {
    const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName }));
    const { AttachedPolicies = [] } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const attached = AttachedPolicies.map(({ PolicyName }) => PolicyName);
    return `role ${RoleName} ${[...PolicyNames].sort()} ${attached.sort()}`;
  });
  return [...(await Promise.all(roles)), ...Policies.map(({ PolicyName }) => `policy ${PolicyName}`)];
}

/** Log groups and parameters. */
async function texts(config: ClientConfig): Promise<string[]> {
  const { logGroups = [] } = await new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({}));
  const { Parameters = [] } = await new SSMClient(config).send(new DescribeParametersCommand({}));
  return [
    ...logGroups.map(({ logGroupName, retentionInDays }) => `logs ${logGroupName} ${retentionInDays ?? "for ever"}`),
    ...Parameters.map(({ Name, Type }) => `parameter ${Name} ${Type}`),
  ];
}

/** Of services that a local cloud has not: nothing can be in it of those. */
async function inAws(list: () => Promise<string[]>): Promise<string[]> {
  try {
    return await list();
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 501) return [];
    throw error;
  }
}

/** CloudFront's certificates are in one region, wherever the rest is. */
async function certificates(config: ClientConfig): Promise<string[]> {
  const regions = [...new Set([config.region, "us-east-1"])];
  const pages = await Promise.all(
    regions.map((region) => new ACMClient({ ...config, region }).send(new ListCertificatesCommand({}))),
  );
  return pages.flatMap(({ CertificateSummaryList: all = [] }, at) =>
    all.map(({ DomainName, Status }) => `certificate ${regions[at]} ${DomainName} ${Status}`),
  );
}

/** What API Gateway has. */
async function doors(config: ClientConfig): Promise<string[]> {
  const client = new ApiGatewayV2Client(config);
  const { Items: apis = [] } = await client.send(new GetApisCommand({}));
  const { Items: names = [] } = await client.send(new GetDomainNamesCommand({}));
  const nameOf = (id: string | undefined) => apis.find(({ ApiId }) => ApiId === id)?.Name;
  const ofApis = apis.map(async ({ ApiId, Name }) => {
    const { Items: routes = [] } = await client.send(new GetRoutesCommand({ ApiId }));
    const { Items: integrations = [] } = await client.send(new GetIntegrationsCommand({ ApiId }));
    const functions = integrations.map(({ IntegrationUri = "" }) => /function:([\w-]+)/.exec(IntegrationUri)?.[1]);
    // One that an interrupted create left answers nobody, and goes with its API.
    // AWS refuses a second route of the same key; moto, asked again after its answer was lost, makes it.
    return `api ${Name} ${[...new Set(routes.map(({ RouteKey }) => RouteKey))]} -> ${[...new Set(functions)]}`;
  });
  const ofNames = names.map(async ({ DomainName }) => {
    const { Items: mappings = [] } = await client.send(new GetApiMappingsCommand({ DomainName }));
    return `domain name ${DomainName} -> ${mappings.map(({ ApiId }) => nameOf(ApiId))}`;
  });
  return await Promise.all([...ofApis, ...ofNames]);
}

async function distributions(config: ClientConfig): Promise<string[]> {
  const { DistributionList } = await new CloudFrontClient(config).send(new ListDistributionsCommand({}));
  return (DistributionList?.Items ?? []).map(({ Aliases }) => `distribution ${Aliases?.Items}`);
}

async function records(config: ClientConfig): Promise<string[]> {
  const client = new Route53Client(config);
  const { HostedZones = [] } = await client.send(new ListHostedZonesCommand({}));
  const zones = HostedZones.map(async ({ Id: HostedZoneId }) => {
    const { ResourceRecordSets = [] } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
    return ResourceRecordSets.map(({ Name, Type }) => `record ${Type} ${Name}`);
  });
  return [...HostedZones.map(({ Name }) => `zone ${Name}`), ...(await Promise.all(zones)).flat()];
}

async function budgets(config: ClientConfig): Promise<string[]> {
  const client = new BudgetsClient(config);
  const { Account } = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  const { Budgets = [] } = await client.send(new DescribeBudgetsCommand({ AccountId: Account! }));
  return Budgets.map(({ BudgetName }) => `budget ${BudgetName}`);
}
