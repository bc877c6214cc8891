/**
 * A budget is asked for at setup, is what the foundation is from then on, can be changed and taken away, and goes with its
 * cloud. Who may have none hears so before anything is made. Budgets are answered by a scripted service, all else by a
 * local cloud.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { liveBudget } from "../../stacks/deploy/budget.ts";
import { inventory } from "../support/aws.ts";
import { startBudgets } from "../support/budgets.ts";
import { type Home, withHome } from "../support/home.ts";
import { allow, createUser } from "../support/identity.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";

let cloud: TestCloud;
let budgets: Awaited<ReturnType<typeof startBudgets>>;
let home: Home;

beforeAll(async () => {
  cloud = await startTestCloud();
  budgets = await startBudgets(cloud.endpoint);
  home = await withHome({ env: { ...cloud.env, AWS_ENDPOINT_URL: budgets.endpoint } });
}, 60_000);
afterAll(async () => {
  await home?.close();
  await budgets?.close();
  await cloud?.close();
});

const setup = (...more: string[]): string[] => ["setup", "--target", "aws", "--name", "work", ...more];
const named = "work--foundation--budget";
const limit = (): unknown => (budgets.all.get(named)?.budget["BudgetLimit"] as { Amount: string } | undefined)?.Amount;
const mailed = (): string[] => budgets.all.get(named)!.told.flatMap(({ Subscribers }) => Subscribers.map(String));
const made = async (): Promise<string[]> => (await inventory(cloud.config)).filter((one) => one.includes("work"));

// What is known only after half a cloud is there would leave that half behind.
it("says before anything is made that an amount, an address or a right is missing", { timeout: 120_000 }, async () => {
  for (const [args, says] of [
    [["--budget", "0"], /--budget is an amount in US dollars/],
    [["--budget", "five"], /--budget is an amount in US dollars/],
    [["--budget", "1.234"], /--budget is an amount in US dollars/],
    [["--budget", "5", "--budget-email", "nobody"], /--budget-email is an address/],
    [["--budget", "5", "--budget-email", "a@b.org\u001b[2J"], /--budget-email is an address/],
    [["--budget", "none", "--budget-email", "a@b.org"], /goes with --budget AMOUNT/],
  ] as const) {
    const done = await home.attempt(...setup("--yes", ...args));
    expect([done.code, done.stderr], args.join(" ")).toEqual([2, expect.stringMatching(says)]);
  }
  const unaddressed = await home.attempt(...setup("--yes", "--budget", "5"));
  expect([unaddressed.code, unaddressed.stderr]).toEqual([3, expect.stringContaining("--budget-email ADDRESS")]);
  const local = await home.attempt("setup", "--name", "here", "--budget", "5", "--budget-email", "a@b.org");
  expect([local.code, local.stderr]).toEqual([2, expect.stringContaining("a local one costs nothing")]);
  budgets.refused.message = "User is not authorized to perform: budgets:ViewBudget";
  const denied = await home.attempt(...setup("--yes", "--budget", "5", "--budget-email", "a@b.org"));
  delete budgets.refused.message;
  expect([denied.code, denied.stderr]).toEqual([
    6,
    expect.stringMatching(/budgets:ModifyBudget[\s\S]*Nothing was changed/),
  ]);
  expect(await made()).toEqual([]);
  expect((await home.json("cloud", "ls")).clouds).toEqual([]);
});

it("a right that AWS's simulator says is missing is named", { timeout: 120_000 }, async () => {
  const without = { Effect: "Deny", Action: "budgets:ModifyBudget", Resource: "*" } as const;
  const person = await createUser(cloud, allow("*"), without);
  const { accessKeyId, secretAccessKey } = person.config.credentials;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const other = await withHome({ env: { ...cloud.env, ...keys, AWS_ENDPOINT_URL: budgets.endpoint } });
  try {
    const done = await other.attempt(...setup("--yes", "--budget", "5", "--budget-email", "a@b.org"));
    expect([done.code, done.stderr]).toEqual([
      6,
      expect.stringMatching(/may not: budgets:ModifyBudget\. Nothing was changed/),
    ]);
    expect(await made()).toEqual([]);
  } finally {
    await other.close();
  }
});

it("stands in the plan, is made, changed and taken away, and goes with its cloud", { timeout: 300_000 }, async () => {
  const flags = ["--budget", "5", "--budget-email", "me@example.com"];
  const asked = await home.attempt(...setup(...flags));
  expect([asked.code, asked.stderr]).toEqual([
    3,
    expect.stringContaining("--budget 5 --budget-email me@example.com --yes"),
  ]);
  expect(asked.stdout + asked.stderr).toMatch(
    /\$5\.00 a month for the whole account; AWS mails me@example\.com at 50, 80/,
  );
  expect(budgets.all.size).toBe(0);

  await home.freehold(...setup(...flags, "--yes"));
  const { budget, told, tags } = budgets.all.get(named)!;
  expect(budget).toMatchObject({
    ...{ BudgetType: "COST", TimeUnit: "MONTHLY", BudgetLimit: { Amount: "5.0", Unit: "USD" } },
    CostTypes: { IncludeCredit: false, IncludeRefund: false, IncludeTax: true },
  });
  // Of the account: a filter by tags counts nothing where nobody switched tags on.
  expect(budget["CostFilters"]).toBeUndefined();
  expect(
    told
      .map(({ Notification: { NotificationType: type, Threshold: at }, Subscribers }) => [type, at, Subscribers])
      .sort(),
  ).toEqual([
    ["ACTUAL", 100, [{ SubscriptionType: "EMAIL", Address: "me@example.com" }]],
    ["ACTUAL", 50, [{ SubscriptionType: "EMAIL", Address: "me@example.com" }]],
    ["ACTUAL", 80, [{ SubscriptionType: "EMAIL", Address: "me@example.com" }]],
    ["FORECASTED", 100, [{ SubscriptionType: "EMAIL", Address: "me@example.com" }]],
  ]);
  expect(tags).toMatchObject({ "freehold:cloud": "work", "freehold:app": "foundation" });

  // Another run says nothing of it: it stays, whichever computer it is run from.
  await home.freehold("setup", "--name", "work");
  expect(limit()).toBe("5.0");
  const changed = await home.events("setup", "--name", "work", "--budget", "7.50");
  expect(changed.filter(({ op, phase }) => op === "update" && phase === "done")).toHaveLength(1);
  expect(limit()).toBe("7.5");
  expect(mailed()).toHaveLength(4);
  // As it is found where the state that had it is lost; of another cloud nothing is.
  const there = { name: "work", target: "aws" as const, timeZone: "UTC", dir: home.dir, environment: cloud.env };
  const inAccount = { ...there, region: cloud.region, accountId: cloud.accountId, endpoint: budgets.endpoint };
  expect(await liveBudget(inAccount)).toEqual({ perMonth: 7.5, email: "me@example.com" });
  expect(await liveBudget({ ...inAccount, name: "other" })).toBeUndefined();
  expect(await liveBudget({ ...inAccount, endpoint: cloud.endpoint })).toBeUndefined();

  await home.freehold("setup", "--name", "work", "--budget", "none");
  expect(budgets.all.size).toBe(0);
  // Gone: nobody is left to mail, and that is said before anything.
  const nobody = await home.attempt("setup", "--name", "work", "--budget", "9");
  expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining("--budget 9 --budget-email ADDRESS")]);
  await home.freehold("setup", "--name", "work", "--budget", "9", "--budget-email", "we@example.com");
  expect(limit()).toBe("9.0");

  await home.freehold("destroy", "--all", "--data", "delete", "--yes");
  expect(budgets.all.size).toBe(0);
  expect(await made()).toEqual([]);
});
