/**
 * What can be asked about an account itself: its organization and what that forbids, its regions, its plan, how many
 * functions may run and whether more were asked for. Each answer may be "not known", with why; that is never an error.
 * One call changes something, and only that: asking for more functions.
 */
import {
  account,
  accountPlanState,
  cloudfront,
  dynamodb,
  iam,
  lambda,
  logs,
  organizations,
  type Reach,
  s3,
  serviceQuotas,
  ssm,
} from "./clients.ts";
import { asFault, byOrganization } from "./faults.ts";

/** What AWS said, or in words why it did not. */
export type Known<T> = { known: T } | { unknown: string };

export interface Organization {
  id: string;
  /** Who pays, and sets the policies. */
  managedBy: string;
  /** `ALL`, `CONSOLIDATED_BILLING` */
  features?: string;
}

export interface AccountPlan {
  type: "FREE" | "PAID";
  ended: boolean;
  /** ISO 8601, when it is known. */
  endsAt?: string;
  creditsLeft?: number;
}

export interface QuotaRequest {
  id: string;
  /** `PENDING`, `CASE_OPENED` */
  status: string;
  desired: number;
  /** ISO 8601. */
  at?: string;
}

/** What a new account has for all its functions together. */
export const smallConcurrency = 10;
/** What every account has once AWS knows it, so the least that is worth asking for. */
export const usualConcurrency = 1_000;

/** "Concurrent executions" of AWS Lambda, by the codes that are the same in every account and region. */
const concurrency = { ServiceCode: "lambda", QuotaCode: "L-B99A9384" };

/** None: the account is in no organization. */
export function organizationOf(cloud: Reach): Promise<Known<Organization | undefined>> {
  return asked("organizations:DescribeOrganization", async (abortSignal) => {
    const { sdk, client } = await organizations(cloud);
    try {
      const { Organization: of } = await client.send(new sdk.DescribeOrganizationCommand({}), { abortSignal });
      if (!of?.Id) return undefined;
      return { id: of.Id, managedBy: of.MasterAccountId ?? "", ...(of.FeatureSet ? { features: of.FeatureSet } : {}) };
    } catch (error) {
      if ((error as Error).name === "AWSOrganizationsNotInUseException") return undefined;
      throw error;
    }
  });
}

/** `ENABLED`, `ENABLED_BY_DEFAULT`, `ENABLING`, `DISABLING`, `DISABLED`. */
export function regionStatus(cloud: Reach): Promise<Known<string>> {
  return asked("account:GetRegionOptStatus", async (abortSignal) => {
    const { sdk, client } = await account(cloud);
    const asks = new sdk.GetRegionOptStatusCommand({ RegionName: cloud.region });
    return needed((await client.send(asks, { abortSignal })).RegionOptStatus);
  });
}

/** None: the account is older than AWS's plans, or in an organization that pays. */
export function planOf(cloud: Reach): Promise<Known<AccountPlan | undefined>> {
  return asked("freetier:GetAccountPlanState", async (signal) => {
    try {
      const state = await accountPlanState(cloud, signal);
      const { accountPlanExpirationDate: ends, accountPlanRemainingCredits: credits } = state;
      const at = typeof ends === "number" ? new Date(ends * 1000) : new Date(ends ?? Number.NaN);
      return {
        type: needed(state.accountPlanType),
        ended: state.accountPlanStatus === "EXPIRED",
        ...(Number.isNaN(at.getTime()) ? {} : { endsAt: at.toISOString() }),
        ...(credits?.amount === undefined ? {} : { creditsLeft: credits.amount }),
      };
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  });
}

/** How many functions of the account may run at once here. */
export function concurrencyOf(cloud: Reach): Promise<Known<number>> {
  return asked("lambda:GetAccountSettings", async (abortSignal) => {
    const { sdk, client } = await lambda(cloud);
    const { AccountLimit } = await client.send(new sdk.GetAccountSettingsCommand({}), { abortSignal });
    return needed(AccountLimit?.ConcurrentExecutions);
  });
}

/** Whether CloudFront has anything of the account. AWS gives nothing to one it has not verified, and tells of that in no other way. */
export function hasDistributions(cloud: Reach): Promise<Known<boolean>> {
  return asked("cloudfront:ListDistributions", async (abortSignal) => {
    const { sdk, client } = await cloudfront(cloud);
    const { DistributionList } = await client.send(new sdk.ListDistributionsCommand({ MaxItems: 1 }), { abortSignal });
    return (DistributionList?.Items ?? []).length > 0;
  });
}

/** The request for more functions that AWS has not answered yet, if there is one. */
export function openRequest(cloud: Reach): Promise<Known<QuotaRequest | undefined>> {
  return asked("servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota", async (abortSignal) => {
    const { sdk, client } = await serviceQuotas(cloud);
    const asks = new sdk.ListRequestedServiceQuotaChangeHistoryByQuotaCommand({ ...concurrency, MaxResults: 100 });
    const { RequestedQuotas = [] } = await client.send(asks, { abortSignal });
    const open = RequestedQuotas.find(({ Status = "" }) => Status === "PENDING" || Status === "CASE_OPENED");
    return open && requestOf(open);
  });
}

/**
 * Asks AWS to let more functions run at once; answers what was asked, or, `before`, what somebody had asked already: AWS
 * takes one request at a time. Throws faults.
 */
export async function requestConcurrency(cloud: Reach): Promise<{ request: QuotaRequest; before: boolean }> {
  const open = await openRequest(cloud);
  if ("known" in open && open.known) return { request: open.known, before: true };
  const { sdk, client } = await serviceQuotas(cloud);
  const asks = new sdk.RequestServiceQuotaIncreaseCommand({ ...concurrency, DesiredValue: usualConcurrency });
  try {
    const { RequestedQuota = {} } = await client.send(asks);
    return { request: requestOf(RequestedQuota), before: false };
  } catch (error) {
    // Somebody else was faster, or who was before could not be asked.
    if ((error as Error).name !== "ResourceAlreadyExistsException") throw asFault(error, cloud.endpoint);
    return { request: { id: "", status: "PENDING", desired: usualConcurrency }, before: true };
  }
}

interface Requested {
  Id?: string | undefined;
  Status?: string | undefined;
  DesiredValue?: number | undefined;
  Created?: Date | undefined;
}

const requestOf = ({ Id = "", Status = "PENDING", DesiredValue, Created }: Requested): QuotaRequest => ({
  id: Id,
  status: Status,
  desired: DesiredValue ?? usualConcurrency,
  ...(Created ? { at: Created.toISOString() } : {}),
});

/** One call of each service that a cloud needs, of those that only look. */
const looks: readonly ((cloud: Reach, abortSignal: AbortSignal) => Promise<unknown>)[] = [
  async (cloud, abortSignal) => {
    const { sdk, client } = await s3(cloud);
    return client.send(new sdk.ListBucketsCommand({ MaxBuckets: 1 }), { abortSignal });
  },
  async (cloud, abortSignal) => {
    const { sdk, client } = await ssm(cloud);
    return client.send(new sdk.DescribeParametersCommand({ MaxResults: 1 }), { abortSignal });
  },
  async (cloud, abortSignal) => {
    const { sdk, client } = await iam(cloud);
    return client.send(new sdk.ListRolesCommand({ MaxItems: 1 }), { abortSignal });
  },
  async (cloud, abortSignal) => {
    const { sdk, client } = await dynamodb(cloud);
    return client.send(new sdk.ListTablesCommand({ Limit: 1 }), { abortSignal });
  },
  async (cloud, abortSignal) => {
    const { sdk, client } = await logs(cloud);
    return client.send(new sdk.DescribeLogGroupsCommand({ limit: 1 }), { abortSignal });
  },
  async (cloud, abortSignal) => {
    const { sdk, client } = await lambda(cloud);
    return client.send(new sdk.ListFunctionsCommand({ MaxItems: 1 }), { abortSignal });
  },
];

/**
 * What AWS says where a policy of the organization refuses a look at a service that a cloud needs; most such policies
 * close whole services or regions. Empty where none does, or where it cannot be told.
 */
export async function organizationDenials(cloud: Reach): Promise<string[]> {
  const signal = AbortSignal.timeout(withinMs);
  const said = await Promise.all(
    looks.map((look) =>
      look(cloud, signal).then(
        () => [],
        ({ message = "" }: Error) => (byOrganization(message) ? [message] : []),
      ),
    ),
  );
  return said.flat();
}

/** What services say that do not know an account yet which AWS made a moment ago. Empty when all of them know it. */
export async function unready(cloud: Reach): Promise<string[]> {
  const signal = AbortSignal.timeout(withinMs);
  const said = await Promise.all(
    looks.map((look) =>
      look(cloud, signal).then(
        () => [],
        ({ name, message }: Error) => (early.test(name) ? [`${name}: ${message}`] : []),
      ),
    ),
  );
  return said.flat();
}

const early =
  /OptInRequired|SubscriptionRequired|NotSignedUp|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient/;

const withinMs = 5_000;

/** What is not allowed, not there or too slow is not known. */
async function asked<T>(action: string, ask: (signal: AbortSignal) => Promise<T>): Promise<Known<T>> {
  try {
    return { known: await ask(AbortSignal.timeout(withinMs)) };
  } catch (error) {
    const { name, message } = error as Error;
    if (/AccessDenied|UnauthorizedOperation/.test(name)) return { unknown: `${action} is not allowed` };
    if (name === "SyntaxError") return { unknown: "AWS did not say (its answer cannot be read)" };
    return { unknown: `AWS did not say (${name === "Error" ? message : name})` };
  }
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("an answer without what was asked");
  return value;
}
