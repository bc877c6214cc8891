/**
 * aws:budgets/budget:Budget, of costs or usage with a fixed limit, and whom it tells. Budgets are the account's, in one
 * place for the world.
 */
import type { Budget, Budgets, Notification, Subscriber } from "@aws-sdk/client-budgets";
import type { CheckFailure } from "../../../engine/provider.ts";
import type { PropertyMap } from "../../../engine/value.ts";
import { same } from "../../kit/canonical.ts";
import { problems, undefinedFor } from "../errors.ts";
import { partitionOf } from "../partition.ts";
import { flag, list, number, object, type Property, refused, refusedAll, set, text } from "../schema.ts";
import { type Tags, tagChanges, tagList, tagMap } from "../tags.ts";
import { type Call, compact, num, type ResourceType, str, strs, sub, subs } from "../type.ts";

const token = "aws:budgets/budget:Budget";
const moment = /^\d{4}-\d{2}-\d{2}_\d{2}:\d{2}$/;

const notification: Property = object({
  comparisonOperator: text({ required: true, oneOf: ["GREATER_THAN", "LESS_THAN", "EQUAL_TO"] }),
  notificationType: text({ required: true, oneOf: ["ACTUAL", "FORECASTED"] }),
  threshold: number({ required: true }),
  thresholdType: text({ required: true, oneOf: ["PERCENTAGE", "ABSOLUTE_VALUE"] }),
  subscriberEmailAddresses: set(text()),
  subscriberSnsTopicArns: set(text()),
});

/** What is counted, by AWS's names and what AWS does when nothing is said. */
const counted: { readonly [name: string]: boolean } = {
  ...{ includeCredit: true, includeDiscount: true, includeOtherSubscription: true, includeRecurring: true },
  ...{ includeRefund: true, includeSubscription: true, includeSupport: true, includeTax: true, includeUpfront: true },
  ...{ useAmortized: false, useBlended: false },
};

export const budget: ResourceType = {
  token,
  global: true,
  properties: {
    name: text({ replaces: true, computed: true }),
    namePrefix: text({ replaces: true }),
    accountId: text({ replaces: true, computed: true }),
    budgetType: text({ required: true, oneOf: ["COST", "USAGE"] }),
    timeUnit: text({ required: true, oneOf: ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"] }),
    limitAmount: text({ required: true }),
    limitUnit: text({ required: true }),
    timePeriodStart: text({ computed: true }),
    timePeriodEnd: text({ default: "2087-06-15_00:00" }),
    costFilters: list(object({ name: text({ required: true }), values: set(text(), { required: true }) }), {
      computed: true,
    }),
    costTypes: object(
      Object.fromEntries(Object.entries(counted).map(([name, usual]) => [name, flag({ default: usual })])),
      { computed: true },
    ),
    notifications: set(notification),
    autoAdjustData: refused("Say limitAmount and limitUnit."),
    plannedLimits: refused("Say limitAmount and limitUnit."),
    ...refusedAll("billingViewArn filterExpression metrics"),
  },
  outputs: ["arn"],
  taggable: true,
  autoname: { property: "name", prefix: "namePrefix", maxLength: 100 },
  identity: (inputs) => str(inputs, "name"),
  locate: async (call) => `${await accountOf(call)}:${str(call.inputs, "name")}`,
  validate,
  // AWS writes `10` as `10.0`.
  settle: async ({ inputs, olds }, changed) =>
    changed.filter((name) => name !== "limitAmount" || Number(inputs[name]) !== Number(olds[name])),
  create,
  exists: ["DuplicateRecordException"],
  aspects: [
    {
      of: [
        ...["budgetType", "timeUnit", "limitAmount", "limitUnit", "timePeriodStart", "timePeriodEnd"],
        ...["costFilters", "costTypes"],
      ],
      sync: async (call) => {
        const { AccountId, BudgetName } = placeOf(call);
        const NewBudget = wanted(call.inputs, BudgetName);
        await (await budgets(call)).updateBudget({ AccountId, NewBudget });
      },
    },
    { of: ["notifications"], sync: syncNotifications },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove: async (call) => {
    await orMissing((await budgets(call)).deleteBudget(placeOf(call)));
  },
};

async function budgets(call: Call): Promise<Budgets> {
  return await call.session.client("budgets", call.context, call.label);
}

const orMissing = undefinedFor("NotFoundException");

function validate(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const property of ["timePeriodStart", "timePeriodEnd"]) {
    const said = inputs[property];
    if (typeof said === "string" && !moment.test(said))
      failures.push({ property, reason: `Expected a time as 2030-01-31_00:00, got '${said}'` });
  }
  const amount = inputs["limitAmount"];
  if (typeof amount === "string" && !(Number(amount) > 0))
    failures.push({ property: "limitAmount", reason: `Expected an amount above 0, got '${amount}'` });
  return failures;
}

const accountOf = async (call: Call): Promise<string> =>
  str(call.inputs, "accountId") ?? (await call.session.caller(call.context)).accountId;

/** `ACCOUNT:NAME`, as pulumi-aws has it. */
function placeOf(call: Call): { AccountId: string; BudgetName: string } {
  const at = call.id.indexOf(":");
  if (at < 1) throw problems.badImport(token, call.id, "ACCOUNT-ID:NAME");
  return { AccountId: call.id.slice(0, at), BudgetName: call.id.slice(at + 1) };
}

/** `2030-01-31_00:00`, in UTC. */
const dateOf = (said: string | undefined): Date | undefined =>
  said ? new Date(`${said.replace("_", "T")}Z`) : undefined;
const saidOf = (date: Date | undefined): string | undefined => date?.toISOString().slice(0, 16).replace("T", "_");
const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function wanted(inputs: PropertyMap, BudgetName: string): Budget {
  const types = sub(inputs, "costTypes");
  const filters = subs(inputs, "costFilters").map((one) => [str(one, "name")!, strs(one, "values")!]);
  const [Start, End] = [dateOf(str(inputs, "timePeriodStart")), dateOf(str(inputs, "timePeriodEnd"))];
  return {
    BudgetName,
    BudgetType: str(inputs, "budgetType") as "COST",
    TimeUnit: str(inputs, "timeUnit") as "MONTHLY",
    BudgetLimit: { Amount: str(inputs, "limitAmount"), Unit: str(inputs, "limitUnit") },
    TimePeriod: { Start, End },
    CostFilters: filters.length > 0 ? (Object.fromEntries(filters) as Record<string, string[]>) : undefined,
    CostTypes:
      types && Object.fromEntries(Object.entries(counted).map(([name, usual]) => [upper(name), types[name] ?? usual])),
  };
}

interface Told {
  Notification: Notification;
  Subscribers: Subscriber[];
}

function toldOf(said: PropertyMap): Told {
  const to = (SubscriptionType: "EMAIL" | "SNS", addresses: string[] = []): Subscriber[] =>
    addresses.map((Address) => ({ SubscriptionType, Address }));
  return {
    Notification: {
      ComparisonOperator: str(said, "comparisonOperator") as "GREATER_THAN",
      NotificationType: str(said, "notificationType") as "ACTUAL",
      Threshold: num(said, "threshold")!,
      ThresholdType: str(said, "thresholdType") as "PERCENTAGE",
    },
    Subscribers: [
      ...to("EMAIL", strs(said, "subscriberEmailAddresses")),
      ...to("SNS", strs(said, "subscriberSnsTopicArns")),
    ],
  };
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const [AccountId, name] = [await accountOf(call), str(inputs, "name")!];
  call.label = `budget ${name}`;
  const told = subs(inputs, "notifications").map(toldOf);
  const tags = tagList(inputs["tagsAll"] as Tags | undefined);
  await (await budgets(call)).createBudget({
    AccountId,
    Budget: wanted(inputs, name),
    NotificationsWithSubscribers: told.length > 0 ? told : undefined,
    ResourceTags: tags.length > 0 ? tags : undefined,
  });
  return `${AccountId}:${name}`;
}

/** Of a live budget, in the program's words. */
async function notificationsOf(call: Call): Promise<PropertyMap[]> {
  const client = await budgets(call);
  const of = placeOf(call);
  const found: PropertyMap[] = [];
  let NextToken: string | undefined;
  do {
    const page = await orMissing(client.describeNotificationsForBudget({ ...of, NextToken }));
    for (const Notification of page?.Notifications ?? []) {
      const answer = await orMissing(client.describeSubscribersForNotification({ ...of, Notification }));
      const to = (type: string): string[] =>
        (answer?.Subscribers ?? []).filter((one) => one.SubscriptionType === type).map(({ Address }) => Address!);
      found.push({
        comparisonOperator: Notification.ComparisonOperator!,
        notificationType: Notification.NotificationType!,
        threshold: Notification.Threshold!,
        // AWS leaves out the usual one.
        thresholdType: Notification.ThresholdType ?? "PERCENTAGE",
        subscriberEmailAddresses: to("EMAIL"),
        subscriberSnsTopicArns: to("SNS"),
      });
    }
    NextToken = page?.NextToken;
  } while (NextToken);
  return found;
}

async function syncNotifications(call: Call): Promise<void> {
  const client = await budgets(call);
  const of = placeOf(call);
  const [live, said] = [await notificationsOf(call), subs(call.inputs, "notifications")];
  const without = (some: PropertyMap[], others: PropertyMap[]): Told[] =>
    some.filter((one) => !others.some((other) => same(notification, one, other))).map(toldOf);
  for (const { Notification } of without(live, said))
    await orMissing(client.deleteNotification({ ...of, Notification }));
  for (const told of without(said, live)) await client.createNotification({ ...of, ...told });
}

function arnOf(call: Call): string {
  const { AccountId, BudgetName } = placeOf(call);
  return `arn:${partitionOf(call.session.region).id}:budgets::${AccountId}:budget/${BudgetName}`;
}

async function liveTags(call: Call): Promise<Tags> {
  const ResourceARN = arnOf(call);
  return tagMap((await orMissing((await budgets(call)).listTagsForResource({ ResourceARN })))?.ResourceTags);
}

async function syncTags(call: Call): Promise<void> {
  const client = await budgets(call);
  const ResourceARN = arnOf(call);
  const { set: added, remove } = tagChanges(await liveTags(call), call.inputs["tagsAll"] as Tags);
  if (remove.length > 0) await client.untagResource({ ResourceARN, ResourceTagKeys: remove });
  if (Object.keys(added).length > 0) await client.tagResource({ ResourceARN, ResourceTags: tagList(added) });
}

async function observe(call: Call) {
  const place = placeOf(call);
  const live = (await orMissing((await budgets(call)).describeBudget(place)))?.Budget;
  if (!live) return undefined;
  const filters = Object.entries(live.CostFilters ?? {}).map(([name, values]) => ({ name, values }));
  const types = live.CostTypes as Record<string, boolean> | undefined;
  const amount = live.BudgetLimit?.Amount;
  const said = str(call.inputs, "limitAmount");
  return {
    inputs: compact({
      name: live.BudgetName,
      accountId: place.AccountId,
      budgetType: live.BudgetType,
      timeUnit: live.TimeUnit,
      limitAmount: said !== undefined && Number(said) === Number(amount) ? said : amount,
      limitUnit: live.BudgetLimit?.Unit,
      timePeriodStart: saidOf(live.TimePeriod?.Start),
      timePeriodEnd: saidOf(live.TimePeriod?.End),
      costFilters: filters.length > 0 ? filters : undefined,
      costTypes: types && Object.fromEntries(Object.keys(counted).map((name) => [name, types[upper(name)] ?? false])),
      notifications: await notificationsOf(call),
      tagsAll: await liveTags(call),
    }),
    outputs: { arn: arnOf(call) },
  };
}
