/** The local cloud's one door: who is let in, by which name, and what a request must carry. */
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { send, signed } from "../../../support/raw-http.ts";

let now = Date.now();
let cloud: TestCloud;
let client: S3Client;
const Bucket = "door";

beforeAll(async () => {
  cloud = await startTestCloud({ clock: { now: () => now } });
  client = new S3Client({ ...cloud.config, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: "kept", Body: "kept" }));
});

afterAll(() => cloud.close());

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "let in",
    (error: Error) => error.name,
  );
const s3With = (more: object) => new S3Client({ ...cloud.config, forcePathStyle: true, ...more });
const codeIn = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1];

describe("names and origins", () => {
  // DNS rebinding: a page of the internet whose name was made to point here.
  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil-localhost",
    "0.0.0.0",
    "192.168.0.1",
  ])("refuses the Host %j", async (host) => {
    for (const path of ["/", "/_freehold/health", `/${Bucket}/kept`])
      expect((await send({ port: cloud.port, path, headers: { host } })).status).toBe(403);
  });

  it.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("answers its health to %j", async (host) => {
    const { status, text } = await send({ port: cloud.port, path: "/_freehold/health", headers: { host } });
    expect([status, JSON.parse(text)]).toEqual([
      200,
      expect.objectContaining({ name: "test", region: "eu-west-1", accountId: "123456789012", ready: true }),
    ]);
  });

  // A function's address belongs to the app alone: one that no function has is nobody's, and shows no health.
  it("gives nothing away on names of functions that are not there", async () => {
    for (const host of ["abcdefghij.lambda-url.eu-west-1.localhost", "notes--home.localhost"]) {
      const health = await send({ port: cloud.port, path: "/_freehold/health", headers: { host } });
      expect(health.status).toBeGreaterThanOrEqual(400);
      expect(health.text).not.toContain("ready");
    }
  });

  // A page in the owner's browser must not reach DynamoDB or IAM, not even with a signature it got hold of.
  it("refuses pages at every service but S3", async () => {
    for (const service of ["dynamodb", "iam", "lambda", "ssm", "sts", "logs"]) {
      const base = { port: cloud.port, method: "POST" };
      const { headers } = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD", { service });
      const answer = await send({ ...base, headers: { ...headers, origin: "https://evil.example" } });
      expect([service, answer.status, answer.text]).toEqual([service, 403, "Pages may not call this service.\n"]);
    }
  });
});

describe("signatures", () => {
  it("lets nobody in unsigned, in each service's own words", async () => {
    const object = await send({ port: cloud.port, path: `/${Bucket}/kept` });
    expect([object.status, codeIn(object.text)]).toEqual([403, "AccessDenied"]);
    const json = await send({
      port: cloud.port,
      method: "POST",
      headers: { "x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0" },
      body: "{}",
    });
    expect([json.status, JSON.parse(json.text).__type]).toEqual([
      400,
      expect.stringContaining("MissingAuthenticationTokenException"),
    ]);
  });

  it("refuses a wrong secret and an unknown key, in each service's own words", async () => {
    const wrong = { credentials: { ...cloud.credentials, secretAccessKey: "x".repeat(40) } };
    const unknown = { credentials: { ...cloud.credentials, accessKeyId: "AKIAIOSFODNN7EXAMPLE" } };
    const attempts = (credentials: object) =>
      Promise.all([
        code(s3With(credentials).send(new ListBucketsCommand({}))),
        code(new DynamoDBClient({ ...cloud.config, ...credentials }).send(new ListTablesCommand({}))),
        code(new STSClient({ ...cloud.config, ...credentials }).send(new GetCallerIdentityCommand({}))),
      ]);
    expect(await attempts(wrong)).toEqual([
      "SignatureDoesNotMatch",
      "InvalidSignatureException",
      "SignatureDoesNotMatch",
    ]);
    expect(await attempts(unknown)).toEqual([
      "InvalidAccessKeyId",
      "UnrecognizedClientException",
      "InvalidClientTokenId",
    ]);
  });

  // A recorded request is worth nothing a quarter of an hour later, or earlier.
  it.each([-16, 16])("refuses a clock %d minutes off", async (minutes) => {
    const base = { port: cloud.port, path: `/${Bucket}/kept` };
    const at = (off: number) => new Date(now + off * 60_000);
    const late = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD", { at: at(minutes) });
    const answer = await send({ ...base, headers: late.headers });
    expect([answer.status, codeIn(answer.text)]).toEqual([403, "RequestTimeTooSkewed"]);
    const early = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD", { at: at(minutes - Math.sign(minutes) * 2) });
    expect((await send({ ...base, headers: early.headers })).text).toBe("kept");
  });

  // What changes a request's meaning must be under the signature: a presigned PUT must not become a copy.
  it("refuses headers that were added after the signature", async () => {
    const base = { port: cloud.port, path: `/${Bucket}/kept` };
    const added = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD", {
      unsigned: { "x-amz-expected-bucket-owner": "123456789012" },
    });
    const answer = await send({ ...base, headers: added.headers });
    expect([answer.status, codeIn(answer.text)]).toEqual([403, "AccessDenied"]);
    expect(answer.text).toContain("x-amz-expected-bucket-owner");
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: "copy" }), { expiresIn: 60 });
    const copy = await fetch(url, { method: "PUT", headers: { "x-amz-copy-source": `/${Bucket}/kept` } });
    expect(copy.status).toBe(403);
    expect(await code(client.send(new GetObjectCommand({ Bucket, Key: "copy" })))).toBe("NoSuchKey");
  });

  it("takes a presigned address as it was made, and until it ends", async () => {
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "kept" }), { expiresIn: 60 });
    expect(await (await fetch(url)).text()).toBe("kept");
    const asked = async (changed: string, method = "GET") => {
      const answer = await fetch(changed, { method });
      return [answer.status, codeIn(await answer.text())];
    };
    expect(await asked(url.replace("/kept?", "/other?"))).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await asked(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await asked(`${url}&response-content-type=text%2Fhtml`)).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await asked(url, "DELETE")).toEqual([403, "SignatureDoesNotMatch"]);
    const weeks = url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801");
    expect(await asked(weeks)).toEqual([400, "AuthorizationQueryParametersError"]);
    // The cloud's clock stands still while the test runs; the address is dated by the real one.
    now += 90_000;
    try {
      expect(await asked(url)).toEqual([403, "AccessDenied"]);
    } finally {
      now -= 90_000;
    }
  });

  // Credentials of a role: they are nothing without their token, and end.
  it("takes session credentials with their token, until they end", async () => {
    const trust = { Effect: "Allow", Principal: { AWS: cloud.accountId }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    const iam = new IAMClient(cloud.config);
    const made = await iam.send(new CreateRoleCommand({ RoleName: "visitor", AssumeRolePolicyDocument }));
    const reads = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/kept` };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: reads });
    await iam.send(new PutRolePolicyCommand({ RoleName: "visitor", PolicyName: "reads", PolicyDocument }));
    const { Credentials } = await new STSClient(cloud.config).send(
      new AssumeRoleCommand({ RoleArn: made.Role?.Arn, RoleSessionName: "visit", DurationSeconds: 900 }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    const key = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const path = `/${Bucket}/kept`;
    const as = async (sessionToken?: string, at = new Date(now)) => {
      const { headers } = signed(
        sessionToken ? { ...key, sessionToken } : key,
        { port: cloud.port, path },
        "UNSIGNED-PAYLOAD",
        { at },
      );
      const answer = await send({ port: cloud.port, path, headers });
      return codeIn(answer.text) ?? answer.text;
    };
    expect(await as(SessionToken)).toBe("kept");
    expect(await as()).toBe("InvalidToken");
    expect(await as(`${SessionToken}x`)).toBe("InvalidToken");
    now += 901_000;
    try {
      expect(["ExpiredToken", "InvalidAccessKeyId"]).toContain(await as(SessionToken));
    } finally {
      now -= 901_000;
    }
  });

  it("refuses what is no signature at all", async () => {
    for (const authorization of [
      "Basic YTpi",
      "AWS4-HMAC-SHA256 nonsense",
      "AWS AKID:c2ln",
      "AWS4-HMAC-SHA256 Credential=/////",
    ]) {
      const answer = await send({ port: cloud.port, path: `/${Bucket}/kept`, headers: { authorization } });
      expect([authorization, Math.floor(answer.status / 100)]).toEqual([authorization, 4]);
    }
  });
});

// Services that are not here are said not to be, and named in the log for whoever looks for the reason.
it("names a service that it does not have", async () => {
  const base = { port: cloud.port, method: "POST" };
  const { headers } = signed(cloud.credentials, base, "UNSIGNED-PAYLOAD", { service: "sqs" });
  const answer = await send({ ...base, headers });
  expect(answer.status).toBe(501);
  expect(answer.text).toContain("no service named sqs");
});
