import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import {
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  TagResourceCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allow, createRole, createUser, type Person, policy, trust } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { send, sha256, signed } from "../../../support/raw-http.ts";
import { said } from "../../../support/said.ts";
import { zip } from "../lambda/harness.ts";

let cloud: TestCloud;
let app: Person;
const Bucket = "other-app";
const TableName = "other-app";
const table = (name = TableName): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`;
const owner = () => new s3.S3Client({ ...cloud.config, forcePathStyle: true });
const bucketOf = (who: Person) => new s3.S3Client({ ...who.config, forcePathStyle: true });

beforeAll(async () => {
  cloud = await startTestCloud();
  app = await createUser(cloud);
  await owner().send(new s3.CreateBucketCommand({ Bucket }));
  for (const Key of ["home/ada", "home/eve", "shared"])
    await owner().send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  const db = new dynamodb.DynamoDBClient(cloud.config);
  const key = { AttributeName: "id", KeyType: "HASH" as const };
  await db.send(
    new dynamodb.CreateTableCommand({
      ...{ TableName, BillingMode: "PAY_PER_REQUEST", KeySchema: [key] },
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await db.send(new dynamodb.PutItemCommand({ TableName, Item: { id: { S: "ada" }, secret: { S: "x" } } }));
  await new SSMClient(cloud.config).send(
    new PutParameterCommand({ Name: "/other/secret", Type: "SecureString", Value: "hidden" }),
  );
});
afterAll(() => cloud.close());

const because = (action: string, resource: string): string =>
  `User: ${app.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

const getItem = (Key = "ada") => new dynamodb.GetItemCommand({ TableName, Key: { id: { S: Key } } });

describe("another app's things", () => {
  // Row H16: what AWS would refuse is refused here, in the words that people search for.
  test("are denied in each service's own words", async () => {
    await app.may(allow("logs:*"));
    expect(await said(new dynamodb.DynamoDBClient(app.config).send(getItem()))).toBe(
      `AccessDeniedException: ${because("dynamodb:GetItem", table())}`,
    );
    expect(await said(bucketOf(app).send(new s3.GetObjectCommand({ Bucket, Key: "shared" })))).toBe(
      `AccessDenied: ${because("s3:GetObject", `"arn:aws:s3:::${Bucket}/shared"`)}`,
    );
    expect(await said(new SSMClient(app.config).send(new GetParameterCommand({ Name: "/other/secret" })))).toBe(
      `AccessDeniedException: ${because("ssm:GetParameter", "arn:aws:ssm:eu-west-1:123456789012:parameter/other/secret")}`,
    );
    expect(await said(new LambdaClient(app.config).send(new GetFunctionCommand({ FunctionName: "f" })))).toBe(
      `AccessDeniedException: ${because("lambda:GetFunction", "arn:aws:lambda:eu-west-1:123456789012:function:f")}`,
    );
    expect(await said(new IAMClient(app.config).send(new GetRoleCommand({ RoleName: "r" })))).toBe(
      `AccessDenied: ${because("iam:GetRole", "role r")}`,
    );
    const head = new s3.HeadObjectCommand({ Bucket, Key: "shared" });
    await expect(bucketOf(app).send(head)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  // A permission taken away or given counts for the next call: nothing old is kept.
  test("open and close with the policy, at once", async () => {
    const db = new dynamodb.DynamoDBClient(app.config);
    for (const _ of [1, 2, 3]) {
      await app.may(allow("dynamodb:GetItem", table()));
      expect(await said(db.send(getItem()))).toBe("done");
      await app.may(allow("dynamodb:GetItem", table("another")));
      expect(await said(db.send(getItem()))).toMatch(/^AccessDenied/);
    }
    await app.may(allow("dynamodb:*"), { Effect: "Deny", ...allow("dynamodb:Get*") });
    expect(await said(db.send(getItem()))).toBe(
      `AccessDeniedException: User: ${app.arn} is not authorized to perform: dynamodb:GetItem on resource: ${table()} with an explicit deny in an identity-based policy`,
    );
  });

  // A boundary bounds whatever the policies give.
  test("stay closed where a boundary does not allow them", async () => {
    const iam = new IAMClient(cloud.config);
    const RoleName = "bounded";
    const PolicyDocument = policy(allow("s3:*"));
    const made = await iam.send(new CreatePolicyCommand({ PolicyName: "only-s3", PolicyDocument }));
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("dynamodb:*")], { RoleName });
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: made.Policy!.Arn! }));
    const db = new dynamodb.DynamoDBClient(await assumed(role));
    expect(await said(db.send(getItem()))).toContain(
      "because no permissions boundary allows the dynamodb:GetItem action",
    );
  });
});

/** Keys of a new session of a role. */
async function assumed(RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}): Promise<Person["config"]> {
  const asked = new AssumeRoleCommand({ RoleArn, RoleSessionName: "one", ...more });
  const { Credentials } = await new STSClient(cloud.config).send(asked);
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { ...cloud.config, credentials };
}

// Answers are kept so that enforcing costs little. Each of these is a way to be let in by what another call was allowed.
describe("what was allowed once", () => {
  const get = (config: Person["config"], Key = "shared") =>
    said(new s3.S3Client({ ...config, forcePathStyle: true }).send(new s3.GetObjectCommand({ Bucket, Key })));
  const objects = `arn:aws:s3:::${Bucket}/*`;
  const denied = expect.stringMatching(/^AccessDenied/);

  test("is asked again where the request decides", async () => {
    await app.may({ ...allow("s3:GetObject", objects), Condition: { StringLike: { "aws:UserAgent": "*trusted*" } } });
    const agent = { customUserAgent: "trusted" } as object;
    expect([await get({ ...app.config, ...agent }), await get(app.config)]).toEqual(["done", denied]);
  });

  test("is another session's only if that may, too", async () => {
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("s3:GetObject", objects)]);
    const Policy = policy(allow("s3:GetObject", `${objects}.txt`));
    expect([await get(await assumed(role)), await get(await assumed(role, { Policy }))]).toEqual(["done", denied]);
  });

  test("ends with the bucket's policy and comes back with it", async () => {
    await app.may(allow("s3:GetObject", objects));
    expect(await get(app.config)).toBe("done");
    const Policy = policy({ Effect: "Deny", Principal: "*", ...allow("s3:GetObject", objects) });
    await owner().send(new s3.PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await get(app.config)).toEqual(denied);
    await owner().send(new s3.DeleteBucketPolicyCommand({ Bucket }));
    expect(await get(app.config)).toBe("done");
  });

  test("ends with the tag of the caller that allowed it, and with the caller", async () => {
    const RoleName = "tagged";
    const own = allow("s3:GetObject", `arn:aws:s3:::${Bucket}/\${aws:PrincipalTag/reads}`);
    const tagged = async (Value: string) =>
      new IAMClient(cloud.config).send(new TagRoleCommand({ RoleName, Tags: [{ Key: "reads", Value }] }));
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [own], { RoleName });
    const config = await assumed(role);
    await tagged("shared");
    expect([await get(config), await get(config, "home/ada")]).toEqual(["done", denied]);
    await tagged("home/ada");
    expect([await get(config), await get(config, "home/ada")]).toEqual([denied, "done"]);
    const iam = new IAMClient(cloud.config);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "may" }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("s3:*")], { RoleName });
    expect(await get(config, "home/ada")).toEqual(denied);
  });
});

describe("conditions and parts of requests", () => {
  // One table for many: rows by partition key, and attributes.
  test("DynamoDB's keys and attributes decide", async () => {
    const db = new dynamodb.DynamoDBClient(app.config);
    const condition = {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["ada"], "dynamodb:Attributes": ["id", "name"] },
      StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
    };
    await app.may({ ...allow(["dynamodb:GetItem", "dynamodb:Query"], table()), Condition: condition });
    const get = (id: string, ProjectionExpression: string) =>
      said(db.send(new dynamodb.GetItemCommand({ TableName, Key: { id: { S: id } }, ProjectionExpression })));
    expect(await get("ada", "id")).toBe("done");
    expect(await get("eve", "id")).toMatch(/^AccessDenied/);
    expect(await get("ada", "id, secret")).toMatch(/^AccessDenied/);
    const query = (value: string) =>
      said(
        db.send(
          new dynamodb.QueryCommand({
            ...{ TableName, KeyConditionExpression: "#i = :v", ProjectionExpression: "#i" },
            ...{ ExpressionAttributeNames: { "#i": "id" }, ExpressionAttributeValues: { ":v": { S: value } } },
          }),
        ),
      );
    expect([await query("ada"), (await query("eve")).split(":")[0]]).toEqual(["done", "AccessDeniedException"]);
  });

  // A transaction or a batch is as strong as its weakest part; an index is a resource of its own.
  test("each part of a transaction, a batch, an index is asked for", async () => {
    const db = new dynamodb.DynamoDBClient(app.config);
    await app.may(allow(["dynamodb:PutItem", "dynamodb:BatchGetItem", "dynamodb:Query"], table()));
    const Item = { id: { S: "new" } };
    const write = (...TransactItems: dynamodb.TransactWriteItem[]) =>
      said(db.send(new dynamodb.TransactWriteItemsCommand({ TransactItems })));
    expect(await write({ Put: { TableName, Item } })).toBe("done");
    expect(await write({ Put: { TableName, Item } }, { Delete: { TableName, Key: { id: { S: "ada" } } } })).toContain(
      "dynamodb:DeleteItem",
    );
    const Keys = [{ id: { S: "ada" } }];
    const batch = new dynamodb.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys }, third: { Keys } } });
    expect(await said(db.send(batch))).toContain(`dynamodb:BatchGetItem on resource: ${table("third")}`);
    const query = new dynamodb.QueryCommand({
      ...{ TableName, IndexName: "by-name", KeyConditionExpression: "id = :v" },
      ExpressionAttributeValues: { ":v": { S: "ada" } },
    });
    expect(await said(db.send(query))).toContain(`on resource: ${table()}/index/by-name`);
  });

  // The home folder of IAM's documentation: prefix and variable.
  test("S3's prefix and the caller's name decide", async () => {
    await app.may(
      { ...allow("s3:ListBucket", `arn:aws:s3:::${Bucket}`), Condition: { StringLike: { "s3:prefix": "home/*" } } },
      allow(["s3:GetObject", "s3:DeleteObject"], `arn:aws:s3:::${Bucket}/home/\${aws:username}`),
    );
    const client = bucketOf(app);
    const list = (Prefix?: string) => said(client.send(new s3.ListObjectsV2Command({ Bucket, Prefix })));
    expect([await list("home/a"), (await list()).split(":")[0]]).toEqual(["done", "AccessDenied"]);
    const mine = `home/${app.name}`;
    await owner().send(new s3.PutObjectCommand({ Bucket, Key: mine, Body: "x" }));
    const get = (Key: string) => said(client.send(new s3.GetObjectCommand({ Bucket, Key })));
    expect([await get(mine), (await get("home/eve")).split(":")[0]]).toEqual(["done", "AccessDenied"]);
    const { Deleted, Errors } = await client.send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: mine }, { Key: "home/eve" }] } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual([mine]);
    expect(Errors).toMatchObject([
      {
        Key: "home/eve",
        Code: "AccessDenied",
        Message: because("s3:DeleteObject", `"arn:aws:s3:::${Bucket}/home/eve"`),
      },
    ]);
  });

  // Who may not list a bucket is not told what is missing in it; who may is told.
  test("a missing key is AccessDenied without ListBucket", async () => {
    const get = new s3.GetObjectCommand({ Bucket, Key: "missing" });
    await app.may(allow("s3:GetObject", `arn:aws:s3:::${Bucket}/*`));
    expect(await said(bucketOf(app).send(get))).toBe(
      `AccessDenied: ${because("s3:ListBucket", `"arn:aws:s3:::${Bucket}"`)}`,
    );
    await app.may(allow("s3:GetObject", `arn:aws:s3:::${Bucket}/*`), allow("s3:ListBucket", `arn:aws:s3:::${Bucket}`));
    expect(await said(bucketOf(app).send(get))).toMatch(/^NoSuchKey/);
  });

  // Row L3: an address is as good as its signer is when it is used.
  test("a presigned address is its signer's, at the time of the request", async () => {
    await app.may(allow("s3:GetObject", `arn:aws:s3:::${Bucket}/shared`));
    const url = await getSignedUrl(bucketOf(app), new s3.GetObjectCommand({ Bucket, Key: "shared" }), {
      expiresIn: 60,
    });
    expect((await fetch(url)).status).toBe(200);
    await app.may(allow("logs:*"));
    const refused = await fetch(url);
    expect([refused.status, (await refused.text()).includes("<Code>AccessDenied</Code>")]).toEqual([403, true]);
  });
});

describe("bucket policies", () => {
  // The policy of a bucket speaks for itself: it opens, it closes, and its owner can always take it back.
  test("open a bucket to a user, and close it to all but their own removal", async () => {
    await app.may(allow("logs:*"));
    const get = () => said(bucketOf(app).send(new s3.GetObjectCommand({ Bucket, Key: "shared" })));
    const put = (...statements: Parameters<typeof policy>) =>
      owner().send(new s3.PutBucketPolicyCommand({ Bucket, Policy: policy(...statements) }));
    const objects = `arn:aws:s3:::${Bucket}/*`;
    await put({ Principal: { AWS: app.arn }, ...allow("s3:GetObject", objects) });
    expect(await get()).toBe("done");
    await put({ Principal: "*", Effect: "Deny", ...allow("s3:*", [objects, `arn:aws:s3:::${Bucket}`]) });
    const own = await said(owner().send(new s3.GetObjectCommand({ Bucket, Key: "shared" })));
    expect(own).toContain("with an explicit deny in a resource-based policy");
    await owner().send(new s3.DeleteBucketPolicyCommand({ Bucket }));
    expect(await said(owner().send(new s3.GetObjectCommand({ Bucket, Key: "shared" })))).toBe("done");
    expect(await said(owner().send(new s3.GetBucketPolicyCommand({ Bucket })))).toMatch(/^NoSuchBucketPolicy/);
  });

  // Nothing becomes public by a slip: AWS's default block, and what it takes to lift it.
  test("open it to the world only where nothing blocks that", async () => {
    const everyone = policy({ Principal: "*", ...allow("s3:GetObject", `arn:aws:s3:::${Bucket}/shared`) });
    const put = () => said(owner().send(new s3.PutBucketPolicyCommand({ Bucket, Policy: everyone })));
    const url = `${cloud.endpoint}/${Bucket}/shared`;
    expect(await put()).toContain("because public policies are prevented by the BlockPublicPolicy setting");
    expect((await fetch(url)).status).toBe(403);
    await owner().send(new s3.DeletePublicAccessBlockCommand({ Bucket }));
    expect(await put()).toBe("done");
    expect((await owner().send(new s3.GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic).toBe(true);
    expect([(await fetch(url)).status, (await fetch(`${cloud.endpoint}/${Bucket}/home/eve`)).status]).toEqual([
      200, 403,
    ]);
    const RestrictPublicBuckets = { RestrictPublicBuckets: true };
    await owner().send(
      new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: RestrictPublicBuckets }),
    );
    expect((await fetch(url)).status).toBe(403);
    for (const bad of ["{}", policy({ Principal: "*", ...allow("s3:GetObject", "arn:aws:s3:::elsewhere/*") })])
      expect(await said(owner().send(new s3.PutBucketPolicyCommand({ Bucket, Policy: bad })))).toMatch(
        /^MalformedPolicy/,
      );
    await owner().send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  });
});

describe("functions", () => {
  // Giving a function a role gives that role's permissions away: it needs PassRole, to Lambda.
  test("a role is passed only by who may pass it to Lambda", async () => {
    const Role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }));
    const create = () =>
      said(
        new LambdaClient(app.config).send(
          new CreateFunctionCommand({
            ...{ FunctionName: "passed", Role, Runtime: "nodejs24.x", Handler: "index.handler" },
            Code: { ZipFile: zip({ "index.mjs": "export const handler = () => 'hi'" }) },
          }),
        ),
      );
    await app.may(allow("lambda:*"));
    expect(await create()).toBe(`AccessDeniedException: ${because("iam:PassRole", Role)}`);
    const to = (service: string) => ({ StringEquals: { "iam:PassedToService": service } });
    await app.may(allow("lambda:*"), { ...allow("iam:PassRole", Role), Condition: to("ec2.amazonaws.com") });
    expect(await create()).toMatch(/^AccessDenied/);
    await app.may(allow("lambda:*"), { ...allow("iam:PassRole", Role), Condition: to("lambda.amazonaws.com") });
    expect(await create()).toBe("done");
  });

  // They open the fence, the owner's folders and a site's address: no function may say so, whatever its role allows.
  test("a function's tags that open what holds it are the owner's alone to set", async () => {
    const Resource = `arn:aws:lambda:eu-west-1:${cloud.accountId}:function:passed`;
    const tag = (config: Person["config"], Tags: Record<string, string>) =>
      said(new LambdaClient(config).send(new TagResourceCommand({ Resource, Tags })));
    await app.may(allow(["lambda:*", "iam:*"]));
    for (const name of ["hosts", "hosts:2", "address", "dev-folder", "inspect"].map((end) => `freehold:${end}`)) {
      const refused = `AccessDeniedException: The tag ${name} is the owner's alone to set, not ${app.arn}'s.`;
      expect(await tag(app.config, { more: "1", [name]: "example.org" })).toBe(refused);
    }
    const Role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }));
    const made = new LambdaClient(app.config).send(
      new CreateFunctionCommand({
        ...{ FunctionName: "opened", Role, Runtime: "nodejs24.x", Handler: "index.handler" },
        Code: { ZipFile: zip({ "index.mjs": "export const handler = () => 'hi'" }) },
        Tags: { "freehold:hosts": "example.org" },
      }),
    );
    expect(await said(made)).toMatch(/^AccessDeniedException: The tag freehold:hosts is the owner's alone/);
    expect(await tag(app.config, { more: "1" })).toBe("done");
    expect(await tag(cloud.config, { "freehold:hosts": "example.org" })).toBe("done");
    const { Tags } = await new LambdaClient(app.config).send(new GetFunctionCommand({ FunctionName: "passed" }));
    expect(Tags).toEqual({ more: "1", "freehold:hosts": "example.org" });
  });

  // Lambda fetches code for whoever asks: with the cloud's own rights it would read anybody's bucket aloud.
  test("code from a bucket is read with the caller's rights", async () => {
    const Role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }));
    const S3Key = "code.zip";
    const Body = Buffer.from(zip({ "index.mjs": "export const handler = () => 'hi'" }));
    const { VersionId } = await owner()
      .send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
      .then(() => owner().send(new s3.PutObjectCommand({ Bucket, Key: S3Key, Body })));
    const create = (FunctionName: string, S3ObjectVersion?: string) =>
      said(
        new LambdaClient(app.config).send(
          new CreateFunctionCommand({
            ...{ FunctionName, Role, Runtime: "nodejs24.x", Handler: "index.handler" },
            Code: { S3Bucket: Bucket, S3Key, S3ObjectVersion },
          }),
        ),
      );
    const object = `arn:aws:s3:::${Bucket}/${S3Key}`;
    await app.may(allow(["lambda:*", "iam:PassRole"]));
    expect(await create("fetched")).toMatch(
      /^AccessDeniedException: Your access has been denied by S3, .*s3:GetObject on/,
    );
    await app.may(allow(["lambda:*", "iam:PassRole"]), allow("s3:GetObject", object));
    expect(await create("fetched")).toBe("done");
    expect(await create("fetched-version", VersionId)).toMatch(/^AccessDeniedException: .*s3:GetObjectVersion on/);
    await app.may(allow(["lambda:*", "iam:PassRole"]), allow("s3:GetObjectVersion", object));
    expect(await create("fetched-version", VersionId)).toBe("done");
  });

  // Row L4 over the whole cloud: an AWS_IAM URL is for signed callers who may, an open one needs both grants.
  test("function URLs ask their policies", async () => {
    const client = new LambdaClient(cloud.config);
    const FunctionName = "asked";
    const Role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }));
    await client.send(
      new CreateFunctionCommand({
        ...{ FunctionName, Role, Runtime: "nodejs24.x", Handler: "index.handler" },
        Code: { ZipFile: zip({ "index.mjs": "export const handler = async () => 'hi'" }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 }, { FunctionName });
    const { FunctionUrl } = await client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "AWS_IAM" }),
    );
    const host = new URL(FunctionUrl!).host;
    const ask = async (who: Person): Promise<[number, string]> => {
      const base = { port: cloud.port, headers: { host } };
      const { headers } = signed(who.config.credentials, base, sha256(""), { service: "lambda" });
      const { status, text } = await send({ ...base, headers });
      return [status, text];
    };
    const urlArn = `arn:aws:lambda:eu-west-1:123456789012:function:${FunctionName}`;
    await app.may(allow("lambda:InvokeFunctionUrl", urlArn));
    expect((await ask(app))[0]).toBe(403);
    await app.may(allow(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], urlArn));
    expect(await ask(app)).toEqual([200, "hi"]);
    await app.may(allow("logs:*"));
    const [status, text] = await ask(app);
    expect([status, JSON.parse(text).Message]).toEqual([403, expect.stringMatching(/^Forbidden/)]);
    await client.send(
      new AddPermissionCommand({
        ...{ FunctionName, StatementId: "url", Action: "lambda:InvokeFunctionUrl", Principal: app.arn },
        FunctionUrlAuthType: "AWS_IAM",
      }),
    );
    await client.send(
      new AddPermissionCommand({
        ...{ FunctionName, StatementId: "call", Action: "lambda:InvokeFunction", Principal: app.arn },
        InvokedViaFunctionUrl: true,
      }),
    );
    expect(await ask(app)).toEqual([200, "hi"]);
  });

  test("are called by their tags, as they are at the call", async () => {
    const Resource = `arn:aws:lambda:eu-west-1:${cloud.accountId}:function:asked`;
    const Condition = { StringEquals: { "aws:ResourceTag/open": "yes" } };
    await app.may({ ...allow("lambda:InvokeFunction", Resource), Condition });
    const call = () => said(new LambdaClient(app.config).send(new InvokeCommand({ FunctionName: "asked" })));
    for (const open of ["no", "yes", "yes", "no", "yes"]) {
      await new LambdaClient(cloud.config).send(new TagResourceCommand({ Resource, Tags: { open } }));
      const answer = open === "yes" ? "done" : expect.stringMatching(/^AccessDenied/);
      expect([await call(), await call()], open).toEqual([answer, answer]);
    }
  });
});

/** Made with its first line. */
function logOf({ dir }: TestCloud): string {
  const file = join(dir, "local-cloud.log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

describe("modes", () => {
  // Before policies are trusted with real work: what would be denied, one line each, and nothing in the way.
  test("audit lets pass and logs what would be denied", async () => {
    const other = await startTestCloud({ access: "audit" });
    try {
      const visitor = await createUser(other);
      await new dynamodb.DynamoDBClient(visitor.config).send(new dynamodb.ListTablesCommand({}));
      expect(logOf(other)).toContain(
        `access: would deny dynamodb:ListTables on arn:aws:dynamodb:eu-west-1:123456789012:table/* to ${visitor.arn}`,
      );
    } finally {
      await other.close();
    }
  });

  // For those who want a cloud as it was.
  test("off asks no policy", async () => {
    const other = await startTestCloud({ access: "off" });
    try {
      const visitor = await createUser(other);
      await new dynamodb.DynamoDBClient(visitor.config).send(new dynamodb.ListTablesCommand({}));
      expect(logOf(other)).not.toContain("would deny");
    } finally {
      await other.close();
    }
  });
});
