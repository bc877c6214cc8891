import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as streams from "@aws-sdk/client-dynamodb-streams";
import * as iam from "@aws-sdk/client-iam";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOf } from "../../../../stacks/local/models/index.ts";
import type { Need } from "../../../../stacks/local/service.ts";
import { createUser, type Person } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";
import { free, otherActions, resourceless } from "./actions.ts";
import { sampleInput } from "./sample-input.ts";

const services: Record<string, { api: any; client: string }> = {
  dynamodb: { api: dynamodb, client: "DynamoDBClient" },
  dynamodbstreams: { api: streams, client: "DynamoDBStreamsClient" },
  iam: { api: iam, client: "IAMClient" },
  lambda: { api: lambda, client: "LambdaClient" },
  logs: { api: logs, client: "CloudWatchLogsClient" },
  s3: { api: s3, client: "S3Client" },
  ssm: { api: ssm, client: "SSMClient" },
  sts: { api: sts, client: "STSClient" },
};

let cloud: TestCloud;
/** Has no policy, ever. */
let nobody: Person;
let person: Person;
/** What the last call was asked for. */
let asked: Need[] = [];

beforeAll(async () => {
  cloud = await startTestCloud();
  const { access } = cloud.cloud;
  const { require } = access;
  Object.assign(access, {
    require: (call: any, needs: readonly Need[]) => {
      if (call.caller?.accessKeyId === nobody?.config.credentials.accessKeyId) asked = [...needs];
      require(call, needs);
    },
  });
  person = await createUser(cloud);
  nobody = await createUser(cloud);
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await cloud.close();
});

/**
 * Tested elsewhere: roles' trust decides, or each key. And what goes to hosts of its own, or without a signature, which
 * no operation here answers.
 */
const elsewhere = new Set([
  ...["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "s3:DeleteObjects"],
  ...["sts:AssumeRoleWithSAML", "s3:WriteGetObjectResponse"],
]);

const clients = new Map<string, any>();

function clientFor(service: string, config: TestCloud["config"], who: string) {
  const key = `${service} ${who}`;
  const { api, client } = services[service]!;
  if (!clients.has(key))
    clients.set(key, new api[client]({ ...config, forcePathStyle: true, disableHostPrefix: true }));
  return clients.get(key);
}

async function send(service: string, operation: string, who: "owner" | "person" | "nobody"): Promise<string> {
  const { api } = services[service]!;
  const client = clientFor(service, { owner: cloud, person, nobody }[who].config, who);
  const command = new api[`${operation}Command`](inputOf(service, operation));
  try {
    const answer = await client.send(command);
    answer?.Body?.destroy?.();
    answer?.responseStream?.[Symbol.asyncIterator]?.()?.return?.();
    return "done";
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode} ${name}: ${message}`;
  }
}

/** Of a key that is not there nobody is told, not even the owner. */
function inputOf(service: string, operation: string): Record<string, unknown> {
  const AccessKeyId = nobody.config.credentials.accessKeyId;
  return operation === "GetAccessKeyLastUsed" ? { AccessKeyId } : sampleInput(service, operation, cloud);
}

/** Without a row an operation would ask for its own name on `*`. */
const isAnywhere = (resource: string, action: string): boolean => resource === "*" && !resourceless.has(action);
const isDenial = (said: string): boolean => /AccessDenied|^403 (Unknown|403)/.test(said);
const isServed = (said: string): boolean =>
  !/UnknownOperation|InvalidAction|not supported by (this|the) local cloud|NotImplemented|is not carried out|does not carry|Unsupported/.test(
    said,
  );

const served = (service: string): string[] =>
  Object.keys(modelOf(service).operations).filter((name) => services[service]!.api[`${name}Command`]);

describe.each(Object.keys(services))("%s", (service) => {
  // A row that is wrong lets in whoever should not be, or locks out a program that works on AWS. Each operation is
  // called with nothing, with exactly what it needs, and with each need taken away.
  test("every operation wants its own action on its own resource", { timeout: 60_000 }, async () => {
    const wrong: string[] = [];
    let checked = 0;
    for (const operation of served(service)) {
      const action = `${service}:${operation}`;
      if (service === "s3") await ownBucket();
      if (elsewhere.has(action)) continue;
      asked = [];
      const refused = await send(service, operation, "nobody");
      const needs = asked;
      const doubtful = needs.length === 0 || needs.some(({ resource, action: name }) => isAnywhere(resource, name));
      if (doubtful && !isServed(await send(service, operation, "owner"))) continue;
      checked += 1;
      if (free.has(action)) {
        if (isDenial(refused)) wrong.push(`${action} is free: ${refused}`);
        continue;
      }
      if (!isDenial(refused)) wrong.push(`${action} is open: ${refused}`);
      const expected = otherActions[action] ?? [action];
      const named = [...new Set(needs.map((need) => need.action))];
      if (named.join() !== expected.join()) wrong.push(`${action} asks for ${named}, not ${expected}`);
      if (needs.some(({ resource, action: name }) => isAnywhere(resource, name)))
        wrong.push(`${action} names no resource`);
      if (needs.length === 0) continue;
      if (service === "s3") await ownBucket();
      await person.may(...needs.map((need) => ({ Action: need.action, Resource: need.resource })));
      const allowed = await send(service, operation, "person");
      if (isDenial(allowed)) wrong.push(`${action} is refused with all it needs: ${allowed}`);
      for (const missing of needs.length > 1 ? needs : []) {
        const left = needs.filter(
          ({ action: name, resource }) => name !== missing.action || resource !== missing.resource,
        );
        if (service === "s3") await ownBucket();
        await person.may(
          { Effect: "Deny", Action: "none:Nothing", Resource: "*" },
          ...left.map((need) => ({ Action: need.action, Resource: need.resource })),
        );
        const said = await send(service, operation, "person");
        if (!isDenial(said)) wrong.push(`${action} passes without ${missing.action}: ${said}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan({ sts: 4, dynamodbstreams: 3 }[service] ?? 9);
  });
});

/** S3 tells everybody that a bucket is not there. */
async function ownBucket(): Promise<void> {
  const client = clientFor("s3", cloud.config, "owner");
  await client
    .send(
      new s3.CreateBucketCommand({
        Bucket: "sample-bucket",
        CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
      }),
    )
    .catch(() => undefined);
  await client.send(
    new s3.PutObjectCommand({ Bucket: "sample-bucket", Key: "sample/key", Body: "x", Tagging: "kind=sample" }),
  );
}
