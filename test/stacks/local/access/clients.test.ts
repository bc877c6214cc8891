import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GetRoleCommand, IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allow, createUser, type Person, type Statement } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { startMoto } from "../../../support/moto.ts";
import { awsCli, missing, motoServer, pythonWith } from "../../../support/tools.ts";

const run = promisify(execFile);
let cloud: TestCloud;
let person: Person;
let env: Record<string, string>;

beforeAll(async () => {
  cloud = await startTestCloud();
  person = await createUser(cloud);
  const { accessKeyId, secretAccessKey } = person.config.credentials;
  env = { ...process.env, ...cloud.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } as any;
});
afterAll(() => cloud.close());

const reason = (action: string, resource: string): string =>
  `User: ${person.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

// What people see first is the CLI's line; it must be the one that they can search for.
describe.skipIf(missing(awsCli(), "the aws CLI"))("the aws CLI", () => {
  test("says denials as AWS does", { timeout: 120_000 }, async () => {
    const aws = (...args: string[]): Promise<string> =>
      run("aws", args, { env }).then(
        () => "done",
        ({ stderr }: { stderr: string }) => stderr.trim(),
      );
    expect(await aws("dynamodb", "list-tables")).toContain(
      `An error occurred (AccessDeniedException) when calling the ListTables operation: ${reason("dynamodb:ListTables", "arn:aws:dynamodb:eu-west-1:123456789012:table/*")}`,
    );
    expect(await aws("iam", "get-role", "--role-name", "r")).toContain(
      `An error occurred (AccessDenied) when calling the GetRole operation: ${reason("iam:GetRole", "role r")}`,
    );
  });
});

const python = pythonWith("boto3");

// Error codes are what programs branch on.
describe.skipIf(missing(python, "boto3"))("boto3", () => {
  test("reads code and message of each protocol's denial", { timeout: 120_000 }, async () => {
    const script = `
import boto3, json, botocore.exceptions
def said(call):
    try: call(); return "done"
    except botocore.exceptions.ClientError as e: return [e.response["Error"]["Code"], e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"]]
print(json.dumps([
    said(lambda: boto3.client("ssm").get_parameter(Name="/a")),
    said(lambda: boto3.client("lambda").list_functions()),
    said(lambda: boto3.client("s3").list_buckets()),
    said(lambda: boto3.client("sts").get_federation_token(Name="guest")),
]))`;
    const { stdout } = await run(python!, ["-c", script], { env });
    expect(JSON.parse(stdout)).toEqual([
      ["AccessDeniedException", reason("ssm:GetParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/a"), 400],
      ["AccessDeniedException", reason("lambda:ListFunctions", "*"), 403],
      ["AccessDenied", reason("s3:ListAllMyBuckets", "x").replace(" on resource: x", ""), 403],
      ["AccessDenied", reason("sts:GetFederationToken", "arn:aws:sts::123456789012:federated-user/guest"), 403],
    ]);
  });
});

/** Policies, and what is asked under them. */
const samples: [string, Statement[], (config: any) => Promise<unknown>][] = [
  ["nothing allowed", [allow("logs:*")], (config) => new DynamoDBClient(config).send(new ListTablesCommand({}))],
  [
    "an action of a service",
    [allow("dynamodb:*")],
    (config) => new DynamoDBClient(config).send(new ListTablesCommand({})),
  ],
  [
    "another action",
    [allow("dynamodb:PutItem")],
    (config) => new DynamoDBClient(config).send(new GetItemCommand({ TableName: "none", Key: { id: { S: "a" } } })),
  ],
  [
    "a denied one",
    [allow("*"), { Effect: "Deny", ...allow("iam:ListRoles") }],
    (config) => new IAMClient(config).send(new ListRolesCommand({})),
  ],
  ["a wildcard", [allow("iam:Get*")], (config) => new IAMClient(config).send(new GetRoleCommand({ RoleName: "none" }))],
  [
    "a parameter",
    [allow("ssm:GetParameter")],
    (config) => new SSMClient(config).send(new GetParameterCommand({ Name: "/none" })),
  ],
  [
    "a listing",
    [allow("s3:ListBucket")],
    (config) => new S3Client(config).send(new ListObjectsV2Command({ Bucket: "sample-bucket" })),
  ],
  [
    "an object without GetObject",
    [allow("s3:ListBucket")],
    (config) => new S3Client(config).send(new GetObjectCommand({ Bucket: "sample-bucket", Key: "a" })),
  ],
];

// Another implementation of the same rules: where it has the rule, both must say the same.
describe.skipIf(missing(motoServer(), "moto_server"))("moto with its own enforcement", () => {
  test("allows and denies the same requests", { timeout: 120_000 }, async () => {
    const moto = await startMoto();
    try {
      const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
      const config = { endpoint: moto.endpoint, region: moto.region, credentials, maxAttempts: 1 };
      const other = await createUser({ ...cloud, ...moto, config } as unknown as TestCloud);
      const bucket = {
        Bucket: "sample-bucket",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      } as const;
      for (const owner of [cloud.config, config])
        await new S3Client({ ...owner, forcePathStyle: true }).send(new CreateBucketCommand(bucket));
      const denied = (ask: (config: any) => Promise<unknown>, who: Person): Promise<boolean> =>
        ask({ ...who.config, forcePathStyle: true }).then(
          () => false,
          // moto answers some JSON services in XML, which the SDK cannot read: its status says it all the same.
          (error) => /^AccessDenied/.test(error.name) || error.$response?.statusCode === 403,
        );
      const enforce = (count: string) => fetch(`${moto.endpoint}/moto-api/reset-auth`, { method: "POST", body: count });
      const ours: [string, boolean][] = [];
      const theirs: [string, boolean][] = [];
      for (const [title, statements, ask] of samples) {
        await person.may(...statements);
        await enforce("1000");
        await other.may(...statements);
        await enforce("0");
        ours.push([title, await denied(ask, person)]);
        theirs.push([title, await denied(ask, other)]);
      }
      expect(ours).toEqual(theirs);
      expect(new Set(ours.map(([, verdict]) => verdict)).size).toBe(2);
    } finally {
      await moto.close();
    }
  });
});
