import { request } from "node:http";
import * as api from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, role, startLambda, zip } from "./harness.ts";

let lambda: Harness;
let client: api.LambdaClient;
beforeAll(async () => {
  lambda = await startLambda();
  client = lambda.client;
});
afterAll(() => lambda.stop());

const idle = { maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 };
const updated = (FunctionName: string) =>
  api.waitUntilFunctionUpdatedV2({ client, ...idle, maxWaitTime: 40 }, { FunctionName });
const says = (word: string) => `export const handler = async () => ${JSON.stringify(word)};`;
const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

async function invoke(FunctionName: string, Qualifier?: string): Promise<string> {
  const answer = await client.send(new api.InvokeCommand({ FunctionName, Qualifier }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

/** Its versions 1 and 2 say so. */
async function twoVersions(): Promise<string> {
  const FunctionName = await createFunction(client, says("1"));
  await client.send(new api.PublishVersionCommand({ FunctionName }));
  const ZipFile = zip({ "index.mjs": says("2") });
  await client.send(new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }));
  await updated(FunctionName);
  await api.waitUntilFunctionActiveV2({ client, ...idle }, { FunctionName, Qualifier: "2" });
  return FunctionName;
}

describe("versions", () => {
  // Whoever deploys says what it saw: a version of other code, or of a function that moved on, is not published.
  test("PublishVersion keeps to the hash and the revision it was given", async () => {
    const FunctionName = await createFunction(client, says("1"));
    const { CodeSha256, RevisionId } = await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }));
    await expect(client.send(new api.PublishVersionCommand({ FunctionName, CodeSha256: "x" }))).rejects.toMatchObject({
      ...{ name: "InvalidParameterValueException" },
      message: `CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    });
    await expect(client.send(new api.PublishVersionCommand({ FunctionName, RevisionId: "x" }))).rejects.toMatchObject({
      ...{ name: "PreconditionFailedException", $metadata: { httpStatusCode: 412 } },
    });
    const first = await client.send(
      new api.PublishVersionCommand({ FunctionName, CodeSha256, RevisionId, Description: "one" }),
    );
    expect(first).toMatchObject({
      Version: "1",
      Description: "one",
      CodeSha256,
      FunctionArn: `${arn(FunctionName)}:1`,
    });
    expect(first.RevisionId).not.toBe(RevisionId);
  });

  // Pages are by number, and a version that goes between two pages makes no other one vanish.
  test("ListVersionsByFunction pages through more versions than one page has", async () => {
    const FunctionName = await createFunction(client, says("1"));
    for (let memory = 129; memory < 141; memory++) {
      await client.send(new api.UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: memory }));
      await updated(FunctionName);
      await client.send(new api.PublishVersionCommand({ FunctionName }));
    }
    const first = await client.send(new api.ListVersionsByFunctionCommand({ FunctionName, MaxItems: 5 }));
    expect(first.Versions!.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2", "3", "4"]);
    await client.send(new api.DeleteFunctionCommand({ FunctionName, Qualifier: "2" }));
    const rest = await client.send(new api.ListVersionsByFunctionCommand({ FunctionName, Marker: first.NextMarker }));
    expect(rest.Versions!.map(({ Version }) => Version)).toEqual(["5", "6", "7", "8", "9", "10", "11", "12"]);
    expect(rest.NextMarker).toBeUndefined();
    const all = await client.send(new api.ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 10_000 }));
    expect(all.Functions!.filter((one) => one.FunctionName === FunctionName)).toHaveLength(12);
    await expect(client.send(new api.ListFunctionsCommand({ MaxItems: 0 }))).rejects.toMatchObject({
      message:
        "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    });
  });

  // One change at a time, as on AWS: whoever deploys must wait, and learns it here.
  test("a function that is still being changed takes no second change", async () => {
    const FunctionName = await createFunction(client, says("1"));
    // Files enough that they are still being extracted when the next call comes.
    const files = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`file-${n}`, "x"]));
    const ZipFile = zip({ "index.mjs": says("2"), ...files });
    expect(await client.send(new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile }))).toMatchObject({
      ...{ LastUpdateStatus: "InProgress", LastUpdateStatusReason: "The function is being created." },
      ...{ LastUpdateStatusReasonCode: "Creating", State: "Active" },
    });
    const change = new api.UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 200 });
    await expect(client.send(change)).rejects.toMatchObject({
      ...{ name: "ResourceConflictException", $metadata: { httpStatusCode: 409 } },
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${arn(FunctionName)}`,
    });
    await updated(FunctionName);
    const now = await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }));
    expect(now).toMatchObject({ LastUpdateStatus: "Successful", MemorySize: 128 });
    expect(now.LastUpdateStatusReasonCode).toBeUndefined();
    await expect(
      client.send(new api.UpdateFunctionConfigurationCommand({ FunctionName, RevisionId: "x", MemorySize: 300 })),
    ).rejects.toMatchObject({ name: "PreconditionFailedException" });
  });

  // What has no effect here is refused by its name, never stored.
  test.each([
    ["PublishTo", { PublishTo: "LATEST_PUBLISHED" }],
    ["SourceKMSKeyArn", { SourceKMSKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/k" }],
    ["S3ObjectStorageMode REFERENCE", { S3ObjectStorageMode: "REFERENCE" }],
  ] as const)("UpdateFunctionCode refuses %s", async (word, extra) => {
    const FunctionName = await createFunction(client, says("1"));
    const ZipFile = zip({ "index.mjs": says("2") });
    const update = new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, ...extra });
    await expect(client.send(update)).rejects.toThrow(`${word} is not supported by this local cloud.`);
    expect(await invoke(FunctionName)).toBe("1");
  });
});

describe("aliases", () => {
  // A canary takes its share of the calls, no more and no less, and both versions are there.
  test("an alias sends calls to its versions by weight", async () => {
    const FunctionName = await twoVersions();
    await client.send(
      new api.CreateAliasCommand({
        ...{ FunctionName, Name: "live", FunctionVersion: "1" },
        RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } },
      }),
    );
    const answers = [];
    for (let call = 0; call < 40; call++)
      answers.push(await client.send(new api.InvokeCommand({ FunctionName, Qualifier: "live" })));
    const words = answers.map(({ Payload }) => JSON.parse(Buffer.from(Payload!).toString()));
    expect(words).toEqual(answers.map(({ ExecutedVersion }) => ExecutedVersion));
    // Out of these bounds once in 40 million runs.
    const second = words.filter((word) => word === "2").length;
    expect(second).toBeGreaterThan(4);
    expect(second).toBeLessThan(36);
    await client.send(
      new api.UpdateAliasCommand({ FunctionName, Name: "live", RoutingConfig: { AdditionalVersionWeights: {} } }),
    );
    expect(await invoke(`${FunctionName}:live`)).toBe("1");
    await expect(client.send(new api.DeleteFunctionCommand({ FunctionName, Qualifier: "1" }))).rejects.toMatchObject({
      message: "Unable to delete version because the following aliases reference it: [live]",
    });
    await expect(client.send(new api.DeleteFunctionCommand({ FunctionName, Qualifier: "live" }))).rejects.toThrow(
      "Deletion of aliases is not currently supported.",
    );
  });

  // The rules of routing, in AWS's words; a wrong alias is not made.
  test.each([
    ["$LATEST", { "1": 0.1 }, "$LATEST is not supported for an alias pointing to more than 1 version"],
    ["1", { "1": 0.1 }, "Function version 1 is already included in routing configuration."],
    ["1", { "1": 0.1, "2": 0.1 }, "Number of items in AdditionalVersionWeights cannot be greater than 1"],
    ["1", { "2": 2 }, "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint"],
    ["1", { $LATEST: 0.1 }, "Map keys must satisfy constraint"],
    ["1", { "9": 0.1 }, "Function not found: "],
    ["7", undefined, "Function not found: "],
    ["x", undefined, "Value 'x' at 'functionVersion' failed to satisfy constraint"],
  ])("an alias of %s with the weights %j is refused", async (FunctionVersion, weights, text) => {
    const FunctionName = await twoVersions();
    const RoutingConfig = weights && { AdditionalVersionWeights: weights as unknown as Record<string, number> };
    const alias = { FunctionName, Name: "live", FunctionVersion, RoutingConfig };
    await expect(client.send(new api.CreateAliasCommand(alias))).rejects.toThrow(text);
    expect((await client.send(new api.ListAliasesCommand({ FunctionName }))).Aliases).toEqual([]);
  });

  // Aliases are listed by version and in pages; a stale revision and an alias that is not there are told apart.
  test("aliases are listed, and changed by those who know the last revision", async () => {
    const FunctionName = await twoVersions();
    for (const [Name, FunctionVersion] of [
      ["c", "1"],
      ["a", "1"],
      ["b", "2"],
    ] as const)
      await client.send(new api.CreateAliasCommand({ FunctionName, Name, FunctionVersion }));
    const names: string[] = [];
    for await (const page of api.paginateListAliases({ client, pageSize: 2 }, { FunctionName }))
      names.push(...page.Aliases!.map(({ Name }) => Name!));
    expect(names).toEqual(["a", "b", "c"]);
    const ones = await client.send(new api.ListAliasesCommand({ FunctionName, FunctionVersion: "1" }));
    expect(ones.Aliases!.map(({ Name }) => Name)).toEqual(["a", "c"]);
    const { RevisionId } = await client.send(new api.GetAliasCommand({ FunctionName, Name: "a" }));
    const moved = { FunctionName, Name: "a", FunctionVersion: "2" };
    await client.send(new api.UpdateAliasCommand({ ...moved, RevisionId }));
    await expect(client.send(new api.UpdateAliasCommand({ ...moved, RevisionId }))).rejects.toMatchObject({
      name: "PreconditionFailedException",
    });
    await expect(client.send(new api.UpdateAliasCommand({ ...moved, Name: "z" }))).rejects.toThrow(
      `Alias not found: ${arn(FunctionName)}:z`,
    );
  });
});

describe("permissions", () => {
  // Each alias and version has a policy of its own, whose revision is the alias's or version's: what infrastructure
  // tools compare and send back.
  test("belong to a function, a version or an alias, under its revision", async () => {
    const FunctionName = await twoVersions();
    const { RevisionId } = await client.send(
      new api.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }),
    );
    const grant = { FunctionName, StatementId: "s", Action: "lambda:InvokeFunction", Principal: "123456789012" };
    const onAlias = { ...grant, Qualifier: "live" };
    await expect(client.send(new api.AddPermissionCommand({ ...onAlias, RevisionId: "x" }))).rejects.toMatchObject({
      name: "PreconditionFailedException",
    });
    const { Statement } = await client.send(new api.AddPermissionCommand({ ...onAlias, RevisionId }));
    expect(JSON.parse(Statement!).Resource).toBe(`${arn(FunctionName)}:live`);
    const policy = await client.send(new api.GetPolicyCommand({ FunctionName, Qualifier: "live" }));
    const alias = await client.send(new api.GetAliasCommand({ FunctionName, Name: "live" }));
    expect(policy.RevisionId).toBe(alias.RevisionId);
    expect(alias.RevisionId).not.toBe(RevisionId);
    for (const Qualifier of [undefined, "1"])
      await expect(client.send(new api.GetPolicyCommand({ FunctionName, Qualifier }))).rejects.toThrow(
        "The resource you requested does not exist.",
      );
    await client.send(new api.AddPermissionCommand({ ...grant, Qualifier: "1" }));
    await expect(client.send(new api.AddPermissionCommand({ ...grant, Qualifier: "$LATEST" }))).rejects.toThrow(
      "We currently do not support adding policies for $LATEST.",
    );
    await expect(client.send(new api.AddPermissionCommand({ ...grant, Qualifier: "no" }))).rejects.toThrow(
      `Cannot find alias arn: ${arn(FunctionName)}:no`,
    );
    await client.send(new api.RemovePermissionCommand({ ...onAlias, RevisionId: alias.RevisionId }));
    await expect(client.send(new api.RemovePermissionCommand(onAlias))).rejects.toThrow(
      "No policy is associated with the given resource.",
    );
  });

  // A grant is no new function: what is warm stays warm.
  test("change no running environment", async () => {
    const FunctionName = await createFunction(
      client,
      "export const handler = async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME;",
    );
    const before = await invoke(FunctionName);
    await client.send(
      new api.AddPermissionCommand({
        ...{ FunctionName, StatementId: "s", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" },
      }),
    );
    expect(await invoke(FunctionName)).toBe(before);
  });

  // 20 KB, as AWS keeps: the last statement that fits is the last one in.
  test("are 20,480 bytes at most", async () => {
    const FunctionName = await createFunction(client, says("1"));
    const grant = (n: number) => ({
      ...{ FunctionName, StatementId: `s${n}`.padEnd(100, "x"), Action: "lambda:InvokeFunction" },
      ...{ Principal: "s3.amazonaws.com", SourceArn: `arn:aws:s3:::${"b".repeat(1000)}` },
    });
    const add = async (n: number): Promise<unknown> =>
      client.send(new api.AddPermissionCommand(grant(n))).catch((error: unknown) => error);
    let n = 0;
    while (!((await add(n)) instanceof Error)) n++;
    expect(await add(n)).toMatchObject({ name: "PolicyLengthExceededException" });
    expect(n).toBeGreaterThan(10);
    expect(n).toBeLessThan(20);
  });
});

describe("URLs", () => {
  const call = (host: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: lambda.port, headers: { host } }, (got) => {
        let body = "";
        got.on("data", (chunk) => {
          body += chunk;
        });
        got.on("end", () => resolve({ status: got.statusCode!, body }));
      });
      sent.on("error", reject);
      sent.end();
    });

  // An alias's URL follows the alias and asks for the alias's own grants; the function's grants do not open it.
  test("an alias has a URL of its own that follows it", async () => {
    const FunctionName = await twoVersions();
    const of = { FunctionName, Qualifier: "live" };
    await client.send(new api.CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const made = await client.send(new api.CreateFunctionUrlConfigCommand({ ...of, AuthType: "NONE" }));
    expect(made.FunctionArn).toBe(`${arn(FunctionName)}:live`);
    const { host } = new URL(made.FunctionUrl!);
    const grants = [
      { StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" as const },
      { StatementId: "invoke", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
    ].map((grant) => ({ ...grant, FunctionName, Principal: "*" }));
    for (const grant of grants) await client.send(new api.AddPermissionCommand(grant));
    expect((await call(host)).status).toBe(403);
    for (const grant of grants) {
      expect((await call(host)).status).toBe(403);
      await client.send(new api.AddPermissionCommand({ ...grant, Qualifier: "live" }));
    }
    expect(await call(host)).toEqual({ status: 200, body: "1" });
    await client.send(new api.UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
    expect(await call(host)).toEqual({ status: 200, body: "2" });
    const { FunctionUrlConfigs } = await client.send(new api.ListFunctionUrlConfigsCommand({ FunctionName }));
    expect(FunctionUrlConfigs!.map(({ FunctionArn }) => FunctionArn)).toEqual([`${arn(FunctionName)}:live`]);
    await client.send(new api.DeleteAliasCommand({ FunctionName, Name: "live" }));
    await expect(client.send(new api.GetFunctionUrlConfigCommand(of))).rejects.toThrow(
      "The resource you requested does not exist.",
    );
    expect(lambda.service.claims!(host, "/")).toBe(false);
  });

  // Versions have no URL, and a URL's settings are checked before anything is kept.
  test("are refused for versions, for nobody, and with wrong CORS", async () => {
    const FunctionName = await twoVersions();
    const make = (extra: object) =>
      client.send(new api.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...extra }));
    for (const Qualifier of ["1", "$LATEST"])
      await expect(make({ Qualifier })).rejects.toThrow(
        `Value '${Qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`,
      );
    await expect(make({ FunctionName: "nobody" })).rejects.toThrow("Function does not exist");
    await expect(make({ Cors: { AllowMethods: ["OPTIONS"] } })).rejects.toThrow(
      "1 validation error detected: Value '[OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 6",
    );
    await expect(make({ Cors: { MaxAge: 86_401 } })).rejects.toThrow("cors.maxAge");
    expect((await client.send(new api.ListFunctionUrlConfigsCommand({ FunctionName }))).FunctionUrlConfigs).toEqual([]);
  });
});

// Both names of a function's version mean the same everywhere, and two that disagree are an error.
test("a qualifier is in the name or beside it, not differently in both", async () => {
  const FunctionName = await createFunction(client, says("1"), { Role: role, Publish: true });
  const get = (name: string, Qualifier?: string) =>
    client.send(new api.GetFunctionConfigurationCommand({ FunctionName: name, Qualifier }));
  expect((await get(`${arn(FunctionName)}:1`)).Version).toBe("1");
  expect((await get(FunctionName, "1")).FunctionArn).toBe(`${arn(FunctionName)}:1`);
  await expect(get(`${FunctionName}:1`, "2")).rejects.toThrow(
    "The derived qualifier from the function name does not match the specified qualifier.",
  );
  await expect(get(FunctionName, "a b")).rejects.toThrow("Value 'a b' at 'qualifier' failed to satisfy constraint");
  await expect(get(FunctionName, "constructor")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
