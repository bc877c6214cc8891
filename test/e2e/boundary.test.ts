/**
 * H16: a hostile app on a real local cloud, with the built command. Its function's role is given everything; the
 * boundary that it carries is all that is left between it and what is not its own.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretParameter } from "../../stacks/names.ts";
import { attack, type Try } from "../support/attack.ts";
import { clientConfig } from "../support/aws.ts";
import { changeFile, copyCounter } from "../support/counter.ts";
import { ask, type Home, withHome } from "../support/home.ts";

let home: Home;
let address: string;
let account: string;
let region: string;
let theirBucket: string;
let ourBucket: string;

beforeAll(async () => {
  home = await withHome();
  const folder = await copyCounter(home.dir);
  await home.freehold("up", "./counter", "--as", "notes2");
  await writeFile(join(folder, "api/attack.mjs"), attack);
  await changeFile(join(folder, "api/index.mjs"), (text) =>
    text.replace(
      "export async function handler(event) {",
      `import { attack } from "./attack.mjs";
const bodyOf = ({ body, isBase64Encoded }) => JSON.parse(isBase64Encoded ? Buffer.from(body, "base64") : body);
export async function handler(event) {
  if (event.rawPath === "/public/attack") return attack(bodyOf(event));`,
    ),
  );
  await home.freehold("up", "./counter", "--as", "notes");
  address = (await home.json("show", "notes")).url;
  const config = clientConfig((await home.json("cloud", "env")) as Record<string, string>);
  ({ accountId: account, region } = await home.json("cloud", "status"));
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const bucket = (app: string): string =>
    Buckets.find(({ Name }) => Name?.startsWith(`home--${app}--files-`))?.Name ?? "";
  [theirBucket, ourBucket] = [bucket("notes2"), bucket("notes")];
  for (const Bucket of [theirBucket, ourBucket]) await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "b" }));
  const iam = new IAMClient(config);
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "home--notes--api",
      PolicyName: "everything",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      }),
    }),
  );
  const ssm = new SSMClient(config);
  const secret = { Name: secretParameter("home", "notes2", "token"), Type: "SecureString", Value: "hidden" } as const;
  await ssm.send(new PutParameterCommand(secret));
  for (const client of [iam, s3, ssm]) client.destroy();
}, 120_000);
afterAll(() => home?.close());

async function tried(...tries: Try[]): Promise<string[]> {
  // Five a minute is the route's limit: each test asks once.
  const { status, text } = await ask(new URL("/public/attack", address).href, {
    method: "POST",
    body: JSON.stringify(tries),
  });
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

describe("H16: an app whose role may do anything", () => {
  // What it can do, it can do to itself alone.
  it("reaches its own things", async () => {
    const said = await tried(
      ["dynamodb", "Scan", { TableName: "home--notes--counts" }],
      ["s3", "GetObject", { Bucket: ourBucket, Key: "k" }],
      ["s3", "ListObjectsV2", { Bucket: ourBucket }],
    );
    expect(said).toEqual(["done", "done", "done"]);
  });

  // Another's data, code and logs; IAM; keys; the foundation.
  it("is refused everything else", async () => {
    const other = "home--notes2--api";
    const own = `arn:aws:lambda:${region}:${account}:function:home--notes--api`;
    const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
    const tries: Try[] = [
      ["dynamodb", "Scan", { TableName: "home--notes2--counts" }],
      ["dynamodb", "PutItem", { TableName: "home--notes2--counts", Item: { id: { S: "x" } } }],
      ["dynamodb", "Scan", { TableName: "home--foundation--access" }],
      ["dynamodb", "DeleteTable", { TableName: "home--notes--counts" }],
      ["s3", "GetObject", { Bucket: theirBucket, Key: "k" }],
      ["s3", "PutObject", { Bucket: theirBucket, Key: "k", Body: "mine" }],
      ["s3", "ListObjectsV2", { Bucket: theirBucket }],
      ["s3", "ListBuckets", {}],
      ["ssm", "GetParameter", { Name: "/freehold/home/foundation/session-key", WithDecryption: true }],
      ["ssm", "GetParameter", { Name: secretParameter("home", "notes2", "token"), WithDecryption: true }],
      ["lambda", "Invoke", { FunctionName: other }],
      ["lambda", "Invoke", { FunctionName: "home--foundation--signin" }],
      ["lambda", "UpdateFunctionConfiguration", { FunctionName: other, Timeout: 3 }],
      ["lambda", "UpdateFunctionConfiguration", { FunctionName: "home--notes--api", Timeout: 3 }],
      ["lambda", "UpdateFunctionCode", { FunctionName: "home--notes--api", S3Bucket: ourBucket, S3Key: "k" }],
      ["lambda", "TagResource", { Resource: own, Tags: { "freehold:hosts": "example.org" } }],
      ["logs", "FilterLogEvents", { logGroupName: `/aws/lambda/${other}` }],
      ["iam", "ListRoles", {}],
      ["iam", "CreateAccessKey", { UserName: "x" }],
      ["iam", "DeleteRolePermissionsBoundary", { RoleName: "home--notes--api" }],
      ["iam", "TagRole", { RoleName: "home--notes--api", Tags: [{ Key: "freehold:app", Value: "notes2" }] }],
      ["sts", "AssumeRole", { RoleArn: role(other), RoleSessionName: "x1" }],
      ["sts", "AssumeRole", { RoleArn: role("home--notes--exec--api"), RoleSessionName: "x1" }],
    ];
    const said = await tried(...tries);
    const reached = tries.flatMap(([service, command, input], at) =>
      /^AccessDenied(Exception)?$/.test(said[at] ?? "")
        ? []
        : [`${service} ${command} ${JSON.stringify(input)}: ${said[at]}`],
    );
    expect(reached).toEqual([]);
  });
});
