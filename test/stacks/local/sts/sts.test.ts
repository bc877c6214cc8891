import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" }],
});
const RoleArn = "arn:aws:iam::123456789012:role/app/worker";
let dataDir: string;
let cloud: TestCloud;
let nowMs = Date.parse("2026-03-01T10:00:00Z");

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "freehold-sts-"));
  cloud = await startTestCloud({ dataDir, checked: true });
  const iam = new IAMClient(cloud.config);
  await iam.send(new CreateRoleCommand({ RoleName: "worker", Path: "/app/", AssumeRolePolicyDocument: trust }));
});
afterAll(async () => {
  await cloud.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function assume(client: STSClient, name = "morning") {
  const { Credentials, AssumedRoleUser } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: name }));
  return {
    user: AssumedRoleUser!,
    expires: Credentials!.Expiration!,
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    },
  };
}

// The first question of every provider and of the aws CLI.
test("the owner's key is the account's root", async () => {
  const sts = new STSClient(cloud.config);
  const who = await sts.send(new GetCallerIdentityCommand({}));
  expect(who).toMatchObject({ Account: "123456789012", Arn: "arn:aws:iam::123456789012:root" });
  expect((await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: "AKIAIOSFODNN7EXAMPLE" }))).Account).toBe(
    "123456789012",
  );
});

// A session's calls carry the role and the session's name; that is what policies will be decided on.
test("a role's session says who it is, also after a restart", async () => {
  const { credentials, user } = await assume(new STSClient(cloud.config));
  const Arn = "arn:aws:sts::123456789012:assumed-role/worker/morning";
  expect(user.Arn).toBe(Arn);
  expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  const { Role } = await new IAMClient(cloud.config).send(new GetRoleCommand({ RoleName: "worker" }));
  const who = async () => new STSClient({ ...cloud.config, credentials }).send(new GetCallerIdentityCommand({}));
  expect(await who()).toMatchObject({ Arn, UserId: `${Role?.RoleId}:morning`, Account: "123456789012" });
  await cloud.close();
  cloud = await startTestCloud({ dataDir, checked: true });
  expect(await who()).toMatchObject({ Arn });
});

// A session is three things; with two of them it is nobody's.
test("a session without its token, or with another's, is refused", async () => {
  const sts = new STSClient(cloud.config);
  const one = await assume(sts, "one");
  const two = await assume(sts, "two");
  const bare = { accessKeyId: one.credentials.accessKeyId, secretAccessKey: one.credentials.secretAccessKey };
  for (const credentials of [bare, { ...one.credentials, sessionToken: two.credentials.sessionToken }])
    await expect(
      new STSClient({ ...cloud.config, credentials }).send(new GetCallerIdentityCommand({})),
    ).rejects.toMatchObject({ name: "InvalidClientTokenId", $metadata: { httpStatusCode: 403 } });
});

// An hour is an hour: by the cloud's clock, not by a sleeping test.
test("a session ends", async () => {
  const clock = { now: () => nowMs };
  const other = await startTestCloud({ clock });
  try {
    await new IAMClient({ ...other.config, systemClockOffset: nowMs - Date.now() }).send(
      new CreateRoleCommand({ RoleName: "worker", Path: "/app/", AssumeRolePolicyDocument: trust }),
    );
    const offset = () => ({ ...other.config, systemClockOffset: nowMs - Date.now() });
    const { credentials, expires } = await assume(new STSClient(offset()));
    expect(expires.getTime()).toBe(nowMs + 3_600_000);
    nowMs += 3_500_000;
    await new STSClient({ ...offset(), credentials }).send(new GetCallerIdentityCommand({}));
    nowMs += 200_000;
    await expect(
      new STSClient({ ...offset(), credentials }).send(new GetCallerIdentityCommand({})),
    ).rejects.toMatchObject({ name: "ExpiredToken" });
  } finally {
    await other.close();
  }
});

// The owner's temporary key is still the owner.
test("GetSessionToken gives the caller's own identity", async () => {
  const sts = new STSClient(cloud.config);
  const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  const who = await new STSClient({ ...cloud.config, credentials }).send(new GetCallerIdentityCommand({}));
  expect(who.Arn).toBe("arn:aws:iam::123456789012:root");
});

// What cannot be done says so.
test("refusals", async () => {
  const sts = new STSClient(cloud.config);
  const nobody = { RoleArn: "arn:aws:iam::123456789012:role/nobody", RoleSessionName: "x1" };
  await expect(sts.send(new AssumeRoleCommand(nobody))).rejects.toMatchObject({ name: "AccessDenied" });
  await expect(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "not ok" }))).rejects.toMatchObject({
    name: "ValidationError",
  });
  await expect(
    sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "ok", DurationSeconds: 60 })),
  ).rejects.toMatchObject({ name: "ValidationError" });
  await expect(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: "x" }))).rejects.toMatchObject({
    name: "InvalidAuthorizationMessageException",
  });
});
