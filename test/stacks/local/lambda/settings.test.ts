import * as api from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { movableClock } from "../../../support/clock.ts";
import { createFunction, type Harness, startLambda } from "./harness.ts";

let lambda: Harness;
let client: api.LambdaClient;
beforeAll(async () => {
  lambda = await startLambda({ tuning: { retryTimes: { errorsMs: [20, 20], throttleMs: 20 } } });
  client = lambda.client;
});
afterAll(() => lambda.stop());

const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
const says = (word: string) => `export const handler = async () => ${JSON.stringify(word)};`;
const lines = (group: string, word: string) =>
  lambda.logged.filter((line) => line.group.endsWith(group) && line.message.includes(word)).length;
const event = (FunctionName: string, payload: unknown = {}) =>
  client.send(new api.InvokeCommand({ FunctionName, InvocationType: "Event", Payload: JSON.stringify(payload) }));
const configure = (FunctionName: string, rest: Partial<api.PutFunctionEventInvokeConfigCommandInput>) =>
  client.send(new api.PutFunctionEventInvokeConfigCommand({ FunctionName, ...rest }));
/** Prints what reaches it as one line of JSON. */
const printer = "export const handler = async (event) => console.log('got ' + JSON.stringify(event));";
const got = (name: string): any[] =>
  lambda.logged.flatMap(({ group, message }) => {
    const at = message.indexOf("got {");
    return group.endsWith(name) && at >= 0 ? [JSON.parse(message.slice(at + 4))] : [];
  });

describe("asynchronous configuration", () => {
  // How often a failed event is tried again is the function's choice; what came of it names the version that ran.
  test("sets the retries of the qualifier that was called, and its destinations hear of the version", async () => {
    const fails = "export const handler = async () => { console.log('tried'); throw new Error('no'); };";
    const FunctionName = await createFunction(client, fails, { Publish: true });
    const hears = await createFunction(client, printer);
    await client.send(new api.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const OnFailure = { Destination: arn(hears) };
    const put = await configure(FunctionName, {
      ...{ Qualifier: "live", MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, DestinationConfig: { OnFailure } },
    });
    expect(put).toMatchObject({
      ...{ FunctionArn: `${arn(FunctionName)}:live`, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      DestinationConfig: { OnFailure, OnSuccess: {} },
    });
    expect(Math.abs(put.LastModified!.getTime() - Date.now())).toBeLessThan(60_000);
    await event(`${FunctionName}:live`, { n: 1 });
    await expect.poll(() => got(hears), { timeout: 10_000 }).toHaveLength(1);
    expect(got(hears)[0]).toMatchObject({
      requestContext: {
        ...{ functionArn: `${arn(FunctionName)}:live`, condition: "RetriesExhausted", approximateInvokeCount: 1 },
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "1", functionError: "Unhandled" },
      responsePayload: { errorMessage: "no" },
    });
    expect(lines(FunctionName, "tried")).toBe(1);
    await event(FunctionName);
    await expect.poll(() => lines(FunctionName, "tried"), { timeout: 10_000 }).toBe(4);
    expect(got(hears)).toHaveLength(1);
  });

  // An event that is kept waiting longer than it may get old is given up, and its destination is told why.
  test("gives up events that are too old", async () => {
    const clock = movableClock();
    const moved = await startLambda({ clock });
    const FunctionName = await createFunction(moved.client, says("never"));
    const hears = await createFunction(moved.client, printer);
    const reserve = { FunctionName, ReservedConcurrentExecutions: 0 };
    await moved.client.send(new api.PutFunctionConcurrencyCommand(reserve));
    await moved.client.send(
      new api.PutFunctionEventInvokeConfigCommand({
        ...{
          FunctionName,
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: arn(hears) } },
        },
      }),
    );
    await moved.client.send(new api.InvokeCommand({ FunctionName, InvocationType: "Event", Payload: '{"n":2}' }));
    clock.move(61_000);
    const heard = () => moved.logged.filter(({ message }) => message.includes('"condition":"EventAgeExceeded"'));
    await expect.poll(() => heard().length, { timeout: 10_000 }).toBe(1);
    expect(heard()[0]!.message).toContain('"requestPayload":{"n":2}');
    expect(heard()[0]!.message).not.toContain("responsePayload");
    await moved.stop();
  });

  // Put replaces, Update keeps what it does not name, Delete says when there is nothing; all of it by qualifier.
  test("is put, updated, listed and deleted by qualifier", async () => {
    const FunctionName = await createFunction(client, says("x"), { Publish: true });
    const get = (Qualifier?: string) =>
      client.send(new api.GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));
    await configure(FunctionName, { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 100 });
    await configure(FunctionName, { MaximumRetryAttempts: 2 });
    expect((await get()).MaximumEventAgeInSeconds).toBeUndefined();
    await client.send(new api.UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 200 }));
    expect(await get("$LATEST")).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 200 });
    await configure(FunctionName, { Qualifier: "1", MaximumRetryAttempts: 0 });
    const arns: string[] = [];
    for await (const page of api.paginateListFunctionEventInvokeConfigs({ client, pageSize: 1 }, { FunctionName }))
      arns.push(...page.FunctionEventInvokeConfigs!.map(({ FunctionArn }) => FunctionArn!));
    expect(arns).toEqual([`${arn(FunctionName)}:$LATEST`, `${arn(FunctionName)}:1`]);
    const one = { FunctionName, Qualifier: "1" };
    await client.send(new api.DeleteFunctionEventInvokeConfigCommand(one));
    for (const command of [
      new api.GetFunctionEventInvokeConfigCommand(one),
      new api.DeleteFunctionEventInvokeConfigCommand(one),
      new api.UpdateFunctionEventInvokeConfigCommand({ ...one, MaximumRetryAttempts: 1 }),
    ])
      await expect(client.send(command as api.GetFunctionEventInvokeConfigCommand)).rejects.toMatchObject({
        ...{ name: "ResourceNotFoundException" },
        message: `The function ${arn(FunctionName)}:1 doesn't have an EventInvokeConfig`,
      });
  });

  // The rules, in AWS's words.
  test.each([
    [{}, "You must specify at least one of error handling or destination setting."],
    [{ MaximumRetryAttempts: 3 }, "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint"],
    [{ MaximumEventAgeInSeconds: 59 }, "Member must have value greater than or equal to 60"],
    [{ Qualifier: "7", MaximumRetryAttempts: 1 }, "The function doesn't exist."],
    [{ FunctionName: "nobody", MaximumRetryAttempts: 1 }, "The function doesn't exist."],
    [{ DestinationConfig: { OnFailure: { Destination: "x" } } }, "at 'destinationConfig.onFailure.destination' failed"],
    [{ DestinationConfig: { OnSuccess: { Destination: arn("nobody") } } }, `The destination ARN ${arn("nobody")} is`],
    [
      { DestinationConfig: { OnSuccess: { Destination: "arn:aws:iam::123456789012:role/r" } } },
      "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::123456789012:role/r), onFailure=null) is invalid.",
    ],
    [
      { DestinationConfig: { OnSuccess: { Destination: "arn:aws:sqs:eu-west-1:123456789012:q" } } },
      "A destination other than a function is not supported by this local cloud.",
    ],
  ])("PutFunctionEventInvokeConfig refuses %j", async (extra, text) => {
    const FunctionName = await createFunction(client, says("x"));
    await expect(configure(FunctionName, extra)).rejects.toThrow(text);
    const list = await client.send(new api.ListFunctionEventInvokeConfigsCommand({ FunctionName }));
    expect(list.FunctionEventInvokeConfigs).toEqual([]);
    const own = { OnFailure: { Destination: arn(FunctionName) } };
    await expect(configure(FunctionName, { DestinationConfig: own })).rejects.toThrow(
      "You can't specify the function as a destination for itself.",
    );
  });
});

describe("recursion", () => {
  // A function that calls itself without end costs money on AWS until it is stopped there; so it is stopped here.
  const loops = `import { LambdaClient, InvokeCommand } from "@aws-sdk/client-lambda";
    const client = new LambdaClient({});
    export const handler = async ({ type, left }) => {
      console.log("turn");
      if (left === 0) return "the end";
      const FunctionName = process.env.AWS_LAMBDA_FUNCTION_NAME;
      const call = new InvokeCommand({ FunctionName, InvocationType: type, Payload: JSON.stringify({ type, left: left - 1 }) });
      try { const answer = await client.send(call); return answer.StatusCode; }
      catch (error) { console.log("stopped " + error.name); return error.name; }
    };`;

  test("of events stops after sixteen turns, and goes on where it is allowed", async () => {
    const FunctionName = await createFunction(client, loops, { Timeout: 20 });
    const hears = await createFunction(client, printer);
    await configure(FunctionName, { DestinationConfig: { OnFailure: { Destination: arn(hears) } } });
    await event(FunctionName, { type: "Event", left: 20 });
    await expect.poll(() => got(hears), { timeout: 20_000 }).toHaveLength(1);
    expect(got(hears)[0]).toMatchObject({ requestPayload: { left: 4 } });
    expect(lines(FunctionName, "turn")).toBe(16);
    await client.send(new api.PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Allow" }));
    expect(await client.send(new api.GetFunctionRecursionConfigCommand({ FunctionName }))).toMatchObject({
      RecursiveLoop: "Allow",
    });
    await event(FunctionName, { type: "Event", left: 20 });
    await expect.poll(() => lines(FunctionName, "turn"), { timeout: 20_000 }).toBe(16 + 21);
    await expect(
      client.send(new api.PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Never" as "Allow" })),
    ).rejects.toThrow("Member must satisfy enum value set: [Allow, Terminate]");
  }, 60_000);

  // The caller of a loop hears of it as AWS says it; the header is what the SDKs send from inside a function.
  test("of calls that wait is refused by name", async () => {
    const FunctionName = await createFunction(
      client,
      "export const handler = async () => process.env._X_AMZN_TRACE_ID;",
    );
    const call = async (trace?: string) => {
      const answer = await fetch(`${lambda.cloud.endpoint()}/2015-03-31/functions/${FunctionName}/invocations`, {
        method: "POST",
        headers: trace === undefined ? {} : { "x-amzn-trace-id": trace },
      });
      return {
        status: answer.status,
        type: answer.headers.get("x-amzn-errortype"),
        body: (await answer.json()) as string,
      };
    };
    let trace: string | undefined;
    for (let turn = 1; turn <= 16; turn++) {
      const answer = await call(trace);
      expect(answer.body).toMatch(new RegExp(`;Lineage=[0-9a-f]{8}:${turn}$`));
      if (trace) expect(answer.body.split(";")[0]).toBe(trace.split(";")[0]);
      trace = answer.body;
    }
    expect(await call(trace)).toMatchObject({ status: 400, type: "RecursiveInvocationException" });
    expect((await call()).body).toMatch(/:1$/);
  });
});

describe("runtime management", () => {
  // There is one version of each runtime here, so every mode keeps it; another one cannot be asked for.
  test("keeps the one runtime version there is", async () => {
    const FunctionName = await createFunction(client, says("x"), { Publish: true });
    const put = (rest: Partial<api.PutRuntimeManagementConfigCommandInput>) =>
      client.send(new api.PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: "Manual", ...rest }));
    const { RuntimeVersionConfig } = await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }));
    const RuntimeVersionArn = RuntimeVersionConfig!.RuntimeVersionArn!;
    expect(await put({ RuntimeVersionArn, Qualifier: "1" })).toMatchObject({
      ...{ UpdateRuntimeOn: "Manual", RuntimeVersionArn, FunctionArn: `${arn(FunctionName)}:1` },
    });
    const read = (Qualifier?: string) =>
      client.send(new api.GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }));
    expect([(await read("1")).UpdateRuntimeOn, (await read()).UpdateRuntimeOn]).toEqual(["Manual", "Auto"]);
    await expect(put({ RuntimeVersionArn: `${RuntimeVersionArn.slice(0, -1)}f` })).rejects.toThrow("is not supported");
    await expect(put({})).rejects.toThrow("RuntimeVersionArn must be specified");
    await expect(put({ UpdateRuntimeOn: "Auto", RuntimeVersionArn })).rejects.toThrow("can only be specified");
  });
});

describe("tags", () => {
  // Tags are a function's, by its ARN; a change is a new revision, and a wrong one changes none of them.
  test("are added and taken, on functions only", async () => {
    const FunctionName = await createFunction(client, says("x"), { Tags: { a: "1" }, Publish: true });
    const Resource = arn(FunctionName);
    const revision = async () =>
      (await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }))).RevisionId;
    const before = await revision();
    await client.send(new api.TagResourceCommand({ Resource, Tags: { b: "2" } }));
    expect(await revision()).not.toBe(before);
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, ""]));
    await expect(client.send(new api.TagResourceCommand({ Resource, Tags: many }))).rejects.toThrow(
      "Number of tags exceeds resource tag limit.",
    );
    await expect(client.send(new api.TagResourceCommand({ Resource, Tags: {} }))).rejects.toThrow(
      "An error occurred and the request cannot be processed.",
    );
    await expect(client.send(new api.ListTagsCommand({ Resource: `${Resource}:1` }))).rejects.toThrow(
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
    await expect(client.send(new api.ListTagsCommand({ Resource: FunctionName }))).rejects.toThrow(
      `Value '${FunctionName}' at 'resource' failed to satisfy constraint`,
    );
    await client.send(new api.UntagResourceCommand({ Resource, TagKeys: ["a", "none"] }));
    expect((await client.send(new api.ListTagsCommand({ Resource }))).Tags).toEqual({ b: "2" });
  });
});

// Nobody takes for done what is not: each operation of the SDK is either carried out or refused by its own name.
describe("every operation of the SDK", () => {
  const names = Object.keys(api)
    .filter((name) => name.endsWith("Command") && name !== "$Command")
    .map((name) => name.slice(0, -"Command".length));
  const labels = {
    ...{ FunctionName: "nobody", Name: "n", UUID: "u", LayerName: "l", VersionNumber: 1, StatementId: "s" },
    ...{ Resource: arn("nobody"), ResourceArn: arn("nobody"), Arn: "a", CodeSigningConfigArn: "c", Qualifier: "q" },
    ...{ DurableExecutionArn: "d", CallbackId: "i", CapacityProviderName: "p", CheckpointToken: "t", TagKeys: ["k"] },
    ...{ InvokeArgs: "{}", Tags: { k: "v" }, Policy: "{}", RevisionId: "r" },
  };

  test("is many", () => expect(names.length).toBeGreaterThan(80));

  test.each(names)("%s is there or refused by name", async (name) => {
    const Command = (api as unknown as Record<string, new (input: object) => api.GetFunctionCommand>)[
      `${name}Command`
    ]!;
    const answer = await client.send(new Command(labels)).catch((error: Error) => error);
    if (!(answer instanceof Error)) return;
    expect(answer.name).not.toBe("UnknownOperationException");
    if (answer.message.includes("not supported by this local cloud")) expect(answer.message).toContain(name);
  });
});

// Code signing is refused where it would be set: a function is never taken for signed.
test("code signing is refused by name", async () => {
  await expect(
    createFunction(client, says("x"), {
      CodeSigningConfigArn: "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0123456789abcdef0",
    }),
  ).rejects.toThrow("CodeSigningConfigArn is not supported by this local cloud.");
  const AllowedPublishers = {
    SigningProfileVersionArns: ["arn:aws:signer:eu-west-1:123456789012:/signing-profiles/p/v"],
  };
  await expect(client.send(new api.CreateCodeSigningConfigCommand({ AllowedPublishers }))).rejects.toMatchObject({
    ...{ name: "InvalidParameterValueException" },
    message: "CreateCodeSigningConfig is not supported by this local cloud.",
  });
});
