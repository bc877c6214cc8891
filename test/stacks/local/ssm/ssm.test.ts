import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { awsCli, missing, pythonWith } from "../../../support/tools.ts";

const run = promisify(execFile);
let dataDir: string;
let cloud: TestCloud;
let ssm: SSMClient;
let next = 0;
const fresh = (): string => `/test/${++next}`;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "freehold-ssm-"));
  cloud = await startTestCloud({ dataDir, checked: true });
  ssm = new SSMClient(cloud.config);
});
afterAll(async () => {
  ssm.destroy();
  await cloud.close();
  await rm(dataDir, { recursive: true, force: true });
});

const put = (input: Partial<PutParameterCommandInput> & { Name: string }) =>
  ssm.send(new PutParameterCommand({ Type: "String", Value: "v", ...input }));

describe("a parameter", () => {
  // Versions, selectors and the ARN are what programs depend on.
  test("is put, read, overwritten and read by version", async () => {
    const Name = fresh();
    expect(await put({ Name, Value: "one" })).toMatchObject({ Version: 1, Tier: "Standard" });
    await expect(put({ Name, Value: "two" })).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
    expect(await put({ Name, Value: "two", Overwrite: true })).toMatchObject({ Version: 2 });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    expect(Parameter).toMatchObject({
      Name,
      Type: "String",
      Value: "two",
      Version: 2,
      DataType: "text",
      ARN: `arn:aws:ssm:eu-west-1:123456789012:parameter${Name}`,
    });
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    const first = await ssm.send(new GetParameterCommand({ Name: `${Name}:1` }));
    expect(first.Parameter).toMatchObject({ Value: "one", Selector: ":1" });
    const byArn = await ssm.send(new GetParameterCommand({ Name: Parameter?.ARN }));
    expect(byArn.Parameter?.Value).toBe("two");
    await expect(ssm.send(new GetParameterCommand({ Name: `${Name}:9` }))).rejects.toMatchObject({
      name: "ParameterVersionNotFound",
    });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name }));
    expect(Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
  });

  // A secret is a secret: sealed on disk, opened only on request, the key for the owner's eyes only.
  test("SecureString is sealed at rest and opened with decryption only, also after a restart", async () => {
    const Name = fresh();
    const Value = "correct-horse-battery-staple";
    await put({ Name, Type: "SecureString", Value });
    const sealed = await ssm.send(new GetParameterCommand({ Name }));
    expect(sealed.Parameter?.Value).not.toContain(Value);
    await cloud.close();
    for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect((await readFile(join(file.parentPath, file.name))).includes(Value), file.name).toBe(false);
    expect((await stat(join(dataDir, "ssm.key"))).mode & 0o777).toBe(0o600);
    cloud = await startTestCloud({ dataDir, checked: true });
    ssm.destroy();
    ssm = new SSMClient(cloud.config);
    const opened = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    expect(opened.Parameter).toMatchObject({ Value, Type: "SecureString" });
  });

  // Deleting twice is how a provider finds out that it is done.
  test("is deleted once", async () => {
    const Name = fresh();
    await put({ Name });
    await ssm.send(new DeleteParameterCommand({ Name }));
    const gone = { name: "ParameterNotFound", $metadata: { httpStatusCode: 400 } };
    await expect(ssm.send(new DeleteParameterCommand({ Name }))).rejects.toMatchObject(gone);
    await expect(ssm.send(new GetParameterCommand({ Name }))).rejects.toMatchObject(gone);
    await put({ Name, Value: "again" });
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Version).toBe(1);
  });

  // Several at once: what is there and what is not.
  test("many are read and deleted together", async () => {
    const [one, two] = [fresh(), fresh()];
    await put({ Name: one });
    await put({ Name: two });
    const read = await ssm.send(new GetParametersCommand({ Names: [one, "/nowhere", two] }));
    expect(read.Parameters?.map(({ Name }) => Name)).toEqual([one, two]);
    expect(read.InvalidParameters).toEqual(["/nowhere"]);
    const gone = await ssm.send(new DeleteParametersCommand({ Names: [one, two, "/nowhere"] }));
    expect(gone.DeletedParameters?.sort()).toEqual([one, two].sort());
    expect(gone.InvalidParameters).toEqual(["/nowhere"]);
  });

  // What AWS would refuse, with the name a client looks for.
  test("is refused for what AWS refuses", async () => {
    const refused: [Partial<PutParameterCommandInput> & { Name: string }, string][] = [
      [{ Name: "/aws/mine" }, "AccessDeniedException"],
      [{ Name: "aws-mine" }, "ValidationException"],
      [{ Name: "/a b" }, "ValidationException"],
      [{ Name: "no/leading" }, "ValidationException"],
      [{ Name: `/${Array.from({ length: 17 }, () => "x").join("/")}` }, "ValidationException"],
      [{ Name: fresh(), Value: "" }, "ValidationException"],
      [{ Name: fresh(), Value: "x".repeat(4097) }, "ValidationException"],
      [{ Name: fresh(), Value: "x".repeat(8193), Tier: "Advanced" }, "ValidationException"],
      [{ Name: fresh(), AllowedPattern: "^\\d+$", Value: "abc" }, "ParameterPatternMismatchException"],
    ];
    for (const [input, name] of refused) await expect(put(input), input.Name).rejects.toMatchObject({ name });
    expect(await put({ Name: fresh(), Value: "x".repeat(8192), Tier: "Advanced" })).toMatchObject({ Tier: "Advanced" });
    const Name = fresh();
    await put({ Name });
    await expect(ssm.send(new LabelParameterVersionCommand({ Name, Labels: ["prod"] }))).rejects.toThrow(
      "LabelParameterVersion is not supported",
    );
  });
});

describe("listing", () => {
  // A function reads its settings by path; pages must neither repeat nor skip.
  test("by path, with and without what is below, in pages", async () => {
    const base = fresh();
    const names = Array.from({ length: 23 }, (_, index) => `${base}/p${String(index).padStart(2, "0")}`);
    for (const Name of names) await put({ Name });
    await put({ Name: `${base}/deep/er`, Value: "deep" });
    await put({ Name: `${base}x/other` });
    const list = async (Recursive: boolean): Promise<string[]> => {
      const seen: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await ssm.send(new GetParametersByPathCommand({ Path: base, Recursive, NextToken }));
        expect(page.Parameters?.length).toBeLessThanOrEqual(10);
        seen.push(...(page.Parameters ?? []).map(({ Name }) => Name ?? ""));
        NextToken = page.NextToken;
      } while (NextToken);
      return seen;
    };
    expect(await list(false)).toEqual(names);
    expect(await list(true)).toEqual([`${base}/deep/er`, ...names]);
  });

  // Filters are how the console and the CLI find a parameter.
  test("described by name, type, path and tag", async () => {
    const base = fresh();
    await put({ Name: `${base}/plain`, Description: "about", Tags: [{ Key: "team", Value: base }] });
    await put({ Name: `${base}/secret`, Type: "SecureString" });
    const names = async (filter: { Key: string; Option?: string; Values?: string[] }): Promise<string[]> => {
      const { Parameters } = await ssm.send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: "Path", Option: "Recursive", Values: [base] }, filter],
        }),
      );
      return (Parameters ?? []).map(({ Name }) => Name ?? "");
    };
    expect(await names({ Key: "Name", Option: "BeginsWith", Values: [`${base}/pl`] })).toEqual([`${base}/plain`]);
    expect(await names({ Key: "Type", Values: ["SecureString"] })).toEqual([`${base}/secret`]);
    expect(await names({ Key: "tag:team", Values: [base] })).toEqual([`${base}/plain`]);
    // The model has a pattern of the keys; a key of its form that nobody knows is another error.
    await expect(names({ Key: "Weather", Values: ["sunny"] })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("at 'parameterFilters.2.member.key' failed to satisfy constraint"),
    });
    await expect(names({ Key: "Label", Values: ["prod"] })).rejects.toMatchObject({ name: "InvalidFilterKey" });
  });

  // Tags are set, changed and taken away on their own.
  test("tags", async () => {
    const Name = fresh();
    await put({ Name, Tags: [{ Key: "a", Value: "1" }] });
    const resource = { ResourceType: "Parameter" as const, ResourceId: Name };
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual(Tags);
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["a"] }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([{ Key: "b", Value: "3" }]);
    await expect(
      ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceId: "/nowhere" })),
    ).rejects.toMatchObject({ name: "InvalidResourceId" });
  });
});

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, ...cloud.env, AWS_PAGER: "", AWS_MAX_ATTEMPTS: "1" });

describe.skipIf(missing(awsCli(), "the aws CLI"))("the aws CLI", () => {
  // A person with the plain CLI works on the same data.
  test("puts and reads parameters, roles and the caller", async () => {
    const aws = async (...args: string[]): Promise<any> =>
      JSON.parse((await run("aws", [...args, "--output", "json"], { env: environment() })).stdout);
    const Name = fresh();
    await aws("ssm", "put-parameter", "--name", Name, "--type", "SecureString", "--value", "from the CLI");
    const got = await aws("ssm", "get-parameter", "--name", Name, "--with-decryption");
    expect(got.Parameter.Value).toBe("from the CLI");
    const trust =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
    await aws("iam", "create-role", "--role-name", "by-cli", "--assume-role-policy-document", trust);
    const { Role } = await aws("iam", "get-role", "--role-name", "by-cli");
    expect(Role.AssumeRolePolicyDocument).toEqual(JSON.parse(trust));
    const { Arn } = await aws("sts", "get-caller-identity");
    expect(Arn).toBe("arn:aws:iam::123456789012:root");
  });
});

describe.skipIf(missing(pythonWith("boto3"), "boto3"))("boto3", () => {
  // botocore parses answers by its own models: another reader of the same bytes.
  test("pages by path and assumes a role", async () => {
    const script = `
import boto3, json, sys
base = sys.argv[1]
ssm, iam, sts = boto3.client("ssm"), boto3.client("iam"), boto3.client("sts")
for i in range(12): ssm.put_parameter(Name=f"{base}/{i:02}", Type="String", Value=str(i))
pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=base)
values = [p["Value"] for page in pages for p in page["Parameters"]]
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="by-boto3", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
c = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="py")["Credentials"]
me = boto3.client("sts", aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"]).get_caller_identity()
print(json.dumps({"values": values, "arn": me["Arn"], "trust": iam.get_role(RoleName="by-boto3")["Role"]["AssumeRolePolicyDocument"] == trust}))
`;
    const { stdout } = await run(pythonWith("boto3") ?? "", ["-c", script, fresh()], { env: environment() });
    expect(JSON.parse(stdout)).toEqual({
      values: Array.from({ length: 12 }, (_, index) => String(index)),
      arn: "arn:aws:sts::123456789012:assumed-role/by-boto3/py",
      trust: true,
    });
  });
});
