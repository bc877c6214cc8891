/**
 * What enforcing costs a request: GetItem and GetObject of an app's role with its boundary, on a cloud that asks the
 * policies and on one that does not, in turns. The requests are signed once and sent as bytes on one connection, so that
 * no client's work is in the figure.
 */
import { connect } from "node:net";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { boundaryRights } from "../../stacks/components/boundary.ts";
import { allow, createRole, policy, type Statement, trust } from "../support/identity.ts";
import { startTestCloud, type TestCloud } from "../support/local-cloud.ts";
import { type RawRequest, type Signer, sha256, signed } from "../support/raw-http.ts";
import { table } from "./table.ts";

const name = "home--notes--orders";
const perSample = 200;
const pairs = 150;

/** As Freehold makes them: what the function uses, thing by thing, and its log. */
const rights: Statement[] = [
  allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/aws/lambda/home--notes--api:*"),
  ...["notes", "tags", "orders"].map((noun) =>
    allow(
      ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
      [
        `arn:aws:dynamodb:eu-west-1:123456789012:table/home--notes--${noun}`,
        `arn:aws:dynamodb:eu-west-1:123456789012:table/home--notes--${noun}/index/*`,
      ],
    ),
  ),
  allow(["s3:GetObject", "s3:PutObject"], `arn:aws:s3:::${name}/*`),
  allow("s3:ListBucket", `arn:aws:s3:::${name}`),
];

interface Reader {
  /** Milliseconds a request, over one sample. */
  sample(request: "GetItem" | "GetObject"): Promise<number>;
  close(): Promise<void>;
}

async function reader(access: "enforce" | "off"): Promise<Reader> {
  const cloud = await startTestCloud({ access });
  const signer = await appOf(cloud);
  await fill(cloud);
  const connection = await open(cloud.port);
  const requests = { GetItem: getItem(cloud, signer), GetObject: getObject(cloud, signer) };
  return {
    async sample(request) {
      const started = performance.now();
      for (let call = 0; call < perSample; call++) await connection.ask(requests[request]);
      return (performance.now() - started) / perSample;
    },
    close() {
      connection.end();
      return cloud.close();
    },
  };
}

/** Keys of a session of the app's role. */
async function appOf(cloud: TestCloud): Promise<Signer> {
  const context = {
    cloud: "home",
    app: "foundation",
    target: "local",
    region: "eu-west-1",
    accountId: cloud.accountId,
  };
  const statements = boundaryRights(context as Parameters<typeof boundaryRights>[0]);
  const boundary = policy(...(statements as Statement[]));
  const { Policy } = await new IAMClient(cloud.config).send(
    new CreatePolicyCommand({ PolicyName: "boundary", PolicyDocument: boundary }),
  );
  const role = await createRole(cloud, trust({ AWS: cloud.accountId }), rights, {
    RoleName: "home--notes--api",
    PermissionsBoundary: Policy!.Arn,
    Tags: [{ Key: "freehold:app", Value: "notes" }],
  });
  const asked = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "bench" });
  const { Credentials } = await new STSClient(cloud.config).send(asked);
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
}

async function fill(cloud: TestCloud): Promise<void> {
  const owner = new DynamoDBClient(cloud.config);
  await owner.send(
    new CreateTableCommand({
      ...{ TableName: name, BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] },
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await owner.send(new PutItemCommand({ TableName: name, Item: { id: { S: "a" }, text: { S: "x".repeat(200) } } }));
  const s3 = new S3Client({ ...cloud.config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await s3.send(new PutObjectCommand({ Bucket: name, Key: "a", Body: "x".repeat(1024) }));
}

function getItem(cloud: TestCloud, signer: Signer): Buffer {
  const body = JSON.stringify({ TableName: name, Key: { id: { S: "a" } } });
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };
  return bytesOf({ port: cloud.port, method: "POST", path: "/", headers, body }, signer, "dynamodb");
}

const getObject = (cloud: TestCloud, signer: Signer): Buffer =>
  bytesOf({ port: cloud.port, method: "GET", path: `/${name}/a`, body: "" }, signer, "s3");

function bytesOf(request: RawRequest & { body: string }, signer: Signer, service: string): Buffer {
  const { headers } = signed(signer, request, sha256(request.body), { service });
  const lines = Object.entries({ ...headers, "content-length": String(request.body.length) });
  return Buffer.from(
    `${request.method} ${request.path} HTTP/1.1\r\n${lines.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n${request.body}`,
  );
}

/** One connection, one request after the other; an answer that is none of the expected kind throws. */
async function open(port: number) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  let answered: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  let got = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    got += text;
    const end = got.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(got.slice(0, end))?.[1] ?? Number.NaN);
    if (!got.startsWith("HTTP/1.1 200") || Number.isNaN(length)) failed?.(new Error(got));
    if (got.length >= end + 4 + length) answered?.();
  });
  return {
    ask(request: Buffer): Promise<void> {
      got = "";
      return new Promise((resolve, reject) => {
        [answered, failed] = [resolve, reject];
        socket.write(request);
      });
    },
    end: () => void socket.destroy(),
  };
}

export async function access(): Promise<void> {
  const [asking, unasked] = [await reader("enforce"), await reader("off")];
  for (const request of ["GetItem", "GetObject"] as const) {
    for (let warm = 0; warm < 20; warm++) for (const one of [asking, unasked]) await one.sample(request);
    const samples: number[] = [];
    const peer: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      samples.push(await asking.sample(request));
      peer.push(await unasked.sample(request));
    }
    const figure = { name: `${request} with policies enforced`, unit: "ms", goal: "<= 1.05x" };
    table.add({ ...figure, samples, peer: { name: "off", samples: peer } });
  }
  await asking.close();
  await unasked.close();
}
