/** AWS on its bad days, played by a proxy before the local cloud: nothing is made twice, nothing of others is touched. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { PartialFailure, type Provider } from "../../../../stacks/engine/provider.ts";
import type { PropertyMap } from "../../../../stacks/engine/value.ts";
import { createAwsProvider } from "../../../../stacks/providers/aws/index.ts";
import { drained } from "../../../../stacks/providers/kit/clock.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { code, fresh, trust } from "./cases.ts";
import { contextOf, Driver } from "./driver.ts";

let cloud: TestCloud;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let provider: Provider;

beforeAll(async () => {
  cloud = await startTestCloud();
  proxy = await startFaultProxy(cloud.endpoint);
  provider = createAwsProvider({ environment: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
  await provider.configure({});
});
beforeEach(() => proxy.plan([]));
afterAll(async () => {
  await provider?.close();
  await proxy?.close();
  await cloud?.close();
});

const table = "aws:dynamodb/table:Table";
const group = "aws:cloudwatch/logGroup:LogGroup";
const ours = { "freehold:cloud": "home", "freehold:app": "notes" };
const tableInputs = (extra: PropertyMap = {}): PropertyMap => ({
  hashKey: "pk",
  attributes: [{ name: "pk", type: "S" }],
  billingMode: "PAY_PER_REQUEST",
  ...extra,
});
const answer = (name: string, message: string, status = 400) =>
  ({ kind: "answer", status, code: name, message, form: "json" }) as const;

async function roleArn(): Promise<string> {
  const role = await new Driver(provider, "aws:iam/role:Role", fresh("role")).create({ assumeRolePolicy: trust });
  return String(role.outputs["arn"]);
}

async function functionWith(role: string, context = contextOf()): Promise<Driver> {
  const driver = new Driver(provider, "aws:lambda/function:Function", fresh("fn"), context);
  return await driver.create({ role, handler: "index.handler", runtime: "nodejs22.x", code: code("x") });
}

describe("waiting for AWS", () => {
  // A fresh role is unknown to Lambda for some seconds; every first `up` on AWS meets this.
  it("asks again while Lambda cannot assume the role, and says why it waits", async () => {
    const role = await roleArn();
    const message = "The role defined for the function cannot be assumed by Lambda.";
    proxy.plan([{ on: /POST .*\/functions$/, fault: answer("InvalidParameterValueException", message), times: 5 }]);
    const told = { statuses: [] as string[] };
    const made = await functionWith(role, contextOf(told));
    expect(made.outputs["version"]).toBe("$LATEST");
    expect(proxy.count(/POST .*\/functions$/)).toBe(6);
    expect(told.statuses.join("\n")).toMatch(/waiting for role .* to be assumable by Lambda/);
  });

  // The time is bounded: the message says what to do next instead of hanging.
  it("gives up when the time is over and says how to go on", async () => {
    const role = await roleArn();
    const message = "The role defined for the function cannot be assumed by Lambda.";
    proxy.plan([{ on: /POST .*\/functions$/, fault: answer("InvalidParameterValueException", message), times: 999 }]);
    await expect(functionWith(role, contextOf(undefined, 1))).rejects.toThrow(/gave up after 1 s .*same command again/);
  });

  // Another wrong parameter is not propagation: waiting a minute for it would only hide it.
  it("does not repeat what can never succeed", async () => {
    const role = await roleArn();
    proxy.plan([{ on: /POST .*\/functions$/, fault: answer("InvalidParameterValueException", "No."), times: 1 }]);
    await expect(functionWith(role)).rejects.toThrow(/lambda:CreateFunction on fn-.*No\. \(InvalidParameterValue/);
    expect(proxy.count(/POST .*\/functions$/)).toBe(1);
  });

  // Throttling is everyday under parallel deployments.
  it("is throttled and goes on", async () => {
    const rate = answer("ThrottlingException", "Rate exceeded");
    proxy.plan([{ on: /CreateTable/, fault: rate, times: 3 }]);
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs());
    expect(made.outputs["arn"]).toMatch(/:table\//);
    expect(proxy.count(/CreateTable/)).toBe(4);
  });
});

describe("lost answers", () => {
  // AWS made the table, the answer never came: the retry meets the table and must know it for its own.
  it.each([
    ["a reset connection", { kind: "reset", reached: true } as const],
    ["a body cut in the middle", { kind: "truncate" } as const],
  ])("%s after a create makes nothing twice", async (_title, fault) => {
    proxy.plan([{ on: /CreateTable/, fault, times: 1 }]);
    const inputs = tableInputs({ name: fresh("t"), tags: ours });
    const made = await new Driver(provider, table, "t").create(inputs);
    expect(made.id).toBe(inputs["name"]);
    expect(await made.refresh()).toBe(true);
    expect((await made.diff(inputs)).changes).toBe("none");
  });

  // A read that was cut off says nothing about the resource; forgetting it would create it twice.
  it("a cut-off read is asked again", async () => {
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs());
    proxy.plan([{ on: /DescribeTable/, fault: { kind: "truncate" }, times: 2 }]);
    expect(await made.refresh()).toBe(true);
  });
});

describe("broken answers of what is not a resource's own create", () => {
  it("A3 a change's answer is cut off: it is asked for again", async () => {
    proxy.plan([{ on: /PutRetentionPolicy/, fault: { kind: "edit", edit: () => "<html>" }, times: 2 }]);
    const made = await new Driver(provider, group, fresh("/a3")).create({ retentionInDays: 7, tags: ours });
    expect(made.outputs["retentionInDays"]).toBe(7);
    expect(proxy.count(/PutRetentionPolicy/)).toBe(3);
  });

  // The first call of all: a whole destroy had ended with it.
  it("A3 whose the credentials are cannot be read: it is asked for again", async () => {
    const another = createAwsProvider({ environment: { ...cloud.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    await another.configure({ allowedAccountIds: [cloud.accountId] });
    proxy.plan([{ on: /GetCallerIdentity/, fault: { kind: "edit", edit: () => "<html>" }, times: 2 }]);
    await new Driver(another, group, fresh("/a3")).create({ tags: ours });
    expect(proxy.count(/GetCallerIdentity/)).toBe(3);
    await another.close();
  });

  // The address says nothing of them: whoever found it made had left it without, and it answered nobody.
  it("A3 the answer to a new address cannot be read: it is found, and its grants are given", async () => {
    const fn = await functionWith(await roleArn());
    proxy.plan([{ on: /POST .*\/url$/, fault: { kind: "truncate" }, times: 1 }]);
    const inputs = { functionName: fn.id, authorizationType: "NONE" };
    await new Driver(provider, "aws:lambda/functionUrl:FunctionUrl", fresh("url")).create(inputs);
    expect([proxy.count(/POST .*\/url$/), proxy.count(/POST .*\/policy$/)]).toEqual([1, 2]);
  });

  // A role that nobody sees yet is such a refusal, and half of it had ended an up.
  it("A3 half a refusal is asked for again, and then it is that refusal", async () => {
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs());
    await made.delete();
    proxy.plan([{ on: /DescribeTable/, fault: { kind: "truncate" }, times: 2 }]);
    expect(await made.refresh()).toBe(false);
    expect(proxy.count(/DescribeTable/)).toBe(3);
  });

  // Taken for an answer that was lost, what it refused for would be ours.
  it("A3 half a refusal to make what is another's is no attempt of ours", async () => {
    const name = fresh("/a3");
    await new Driver(provider, group, name).create({ name, tags: { ...ours, "freehold:app": "other" } });
    proxy.plan([{ on: /CreateLogGroup/, fault: { kind: "truncate" }, times: 1 }]);
    const refused = new Driver(provider, group, name).create({ name, tags: ours });
    await expect(refused).rejects.toThrow(/exists already and is not part of this stack/);
    expect(proxy.count(/CreateLogGroup/)).toBe(2);
  });

  // DynamoDB refuses to switch on again what it switched on a moment ago.
  it("A3 the answer to switching on expiry is lost: asked again, it is on", async () => {
    proxy.plan([{ on: /UpdateTimeToLive/, fault: { kind: "reset", reached: true }, times: 1 }]);
    const ttl = { attributeName: "until", enabled: true };
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs({ ttl }));
    expect((await made.diff(tableInputs({ ttl }))).changes).toBe("none");
  });

  // DynamoDB refuses to make an index once more that it made a moment ago.
  it.each([
    ["cannot be read", { kind: "edit", edit: () => "<html>" }],
    ["is lost", { kind: "reset", reached: true }],
  ] as const)("A3 the answer to a new index %s: the index is found, and made once", async (_, fault) => {
    const wanted = tableInputs({
      attributes: ["pk", "n"].map((name) => ({ name, type: "S" })),
      globalSecondaryIndexes: [{ name: "by-n", hashKey: "n", projectionType: "ALL" }],
    });
    const made = await new Driver(provider, table, fresh("t")).create(tableInputs());
    proxy.plan([{ on: /UpdateTable/, fault, times: 1 }]);
    await made.update(wanted);
    expect((await made.diff(wanted)).changes).toBe("none");
    expect(proxy.count(/UpdateTable/)).toBe(fault.kind === "edit" ? 1 : 2);
  });

  // Not every success is a 200.
  it("A3 the answer to a grant, a 201, cannot be read: the grant is found, and given once", async () => {
    const fn = await functionWith(await roleArn());
    proxy.plan([{ on: /POST .*\/policy$/, fault: { kind: "edit", edit: () => "<html>" }, times: 1 }]);
    const inputs = { action: "lambda:InvokeFunction", function: fn.id, principal: "events.amazonaws.com" };
    const grant = await new Driver(provider, "aws:lambda/permission:Permission", fresh("grant")).create(inputs);
    expect(await grant.refresh()).toBe(true);
    expect(proxy.count(/POST .*\/policy$/)).toBe(1);
  });
});

// S3 refuses HEAD without a word, also to those who own nothing of that name.
describe("a refusal without a body", () => {
  const bucket = "aws:s3/bucket:Bucket";
  const refusal = answer("", "", 403);

  it("A12 to look for a bucket does not keep one from being made", async () => {
    const name = fresh("refused");
    proxy.plan([{ on: new RegExp(`^HEAD /${name}`), fault: refusal, times: 1 }]);
    const made = await new Driver(provider, bucket, name).create({ bucket: name, tags: ours });
    expect(made.id).toBe(name);
  });

  it("A12 to look at a bucket names the right that is missing", async () => {
    const name = fresh("refused");
    const made = await new Driver(provider, bucket, name).create({ bucket: name, tags: ours });
    proxy.plan([{ on: new RegExp(`^HEAD /${name}`), fault: refusal, times: 1 }]);
    await expect(made.refresh()).rejects.toThrow(`lack the permission s3:ListBucket on ${name}`);
  });
});

describe("an answer is lost, and another refusal follows", () => {
  const statement = "aws:lambda/permission:Permission";
  const inputs = { statementId: "address", action: "lambda:InvokeFunction", principal: "events.amazonaws.com" };
  const busy = answer("ResourceConflictException", "An update is in progress for resource: x", 409);
  const lost = { kind: "reset", reached: true } as const;

  // A grant has no tags: that one of its own attempts went unanswered is all that says it is ours.
  it("the grant is ours though the function was busy in between", async () => {
    const fn = await functionWith(await roleArn());
    proxy.plan([
      { on: /POST .*\/policy$/, fault: lost, times: 1 },
      { on: /POST .*\/policy$/, fault: busy, times: 1 },
    ]);
    const grant = await new Driver(provider, statement, fresh("grant")).create({ ...inputs, function: fn.id });
    expect(await grant.refresh()).toBe(true);
    expect(proxy.count(/POST .*\/policy$/)).toBe(3);
  });

  // Without an unanswered attempt it may be another's, however much it looks like ours.
  it("the grant is refused when every attempt before was refused", async () => {
    const fn = await functionWith(await roleArn());
    await new Driver(provider, statement, fresh("theirs")).create({ ...inputs, function: fn.id });
    proxy.plan([{ on: /POST .*\/policy$/, fault: busy, times: 1 }]);
    const grant = new Driver(provider, statement, fresh("grant")).create({ ...inputs, function: fn.id });
    await expect(grant).rejects.toThrow(/address exists already and is not part of this stack/);
  });

  // The name was still being let go of; the second create's answer is the one that is lost.
  it.each([
    ["cut off", lost],
    ["not readable", { kind: "edit", edit: () => "<html>" }],
  ] as const)("what is made once its name is free, and its answer is %s, is found", async (_, fault) => {
    const fn = await functionWith(await roleArn());
    proxy.plan([
      { on: /POST .*\/policy$/, fault: answer("ResourceConflictException", "It exists already.", 409), times: 1 },
      { on: /POST .*\/policy$/, fault, times: 1 },
    ]);
    const grant = await new Driver(provider, statement, fresh("grant")).create({ ...inputs, function: fn.id });
    expect(await grant.refresh()).toBe(true);
  });
});

describe("what is there already", () => {
  // The same cloud and app made it in a run that was cut off.
  it("is taken over, and brought to the program's inputs, when its tags are ours", async () => {
    const name = fresh("/logs");
    await new Driver(provider, group, "first").create({ name, tags: ours });
    const second = await new Driver(provider, group, "second").create({ name, retentionInDays: 7, tags: ours });
    expect(await second.refresh()).toBe(true);
    expect((await second.diff({ name, retentionInDays: 7, tags: ours })).changes).toBe("none");
  });

  // Somebody else's resource is named and never touched.
  it("is refused when its tags are another's", async () => {
    const name = fresh("/logs");
    const other = await new Driver(provider, group, "first").create({
      name,
      tags: { ...ours, "freehold:app": "blog" },
    });
    const taking = new Driver(provider, group, "second").create({ name, retentionInDays: 7, tags: ours });
    await expect(taking).rejects.toThrow(/exists already and is not part of this stack/);
    expect(await other.refresh()).toBe(true);
    expect(other.outputs["retentionInDays"]).toBe(0);
  });

  // What cannot become ours without losing data is said, not replaced.
  it("is refused when it would have to be replaced", async () => {
    const name = fresh("t");
    await new Driver(provider, table, "first").create(tableInputs({ name, tags: ours }));
    const attributes = [{ name: "id", type: "S" }];
    const taking = new Driver(provider, table, "second").create(
      tableInputs({ name, hashKey: "id", attributes, tags: ours }),
    );
    await expect(taking).rejects.toThrow(/cannot be changed in place \(hashKey\)/);
  });

  // After a kill between AWS's answer and the journal the engine asks for what it meant to make.
  it("is adopted by the intent of an interrupted create, and null when there is nothing", async () => {
    const driver = new Driver(provider, table, fresh("t"));
    const inputs = await driver.check(tableInputs(), true);
    expect(provider.intentKey!(table, inputs)).toBe(inputs["name"]);
    const request = { ...driver.identity, inputs, preview: false };
    expect(await provider.adopt!(request, contextOf())).toBeNull();
    const made = await provider.create(request, contextOf());
    expect(await provider.adopt!(request, contextOf())).toMatchObject({ id: made.id });
  });

  // Otherwise one that AWS was never asked for stays as begun for ever, and destroy does not come to its end.
  it.each(["aws:cloudfront/distribution:Distribution", "aws:route53/zone:Zone", "aws:acm/certificate:Certificate"])(
    "has a name also where AWS alone gives one: %s",
    (type) => expect(provider.intentKey!(type, {})).toBe(type),
  );
});

describe("errors", () => {
  // The person can fix a missing permission only when it is named.
  it("name the missing permission and the resource", async () => {
    proxy.plan([{ on: /CreateTable/, fault: answer("AccessDeniedException", "no"), times: 1 }]);
    const name = fresh("t");
    const making = new Driver(provider, table, "t").create(tableInputs({ name }));
    await expect(making).rejects.toThrow(`the credentials lack the permission dynamodb:CreateTable on ${name}`);
  });

  // Error texts go to logs and screens.
  it("never repeat a secret value", async () => {
    proxy.plan([{ on: /PutParameter/, fault: answer("ValidationException", "bad"), times: 1 }]);
    const value = fresh("hunter");
    const making = new Driver(provider, "aws:ssm/parameter:Parameter", "p").create({ type: "SecureString", value });
    const error = await making.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).toMatch(/ssm:PutParameter/);
    expect(`${error?.message} ${error?.stack}`).not.toContain(value);
  });

  // The table exists, so it must be in the state, with what is missing.
  it("keep what exists when a later part of a create fails", async () => {
    proxy.plan([{ on: /UpdateTimeToLive/, fault: answer("ValidationException", "not today"), times: 1 }]);
    const inputs = tableInputs({ ttl: { attributeName: "until", enabled: true } });
    const making = new Driver(provider, table, fresh("t")).create(inputs);
    const failure = await making.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(failure).toBeInstanceOf(PartialFailure);
    expect((failure as PartialFailure).reasons.join()).toMatch(/dynamodb:UpdateTimeToLive.*not today/);
    expect((failure as PartialFailure).outputs["arn"]).toMatch(/:table\//);
  });

  // The function was made: a failure while waiting for it must not orphan it.
  it("keep what exists when the wait after a create fails", async () => {
    const role = await roleArn();
    proxy.plan([{ on: /GET .*\/functions\/[^/]+$/, fault: answer("AccessDeniedException", "no"), times: 1 }]);
    const failure = await functionWith(role).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(failure).toBeInstanceOf(PartialFailure);
    expect((failure as PartialFailure).outputs["arn"]).toMatch(/:function:fn-/);
    expect((failure as PartialFailure).reasons.join()).toMatch(/lambda:GetFunction\b/);
  });

  // Ctrl-C must not wait for a minute of probing.
  it("stop waiting when the operation is cancelled", async () => {
    const role = await roleArn();
    const message = "The role defined for the function cannot be assumed by Lambda.";
    proxy.plan([{ on: /POST .*\/functions$/, fault: answer("InvalidParameterValueException", message), times: 999 }]);
    const stop = new AbortController();
    const context = { ...contextOf(), signal: stop.signal, status: () => stop.abort() };
    await expect(functionWith(role, context)).rejects.toThrow(/abort/i);
  });

  // F10: a call that AWS is carrying out has to end known, and one that never ends must not keep Ctrl-C for ever.
  it("let a call under way end when the operation is cancelled, for ten seconds at most", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const stop = new AbortController();
    const never = drained(stop.signal, (late) => new Promise((_, fail) => (late.onabort = () => fail(late.reason))));
    const failed = expect(never).rejects.toThrow(/abort/i);
    const answer = Promise.withResolvers<string>();
    const answered = drained(stop.signal, () => answer.promise);
    stop.abort();
    await vi.advanceTimersByTimeAsync(9_000);
    answer.resolve("made");
    expect(await answered).toBe("made");
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await failed;
  });
});
