/** Users, groups, their policies and access keys, through the AWS SDK. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetGroupCommand,
  GetRoleCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListPoliciesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { cloud, fresh, iam, oneCloud } from "./cloud.ts";

const account = "123456789012";
const rights = (Action: string, Resource = "*", Effect = "Allow"): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect, Action, Resource }] });

oneCloud();

async function makeUser(more: object = {}): Promise<string> {
  const UserName = fresh("user");
  await iam.send(new CreateUserCommand({ UserName, ...more }));
  return UserName;
}

async function makeGroup(): Promise<string> {
  const GroupName = fresh("group");
  await iam.send(new CreateGroupCommand({ GroupName }));
  return GroupName;
}

async function makePolicy(document = rights("s3:*")): Promise<string> {
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: fresh("policy"), PolicyDocument: document }));
  return made.Policy?.Arn ?? "";
}

const conflict = (message: string) => ({
  name: "DeleteConflictException",
  message,
  $metadata: { httpStatusCode: 409 },
});
const missing = (message: string) => ({
  name: "NoSuchEntityException",
  message,
  $metadata: { httpStatusCode: 404 },
});

describe("users", () => {
  // What a user is made with is what it answers, and a new name keeps everything that it has.
  test("are read as they were made, and keep what they have under another name", async () => {
    const Tags = [{ Key: "team", Value: "a + b" }];
    const PermissionsBoundary = await makePolicy();
    const name = await makeUser({ Path: "/people/", Tags, PermissionsBoundary });
    const { User } = await iam.send(new GetUserCommand({ UserName: name.toUpperCase() }));
    expect(User).toMatchObject({
      UserName: name,
      Path: "/people/",
      Arn: `arn:aws:iam::${account}:user/people/${name}`,
      Tags,
      PermissionsBoundary: {
        PermissionsBoundaryType: "Policy",
        PermissionsBoundaryArn: PermissionsBoundary,
      },
    });
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "p", PolicyDocument: rights("s3:*") }));
    const renamed = fresh("renamed");
    await iam.send(new UpdateUserCommand({ UserName: name, NewUserName: renamed, NewPath: "/other/" }));
    const after = await iam.send(new GetUserCommand({ UserName: renamed }));
    expect(after.User).toMatchObject({ UserId: User?.UserId, Arn: `arn:aws:iam::${account}:user/other/${renamed}` });
    expect((await iam.send(new ListUserPoliciesCommand({ UserName: renamed }))).PolicyNames).toEqual(["p"]);
    await expect(iam.send(new GetUserCommand({ UserName: name }))).rejects.toMatchObject(
      missing(`The user with name ${name} cannot be found.`),
    );
    await expect(
      iam.send(new UpdateUserCommand({ UserName: renamed, NewUserName: await makeUser() })),
    ).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });
  });

  // Each thing that holds a user back is named by its own text; nothing goes that nobody named.
  test("go only when nothing of theirs is left", async () => {
    const UserName = await makeUser();
    const GroupName = await makeGroup();
    const PolicyArn = await makePolicy();
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: rights("s3:*") }));
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const gone = () => iam.send(new DeleteUserCommand({ UserName }));
    await expect(gone()).rejects.toMatchObject(conflict("Cannot delete entity, must remove users from group first."));
    await expect(iam.send(new DeleteGroupCommand({ GroupName }))).rejects.toMatchObject(
      conflict("Cannot delete entity, must remove users from group first."),
    );
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    await expect(gone()).rejects.toMatchObject(conflict("Cannot delete entity, must delete access keys first."));
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKey?.AccessKeyId }));
    await expect(gone()).rejects.toMatchObject(conflict("Cannot delete entity, must detach all policies first."));
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    await expect(gone()).rejects.toMatchObject(conflict("Cannot delete entity, must delete policies first."));
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
    await gone();
    await iam.send(new DeleteGroupCommand({ GroupName }));
    await expect(gone()).rejects.toMatchObject(missing(`The user with name ${UserName} cannot be found.`));
  });

  // Listing pages through what lies below a path, each once.
  test("are listed by path, in pages", async () => {
    const names = [];
    for (let index = 0; index < 5; index++) names.push(await makeUser({ Path: "/paged/" }));
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.send(new ListUsersCommand({ PathPrefix: "/paged/", MaxItems: 2, Marker }));
      expect(page.Users?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.Users ?? []).map(({ UserName }) => UserName ?? ""));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker);
    expect(seen).toEqual([...names].sort());
  });

  // A provider sets and removes tags one by one; keys are the same without regard to case, as AWS says.
  test("have tags, at most fifty", async () => {
    const UserName = await makeUser();
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "v" }));
    await iam.send(new TagUserCommand({ UserName, Tags }));
    await expect(iam.send(new TagUserCommand({ UserName, Tags: [{ Key: "more", Value: "" }] }))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
    await iam.send(new UntagUserCommand({ UserName, TagKeys: Tags.slice(2).map(({ Key }) => Key) }));
    await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: "K1", Value: "new" }] }));
    expect((await iam.send(new ListUserTagsCommand({ UserName }))).Tags).toEqual([
      { Key: "K1", Value: "new" },
      { Key: "k0", Value: "v" },
    ]);
  });

  // The limits that AWS documents, with its words.
  test("are refused what is malformed or too much", async () => {
    const UserName = await makeUser();
    await expect(iam.send(new CreateUserCommand({ UserName }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: `User with name ${UserName} already exists.`,
    });
    for (const bad of [{ UserName: "has space" }, { UserName: "x".repeat(65) }, { UserName: "x", Path: "nopath" }])
      await expect(iam.send(new CreateUserCommand(bad))).rejects.toMatchObject({ name: "ValidationError" });
    const long = (bytes: number) => rights("s3:GetObject", `arn:aws:s3:::${"x".repeat(bytes)}`);
    await expect(
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: long(2_048) })),
    ).rejects.toMatchObject({
      name: "LimitExceededException",
      message: `Maximum policy size of 2048 bytes exceeded for user ${UserName}`,
    });
    const GroupName = await makeGroup();
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: long(4_000) }));
    await expect(
      iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "q", PolicyDocument: long(1_000) })),
    ).rejects.toMatchObject({ message: `Maximum policy size of 5120 bytes exceeded for group ${GroupName}` });
    for (let index = 0; index < 10; index++)
      await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: await makePolicy() }));
    await expect(
      iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: await makePolicy() })),
    ).rejects.toMatchObject({ message: "Cannot exceed quota for PoliciesPerUser: 10" });
    for (let index = 0; index < 10; index++)
      await iam.send(new AddUserToGroupCommand({ UserName, GroupName: await makeGroup() }));
    await expect(iam.send(new AddUserToGroupCommand({ UserName, GroupName: await makeGroup() }))).rejects.toMatchObject(
      { message: "Cannot exceed quota for GroupsPerUser: 10" },
    );
    const PermissionsBoundary = `arn:aws:iam::${account}:policy/none`;
    await expect(
      iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary })),
    ).rejects.toMatchObject(missing(`Scope ARN: ${PermissionsBoundary} does not exist or is not attachable.`));
  });
});

describe("groups", () => {
  // Membership and both kinds of policies, under a new name, too.
  test("have members and policies, whatever they are called", async () => {
    const GroupName = await makeGroup();
    const [first, second] = [await makeUser(), await makeUser()];
    for (const UserName of [second, first, first]) await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    const PolicyArn = await makePolicy();
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: rights("s3:*") }));
    const renamed = fresh("renamed");
    await iam.send(new UpdateGroupCommand({ GroupName, NewGroupName: renamed, NewPath: "/teams/" }));
    const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName: renamed }));
    expect(Group?.Arn).toBe(`arn:aws:iam::${account}:group/teams/${renamed}`);
    expect(Group?.GroupId).toMatch(/^AGPA[A-Z2-7]{17}$/);
    expect(Users?.map(({ UserName }) => UserName)).toEqual([first, second]);
    expect((await iam.send(new ListGroupPoliciesCommand({ GroupName: renamed }))).PolicyNames).toEqual(["p"]);
    const { AttachedPolicies } = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: renamed }));
    expect(AttachedPolicies?.map((policy) => policy.PolicyArn)).toEqual([PolicyArn]);
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: first }));
    expect(Groups?.map((group) => group.GroupName)).toEqual([renamed]);
    const below = await iam.send(new ListGroupsCommand({ PathPrefix: "/teams/" }));
    expect(below.Groups?.map((group) => group.GroupName)).toEqual([renamed]);

    for (const UserName of [first, second])
      await iam.send(new RemoveUserFromGroupCommand({ GroupName: renamed, UserName }));
    await expect(iam.send(new DeleteGroupCommand({ GroupName: renamed }))).rejects.toMatchObject(
      conflict("Cannot delete entity, must detach all policies first."),
    );
    await iam.send(new DetachGroupPolicyCommand({ GroupName: renamed, PolicyArn }));
    await iam.send(new DeleteGroupPolicyCommand({ GroupName: renamed, PolicyName: "p" }));
    await iam.send(new DeleteGroupCommand({ GroupName: renamed }));
    await expect(iam.send(new GetGroupCommand({ GroupName: renamed }))).rejects.toMatchObject(
      missing(`The group with name ${renamed} cannot be found.`),
    );
  });

  // What a user may do is decided by its own policies, its groups' and its boundary together.
  test("count for their members in a simulation", async () => {
    const UserName = await makeUser();
    const GroupName = await makeGroup();
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument: rights("s3:GetObject") }));
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "its", PolicyDocument: rights("s3:PutObject") }));
    const ActionNames = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    const decisions = async (PolicySourceArn: string): Promise<(string | undefined)[]> => {
      const answer = await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames }));
      return (answer.EvaluationResults ?? []).map(({ EvalDecision }) => EvalDecision);
    };
    const user = `arn:aws:iam::${account}:user/${UserName}`;
    expect(await decisions(user)).toEqual(["allowed", "implicitDeny", "implicitDeny"]);
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    expect(await decisions(user)).toEqual(["allowed", "allowed", "implicitDeny"]);
    expect(await decisions(`arn:aws:iam::${account}:group/${GroupName}`)).toEqual([
      "implicitDeny",
      "allowed",
      "implicitDeny",
    ]);
    const PermissionsBoundary = await makePolicy(rights("s3:PutObject"));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    expect(await decisions(user)).toEqual(["implicitDeny", "allowed", "implicitDeny"]);
    await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
    expect(await decisions(user)).toEqual(["allowed", "allowed", "implicitDeny"]);
  });

  // One policy on all three kinds of entity, and as a boundary: whoever asks where it is must see every one of them.
  test("are among the entities of a policy", async () => {
    const PolicyArn = await makePolicy();
    const [UserName, GroupName, bounded] = [await makeUser(), await makeGroup(), await makeUser()];
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: bounded, PermissionsBoundary: PolicyArn }));
    const all = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(all.PolicyUsers?.map((user) => user.UserName)).toEqual([UserName, bounded]);
    expect(all.PolicyGroups?.map((group) => group.GroupName)).toEqual([GroupName]);
    const boundaries = await iam.send(
      new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: "PermissionsBoundary" }),
    );
    expect(boundaries.PolicyUsers?.map((user) => user.UserName)).toEqual([bounded]);
    expect(boundaries.PolicyGroups).toEqual([]);
    const unused = await makePolicy();
    const listed = async (input: object): Promise<(string | undefined)[]> =>
      ((await iam.send(new ListPoliciesCommand({ MaxItems: 1000, ...input }))).Policies ?? []).map(({ Arn }) => Arn);
    expect(await listed({})).toEqual(expect.arrayContaining([PolicyArn, unused]));
    expect(await listed({ OnlyAttached: true })).not.toContain(unused);
    expect(await listed({ OnlyAttached: true })).toContain(PolicyArn);
    expect(await listed({ PolicyUsageFilter: "PermissionsBoundary" })).toContain(PolicyArn);
  });
});

describe("access keys", () => {
  const signing = (key: { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined } | undefined) => ({
    ...cloud.config,
    credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
  });

  // The point of a key: it signs as its user, until it is switched off, and its use is remembered.
  test("sign as their user while they are active, and say when they did", async () => {
    const UserName = await makeUser({ Path: "/keys/" });
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const AccessKeyId = AccessKey?.AccessKeyId;
    expect(AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    const unused = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(unused.AccessKeyLastUsed).toEqual({ ServiceName: "N/A", Region: "N/A" });
    const sts = new STSClient(signing(AccessKey));
    const who = await sts.send(new GetCallerIdentityCommand({}));
    expect(who).toMatchObject({ Arn: `arn:aws:iam::${account}:user/keys/${UserName}`, Account: account });
    expect(who.UserId).toMatch(/^AIDA/);
    const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect(used).toMatchObject({ UserName, AccessKeyLastUsed: { ServiceName: "sts", Region: cloud.region } });
    expect(used.AccessKeyLastUsed?.LastUsedDate).toBeInstanceOf(Date);

    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Active" }));
    await sts.send(new GetCallerIdentityCommand({}));
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "InvalidClientTokenId" });
    await expect(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))).rejects.toMatchObject(
      missing(`The Access Key with id ${AccessKeyId} cannot be found.`),
    );
    sts.destroy();
  });

  // Two a user, so that they can be rotated; the secret is told once.
  test("are two at most, and tell their secret once", async () => {
    const UserName = await makeUser();
    const first = await iam.send(new CreateAccessKeyCommand({ UserName }));
    await iam.send(new CreateAccessKeyCommand({ UserName }));
    await expect(iam.send(new CreateAccessKeyCommand({ UserName }))).rejects.toMatchObject({
      name: "LimitExceededException",
      message: "Cannot exceed quota for AccessKeysPerUser: 2",
    });
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(AccessKeyMetadata).toHaveLength(2);
    expect(JSON.stringify(AccessKeyMetadata)).not.toContain(first.AccessKey?.SecretAccessKey);
    await expect(iam.send(new ListAccessKeysCommand({}))).rejects.toMatchObject({
      name: "ValidationError",
      message: "Must specify userName when calling with non-User credentials",
    });
  });

  // RoleLastUsed is what shows an owner the roles that nobody needs.
  test("of a role's session are kept as the role's last use", async () => {
    const RoleName = fresh("used");
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }],
    });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.RoleLastUsed).toEqual({});
    const owner = new STSClient(cloud.config);
    const { Credentials } = await owner.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "once" }));
    const session = new STSClient({
      ...cloud.config,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      },
    });
    await session.send(new GetCallerIdentityCommand({}));
    const after = await iam.send(new GetRoleCommand({ RoleName }));
    expect(after.Role?.RoleLastUsed).toMatchObject({ Region: cloud.region, LastUsedDate: expect.any(Date) });
    owner.destroy();
    session.destroy();
  });
});

describe("the account", () => {
  // Audits read everything in one call; each entity is in it once, with its policies.
  test("shows everything of its users, groups, roles and policies, in pages", async () => {
    const UserName = await makeUser();
    const GroupName = await makeGroup();
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: rights("s3:*") }));
    const PolicyArn = await makePolicy();
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const users: unknown[] = [];
    const groups: unknown[] = [];
    const policies: unknown[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 3, Marker }));
      users.push(...(page.UserDetailList ?? []));
      groups.push(...(page.GroupDetailList ?? []));
      policies.push(...(page.Policies ?? []));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker);
    expect(users.filter((user) => (user as { UserName?: string }).UserName === UserName)).toMatchObject([
      { GroupList: [GroupName], UserPolicyList: [{ PolicyName: "p" }] },
    ]);
    expect(groups.filter((group) => (group as { GroupName?: string }).GroupName === GroupName)).toMatchObject([
      { AttachedManagedPolicies: [{ PolicyArn }] },
    ]);
    expect(policies.filter((policy) => (policy as { Arn?: string }).Arn === PolicyArn)).toMatchObject([
      { AttachmentCount: 1, PolicyVersionList: [{ VersionId: "v1", IsDefaultVersion: true }] },
    ]);
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap?.Users).toBe(users.length);
    expect(SummaryMap?.AccessKeysPerUserQuota).toBe(2);
    const { UserPolicyList } = users.find((user) => (user as { UserName?: string }).UserName === UserName) as {
      UserPolicyList: { PolicyDocument: string }[];
    };
    const read = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "p" }));
    expect(UserPolicyList[0]?.PolicyDocument).toBe(read.PolicyDocument);
  });
});
