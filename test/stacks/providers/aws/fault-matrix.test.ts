/**
 * The provider's part of the fault matrix, row by row, on a clock of the test's own: waits pass at once and are counted.
 * AWS is the local cloud behind a proxy that has bad days.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PartialFailure, type Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { Pace } from "../../../../stacks/providers/aws/retries.ts";
import { type Fault, startFaultProxy } from "../../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { allow, code, fresh, trust } from "./cases.ts";
import { contextOf, Driver } from "./driver.ts";

const clock = vi.hoisted(() => ({ ms: 0 }));
vi.mock("../../../../stacks/providers/kit/clock.ts", async (original) => ({
  ...(await original<typeof import("../../../../stacks/providers/kit/clock.ts")>()),
  pause: async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    clock.ms += ms;
    // A cloud that has something to do meanwhile gets the time to do it.
    await new Promise((resolve) => setTimeout(resolve, 2));
    signal.throwIfAborted();
  },
  patience: { silence: 700, drain: 700 },
}));

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let provider: Provider;

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  provider = createAwsProvider({ environment: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await provider.configure({});
});
beforeEach(() => {
  proxy.plan([]);
  clock.ms = 0;
});
afterAll(async () => {
  await provider?.close();
  await proxy?.close();
  await cloud?.close();
});

const table = "aws:dynamodb/table:Table";
const group = "aws:cloudwatch/logGroup:LogGroup";
const role = "aws:iam/role:Role";
const bucket = "aws:s3/bucket:Bucket";
const ours = { "freehold:cloud": "home", "freehold:app": "notes" };
const tableInputs = (extra: PropertyMap = {}): PropertyMap => ({
  hashKey: "pk",
  attributes: [{ name: "pk", type: "S" }],
  billingMode: "PAY_PER_REQUEST",
  ...extra,
});
const json = (code: string, message: string, status = 400): Fault => ({
  kind: "answer",
  status,
  code,
  message,
  form: "json",
});
const xml = (code: string, message: string, status = 400): Fault => ({
  kind: "answer",
  status,
  code,
  message,
  form: "xml",
});
const silence: Fault = { kind: "hang", told: () => undefined };
const always = Number.POSITIVE_INFINITY;
const seconds = (): number => clock.ms / 1_000;
const mutating = /CreateTable|CreateLogGroup|PutRetentionPolicy|Action=CreateRole|TagResource/;

async function roleArn(): Promise<string> {
  const made = await new Driver(provider, role, fresh("role")).create({ assumeRolePolicy: trust });
  return String(made.outputs["arn"]);
}
async function functionWith(arn: string, context = contextOf()): Promise<Driver> {
  const driver = new Driver(provider, "aws:lambda/function:Function", fresh("fn"), context);
  return await driver.create({ role: arn, handler: "index.handler", runtime: "nodejs22.x", code: code("x") });
}
async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => Promise.reject(new Error("it should have failed")),
    (cause: Error) => cause,
  );
}

describe("throttling and broken answers", () => {
  // Everybody's first parallel deployment into a busy account.
  it("A1 the first 20 mutating calls are throttled, then one in ten: it finishes, with at most 1.5 times the calls", async () => {
    const deploy = () =>
      Promise.all(
        Array.from({ length: 24 }, () =>
          new Driver(provider, group, fresh("/a1")).create({ retentionInDays: 7, tags: ours }),
        ),
      );
    await deploy();
    const ideal = proxy.seen.length;
    let draw = 0;
    proxy.plan([
      { on: mutating, fault: json("ThrottlingException", "Rate exceeded"), times: 20 },
      {
        on: mutating,
        fault: json("ThrottlingException", "Rate exceeded"),
        times: always,
        chance: () => ++draw % 10 === 0,
      },
    ]);
    const made = await deploy();
    expect(new Set(made.map(({ id }) => id)).size).toBe(24);
    expect(proxy.seen.length).toBeLessThanOrEqual(1.5 * ideal);
    expect(seconds()).toBeGreaterThan(0);
  });

  // Every client that goes on at its old pace keeps the account throttled.
  it("A1 half as many calls go at once after a throttle, and one more for each round that is through", async () => {
    const pace = new Pace();
    const open: (() => void)[] = [];
    let running = 0;
    const calls = Array.from({ length: 60 }, () =>
      pace.run(async () => {
        running++;
        await new Promise<void>((resolve) => open.push(resolve));
        running--;
      }),
    );
    expect(running).toBe(50);
    pace.throttled();
    expect(pace.limit).toBe(25);
    pace.throttled();
    pace.throttled();
    expect(pace.limit).toBe(6);
    for (const end of open.splice(0)) end();
    await vi.waitFor(() => expect(running).toBe(6));
    for (let success = 0; success < 7; success++) pace.succeeded();
    expect(pace.limit).toBe(7);
    while (open.length > 0) {
      for (const end of open.splice(0)) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(calls);
    expect(running).toBe(0);
    for (let throttle = 0; throttle < 20; throttle++) pace.throttled();
    expect(pace.limit).toBe(1);
  });

  it("A2 a burst of 500 and 503 for five seconds is waited out", async () => {
    const burst = { on: /CreateTable|DescribeTable/, times: always, while: () => seconds() < 5 };
    let turn = 0;
    proxy.plan([
      { ...burst, fault: json("InternalServerError", "oops", 500), chance: () => ++turn % 2 === 0 },
      { ...burst, fault: json("ServiceUnavailable", "later", 503) },
    ]);
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs());
    expect(await made.refresh()).toBe(true);
    expect(seconds()).toBeGreaterThanOrEqual(5);
  });

  // The connection is there and nobody answers: without a time for each call the deployment would hang for ever.
  it.each([
    ["reset before AWS has the call", { kind: "reset", reached: false }],
    ["reset after AWS has carried it out", { kind: "reset", reached: true }],
    ["carried out and never answered", silence],
  ] as [string, Fault][])(
    "A2 a create is %s: it is asked again within its time, and made once",
    async (_title, fault) => {
      const name = fresh("t");
      proxy.plan([{ on: /CreateTable/, fault, times: 1 }]);
      const made = await new Driver(provider, table, "t").create(tableInputs({ name, tags: ours }));
      expect(made.id).toBe(name);
      expect(proxy.count(/CreateTable/)).toBe(2);
      expect((await made.diff(tableInputs({ name, tags: ours }))).changes).toBe("none");
    },
  );

  it.each([
    ["cut off", { kind: "truncate" }],
    ["no JSON", { kind: "edit", edit: () => "<html>bad gateway</html>" }],
  ] as [string, Fault][])(
    "A3 the answer of a create that worked is %s: it is read back, nothing is made twice",
    async (_title, fault) => {
      const name = fresh("t");
      proxy.plan([{ on: /CreateTable/, fault, times: 1 }]);
      const made = await new Driver(provider, table, "t").create(tableInputs({ name, tags: ours }));
      expect(made.outputs["arn"]).toMatch(new RegExp(`table/${name}$`));
      expect(proxy.count(/CreateTable/)).toBeLessThanOrEqual(2);
    },
  );
});

describe("eventual consistency", () => {
  const message = "The role defined for the function cannot be assumed by Lambda.";
  const create = /POST .*\/functions$/;

  it.each([0, 8, 30, 60])("A6 the role is not assumable for %i s: it is waited for, aloud", async (until) => {
    const arn = await roleArn();
    const fault = json("InvalidParameterValueException", message);
    clock.ms = 0;
    let asked = 0;
    const waiting = (): boolean => {
      asked = seconds();
      return asked < until;
    };
    proxy.plan([{ on: create, fault, times: always, while: waiting }]);
    const told = { statuses: [] as string[] };
    const made = await functionWith(arn, contextOf(told));
    expect(made.outputs["version"]).toBe("$LATEST");
    // Of the last attempt: how often a function is looked at until it is active depends on the machine.
    expect(asked).toBeLessThan(until + 10);
    if (until > 0) expect(told.statuses.join("\n")).toMatch(/waiting for role .* to be assumable by Lambda/);
    if (until >= 30) expect(told.statuses.join("\n")).toMatch(/\(2\d s\)/);
  });

  it("A6 the role never becomes assumable: it gives up after a bounded time and says how to go on", async () => {
    const arn = await roleArn();
    clock.ms = 0;
    proxy.plan([{ on: create, fault: json("InvalidParameterValueException", message), times: always }]);
    const failure = await failureOf(functionWith(arn));
    expect(failure.message).toMatch(/gave up after 180 s waiting for role .*same command again/);
    expect(seconds()).toBeGreaterThanOrEqual(60);
    expect(seconds()).toBeLessThan(200);
  });

  // Throttling for three minutes must not use up the minute that IAM is given.
  it("A7 propagation errors between 500s and 429s: the time given to the one is not used up by the others", async () => {
    const arn = await roleArn();
    clock.ms = 0;
    let turn = 0;
    const within = { on: create, times: always, while: () => turn < 60 };
    proxy.plan([
      { ...within, fault: json("TooManyRequestsException", "slow down", 429), chance: () => ++turn % 3 === 0 },
      { ...within, fault: json("ServiceException", "oops", 500), chance: () => turn % 3 === 1 },
      { ...within, fault: json("InvalidParameterValueException", message) },
    ]);
    const made = await functionWith(arn, contextOf(undefined, 60));
    expect(made.outputs["version"]).toBe("$LATEST");
  });

  it("A8 a new table, role and bucket are not seen for ten seconds: they are waited for, and made once", async () => {
    const unseen = { times: always, while: () => seconds() < 10 };
    proxy.plan([
      { ...unseen, on: /DescribeTable/, fault: json("ResourceNotFoundException", "not found") },
      { ...unseen, on: /Action=GetRole\b/, fault: xml("NoSuchEntity", "not found", 404) },
    ]);
    const one = await new Driver(provider, table, fresh("t")).create(tableInputs());
    expect(one.outputs["arn"]).toMatch(/:table\//);
    expect(proxy.count(/CreateTable/)).toBe(1);
    expect(seconds()).toBeGreaterThanOrEqual(10);
    clock.ms = 0;
    const two = await new Driver(provider, role, fresh("role")).create({ assumeRolePolicy: trust });
    expect(two.outputs["arn"]).toMatch(/:role\//);
    expect(proxy.count(/Action=CreateRole\b/)).toBe(1);
  });

  // Refused as being there already, and not to be seen: asked again, it would look like somebody else's.
  it("A8 a create whose answer was lost is not seen for ten seconds: it is waited for, and made once", async () => {
    const name = fresh("t");
    proxy.plan([
      { on: /CreateTable/, fault: { kind: "reset", reached: true }, times: 1 },
      {
        on: /DescribeTable/,
        fault: json("ResourceNotFoundException", "no"),
        times: always,
        while: () => seconds() < 10,
      },
    ]);
    const made = await new Driver(provider, table, "t").create(tableInputs({ name, tags: ours }));
    expect(made.id).toBe(name);
    expect((await made.diff(tableInputs({ name, tags: ours }))).changes).toBe("none");
  });

  it("A9 a table is CREATING for five minutes: it is waited for, aloud", async () => {
    const edit = (body: string) => body.replace('"TableStatus":"ACTIVE"', '"TableStatus":"CREATING"');
    proxy.plan([{ on: /DescribeTable/, fault: { kind: "edit", edit }, times: always, while: () => seconds() < 300 }]);
    const told = { statuses: [] as string[] };
    const made = await new Driver(provider, table, fresh("t"), contextOf(told)).create(tableInputs());
    expect(made.outputs["arn"]).toMatch(/:table\//);
    expect(seconds()).toBeGreaterThanOrEqual(300);
    expect(told.statuses.at(-1)).toMatch(/waiting for table .* to be ACTIVE \(\d+ s\)/);
  });

  it("A9 a function ends in Failed: its reason is told, and the function is kept in the state", async () => {
    const arn = await roleArn();
    const state = { State: "Failed", StateReason: "The image cannot be pulled", StateReasonCode: "InvalidImage" };
    const edit = (body: string) => {
      const live = JSON.parse(body);
      return JSON.stringify({ ...live, Configuration: { ...live.Configuration, ...state } });
    };
    proxy.plan([{ on: /GET .*\/functions\/[^/]+$/, fault: { kind: "edit", edit }, times: always }]);
    const failure = await failureOf(functionWith(arn));
    expect(failure).toBeInstanceOf(PartialFailure);
    expect((failure as PartialFailure).reasons.join()).toMatch(
      /failed state: The image cannot be pulled \(InvalidImage\)/,
    );
  });
});

describe("what is there already", () => {
  it.each([
    ["bucket", bucket, (name: string) => ({ bucket: name, tags: ours })],
    ["table", table, (name: string) => tableInputs({ name, tags: ours })],
    ["role", role, (name: string) => ({ name, assumeRolePolicy: trust, tags: ours })],
    ["log group", group, (name: string) => ({ name, retentionInDays: 7, tags: ours })],
  ] as [string, string, (name: string) => PropertyMap][])(
    "A10 a %s of ours is taken over",
    async (_title, type, inputs) => {
      const name = fresh("a10");
      await new Driver(provider, type, "first").create(inputs(name));
      const second = await new Driver(provider, type, "second").create(inputs(name));
      expect(second.id).toBe(name);
      expect((await second.diff(inputs(name))).changes).toBe("none");
    },
  );

  it.each([
    ["bucket", bucket, (name: string) => ({ bucket: name })],
    ["table", table, (name: string) => tableInputs({ name })],
    ["role", role, (name: string) => ({ name, assumeRolePolicy: trust })],
    ["log group", group, (name: string) => ({ name })],
  ] as [string, string, (name: string) => PropertyMap][])(
    "A11 a %s of somebody else is refused by name and not touched",
    async (_title, type, inputs) => {
      const name = fresh("a11");
      await new Driver(provider, type, "theirs").create({ ...inputs(name), tags: { owner: "them" } });
      proxy.plan([]);
      const failure = await failureOf(new Driver(provider, type, "ours").create({ ...inputs(name), tags: ours }));
      expect(failure.message).toContain(`${name} exists already and is not part of this stack`);
      const touched = /Put|Tag|Update|Delete|PUT|POST/;
      const after = proxy.seen
        .slice(1)
        .filter(({ operation }) => touched.test(operation) && !/Create|\.List/.test(operation));
      expect(after.filter(({ method, path }) => !(method === "PUT" && path === `/${name}`))).toEqual([]);
    },
  );
});

describe("refusals", () => {
  // Taken for throttling, a full account took three quarters of a minute to say so, and every other call was held back.
  it("A13 a quota is told at once, and room for another change at a time is waited for, aloud", async () => {
    const quotas: [RegExp, Fault, () => Promise<unknown>][] = [
      [
        /CreateTable/,
        json("LimitExceededException", "There is a limit of 2500 tables"),
        () => new Driver(provider, table, fresh("t")).create(tableInputs()),
      ],
      [
        /Action=CreateRole\b/,
        xml("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409),
        () => new Driver(provider, role, fresh("role")).create({ assumeRolePolicy: trust }),
      ],
    ];
    for (const [on, fault, create] of quotas) {
      proxy.plan([{ on, fault, times: always }]);
      expect((await failureOf(create())).message).toMatch(/limit of 2500 tables|RolesPerAccount: 1000/);
      expect(proxy.count(on)).toBe(1);
    }
    const busy = json("LimitExceededException", "Only 500 tables can be created, updated, or deleted simultaneously");
    proxy.plan([{ on: /CreateTable/, fault: busy, times: 5 }]);
    const told = { statuses: [] as string[] };
    await new Driver(provider, table, fresh("t"), contextOf(told)).create(tableInputs());
    expect(told.statuses.join("\n")).toMatch(/waiting for room for another table change/);
  });

  it("A12 a missing permission names action and resource, and the create goes on after the grant", async () => {
    const name = fresh("t");
    proxy.plan([{ on: /CreateTable/, fault: json("AccessDeniedException", "no"), times: 1 }]);
    const driver = new Driver(provider, table, "t");
    const failure = await failureOf(driver.create(tableInputs({ name })));
    expect(failure.message).toContain(`the credentials lack the permission dynamodb:CreateTable on ${name}`);
    expect(proxy.count(/CreateTable/)).toBe(1);
    expect((await driver.create(tableInputs({ name }))).id).toBe(name);
  });

  // The engine updates what was half made with the very same inputs: what is missing has to be found out.
  it("A12 a permission missing for a later part: the same inputs bring that part after the grant", async () => {
    const inputs = tableInputs({ ttl: { attributeName: "until", enabled: true } });
    proxy.plan([{ on: /UpdateTimeToLive/, fault: json("AccessDeniedException", "no"), times: 1 }]);
    const driver = new Driver(provider, table, fresh("t"));
    const failure = (await failureOf(driver.create(inputs))) as PartialFailure;
    expect(failure.reasons.join()).toContain("the permission dynamodb:UpdateTimeToLive on");
    driver.id = failure.id;
    driver.outputs = failure.outputs;
    await driver.update(inputs);
    expect(proxy.count(/UpdateTimeToLive/)).toBe(2);
    expect((await (await driver.imported()).diff(inputs)).changes).toBe("none");
  });
});

describe("uploads", () => {
  it("A15 an object's upload breaks off half way: it is sent again, whole", async () => {
    const home = await new Driver(provider, bucket, fresh("b")).create({ forceDestroy: true });
    proxy.plan([{ on: /PUT .*\/page/, fault: { kind: "reset", reached: false }, times: 1 }]);
    const made = await new Driver(provider, "aws:s3/bucketObject:BucketObject", "page").create({
      bucket: home.id,
      key: "page",
      content: "x".repeat(100_000),
    });
    expect(made.outputs["etag"]).toBe(createHash("md5").update("x".repeat(100_000)).digest("hex"));
    expect(proxy.count(/PUT .*\/page/)).toBe(2);
  });

  it("A15 what arrived as a function's code is not what was sent: it says so", async () => {
    const arn = await roleArn();
    const edit = (body: string) =>
      JSON.stringify({ ...JSON.parse(body), CodeSha256: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" });
    proxy.plan([{ on: /POST .*\/functions$/, fault: { kind: "edit", edit }, times: 1 }]);
    const failure = await failureOf(functionWith(arn));
    expect(failure).toBeInstanceOf(PartialFailure);
    expect((failure as PartialFailure).reasons.join()).toMatch(/code of function fn-.* arrived changed/);
  });
});

describe("how AWS spells things", () => {
  it("A17 a policy and lists come back in another order: there is no difference", async () => {
    const name = fresh("role");
    const inputs = { name, assumeRolePolicy: trust, tags: ours };
    const made = await new Driver(provider, role, "r").create(inputs);
    const statement = JSON.parse(trust) as { Version: string; Statement: object[] };
    const reordered = JSON.stringify({
      Statement: statement.Statement.map((one) => Object.fromEntries(Object.entries(one).reverse())),
      Version: statement.Version,
    });
    const edit = (body: string) =>
      body.replace(/(<AssumeRolePolicyDocument>)[^<]*/g, (_all, tag) => `${tag}${encodeURIComponent(reordered)}`);
    proxy.plan([{ on: /Action=GetRole\b/, fault: { kind: "edit", edit }, times: always }]);
    expect(await made.refresh()).toBe(true);
    expect((await made.diff(inputs)).changes).toBe("none");
    const several = tableInputs({
      name: fresh("t"),
      attributes: ["pk", "later", "early"].map((one) => ({ name: one, type: "S" })),
      globalSecondaryIndexes: ["later", "early"].map((one) => ({ name: one, hashKey: one, projectionType: "ALL" })),
    });
    const items = await new Driver(provider, table, "t").create(several);
    const turn = (body: string) => {
      const described = JSON.parse(body);
      described.Table.AttributeDefinitions?.reverse();
      described.Table.GlobalSecondaryIndexes?.reverse();
      return JSON.stringify(described);
    };
    proxy.plan([{ on: /DescribeTable/, fault: { kind: "edit", edit: turn }, times: always }]);
    expect(await items.refresh()).toBe(true);
    expect((await items.diff(several)).changes).toBe("none");
  });
});

describe("deletes", () => {
  it("A18 what is still in use is asked again until it is free", async () => {
    const items = await new Driver(provider, table, fresh("t")).create(tableInputs());
    const made = await new Driver(provider, role, fresh("role")).create({ assumeRolePolicy: trust });
    const fn = await functionWith(String(made.outputs["arn"]));
    proxy.plan([
      { on: /DeleteTable/, fault: json("ResourceInUseException", "being updated"), times: 4 },
      { on: /Action=DeleteRole\b/, fault: xml("DeleteConflict", "must detach all policies first", 409), times: 4 },
      {
        on: /DELETE .*\/functions\//,
        fault: json("ResourceConflictException", "an update is in progress", 409),
        times: 4,
      },
    ]);
    await Promise.all([items.delete(), fn.delete()]);
    await made.delete();
    expect(await items.refresh()).toBe(false);
    expect(await fn.refresh()).toBe(false);
    expect(await made.refresh()).toBe(false);
  });

  it("A18 what stays in use is reported by name after a bounded time", async () => {
    const told = { statuses: [] as string[] };
    const made = new Driver(provider, role, fresh("role"), contextOf(told));
    await made.create({ assumeRolePolicy: trust });
    // Somebody else's: it stays until that person takes it away, and so has to be known by name while it is waited for.
    const name = fresh("audit");
    const more = { role: made.id, name, policy: allow("s3:GetObject") };
    const foreign = await new Driver(provider, "aws:iam/rolePolicy:RolePolicy", name).create(more);
    clock.ms = 0;
    const failure = await failureOf(made.delete());
    const waits = `waiting for the policies of role ${made.id} to be gone: ${name}`;
    expect(told.statuses[0]).toBe(waits);
    expect(failure.message).toContain(`gave up after 30 s ${waits}`);
    expect(seconds()).toBeLessThan(60);
    await foreign.delete();
    await made.delete();
  });

  it("A18 a function's address that is still going away is waited for", async () => {
    const fn = await functionWith(await roleArn());
    const busy = json("ResourceConflictException", "FunctionUrlConfig exists for this Lambda function", 409);
    // A3, too: what its grants are answered cannot be read.
    proxy.plan([
      { on: /POST .*\/url$/, fault: busy, times: 5 },
      { on: /POST .*\/policy$/, fault: { kind: "truncate" }, times: 2 },
    ]);
    const inputs = { functionName: fn.id, authorizationType: "NONE" };
    const url = await new Driver(provider, "aws:lambda/functionUrl:FunctionUrl", "url").create(inputs);
    expect(await url.refresh()).toBe(true);
  });

  it("A18 a name that is not free yet after a deletion is waited for", async () => {
    const name = fresh("b");
    proxy.plan([
      {
        on: new RegExp(`PUT /${name}`),
        fault: xml("OperationAborted", "a conflicting operation is in progress", 409),
        times: 5,
      },
    ]);
    const made = await new Driver(provider, bucket, "b").create({ bucket: name });
    expect(made.id).toBe(name);
  });
});
