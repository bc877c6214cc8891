import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as api from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFunction, type Harness, role, startLambda, zip } from "./harness.ts";

const objects = new Map<string, Uint8Array>();
let lambda: Harness;
let client: api.LambdaClient;
beforeAll(async () => {
  lambda = await startLambda({
    peers: {
      readObject: async (_call, bucket, key) => Readable.from([Buffer.from(objects.get(`${bucket}/${key}`)!)]),
      findRole: (arn) => (arn === role ? { arn, trustsLambda: true } : null),
    },
  });
  client = lambda.client;
});
afterAll(() => lambda.stop());

const one = "export const handler = async (event, context) => `${context.functionVersion} one`;";
const two = "export const handler = async (event, context) => `${context.functionVersion} two`;";

async function invoke(FunctionName: string, Qualifier?: string): Promise<string> {
  const answer = await client.send(new api.InvokeCommand({ FunctionName, Qualifier }));
  return JSON.parse(Buffer.from(answer.Payload!).toString());
}

const idle = { maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 };
const updated = (FunctionName: string) => api.waitUntilFunctionUpdatedV2({ client, ...idle }, { FunctionName });

describe("functions", () => {
  // What providers compare after create: the exact hash, the defaults AWS fills in, the state that becomes Active.
  test("CreateFunction answers the configuration AWS would", async () => {
    const ZipFile = zip({ "index.mjs": one });
    const made = await client.send(
      new api.CreateFunctionCommand({
        ...{ FunctionName: "created", Role: role, Runtime: "nodejs24.x", Handler: "index.handler", Code: { ZipFile } },
        ...{ Tags: { app: "notes" }, Environment: { Variables: { TITLE: "1" } } },
      }),
    );
    expect(made).toMatchObject({
      FunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:created",
      ...{ CodeSha256: createHash("sha256").update(ZipFile).digest("base64"), CodeSize: ZipFile.length },
      ...{ Timeout: 3, MemorySize: 128, Version: "$LATEST", PackageType: "Zip", Architectures: ["x86_64"] },
      ...{ State: "Pending", StateReasonCode: "Creating", EphemeralStorage: { Size: 512 }, Description: "" },
      ...{ TracingConfig: { Mode: "PassThrough" }, Environment: { Variables: { TITLE: "1" } } },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/created" },
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    });
    await api.waitUntilFunctionActiveV2({ client, ...idle }, { FunctionName: "created" });
    const got = await client.send(new api.GetFunctionCommand({ FunctionName: made.FunctionArn! }));
    expect(got).toMatchObject({ Configuration: { State: "Active" }, Tags: { app: "notes" } });
    const code = await fetch(got.Code!.Location!);
    expect(Buffer.from(await code.arrayBuffer()).equals(Buffer.from(ZipFile))).toBe(true);
    const again = new api.CreateFunctionCommand({
      ...{ FunctionName: "created", Role: role, Runtime: "nodejs24.x", Handler: "index.handler", Code: { ZipFile } },
    });
    await expect(client.send(again)).rejects.toMatchObject({
      ...{ name: "ResourceConflictException", message: "Function already exist: created" },
    });
  });

  // The provider retries on exactly this text while a role spreads.
  test("a role that is not there cannot be assumed", async () => {
    await expect(createFunction(client, one, { Role: `${role}2` })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "The role defined for the function cannot be assumed by Lambda.",
    });
  });

  // Code comes from a bucket as well; what is no zip is refused at once.
  test("code from S3, and code that is no zip", async () => {
    objects.set("bucket/key.zip", zip({ "index.mjs": one }));
    const name = await createFunction(client, "", { Code: { S3Bucket: "bucket", S3Key: "key.zip" } });
    expect(await invoke(name)).toBe("$LATEST one");
    await expect(createFunction(client, "", { Code: { ZipFile: strToU8("no zip") } })).rejects.toThrow(
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    );
  });

  // A zip is a stranger's: nothing is written outside its folder, links are not made.
  test.each([
    ["../out.txt", 0o100644],
    ["/etc/out.txt", 0o100644],
    ["a/../../out.txt", 0o100644],
    ["link", 0o120777],
  ])("the zip entry %s is refused", async (name, mode) => {
    const ZipFile = zipSync({ [name]: [strToU8("x"), { os: 3, attrs: mode << 16 }] });
    await expect(createFunction(client, "", { Code: { ZipFile } })).rejects.toThrow("Could not unzip uploaded file");
  });

  // What cannot be carried out is an error, never a setting that does nothing: not when made, not when changed.
  describe("what is not carried out", () => {
    const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let name: string;
    beforeAll(async () => {
      name = await createFunction(client, one);
    });
    test.each<[string, string, Partial<api.CreateFunctionCommandInput>]>([
      ["VpcConfig", "VpcConfig is not", { VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] } }],
      ["DeadLetterConfig", "DeadLetterConfig is", { DeadLetterConfig: { TargetArn: arn.replace("kms", "sqs") } }],
      [
        "FileSystemConfigs",
        "FileSystemConfigs is",
        {
          FileSystemConfigs: [
            {
              Arn: "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0",
              LocalMountPath: "/mnt/files",
            },
          ],
        },
      ],
      ["TracingConfig", "TracingConfig Active is", { TracingConfig: { Mode: "Active" } }],
      ["SnapStart", "SnapStart is", { SnapStart: { ApplyOn: "PublishedVersions" } }],
      ["KMSKeyArn", "KMSKeyArn is", { KMSKeyArn: arn }],
      ["ImageConfig", "ImageConfig is", { ImageConfig: { Command: ["run"] } }],
      ["DurableConfig", "DurableConfig is", { DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 1 } }],
      [
        "AWS_LAMBDA_EXEC_WRAPPER",
        "AWS_LAMBDA_EXEC_WRAPPER is",
        { Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrap" } } },
      ],
      ["a reserved variable", "Reserved keys", { Environment: { Variables: { AWS_REGION: "x" } } }],
      ["5 KB of variables", "exceeded the 4KB limit", { Environment: { Variables: { BIG: "x".repeat(5000) } } }],
      ["too little memory", "memorySize", { MemorySize: 64 }],
      ["too much time", "timeout", { Timeout: 901 }],
      ["too much /tmp", "EphemeralStorage Size must be", { EphemeralStorage: { Size: 20_000 } }],
    ])("is refused by name: %s", async (_, words, extra) => {
      await expect(createFunction(client, one, extra)).rejects.toThrow(words);
      const change = { FunctionName: name, ...extra } as api.UpdateFunctionConfigurationCommandInput;
      await expect(client.send(new api.UpdateFunctionConfigurationCommand(change))).rejects.toThrow(words);
    });

    test.each<[string, string, Partial<api.CreateFunctionCommandInput>]>([
      ["TenancyConfig", "TenancyConfig is", { TenancyConfig: { TenantIsolationMode: "PER_TENANT" } }],
      ["images", "PackageType Image is", { PackageType: "Image" }],
    ])("is refused by name, of what is made only: %s", async (_, words, extra) => {
      await expect(createFunction(client, one, extra)).rejects.toThrow(words);
    });
  });

  // Only the function changes: hash and revision move, a stale revision is refused, a dry run changes nothing.
  test("code and configuration are updated, with revisions", async () => {
    const FunctionName = await createFunction(client, one);
    const before = await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }));
    const ZipFile = zip({ "index.mjs": two });
    const dry = await client.send(new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, DryRun: true }));
    expect(dry.CodeSha256).not.toBe(before.CodeSha256);
    expect(await invoke(FunctionName)).toBe("$LATEST one");
    const changed = await client.send(
      new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId: before.RevisionId }),
    );
    expect(changed.LastUpdateStatus).toBe("InProgress");
    await updated(FunctionName);
    expect(await invoke(FunctionName)).toBe("$LATEST two");
    await expect(
      client.send(new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId: before.RevisionId })),
    ).rejects.toMatchObject({ name: "PreconditionFailedException" });
    await client.send(
      new api.UpdateFunctionConfigurationCommand({
        FunctionName,
        MemorySize: 256,
        Environment: { Variables: { TITLE: "2" } },
      }),
    );
    expect(await client.send(new api.GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({
      ...{ MemorySize: 256, Timeout: 3, Environment: { Variables: { TITLE: "2" } }, CodeSha256: changed.CodeSha256 },
    });
  });

  // A deleted function is gone with its code and its environments; deleting it again says 404.
  test("DeleteFunction leaves no code behind", async () => {
    const FunctionName = await createFunction(client, "export const handler = async () => 'only mine';");
    await invoke(FunctionName);
    const folders = () => readdirSync(join(lambda.dataDir, "lambda/code")).length;
    const before = folders();
    await client.send(new api.DeleteFunctionCommand({ FunctionName }));
    await expect(client.send(new api.DeleteFunctionCommand({ FunctionName }))).rejects.toMatchObject({
      ...{ name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } },
    });
    expect(folders()).toBeLessThanOrEqual(before);
    await expect(invoke(FunctionName)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  // Lists page to the end.
  test("ListFunctions pages", async () => {
    const names: string[] = [];
    for await (const page of api.paginateListFunctions({ client, pageSize: 2 }, {}))
      names.push(...page.Functions!.map(({ FunctionName }) => FunctionName!));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("created");
    expect(names).toEqual([...names].sort());
  });
});

describe("versions and aliases", () => {
  // A published version does not change with $LATEST; publishing again without a change gives the same number.
  test("versions are fixed, aliases point and weigh", async () => {
    const FunctionName = await createFunction(client, one);
    const first = await client.send(new api.PublishVersionCommand({ FunctionName, Description: "d" }));
    expect(first).toMatchObject({ Version: "1", FunctionArn: expect.stringMatching(/:1$/) });
    expect((await client.send(new api.PublishVersionCommand({ FunctionName }))).Version).toBe("1");
    const second = await client.send(
      new api.UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ "index.mjs": two }), Publish: true }),
    );
    expect(second.Version).toBe("2");
    await updated(FunctionName);
    await api.waitUntilFunctionActiveV2({ client, ...idle }, { FunctionName, Qualifier: "2" });
    expect([await invoke(FunctionName, "1"), await invoke(`${FunctionName}:2`)]).toEqual(["1 one", "2 two"]);
    const alias = { FunctionName, Name: "live", FunctionVersion: "1" };
    const made = await client.send(new api.CreateAliasCommand(alias));
    expect(made.AliasArn).toMatch(/:live$/);
    expect(await invoke(FunctionName, "live")).toBe("1 one");
    await client.send(
      new api.UpdateAliasCommand({ ...alias, RoutingConfig: { AdditionalVersionWeights: { "2": 1 } } }),
    );
    expect(await invoke(FunctionName, "live")).toBe("2 two");
    await expect(client.send(new api.DeleteFunctionCommand({ FunctionName, Qualifier: "2" }))).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    await expect(client.send(new api.CreateAliasCommand(alias))).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    await client.send(new api.DeleteAliasCommand(alias));
    await expect(client.send(new api.GetAliasCommand(alias))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { Versions } = await client.send(new api.ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions!.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2"]);
  });
});

// What a provider reads of each function after creating it; one that fails would fail every deployment.
test("the reads of a Terraform-like provider answer", async () => {
  const FunctionName = await createFunction(client, one);
  const arn = `arn:aws:lambda:eu-west-1:123456789012:function:${FunctionName}`;
  expect((await client.send(new api.GetFunctionCodeSigningConfigCommand({ FunctionName }))).CodeSigningConfigArn).toBe(
    "",
  );
  expect((await client.send(new api.GetRuntimeManagementConfigCommand({ FunctionName }))).UpdateRuntimeOn).toBe("Auto");
  expect((await client.send(new api.GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop).toBe(
    "Terminate",
  );
  expect(
    (await client.send(new api.GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions,
  ).toBeUndefined();
  await client.send(new api.TagResourceCommand({ Resource: arn, Tags: { a: "1", b: "2" } }));
  await client.send(new api.UntagResourceCommand({ Resource: arn, TagKeys: ["a"] }));
  expect((await client.send(new api.ListTagsCommand({ Resource: arn }))).Tags).toEqual({ b: "2" });
  await expect(client.send(new api.GetPolicyCommand({ FunctionName }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const settings = await client.send(new api.GetAccountSettingsCommand({}));
  expect(settings.AccountLimit!.ConcurrentExecutions).toBeGreaterThanOrEqual(10);
});

// A policy shows what was granted, in the words a provider parses back.
test("permissions are statements of a policy", async () => {
  const FunctionName = await createFunction(client, one);
  const grant = {
    ...{ FunctionName, StatementId: "s3", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" },
    ...{ SourceArn: "arn:aws:s3:::b", SourceAccount: "123456789012" },
  };
  await client.send(new api.AddPermissionCommand(grant));
  const { Policy, RevisionId } = await client.send(new api.GetPolicyCommand({ FunctionName }));
  expect(JSON.parse(Policy!).Statement).toEqual([
    {
      ...{ Sid: "s3", Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "lambda:InvokeFunction" },
      Resource: `arn:aws:lambda:eu-west-1:123456789012:function:${FunctionName}`,
      Condition: {
        StringEquals: { "AWS:SourceAccount": "123456789012" },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" },
      },
    },
  ]);
  await expect(client.send(new api.AddPermissionCommand(grant))).rejects.toMatchObject({
    name: "ResourceConflictException",
  });
  await client.send(new api.RemovePermissionCommand({ FunctionName, StatementId: "s3", RevisionId }));
  await expect(client.send(new api.RemovePermissionCommand({ FunctionName, StatementId: "s3" }))).rejects.toMatchObject(
    { name: "ResourceNotFoundException" },
  );
});

describe("asynchronous invocation", () => {
  // An accepted event is done in the end: retried after errors, handed to its destination, kept over a restart.
  test("events are retried, delivered and survive a restart", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "freehold-async-"));
    const tuning = { retryTimes: { errorsMs: [20, 20], throttleMs: 20 } } as const;
    let cloud = await startLambda({ dataDir, tuning });
    const failing = await createFunction(
      cloud.client,
      "export const handler = async () => { console.log('tried'); throw new Error('no'); };",
    );
    const onFailure = await createFunction(
      cloud.client,
      "export const handler = async (event) => { console.log('failed', event.requestContext.condition, event.requestContext.approximateInvokeCount, event.responsePayload.errorMessage); };",
    );
    await cloud.client.send(
      new api.PutFunctionEventInvokeConfigCommand({
        FunctionName: failing,
        DestinationConfig: {
          OnFailure: { Destination: `arn:aws:lambda:eu-west-1:123456789012:function:${onFailure}` },
        },
      }),
    );
    const send = (name: string) =>
      cloud.client.send(new api.InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: "{}" }));
    expect((await send(failing)).StatusCode).toBe(202);
    const count = (word: string) => cloud.logged.filter(({ message }) => message.includes(word)).length;
    await expect.poll(() => count("failed RetriesExhausted 3 no"), { timeout: 10_000 }).toBe(1);
    expect(count("tried")).toBe(3);

    const throttled = await createFunction(
      cloud.client,
      "export const handler = async () => { console.log('done at last'); };",
    );
    await cloud.client.send(
      new api.PutFunctionConcurrencyCommand({ FunctionName: throttled, ReservedConcurrentExecutions: 0 }),
    );
    await send(throttled);
    await cloud.stop();
    cloud = await startLambda({ dataDir, tuning });
    await cloud.client.send(new api.DeleteFunctionConcurrencyCommand({ FunctionName: throttled }));
    await expect.poll(() => count("done at last"), { timeout: 10_000 }).toBe(1);
    await cloud.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});

// Everything made is there after a restart, code included, even when the extracted folder was lost.
test("functions survive a restart", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "freehold-restart-"));
  let cloud = await startLambda({ dataDir });
  const FunctionName = await createFunction(cloud.client, one, { Tags: { a: "b" } });
  await cloud.stop();
  rmSync(join(dataDir, "lambda/code"), { recursive: true, force: true });
  writeFileSync(join(dataDir, "lambda/incoming/left-over"), "");
  cloud = await startLambda({ dataDir });
  const answer = await cloud.client.send(new api.InvokeCommand({ FunctionName }));
  expect(Buffer.from(answer.Payload!).toString()).toBe('"$LATEST one"');
  await cloud.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
