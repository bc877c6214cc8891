import * as api from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, startLambda, zip } from "./harness.ts";

let lambda: Harness;
let client: api.LambdaClient;
beforeAll(async () => {
  lambda = await startLambda({ tuning: { concurrency: 20 } });
  client = lambda.client;
});
afterAll(() => lambda.stop());

const idle = { maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 };
const waits =
  "export const handler = async (ms) => { await new Promise((r) => setTimeout(r, ms)); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };";

async function call(at: Harness, FunctionName: string, payload: unknown = {}): Promise<unknown> {
  const answer = await at.client.send(new api.InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
  client.send(new api.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

describe("the account", () => {
  // What a fresh AWS account gives: an app that needs more than ten runs at once learns it here, in AWS's error.
  test("runs ten at once when it is simulated so, and nothing can be reserved from them", async () => {
    const small = await startLambda({ options: { lambdaConcurrency: 10 } });
    const settings = await small.client.send(new api.GetAccountSettingsCommand({}));
    expect(settings.AccountLimit).toMatchObject({ ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 });
    const FunctionName = await createFunction(small.client, waits, { Timeout: 30 });
    await expect(
      small.client.send(new api.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 })),
    ).rejects.toThrow(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [10].",
    );
    const ten = Array.from({ length: 10 }, () => call(small, FunctionName, 3000));
    await expect(call(small, FunctionName, 1)).rejects.toMatchObject({
      ...{ name: "TooManyRequestsException", message: "Rate Exceeded.", Reason: "ConcurrentInvocationLimitExceeded" },
      $metadata: { httpStatusCode: 429 },
    });
    await Promise.all(ten);
    expect(await call(small, FunctionName, 1)).toEqual(expect.any(String));
    await small.stop();
  });
});

describe("reserved concurrency", () => {
  // A reservation is kept for its function: others cannot use it up, and it cannot use more.
  test("is kept free for its function, and taken from the others", async () => {
    const reserved = await createFunction(client, waits, { Timeout: 30 });
    const other = await createFunction(client, waits, { Timeout: 30 });
    await reserve(reserved, 10);
    const { AccountLimit } = await client.send(new api.GetAccountSettingsCommand({}));
    expect(AccountLimit!.UnreservedConcurrentExecutions).toBe(10);
    const busy = Array.from({ length: 10 }, () => call(lambda, other, 2500));
    await expect(call(lambda, other, 1)).rejects.toMatchObject({ Reason: "ConcurrentInvocationLimitExceeded" });
    expect(await call(lambda, reserved, 1)).toEqual(expect.any(String));
    await Promise.all(busy);
    await client.send(new api.DeleteFunctionConcurrencyCommand({ FunctionName: reserved }));
    const got = await client.send(new api.GetFunctionConcurrencyCommand({ FunctionName: reserved }));
    expect(got.ReservedConcurrentExecutions).toBeUndefined();
  });

  // Zero takes a function out of service at once; a function without the setting is back.
  test("of zero stops every call", async () => {
    const FunctionName = await createFunction(client, waits);
    await reserve(FunctionName, 0);
    await expect(call(lambda, FunctionName, 1)).rejects.toMatchObject({
      ...{ name: "TooManyRequestsException", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
    });
    expect((await client.send(new api.GetFunctionCommand({ FunctionName }))).Concurrency).toEqual({
      ReservedConcurrentExecutions: 0,
    });
    await client.send(new api.DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await call(lambda, FunctionName, 1)).toEqual(expect.any(String));
  });

  test("is a whole function's, and leaves the account its minimum", async () => {
    const FunctionName = await createFunction(client, waits);
    await expect(reserve(`${FunctionName}:live`, 1)).rejects.toThrow(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
    await expect(reserve(FunctionName, 11)).rejects.toThrow("below its minimum value of [10]");
    await expect(reserve(FunctionName, -1)).rejects.toThrow(
      "Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
    await expect(reserve("nobody", 1)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("provisioned concurrency", () => {
  const warm = `const type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
    export const handler = async () => ({ type, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME });`;
  const put = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
    client.send(
      new api.PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
    );
  const status = async (FunctionName: string, Qualifier: string) =>
    (await client.send(new api.GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))).Status;

  // Environments are there before anybody calls, say so, and stay; an alias takes them along to its next version.
  test("keeps environments ready for an alias, and moves with it", async () => {
    const FunctionName = await createFunction(client, warm, { Publish: true });
    await client.send(new api.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    expect(await put(FunctionName, "live", 2)).toMatchObject({
      ...{ Status: "IN_PROGRESS", RequestedProvisionedConcurrentExecutions: 2 },
      ...{ AllocatedProvisionedConcurrentExecutions: 0, AvailableProvisionedConcurrentExecutions: 0 },
      LastModified: expect.stringMatching(/\+0000$/),
    });
    await expect.poll(() => status(FunctionName, "live"), { timeout: 10_000 }).toBe("READY");
    const list = await client.send(new api.ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
    expect(list.ProvisionedConcurrencyConfigs).toEqual([
      expect.objectContaining({
        FunctionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${FunctionName}:live`,
        ...{ Status: "READY", AvailableProvisionedConcurrentExecutions: 2 },
      }),
    ]);
    expect(await call(lambda, `${FunctionName}:live`)).toMatchObject({ type: "provisioned-concurrency" });
    expect(await call(lambda, FunctionName)).toMatchObject({ type: "on-demand" });
    const ZipFile = zip({ "index.mjs": `${warm}\n` });
    await client.send(new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }));
    await api.waitUntilFunctionActiveV2({ client, ...idle }, { FunctionName, Qualifier: "2" });
    await client.send(new api.UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
    await expect.poll(() => status(FunctionName, "live"), { timeout: 10_000 }).toBe("READY");
    expect(await call(lambda, `${FunctionName}:live`)).toMatchObject({ type: "provisioned-concurrency" });
    await client.send(new api.DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "live" }));
    await expect(status(FunctionName, "live")).rejects.toMatchObject({
      ...{ name: "ProvisionedConcurrencyConfigNotFoundException", $metadata: { httpStatusCode: 404 } },
      message: "No Provisioned Concurrency Config found for this function",
    });
  });

  // An environment that dies is replaced; code that cannot start is said to have failed, and not tried in a circle.
  test("replaces what dies, and says when the code cannot start", async () => {
    const dies =
      "export const handler = async (event) => { if (event.die) process.exit(1); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };";
    const FunctionName = await createFunction(client, dies, { Publish: true });
    await put(FunctionName, "1", 1);
    await expect.poll(() => status(FunctionName, "1"), { timeout: 10_000 }).toBe("READY");
    const first = await call(lambda, `${FunctionName}:1`);
    await call(lambda, `${FunctionName}:1`, { die: true });
    await expect.poll(() => status(FunctionName, "1"), { timeout: 10_000 }).toBe("READY");
    expect(await call(lambda, `${FunctionName}:1`)).not.toBe(first);
    const broken = await createFunction(client, "console.log('tried'); throw new Error('no');", { Publish: true });
    await put(broken, "1", 3);
    await expect.poll(() => status(broken, "1"), { timeout: 10_000 }).toBe("FAILED");
    expect(
      await client.send(new api.GetProvisionedConcurrencyConfigCommand({ FunctionName: broken, Qualifier: "1" })),
    ).toMatchObject({ StatusReason: "FUNCTION_ERROR_INIT_FAILURE", AvailableProvisionedConcurrentExecutions: 0 });
    const tries = () => lambda.logged.filter(({ group, message }) => group.includes(broken) && /tried/.test(message));
    expect(tries().length).toBeLessThanOrEqual(3);
    for (const name of [FunctionName, broken])
      await client.send(new api.DeleteProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: "1" }));
  });

  // The rules, in AWS's words; nothing is kept of what breaks one.
  test("is for aliases and published versions, within the account and the reservation", async () => {
    const FunctionName = await createFunction(client, warm, { Publish: true });
    await client.send(new api.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    await expect(put(FunctionName, "$LATEST", 1)).rejects.toThrow(
      "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    );
    await expect(status(FunctionName, "$LATEST")).rejects.toThrow(
      "The function resource provided must be an alias or a published version.",
    );
    await expect(put(FunctionName, "1", 0)).rejects.toThrow(
      "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    await expect(put(FunctionName, "no", 1)).rejects.toThrow("Cannot find alias arn:");
    await expect(put(FunctionName, "7", 1)).rejects.toThrow("Function not found:");
    await expect(put(FunctionName, "1", 21)).rejects.toThrow(
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [20].",
    );
    await expect(put(FunctionName, "1", 11)).rejects.toThrow("below its minimum value of [10]");
    await reserve(FunctionName, 1);
    await expect(put(FunctionName, "1", 2)).rejects.toThrow(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
    await put(FunctionName, "1", 1);
    await expect(put(FunctionName, "live", 1)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    await expect(reserve(FunctionName, 0)).rejects.toThrow(
      " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
    );
    await client.send(new api.DeleteFunctionConcurrencyCommand({ FunctionName }));
    await expect(put(FunctionName, "live", 1)).rejects.toMatchObject({
      ...{ name: "ResourceConflictException" },
      message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    });
    await client.send(new api.DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "1" }));
    await put(FunctionName, "live", 1);
    await expect(put(FunctionName, "1", 1)).rejects.toThrow("Version is pointed by a Provisioned Concurrency alias");
    const { AccountLimit } = await client.send(new api.GetAccountSettingsCommand({}));
    expect(AccountLimit!.UnreservedConcurrentExecutions).toBe(19);
    await client.send(new api.DeleteFunctionCommand({ FunctionName }));
  });
});
