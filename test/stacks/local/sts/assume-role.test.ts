import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allow, createRole, createUser, type Person, trust } from "../../../support/identity.ts";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

let cloud: TestCloud;
let user: Person;
const bucket = "kept-things";
const object = (key: string): string => `arn:aws:s3:::${bucket}/${key}`;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  user = await createUser(cloud, allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]));
  const s3 = new S3Client({ ...cloud.config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const Key of ["a", "b"]) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
});
afterAll(() => cloud.close());

type Config = TestCloud["config"];

async function assume(config: Config, RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}) {
  const answer = await new STSClient(config).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "session", ...more }),
  );
  return { answer, config: withKeys(answer.Credentials!) };
}

function withKeys(keys: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string }): Config {
  const credentials = {
    accessKeyId: keys.AccessKeyId!,
    secretAccessKey: keys.SecretAccessKey!,
    sessionToken: keys.SessionToken!,
  };
  return { ...cloud.config, credentials } as Config;
}

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const read = (config: Config, Key: string): Promise<string> =>
  outcome(new S3Client({ ...config, forcePathStyle: true }).send(new GetObjectCommand({ Bucket: bucket, Key }))).then(
    (text) => text.split(":")[0]!,
  );

describe("who may assume a role", () => {
  // The account in a trust policy delegates: the caller's own policies decide, as nowhere else they may be forgotten.
  test("an account's root delegates to the caller's policies", async () => {
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }));
    expect(await outcome(assume(user.config, role))).toBe("done");
    const stranger = await createUser(cloud);
    expect(await outcome(assume(stranger.config, role))).toBe(
      `AccessDenied: User: ${stranger.arn} is not authorized to perform: sts:AssumeRole on resource: ${role} because no identity-based policy allows the sts:AssumeRole action`,
    );
  });

  // A user that is named needs no policy of its own within its account; nobody else gets in.
  test("a named user gets in, another does not", async () => {
    const named = await createUser(cloud);
    const role = await createRole(cloud, trust({ AWS: named.arn }));
    expect(await outcome(assume(named.config, role))).toBe("done");
    expect(await outcome(assume(user.config, role))).toBe(
      `AccessDenied: User: ${user.arn} is not authorized to perform: sts:AssumeRole on resource: ${role} because no role trust policy allows the sts:AssumeRole action`,
    );
  });

  // Even the owner's key: a role that trusts Lambda alone is Lambda's.
  test("a role that trusts a service is nobody else's", async () => {
    const role = await createRole(cloud, trust({ Service: "lambda.amazonaws.com" }));
    expect(await outcome(assume(cloud.config, role))).toMatch(/^AccessDenied: .* no role trust policy allows/);
  });

  // What tells apart those who share a trusted account (the confused deputy).
  test("an external id must be the one that the trust policy names", async () => {
    const role = await createRole(
      cloud,
      trust({ AWS: cloud.accountId }, { Condition: { StringEquals: { "sts:ExternalId": "0815" } } }),
    );
    expect(await outcome(assume(user.config, role, { ExternalId: "0815" }))).toBe("done");
    expect(await outcome(assume(user.config, role, { ExternalId: "0816" }))).toMatch(/^AccessDenied/);
    expect(await outcome(assume(user.config, role))).toMatch(/^AccessDenied/);
  });

  // An explicit deny is said as one, in AWS's words.
  test("a deny in the trust policy is named", async () => {
    const role = await createRole(
      cloud,
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: cloud.accountId }, Action: "sts:AssumeRole" },
          { Effect: "Deny", Principal: { AWS: user.arn }, Action: "sts:AssumeRole" },
        ],
      }),
    );
    expect(await outcome(assume(user.config, role))).toBe(
      `AccessDenied: User: ${user.arn} is not authorized to perform: sts:AssumeRole on resource: ${role} with an explicit deny in the role trust policy`,
    );
  });
});

describe("what a session is bound by", () => {
  // A session policy takes away and never gives.
  test("session policies intersect with the role's", async () => {
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("s3:GetObject", object("a"))]);
    const all = await assume(user.config, role);
    expect([await read(all.config, "a"), await read(all.config, "b")]).toEqual(["done", "AccessDenied"]);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: object("b") },
    });
    const { answer, config } = await assume(user.config, role, { Policy });
    expect([await read(config, "a"), await read(config, "b")]).toEqual(["AccessDenied", "AccessDenied"]);
    expect(answer.PackedPolicySize).toBeGreaterThan(0);
    const why = await outcome(
      new S3Client({ ...config, forcePathStyle: true }).send(new GetObjectCommand({ Bucket: bucket, Key: "a" })),
    );
    expect(why).toContain("because no session policy allows the s3:GetObject action");
  });

  // Tags of a session are the caller's principal tags, and the transitive ones go on down the chain.
  test("tags decide, and transitive ones stay in a chain", async () => {
    const trusting = trust({ AWS: cloud.accountId }, { Action: ["sts:AssumeRole", "sts:TagSession"] });
    const tagged = {
      ...allow(["s3:GetObject"], object("a")),
      Condition: { StringEquals: { "aws:PrincipalTag/team": "red" } },
    };
    const second = await createRole(cloud, trusting, [tagged]);
    const first = await createRole(cloud, trusting, [tagged, allow(["sts:AssumeRole", "sts:TagSession"])]);
    const Tags = [{ Key: "team", Value: "red" }];
    const start = await assume(user.config, first, { Tags, TransitiveTagKeys: ["team"] });
    expect(await read(start.config, "a")).toBe("done");
    const chained = await assume(start.config, second);
    expect(await read(chained.config, "a")).toBe("done");
    expect(await read((await assume(user.config, first)).config, "a")).toBe("AccessDenied");
    expect(await outcome(assume(start.config, second, { Tags }))).toContain("conflicts with a transitive tag key");
    const untrusting = await createRole(cloud, trust({ AWS: cloud.accountId }));
    expect(await outcome(assume(user.config, untrusting, { Tags }))).toContain("sts:TagSession");
  });

  // An hour in a chain, else what the role says: AWS's limits and words.
  test("durations end where AWS ends them", async () => {
    const role = await createRole(cloud, trust({ AWS: cloud.accountId }), [allow("sts:AssumeRole")], {
      MaxSessionDuration: 7_200,
    });
    expect(await outcome(assume(user.config, role, { DurationSeconds: 7_200 }))).toBe("done");
    expect(await outcome(assume(user.config, role, { DurationSeconds: 7_201 }))).toBe(
      "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    const { config } = await assume(user.config, role);
    expect(await outcome(assume(config, role, { DurationSeconds: 3_601 }))).toBe(
      "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  });

  // Who started a chain stays known to its end, and nobody passes for another.
  test("a source identity stays", async () => {
    const trusting = trust({ AWS: cloud.accountId }, { Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] });
    const role = await createRole(cloud, trusting, [allow(["sts:AssumeRole", "sts:SetSourceIdentity"])]);
    const { config, answer } = await assume(user.config, role, { SourceIdentity: "ada" });
    expect(answer.SourceIdentity).toBe("ada");
    expect((await assume(config, role)).answer.SourceIdentity).toBe("ada");
    expect(await outcome(assume(config, role, { SourceIdentity: "eve" }))).toMatch(/^ValidationError/);
  });

  // A new role of the same name is another role: old sessions are none of its.
  test("sessions of a deleted role may do nothing, though its name comes back", async () => {
    const RoleName = "comes-back";
    const make = () => createRole(cloud, trust({ AWS: cloud.accountId }), [allow("s3:GetObject")], { RoleName });
    const { config } = await assume(user.config, await make());
    expect(await read(config, "a")).toBe("done");
    const iam = new IAMClient(cloud.config);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "may" }));
    expect(await read(config, "a")).toBe("AccessDenied");
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await make();
    expect(await read(config, "a")).toBe("AccessDenied");
  });
});

describe("a user's own tokens", () => {
  // What AWS keeps from them: IAM, and any STS but AssumeRole and GetCallerIdentity.
  test("a session token is its user's, without IAM", async () => {
    const person = await createUser(cloud, allow(["s3:GetObject", "iam:ListRoles"]));
    const { Credentials } = await new STSClient(person.config).send(new GetSessionTokenCommand({}));
    const config = withKeys(Credentials!);
    expect((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn).toBe(person.arn);
    expect(await read(config, "a")).toBe("done");
    expect(await outcome(new IAMClient(person.config).send(new ListRolesCommand({})))).toBe("done");
    expect(await outcome(new IAMClient(config).send(new ListRolesCommand({})))).toMatch(/^InvalidClientTokenId/);
    for (const command of [new GetSessionTokenCommand({}), new GetFederationTokenCommand({ Name: "guest" })])
      expect(await outcome(new STSClient(config).send(command as GetSessionTokenCommand))).toMatch(
        /^AccessDenied: Cannot call Get(Session|Federation)Token with session credentials/,
      );
  });

  // Less than the user and less than the policy: both must allow, and without a policy nothing is.
  test("a federated user may what its policy and its user's both allow", async () => {
    const person = await createUser(cloud, allow("sts:GetFederationToken"), allow("s3:GetObject", object("a")));
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
    });
    const federate = async (config: Config, more: object) => {
      const answer = await new STSClient(config).send(new GetFederationTokenCommand({ Name: "guest", ...more }));
      expect(answer.FederatedUser?.Arn).toBe(`arn:aws:sts::${cloud.accountId}:federated-user/guest`);
      return withKeys(answer.Credentials!);
    };
    const guest = await federate(person.config, { Policy });
    expect([await read(guest, "a"), await read(guest, "b")]).toEqual(["done", "AccessDenied"]);
    expect(await read(await federate(person.config, {}), "a")).toBe("AccessDenied");
    expect(await read(await federate(cloud.config, { Policy }), "b")).toBe("done");
    expect(await read(await federate(cloud.config, {}), "b")).toBe("AccessDenied");
  });
});

// On AWS a new role is not known everywhere at once, and programs must be ready for it.
test("a role can be assumed only after the delay", async () => {
  let now = Date.now();
  const slow = await startTestCloud({ roleDelayMs: 8_000, clock: { now: () => now } });
  try {
    const role = await createRole(slow, trust({ AWS: slow.accountId }));
    expect(await outcome(assume(slow.config, role))).toMatch(/^AccessDenied/);
    now += 8_001;
    expect(await outcome(assume(slow.config, role))).toBe("done");
  } finally {
    await slow.close();
  }
});
