/**
 * What a cloud costs, on an AWS that nobody here wrote (moto): unused at most a dollar a month, by everything that is there;
 * used, what its metrics come to by the table of prices; and what AWS says it charged, when that is asked for. All of it
 * carries its owner's tags. Budgets, which moto has not whole, are a scripted service's.
 */
import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { budgetsBeyond, fixedCostOf } from "../../blueprints/fixed-costs.ts";
import { pagePrices, pricesAt } from "../../blueprints/price-list.ts";
import { sources } from "../../stacks/deploy/tagged.ts";
import { monthOf } from "../../stacks/deploy/use/index.ts";
import { useByMetrics } from "../../stacks/deploy/use/metrics.ts";
import { findType } from "../../stacks/providers/aws/registry.ts";
import { denied } from "../support/aws-setup.ts";
import { startBudgets } from "../support/budgets.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type Home, withHome } from "../support/home.ts";
import { startMoto } from "../support/moto.ts";
import { missing, motoServer } from "../support/tools.ts";

interface Resource {
  type: string;
  id?: string;
  custom: boolean;
  inputs?: Record<string, unknown>;
}

describe.skipIf(missing(motoServer(), "moto_server"))("what a cloud in AWS costs", { timeout: 240_000 }, () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let budgets: Awaited<ReturnType<typeof startBudgets>>;
  let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
  let home: Home;
  const resources: Resource[] = [];
  const region = "eu-west-1";
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const here = ["--cloud", "work"];

  beforeAll(async () => {
    moto = await startMoto();
    budgets = await startBudgets(moto.endpoint);
    proxy = await startFaultProxy(budgets.endpoint);
    home = await withHome({
      env: {
        ...{ AWS_ENDPOINT_URL: proxy.endpoint, AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" },
        // As people have it: with the home page.
        FREEHOLD_NO_HOME: "",
      },
    });
    const budget = ["--budget", "5", "--budget-email", "me@example.com"];
    await home.freehold("setup", "--target", "aws", "--name", "work", "--region", region, ...budget, "--yes");
    await home.freehold("up", "notes", ...here);
    for (const stack of ["foundation", "home", "notes"]) {
      const { deployment } = await home.json("state", "export", stack, ...here);
      resources.push(...deployment.resources.filter(({ custom }: Resource) => custom));
    }
  }, 180_000);
  afterAll(async () => {
    await home?.close();
    await proxy?.close();
    await budgets?.close();
    await moto?.close();
  });

  /** Bytes of every version of every object in the account. */
  async function storedBytes(): Promise<number> {
    const s3 = new S3Client({ endpoint: moto.endpoint, region, credentials, forcePathStyle: true });
    const buckets = sources.find(({ kind }) => kind === "aws:s3/bucket:Bucket")!;
    let bytes = 0;
    for (const Bucket of await buckets.list(account())) {
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      bytes += Versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
    }
    return bytes;
  }

  const account = () => ({
    ...{ name: "work", target: "aws" as const, region, accountId: "123456789012", timeZone: "UTC", dir: home.dir },
    ...{ endpoint: moto.endpoint, environment: moto.env },
  });

  // The promise to whoever tries it: one that forgets it pays less than a dollar a month, whatever is added later.
  it("set up, with the home page and an app that nobody calls, at most a dollar a month", async () => {
    expect(resources.length).toBeGreaterThan(40);
    const each = resources.map(({ type, inputs = {} }) => ({ type, ...fixedCostOf({ kind: type, inputs }) }));
    expect(each.filter((one) => "unpriced" in one)).toEqual([]);
    const fixed = each.reduce((sum, one) => sum + ("perMonth" in one ? one.perMonth : 0), 0);
    // What is in no state: the state's bucket, and two parameters, which are standard ones.
    const gb = (await storedBytes()) / 1024 ** 3;
    expect(gb).toBeGreaterThan(0);
    const perMonth = fixed + gb * pricesAt(region).s3.perGbMonth + budgetsBeyond(budgets.all.size);
    expect(perMonth).toBeLessThanOrEqual(1);
    // And it would be seen: three zones are more than a dollar, a kind without a price is none that is free.
    expect(fixedCostOf({ kind: "aws:route53/zone:Zone", inputs: {} })).toEqual({ perMonth: 0.5 });
    expect(fixedCostOf({ kind: "aws:kms/key:Key", inputs: {} })).toHaveProperty("unpriced");
    expect(budgetsBeyond(3)).toBeCloseTo(0.608);
  });

  // What carries no tags is found by nobody: not by an owner who looks what an account is for, nor by a bill by tags.
  it("everything in the account that can carry tags says whose it is", async () => {
    const apps = new Map<string, string[]>();
    for (const { kind, list, tags } of sources)
      for (const id of await list(account())) {
        const own = await tags(account(), id);
        expect(own, `${kind} ${id}`).toMatchObject({ "freehold:cloud": "work" });
        apps.set(kind, [...(apps.get(kind) ?? []), own?.["freehold:app"] ?? ""]);
      }
    expect(budgets.all.get("work--foundation--budget")?.tags).toMatchObject({ "freehold:app": "foundation" });
    // Nothing that a state has and that can be tagged is of a kind that was not looked at.
    const taggable = new Set(resources.map(({ type }) => type).filter((type) => findType(type)?.taggable));
    const looked = [...apps.keys(), "aws:budgets/budget:Budget", "aws:s3/bucketObjectv2:BucketObjectv2"];
    expect([...taggable].filter((type) => !looked.includes(type))).toEqual([]);
    expect(apps.get("aws:lambda/function:Function")?.sort()).toEqual(["foundation", "home", "home", "notes", "notes"]);
  });

  it("used, what its metrics come to; nothing else is asked for, and each metric is told as paid", async () => {
    const { from } = monthOf(Date.now());
    const Timestamp = new Date(Math.max(from, Date.now() - 2 * 3_600_000));
    const put = async (Namespace: string, MetricName: string, Value: number, dimensions: Record<string, string>) => {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const MetricData: MetricDatum[] = [{ MetricName, Value, Timestamp, Dimensions }];
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
    };
    const cloudwatch = new CloudWatchClient({ endpoint: moto.endpoint, region, credentials });
    const gate = { FunctionName: "work--notes--gate" };
    const api = { FunctionName: "work--notes--api" };
    const gb = 1024 ** 3;
    await put("AWS/Lambda", "Invocations", 1_000_000, gate);
    await put("AWS/Lambda", "Duration", 2_000_000_000, gate);
    await put("AWS/Lambda", "Invocations", 400_000, api);
    await put("AWS/DynamoDB", "ConsumedReadCapacityUnits", 3_000_000, { TableName: "work--notes--notes" });
    await put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", 1_000_000, { TableName: "work--notes--notes" });
    await put("AWS/Logs", "IncomingBytes", 2 * gb, { LogGroupName: "/aws/lambda/work--notes--gate" });
    // Of another cloud in the same account: none of this one's.
    await put("AWS/Lambda", "Invocations", 9_000_000, { FunctionName: "other--notes--gate" });
    const memory = (id: string): number =>
      Number(resources.find((one) => one.id === id && one.type.endsWith(":Function"))?.inputs?.["memorySize"]);
    const { lambda, dynamodb, logs, s3, transfer } = pricesAt(region);
    const expected = {
      "Lambda requests": 1.4 * lambda.perMillionRequests,
      "Lambda duration": 2_000_000 * (memory("work--notes--gate") / 1024) * lambda.perGbSecond,
      "DynamoDB reads": 3 * dynamodb.perMillionReads,
      "DynamoDB writes": dynamodb.perMillionWrites,
      "logs written": 2 * logs.perGb,
      "S3 reads": 1_000 * s3.perThousandReads,
      "transfer to the internet": ((1_000_000 * 10 * 1024) / gb) * transfer.perGb,
    };
    const cost = await home.json("cost", "notes", ...here);
    const [notes] = cost.apps;
    for (const [what, dollars] of Object.entries(expected)) {
      const line = notes.lines.find((one: { what: string }) => one.what === what);
      expect([what, line?.dollars]).toEqual([what, expect.closeTo(dollars, 6)]);
    }
    // The site's bucket holds its pages.
    const others = notes.lines.filter(({ what }: { what: string }) => !(what in expected));
    expect(others.map(({ what }: { what: string }) => what).sort()).toEqual(["S3 data"]);
    const used = Object.values(expected).reduce((sum, one) => sum + one, 0);
    expect(notes.soFar).toBeCloseTo(used, 4);

    const all = await home.json("cost", ...here);
    expect(all.apps.map(({ name }: { name: string }) => name).sort()).toEqual(["foundation", "home", "notes"]);
    expect(all.total.soFar).toBeCloseTo(
      all.apps.reduce((sum: number, one: { soFar: number }) => sum + one.soFar, 0),
      9,
    );
    expect(all.budget).toEqual({ perMonth: 5, email: "me@example.com" });
    expect(all.asking).toBeGreaterThan(cost.asking);
    expect(cost.asking % (pagePrices.metricsPerThousand.dollars / 1000)).toBeCloseTo(0, 9);
    // With what AWS gives every account taken off: a million of its requests were free.
    const less = await home.json("cost", "notes", "--free-tier", ...here);
    const requests = less.apps[0].lines.find(({ what }: { what: string }) => what === "Lambda requests");
    expect(requests.dollars).toBeCloseTo(0.4 * lambda.perMillionRequests, 6);
  });

  // More metrics than fit into one question; a rate of the days there were; and a size that AWS counted days ago.
  it("of many functions all are counted, young apps by their days, and late sizes are said to be late", async () => {
    const dayMs = 24 * 3_600_000;
    const now = Date.UTC(2026, 4, 20, 12);
    const cloudwatch = new CloudWatchClient({ endpoint: moto.endpoint, region, credentials });
    const put = async (Namespace: string, MetricName: string, days: number, Value: number, dimensions: object) => {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const MetricData: MetricDatum[] = [{ MetricName, Value, Timestamp: new Date(now - days * dayMs), Dimensions }];
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
    };
    const last = { FunctionName: "many--119" };
    for (const [days, calls] of [
      [25, 1],
      [10, 20],
      [3, 300],
      [1, 4000],
    ] as const)
      await put("AWS/Lambda", "Invocations", days, calls, last);
    const rows = Array.from({ length: 120 }, (_, at) => ({
      ...{ kind: "aws:lambda/function:Function", id: `many--${at}` },
      inputs: { memorySize: 512 },
    }));
    const span = { ...monthOf(now), now };
    const [old, young, new_] = (
      await useByMetrics(
        account(),
        [
          { name: "old", rows },
          { name: "young", rows: rows.slice(-1), since: now - 2 * dayMs },
          { name: "new", rows: rows.slice(-1), since: now - 60_000 },
        ],
        span,
      )
    ).measured;
    // Of what was 25 days ago nothing was in May; of what was 10 days ago nothing is in the rate.
    expect(old!.use.soFar.functionCalls).toBe(4320);
    expect(old!.use.perDay!.functionCalls).toBeCloseTo(4300 / 7);
    expect(young!.use.perDay!.functionCalls).toBeCloseTo(4000 / 2);
    expect(new_!.use.perDay).toBeUndefined();

    await put("AWS/S3", "BucketSizeBytes", 3, 5 * 1024 ** 3, { BucketName: "late", StorageType: "StandardStorage" });
    const bucket = { kind: "aws:s3/bucket:Bucket", id: "late", inputs: {} };
    const [part] = (await useByMetrics(account(), [{ name: "late", rows: [bucket] }], span)).measured;
    expect(part!.use.stocks.bucketGb).toBeCloseTo(5);
    expect(part!.notes).toEqual(["Sizes of buckets are 3 days old; AWS publishes them daily."]);
  });

  it("who may not read metrics is told the right, and that is all that fails", async () => {
    proxy.plan([{ on: /GetMetricData/, fault: denied("GraniteServiceVersion20100801.GetMetricData"), times: 9 }]);
    const refused = await home.attempt("cost", "notes", ...here);
    proxy.plan([]);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("AWS does not allow this")]);
    expect((await home.attempt("cost", "notes", ...here)).code).toBe(0);
    const nobody = await home.attempt("cost", "nots", ...here);
    expect([nobody.code, nobody.stderr]).toEqual([4, expect.stringContaining("Did you mean notes?")]);
  });

  // A question that costs money is never asked by a script that nobody told to.
  it("what AWS charged is asked only after a yes, once", async () => {
    const group = (service: string, tag: string, Amount: string) => ({
      Keys: [service, `freehold:app$${tag}`],
      Metrics: { UnblendedCost: { Amount, Unit: "USD" } },
    });
    const Groups = [
      group("AWS Lambda", "notes", "1.25"),
      group("AWS Lambda", "", "0.5"),
      group("Tax\u001b[2J", "", "0.3"),
    ];
    await fetch(`${moto.endpoint}/moto-api/static/ce/cost-and-usage-results`, {
      method: "POST",
      body: JSON.stringify({ results: [{ ResultsByTime: [{ Groups, Estimated: true }] }] }),
    });
    const unasked = await home.attempt("cost", "--explorer", ...here);
    expect([unasked.code, unasked.stderr]).toEqual([
      3,
      expect.stringMatching(/\$0\.01[\s\S]*--explorer --cloud work --yes/),
    ]);
    const { charged, asking } = await home.json("cost", "--explorer", "--yes", ...here);
    expect(charged).toMatchObject({
      total: 2.05,
      estimated: true,
      more: false,
      apps: [{ app: "notes", dollars: 1.25 }],
    });
    expect(charged.services[0]).toEqual({ service: "AWS Lambda", dollars: 1.75 });
    expect(asking).toBeGreaterThanOrEqual(0.01);
    // What is said in AWS's words does nothing to a terminal.
    const { stdout } = await home.freehold("cost", "--explorer", "--yes", ...here);
    expect(stdout).toMatch(/AWS charged the whole account/);
    expect(stdout).not.toContain("\u001b[2J");
  });
});
