/**
 * The same calls to our local cloud, to moto and to LocalStack: status, error code, message and every member of the
 * answers are compared. What differs is listed in differential/known.ts with who is right, and in docs/local-cloud.md.
 */
import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import * as logsApi from "@aws-sdk/client-cloudwatch-logs";
import * as iamApi from "@aws-sdk/client-iam";
import * as lambdaApi from "@aws-sdk/client-lambda";
import * as s3Api from "@aws-sdk/client-s3";
import * as ssmApi from "@aws-sdk/client-ssm";
import * as stsApi from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientConfig } from "../../support/aws.ts";
import { type Call, differences, isKnown, type Known, type Members, play } from "../../support/comparison.ts";
import { trust } from "../../support/identity.ts";
import { startTestCloud } from "../../support/local-cloud.ts";
import { localStack, localStackName, reachLocalStack } from "../../support/localstack.ts";
import { startMoto } from "../../support/moto.ts";
import { missing, motoServer } from "../../support/tools.ts";
import { iam } from "./differential/iam.ts";
import { known } from "./differential/known.ts";
import { lambda } from "./differential/lambda.ts";
import { logs } from "./differential/logs.ts";
import { ssm, sts } from "./differential/others.ts";
import { s3 } from "./differential/s3.ts";

interface Service {
  api: object;
  Client: new (config: object) => { send(command: any): Promise<any>; destroy(): void };
  calls: readonly Call[];
}

const services: { readonly [name: string]: Service } = {
  // First: what is called in Lambda may write logs.
  Logs: { api: logsApi, Client: logsApi.CloudWatchLogsClient, calls: logs },
  Lambda: { api: lambdaApi, Client: lambdaApi.LambdaClient, calls: lambda },
  IAM: { api: iamApi, Client: iamApi.IAMClient, calls: iam },
  STS: { api: stsApi, Client: stsApi.STSClient, calls: sts },
  SSM: { api: ssmApi, Client: ssmApi.SSMClient, calls: ssm },
  S3: { api: s3Api, Client: s3Api.S3Client, calls: s3 },
};
const all = Object.keys(services);
/** moto's Lambda checks so little that its 300 calls tell little: a matter of the long loops. */
const ofMoto = process.env["FREEHOLD_TEST_ROUNDS"] === undefined ? all.filter((name) => name !== "Lambda") : all;

const others = [
  { than: "moto", names: ofMoto, skip: missing(motoServer(), "moto_server"), start: startMoto },
  { than: "LocalStack", names: all, skip: missing(localStack, localStackName), start: reachLocalStack },
] as const;
/** What any of them is compared in. */
const played = all.filter((name) => others.some(({ names, skip }) => !skip && names.includes(name)));

type Answers = Record<string, Members[]>;

async function playAll(
  names: readonly string[],
  given: Omit<ClientConfig, "credentials">,
  accountId: string,
  keys?: ClientConfig["credentials"],
) {
  // Elsewhere the key says the account: one of our own, empty, however many files use the same cloud.
  const credentials = keys ?? { accessKeyId: accountId, secretAccessKey: "test" };
  const config = { ...given, credentials, maxAttempts: 1, forcePathStyle: true };
  await makeRoles(config, accountId);
  const unique = `u${randomUUID().slice(0, 8)}`;
  const answers: Answers = {};
  for (const name of names) {
    const { api, Client, calls } = services[name]!;
    const client = new Client(config);
    answers[name] = await play(calls, { client, api, accountId, endpoint: config.endpoint, unique });
    client.destroy();
  }
  return answers;
}

async function makeRoles(config: object, accountId: string): Promise<void> {
  const client = new iamApi.IAMClient(config);
  const roles = {
    runner: trust({ Service: "lambda.amazonaws.com" }),
    assumed: trust({ AWS: `arn:aws:iam::${accountId}:root` }, { Action: ["sts:AssumeRole", "sts:TagSession"] }),
  };
  for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles))
    await client.send(new iamApi.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  client.destroy();
}

let ours: Answers;
beforeAll(async () => {
  if (played.length === 0) return;
  const cloud = await startTestCloud({ lambdaConcurrency: 1000 });
  ours = await playAll(played, cloud, cloud.accountId, cloud.credentials).finally(() => cloud.close());
}, 300_000);

describe.each(others)("as $than", ({ than, names, skip, start }) => {
  let aws: Awaited<ReturnType<typeof start>> | undefined;
  let theirs: Answers;
  beforeAll(async () => {
    if (skip) return;
    aws = await start();
    theirs = await playAll(names, aws, than === "moto" ? aws.accountId : String(randomInt(1e11, 1e12)));
  }, 300_000);
  afterAll(() => aws?.close());

  // Where both agree, two readings of AWS's documentation do; where they do not, somebody has looked who is right.
  it.skipIf(skip).each(names)("%s answers alike, but for what is known", (name) => {
    const rows = known.filter((row) => row.than === than && row.service === name);
    const found = services[name]!.calls.flatMap((one, at) =>
      differences(one, ours[name]![at]!, theirs[name]![at]!).map((difference) => ({
        ...difference,
        row: rows.find((row) => isKnown(row, difference)),
      })),
    );
    expect(found.filter(({ row }) => row === undefined)).toEqual([]);
    const of = (row: Known): string[] => found.filter((one) => one.row === row).map(({ at }) => at);
    for (const row of rows) expect(of(row), `${row.why}\n${of(row).join("\n")}`).toHaveLength(row.times);
  });
});

// Whoever moves between the clouds reads what to expect where our own differs.
it("the differences are told in the documentation", () => {
  const line = ({ than, service, why, right }: Known): string => `| ${than} | ${service} | ${why} | ${right} |`;
  const told = readFileSync(new URL("../../../docs/local-cloud.md", import.meta.url), "utf8");
  expect(told.split("\n").filter((one) => /^\| (moto|LocalStack) \|/.test(one))).toEqual(known.map(line));
});
