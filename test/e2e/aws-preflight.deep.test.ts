/**
 * What stands in the way of a cloud in AWS is found by whole commands before their first change: setup and up, and doctor
 * with the same words. An account that is new still gets a working app. More functions are asked for once, by name.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scpWords } from "../support/account-services.ts";
import { inventory } from "../support/aws.ts";
import { refused, startAwsWithBadDays } from "../support/aws-setup.ts";
import { copyCounter } from "../support/counter.ts";
import type { Rule } from "../support/fault-proxy.ts";
import { ask, type Home, resultOf, signIn, withHome } from "../support/home.ts";
import { allow, createUser } from "../support/identity.ts";
import { mutating } from "../support/oracle.ts";

type Aws = Awaited<ReturnType<typeof startAwsWithBadDays>>;
let aws: Aws;
let home: Home;
const times = Number.POSITIVE_INFINITY;

beforeAll(async () => {
  aws = await startAwsWithBadDays();
  // A user, not root: of root nobody simulates rights.
  const { accessKeyId, secretAccessKey } = (await createUser(aws.cloud, allow("*"))).config.credentials;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  home = await withHome({ env: { ...aws.cloud.env, ...keys, AWS_ENDPOINT_URL: aws.proxy.endpoint } });
  await copyCounter(home.dir);
}, 60_000);
beforeEach(() => {
  aws.account.reset();
  aws.proxy.plan([]);
});
afterAll(async () => {
  await home?.close();
  await aws?.close();
});

const setup = (name: string, ...more: string[]): string[] => ["setup", "--target", "aws", "--name", name, ...more];

/** Ends with one error, and no call that changes something was made. */
async function stops(args: string[], code: string, detail: RegExp, exitCode = 6): Promise<void> {
  const before = await inventory(aws.cloud.config);
  const done = await home.attempt(...args, "--json");
  const errors = done.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "error");
  expect(errors, done.stdout + done.stderr).toMatchObject([{ code, detail: expect.stringMatching(detail) }]);
  expect(done.code).toBe(exitCode);
  expect(aws.proxy.count(mutating)).toBe(0);
  expect(await inventory(aws.cloud.config)).toEqual(before);
  // For a person: one line that says what it is, then why and what to do.
  const plain = await home.attempt(...args);
  expect(plain.stderr.match(/^Error: /gm)).toHaveLength(1);
  expect(plain.stderr).not.toMatch(/bug in Freehold|\.[cm]js:\d+/);
  expect(aws.proxy.count(mutating)).toBe(0);
}

const refusing = (on: RegExp, action: string, like: string): Rule => ({
  on,
  fault: refused(like, like.startsWith("GET /?") ? "AccessDenied" : "AccessDeniedException", scpWords(action), 403),
  times,
});

/** A policy that closes a region: what is not of the whole account is refused there, whatever it is. */
const regionClosed: Rule[] = [
  refusing(
    /^(GET|PUT|HEAD|POST|DELETE) \/(?!20\d\d-|getRegionOptStatus)/,
    "s3:ListAllMyBuckets",
    "GET /?x-id=ListBuckets",
  ),
  refusing(/^\w+ \/20\d\d-|^(AmazonSSM|DynamoDB|Logs)_?\w*\./, "lambda:ListFunctions", "GET /2015-03-31/functions"),
];
const serviceClosed: Rule[] = [refusing(/^DynamoDB_\d+\./, "dynamodb:ListTables", "DynamoDB_20120810.ListTables")];

/** What the simulator answers of one action where a service control policy takes it from everybody. */
const simulatedDenial: Rule = {
  on: /^Action=SimulatePrincipalPolicy$/,
  fault: {
    kind: "edit",
    edit: (body) => {
      const [before = "", ...results] = body.split(">lambda:CreateFunction<");
      const decision =
        ">explicitDeny</EvalDecision><OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>";
      return [before, ...results.map((result) => result.replace(/>allowed<\/EvalDecision>/, decision))].join(
        ">lambda:CreateFunction<",
      );
    },
  },
  times,
};

// Whoever finds out half-way has half a cloud, and pays for it.
describe("setup makes nothing", { timeout: 120_000 }, () => {
  it("A19: where the organization closes the region", async () => {
    aws.proxy.plan(regionClosed);
    await stops(setup("closed", "--yes"), "organization-denies", /explicit deny in a service control policy/);
  });

  it("A19: where the organization closes one service", async () => {
    aws.proxy.plan(serviceClosed);
    await stops(setup("closed", "--yes"), "organization-denies", /dynamodb:ListTables.*Nothing was changed/s);
  });

  it("A19: where AWS's simulator says that the organization forbids a right", async () => {
    aws.proxy.plan([simulatedDenial]);
    await stops(
      setup("closed", "--yes"),
      "organization-denies",
      /It forbids lambda:CreateFunction\. Nothing was changed/,
    );
  });

  it("where the free plan has ended", async () => {
    aws.account.state.plan = { accountPlanType: "FREE", accountPlanStatus: "EXPIRED" };
    await stops(setup("ended", "--yes"), "plan-ended", /AWS then closes the account.*Nothing was changed/s);
  });

  it("where the region is on its way out", async () => {
    aws.account.state.region = "DISABLING";
    await stops(setup("off", "--yes"), "region-off", /./);
  });

  it("and is in no list of clouds", async () => {
    expect((await home.json("cloud", "ls")).clouds).toEqual([]);
  });
});

// H1 and H2 are what most people have on their first day.
describe("an account that is new", { timeout: 240_000 }, () => {
  const quarrels: Rule[] = [
    {
      on: /\/concurrency$/,
      fault: refused(
        "PUT /2017-10-31/",
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10].",
      ),
      times,
    },
    {
      on: /^(POST|PUT) \/2020-05-31\//,
      fault: refused(
        "GET /",
        "AccessDenied",
        "Your account must be verified before you can add new CloudFront resources.",
        403,
      ),
      times,
    },
  ];
  const ends = new Date(Date.now() + 60 * 86_400_000);
  const isNew = (): void => {
    Object.assign(aws.account.state, {
      concurrency: 10,
      plan: {
        accountPlanType: "FREE",
        accountPlanStatus: "ACTIVE",
        accountPlanRemainingCredits: { amount: 199, unit: "USD" },
        accountPlanExpirationDate: ends.getTime() / 1000,
      },
    });
  };
  const stateOf = (checks: any[], id: string): any => checks.find((one) => one.id === id);

  it("is told so, and gets a cloud and an app that works: nothing reserves functions, nothing needs CloudFront", async () => {
    isNew();
    aws.proxy.plan(quarrels);
    const events = await home.events(...setup("new", "--yes"));
    expect(resultOf(events)).toMatchObject({ ok: true });
    const { checks } = events.find(({ type }) => type === "setup-plan").plan;
    expect(stateOf(checks, "aws-concurrency")).toMatchObject({
      state: "warn",
      next: "freehold setup --name new --raise-concurrency",
    });
    expect(stateOf(checks, "aws-plan")).toMatchObject({
      state: "ok",
      detail: expect.stringContaining(`until ${ends.toISOString().slice(0, 10)}`),
    });
    const [{ url, link }] = resultOf(await home.events("up", "./counter", "--cloud", "new")).apps;
    expect((await ask(url, { headers: { cookie: await signIn(link) } })).status).toBe(200);
    expect(aws.proxy.count(/\/concurrency$|^(POST|PUT) \/2020-05-31\//)).toBe(0);
    // That --yes answers every question asks AWS for nothing.
    expect(aws.account.asked).not.toContain("RequestServiceQuotaIncrease");
  });

  it("is asked about by doctor in the same words", async () => {
    isNew();
    const { checks } = await home.json("doctor", "--cloud", "new");
    for (const id of ["aws-region", "aws-organization", "aws-organization-policy", "aws-plan", "aws-concurrency"])
      expect(stateOf(checks, id).state, id).toBe(id === "aws-concurrency" ? "warn" : "ok");
    const support = expect.stringContaining("https://console.aws.amazon.com/support/");
    expect(stateOf(checks, "aws-cloudfront")).toMatchObject({ state: "skipped", next: support });
    // It is known once something of it is there.
    aws.account.state.distributions = 1;
    const later = (await home.json("doctor", "--cloud", "new")).checks;
    expect(stateOf(later, "aws-cloudfront")).toMatchObject({ state: "ok" });
  });

  it("gets more functions asked for once, when that is said by name; then doctor shows the request", async () => {
    isNew();
    const more = ["setup", "--name", "new", "--raise-concurrency"];
    const notes = async (): Promise<string> =>
      (await home.events(...more)).flatMap(({ type, message }) => (type === "note" ? message : [])).join("\n");
    expect(await notes()).toMatch(/AWS was asked for 1000 on \S+ and has not answered yet \(PENDING, request-0\)/);
    expect(await notes()).toMatch(/request-0\)\. It was not asked again/);
    expect(aws.account.state.requests).toHaveLength(1);
    const { checks } = await home.json("doctor", "--cloud", "new");
    expect(stateOf(checks, "aws-concurrency")).toMatchObject({
      state: "ok",
      detail: expect.stringContaining("request-0"),
    });
    aws.account.state.concurrency = 1_000;
    aws.account.state.requests = [];
    expect(await notes()).toMatch(/1000 functions may run at once already/);
    expect(aws.account.state.requests).toEqual([]);
    const local = await home.attempt("setup", "--name", "here", "--raise-concurrency");
    expect(local.code).toBe(2);
  });

  it("whose request AWS refuses is told so, and the cloud stands", async () => {
    isNew();
    aws.account.state.refused = {
      RequestServiceQuotaIncrease: ["AccessDeniedException", "not authorized to perform: x"],
    };
    const done = await home.attempt("setup", "--name", "new", "--raise-concurrency");
    expect(done.code).toBe(6);
    expect(done.stderr.match(/^Error: /gm)).toHaveLength(1);
    // Its code is of the app, whose name in this AWS only browsers resolve.
    expect(JSON.parse((await home.attempt("status", "--cloud", "new", "--json")).stdout).running).toBe(true);
  });
});

// A19: a policy may come after the cloud; a new app is then not made by halves.
describe("up makes nothing", { timeout: 120_000 }, () => {
  const up = ["up", "./counter", "--as", "second", "--cloud", "new"];
  const nothingOfIt = async (): Promise<void> => {
    aws.proxy.plan([]);
    expect((await home.json("ls", "--cloud", "new")).apps.map(({ name }: { name: string }) => name)).toEqual([
      "counter",
    ]);
    expect((await inventory(aws.cloud.config)).filter((one) => one.includes("--second--"))).toEqual([]);
  };

  it("A19: where the organization has closed the region since", async () => {
    aws.proxy.plan(regionClosed);
    await stops(up, "organization-denies", /explicit deny in a service control policy/);
    await nothingOfIt();
  });

  it("A19: where the organization has closed one service since", async () => {
    aws.proxy.plan(serviceClosed);
    await stops(up, "organization-denies", /dynamodb:ListTables/);
    await nothingOfIt();
  });

  it("and the same command goes on once it is allowed", async () => {
    expect(resultOf(await home.events(...up))).toMatchObject({ ok: true });
  });
});
