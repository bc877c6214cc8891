/** AWS Budgets as moto 5.2 has it not: with changes, tags and subscribers. Keeps what it is told, in memory. */
import { createServer, type IncomingMessage } from "node:http";
import { forward } from "./account-services.ts";
import { listen } from "./listen.ts";

interface Told {
  Notification: Record<string, unknown>;
  Subscribers: unknown[];
}

interface Kept {
  budget: Record<string, unknown>;
  told: Told[];
  tags: Record<string, string>;
}

interface Asked {
  BudgetName?: string;
  Budget?: Record<string, unknown>;
  NewBudget?: Record<string, unknown>;
  NotificationsWithSubscribers?: Told[];
  Notification?: Record<string, unknown>;
  Subscribers?: unknown[];
  ResourceARN?: string;
  ResourceTags?: { Key: string; Value: string }[];
  ResourceTagKeys?: string[];
}

const accountId = "123456789012";
const usual = { IncludeCredit: true, IncludeTax: true, IncludeSupport: true, IncludeRefund: true };
const rest = { IncludeDiscount: true, IncludeOtherSubscription: true, IncludeRecurring: true, IncludeUpfront: true };

class Failure extends Error {}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  // Byte for byte: what is not ours goes on.
  return Buffer.concat(chunks).toString("latin1");
}

const alike = (one: Record<string, unknown>, other: Record<string, unknown> = {}): boolean =>
  ["ComparisonOperator", "NotificationType", "Threshold"].every((name) => one[name] === other[name]);

/** With what AWS fills in: amounts with a decimal, whole cost types, a period. */
function filled(budget: Record<string, unknown>): Record<string, unknown> {
  const { Amount, Unit } = budget["BudgetLimit"] as { Amount: string; Unit: string };
  const said = budget["CostTypes"] as object | undefined;
  const period = { Start: 1_793_491_200, End: 3_706_473_600, ...(budget["TimePeriod"] as object | undefined) };
  return {
    ...budget,
    BudgetLimit: { Amount: Number(Amount).toFixed(1), Unit },
    CostTypes: { ...usual, ...rest, IncludeSubscription: true, UseAmortized: false, UseBlended: false, ...said },
    TimePeriod: period,
  };
}

/** `behind`: the AWS that answers everything else. `refused`: what it answers instead of anything of budgets. */
export async function startBudgets(behind?: string) {
  const refused: { message?: string } = {};
  const asked: string[] = [];
  const all = new Map<string, Kept>();
  const named = (name: string | undefined): Kept => {
    const found = all.get(name ?? "");
    if (!found) throw new Failure("NotFoundException");
    return found;
  };
  const tagged = ({ ResourceARN = "" }: Asked): Kept => named(/budget\/(.*)$/.exec(ResourceARN)?.[1]);
  const tagsOf = (said: Asked): [string, string][] => (said.ResourceTags ?? []).map(({ Key, Value }) => [Key, Value]);
  const operations: Record<string, (said: Asked) => object> = {
    CreateBudget: (said) => {
      const name = String(said.Budget!["BudgetName"]);
      if (all.has(name)) throw new Failure("DuplicateRecordException");
      const told = said.NotificationsWithSubscribers ?? [];
      all.set(name, { budget: filled(said.Budget!), told: [...told], tags: Object.fromEntries(tagsOf(said)) });
      return {};
    },
    DescribeBudget: ({ BudgetName }) => ({ Budget: named(BudgetName).budget }),
    UpdateBudget: ({ NewBudget }) => {
      named(String(NewBudget!["BudgetName"])).budget = filled(NewBudget!);
      return {};
    },
    DeleteBudget: ({ BudgetName }) => {
      named(BudgetName);
      all.delete(BudgetName!);
      return {};
    },
    // AWS leaves out the usual kind of threshold.
    DescribeNotificationsForBudget: ({ BudgetName }) => ({
      Notifications: named(BudgetName).told.map(({ Notification: { ThresholdType: _, ...shown } }) => shown),
    }),
    DescribeSubscribersForNotification: ({ BudgetName, Notification }) => ({
      Subscribers: named(BudgetName).told.find((one) => alike(one.Notification, Notification))?.Subscribers ?? [],
    }),
    CreateNotification: ({ BudgetName, Notification, Subscribers }) => {
      const { told } = named(BudgetName);
      if (told.some((one) => alike(one.Notification, Notification))) throw new Failure("DuplicateRecordException");
      told.push({ Notification: Notification!, Subscribers: Subscribers! });
      return {};
    },
    DeleteNotification: ({ BudgetName, Notification }) => {
      const kept = named(BudgetName);
      kept.told = kept.told.filter((one) => !alike(one.Notification, Notification));
      return {};
    },
    ListTagsForResource: (said) => ({
      ResourceTags: Object.entries(tagged(said).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    TagResource: (said) => Object.assign(tagged(said).tags, Object.fromEntries(tagsOf(said))) && {},
    UntagResource: (said) => {
      for (const key of said.ResourceTagKeys ?? []) delete tagged(said).tags[key];
      return {};
    },
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const operation = String(request.headers["x-amz-target"] ?? "").replace(/^.*\./, "");
    const ours = String(request.headers["x-amz-target"] ?? "").startsWith("AWSBudgetServiceGateway.");
    if (behind && !ours) return forward(behind, request, Buffer.from(body, "latin1"), response);
    if (body.includes("Action=GetCallerIdentity")) {
      const who = `<Account>${accountId}</Account><Arn>arn:aws:iam::${accountId}:user/t</Arn><UserId>t</UserId>`;
      const result = `<GetCallerIdentityResult>${who}</GetCallerIdentityResult>`;
      return void response.end(`<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
    }
    response.setHeader("content-type", "application/x-amz-json-1.1");
    asked.push(operation);
    try {
      if (refused.message) throw new Failure("AccessDeniedException");
      const run = operations[operation];
      if (!run) throw new Failure("UnknownOperationException");
      response.end(JSON.stringify(run(JSON.parse(body) as Asked)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: error.message, message: refused.message ?? error.message }));
    }
  });
  const endpoint = await listen(server);
  return {
    endpoint,
    /** By name. */
    all,
    asked,
    refused,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_REGION: "eu-west-1",
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
