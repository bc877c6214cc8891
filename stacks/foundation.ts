/**
 * The program every cloud has: the boundary that no role gets beyond, the table of who may come in, and the sign-in
 * function with its address. The key that signs sessions is made by that function, and is in no state.
 */
import { Table } from "@pulumi/aws/dynamodb/table.js";
import { Policy } from "@pulumi/aws/iam/policy.js";
import { asset, type Output } from "@pulumi/pulumi";
import { addressTags, nameTags, openAddress } from "./components/address.ts";
import { BackupBucket } from "./components/backup-bucket.ts";
import { boundaryRights } from "./components/boundary.ts";
import { type AccountBudget, accountBudget } from "./components/budget.ts";
import { arnOf, type Context, nameOf, tagsOf, type Where } from "./components/context.ts";
import { ownDomains } from "./components/domain.ts";
import { accessLogDays, LambdaComponent } from "./components/lambda.ts";
import { awsProvider } from "./components/provider.ts";
import { policyDocument, type Statement } from "./components/rights.ts";
import { type Domain, hostsOf, type MadeDomain, urlOfDomains } from "./domains.ts";
import { appsTable, localHost, sessionKeyParameter } from "./names.ts";

export interface FoundationInput extends Where {
  signinDir: string;
  signinDigest: string;
  /** Version of this program, for tags. */
  version: string;
  /** It has a bucket for backups; `kept`: the physical name of one that is there and in no state. */
  backups?: { kept?: string };
  /** Of clouds in AWS, where one was asked for. */
  budget?: AccountBudget;
  /** Names of the sign-in site's own, the first to be told first. */
  domains?: readonly Domain[];
  /** Needed where one of them is in Cloudflare; encrypted in the state. */
  cloudflareToken?: string | undefined;
}

export interface FoundationStackOutputs {
  accountId: string;
  signinFunction: string;
  signinArn: string;
  /** By the first name of its own, or else the function's address. */
  signinUrl: Output<string>;
  /** Names of its own that people come by, the one of `signinUrl` first. */
  signinHosts: string[];
  /** As they were said: what a later deployment is made with unless it says others. */
  domains: Domain[];
  madeDomains: Output<MadeDomain[]>;
  accessTable: string;
  boundaryArn: Output<string>;
}

/** Of the sign-in site: no app may be called so. */
export const signinSite = "signin";

export async function foundationProgram(input: FoundationInput): Promise<FoundationStackOutputs> {
  const context: Context = { ...input, app: "foundation", provider: awsProvider(input), attach: new Map() };
  const boundary = new Policy(
    "boundary",
    {
      name: nameOf(context, "boundary", "policy"),
      description: `What functions of the cloud ${input.cloud} may do at most`,
      policy: policyDocument(boundaryRights(context)),
      tags: tagsOf(context, { boundary: 1 }),
    },
    { provider: context.provider },
  );
  const access = accessTable(context);
  installedTable(context);
  if (input.backups) new BackupBucket(context, input.backups.kept);
  if (input.budget) accountBudget(context, input.budget);
  const bounded = { ...context, boundaryArn: boundary.arn };
  const signin = new LambdaComponent("freehold:foundation:Signin", bounded, "signin", {
    handler: "index.handler",
    runtime: "nodejs24.x",
    memoryMb: 512,
    timeoutSeconds: 20,
    code: new asset.FileArchive(input.signinDir),
    environment: { FREEHOLD_SIGNIN: configuration(context, access, hostsOf(input.domains)) },
    rights: signinRights(context, access),
    logDays: accessLogDays,
    definition: { code: input.signinDigest },
    tags: { ...addressTags(context, signinSite), ...nameTags(input.domains) },
  });
  const { functionName: signinFunction, functionArn: signinArn } = signin;
  const address = openAddress(context, signin, { noun: "signin", site: signinSite, invokeMode: "BUFFERED" });
  const domains = [...(input.domains ?? [])];
  const signinHosts = hostsOf(domains);
  const signinUrl = address.apply((url) => urlOfDomains(domains) ?? url);
  const { accountId } = input;
  const known = { accountId, signinFunction, signinArn, accessTable: access, boundaryArn: boundary.arn };
  const { cloudflareToken } = input;
  const madeDomains = ownDomains(context, { domains, of: signin, url: address, cloudflareToken });
  return { ...known, signinUrl, signinHosts, domains, madeDomains };
}

/** Passkeys, guests and keys are in it: kept whatever becomes of the stack, until the cloud itself is destroyed. */
function accessTable(context: Context): string {
  const name = nameOf(context, "access", "table");
  new Table(
    "access",
    {
      name,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "id",
      attributes: [{ name: "id", type: "S" }],
      ttl: { attributeName: "expires", enabled: true },
      pointInTimeRecovery: { enabled: true },
      tags: tagsOf(context, { access: 1 }),
    },
    { provider: context.provider, retainOnDelete: true },
  );
  return name;
}

/** What is installed, for the home page to show: written by operations, and made again by them, so it goes with the stack. */
function installedTable(context: Context): void {
  new Table(
    "apps",
    {
      name: appsTable(context.cloud),
      billingMode: "PAY_PER_REQUEST",
      hashKey: "id",
      attributes: [{ name: "id", type: "S" }],
      tags: tagsOf(context, { apps: 1 }),
    },
    { provider: context.provider },
  );
}

/** What stacks/functions/signin reads. */
function configuration(context: Context, access: string, hosts: readonly string[]): string {
  const { cloud, target } = context;
  const host = target === "local" ? localHost(cloud, signinSite) : undefined;
  return JSON.stringify({ cloud, access, key: sessionKeyParameter(cloud), localHost: host, hosts });
}

function signinRights(context: Context, access: string): Statement[] {
  const allow = (Action: string[], service: string, resource: string): Statement => ({
    Effect: "Allow",
    Action,
    Resource: [arnOf(context, service, resource)],
  });
  const rows = ["DeleteItem", "GetItem", "PutItem", "Scan", "UpdateItem"].map((action) => `dynamodb:${action}`);
  return [
    allow(rows, "dynamodb", `table/${access}`),
    allow(["ssm:GetParameter", "ssm:PutParameter"], "ssm", `parameter${sessionKeyParameter(context.cloud)}`),
    // An app's address, to which people are sent back, is what the account says it is.
    // And by which names it is asked, a gate's tags say. Its own address is one that passkeys may be for.
    {
      Effect: "Allow",
      Action: ["lambda:GetFunctionUrlConfig", "lambda:ListTags"],
      Resource: [`${context.cloud}--*--gate`, nameOf(context, "signin", "function")].map((name) =>
        arnOf(context, "lambda", `function:${name}`),
      ),
    },
  ];
}
