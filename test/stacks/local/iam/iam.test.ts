/** Roles and their policies, identity providers, roles of AWS's services, the account's alias, and every operation that is not served. */
import * as sdk from "@aws-sdk/client-iam";
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateAccountAliasCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteAccountAliasCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListAccountAliasesCommand,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesForRoleCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListSAMLProvidersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  TagOpenIDConnectProviderCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { fresh, iam, oneCloud } from "./cloud.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const rights = (action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });

oneCloud();

async function makeRole(name = fresh("role"), more: object = {}): Promise<string> {
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust, ...more }));
  return name;
}

describe("roles", () => {
  // What a role is made with is what it answers, in AWS's form: ids, ARN with path, the document URL-encoded.
  test("are read as they were made", async () => {
    const name = fresh("role");
    const Tags = [{ Key: "app", Value: "notes + more=1" }];
    await makeRole(name, { Path: "/freehold/", Description: 'says "hi" & <more>', MaxSessionDuration: 7200, Tags });
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    expect(Role).toMatchObject({
      Arn: `arn:aws:iam::123456789012:role/freehold/${name}`,
      Path: "/freehold/",
      Description: 'says "hi" & <more>',
      MaxSessionDuration: 7200,
      Tags,
    });
    expect(Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
    expect(Role?.CreateDate).toBeInstanceOf(Date);
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
    expect(Role?.AssumeRolePolicyDocument).not.toContain("{");
  });

  // Every aspect a provider reconciles on its own can be changed on its own.
  test("change description, session, trust, boundary and tags", async () => {
    const name = await makeRole();
    const other = trust.replace("lambda", "scheduler");
    await iam.send(new UpdateRoleCommand({ RoleName: name, Description: "new", MaxSessionDuration: 3700 }));
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: other }));
    const PolicyName = fresh("edge");
    const edge = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: rights("s3:*") }));
    const PermissionsBoundary = edge.Policy?.Arn;
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
    await iam.send(new TagRoleCommand({ RoleName: name, Tags: [{ Key: "a", Value: "1" }] }));
    await iam.send(
      new TagRoleCommand({
        RoleName: name,
        Tags: [
          { Key: "a", Value: "2" },
          { Key: "b", Value: "" },
        ],
      }),
    );
    await iam.send(new UntagRoleCommand({ RoleName: name, TagKeys: ["b"] }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
    expect(Role).toMatchObject({ Description: "new", MaxSessionDuration: 3700 });
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PermissionsBoundary);
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(other);
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: name }));
    expect(Tags).toEqual([{ Key: "a", Value: "2" }]);
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name }));
    expect((await iam.send(new GetRoleCommand({ RoleName: name }))).Role?.PermissionsBoundary).toBeUndefined();
  });

  // Two writers of one role's tags must not lose each other's.
  test("keep every tag of calls made at once", async () => {
    const name = await makeRole();
    const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((Key) => iam.send(new TagRoleCommand({ RoleName: name, Tags: [{ Key, Value: "x" }] }))));
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: name }));
    expect(Tags?.map(({ Key }) => Key).sort()).toEqual([...keys].sort());
  });

  // Providers decide by these errors; names, status and texts are AWS's.
  test("answer AWS's errors", async () => {
    const name = await makeRole();
    await expect(makeRole(name)).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: `Role with name ${name} already exists.`,
      $metadata: { httpStatusCode: 409 },
    });
    await expect(iam.send(new GetRoleCommand({ RoleName: "nobody" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The role with name nobody cannot be found.",
      $metadata: { httpStatusCode: 404 },
    });
    for (const bad of ["no json", "{}", rights("s3:GetObject"), '{"Version":"2030-01-01","Statement":[]}'])
      await expect(makeRole(fresh("bad"), { AssumeRolePolicyDocument: bad })).rejects.toMatchObject({
        name: "MalformedPolicyDocumentException",
        $metadata: { httpStatusCode: 400 },
      });
    await expect(makeRole("has space")).rejects.toMatchObject({ name: "ValidationError" });
    await expect(makeRole("x".repeat(65))).rejects.toMatchObject({ name: "ValidationError" });
    await expect(makeRole(fresh("role"), { MaxSessionDuration: 60 })).rejects.toMatchObject({
      name: "ValidationError",
    });
  });

  // Listing pages through what there is, each role once.
  test("are listed in pages", async () => {
    const names = [];
    for (let index = 0; index < 5; index++) names.push(await makeRole(fresh("paged"), { Path: "/paged/" }));
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.send(new ListRolesCommand({ PathPrefix: "/paged/", MaxItems: 2, Marker }));
      expect(page.Roles?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.Roles ?? []).map(({ RoleName }) => RoleName ?? ""));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker);
    expect(seen).toEqual([...names].sort());
  });

  // What is not served says so with the service's own error, never a 200.
  test("refuse an operation nobody made", async () => {
    await expect(iam.send(new ListSAMLProvidersCommand({}))).rejects.toMatchObject({ name: "InvalidAction" });
  });
});

describe("policies", () => {
  // A role with policies cannot go; the order of a destroy follows from this.
  test("inline: put, read, list, delete, and they hold their role", async () => {
    const RoleName = await makeRole();
    const PolicyName = "inline";
    const PolicyDocument = rights("s3:GetObject");
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: rights("s3:*") }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    const read = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    expect(decodeURIComponent(read.PolicyDocument ?? "")).toBe(PolicyDocument);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual([PolicyName]);
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: "DeleteConflictException",
      message: "Cannot delete entity, must delete policies first.",
    });
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await expect(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });

  // The whole life of a managed policy, five versions and all the conflicts on the way out.
  test("managed: versions, default, attachment, deletion", async () => {
    const PolicyName = fresh("policy");
    const made = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: rights("s3:*") }));
    const PolicyArn = made.Policy?.Arn;
    expect(PolicyArn).toBe(`arn:aws:iam::123456789012:policy/${PolicyName}`);
    await expect(
      iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: rights("s3:*") })),
    ).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });
    for (const action of ["a:b", "c:d", "e:f", "g:h"])
      await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: rights(action) }));
    await expect(
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: rights("i:j") })),
    ).rejects.toMatchObject({ name: "LimitExceededException" });
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v3" }));
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).toBe("v3");
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v3" }));
    expect(PolicyVersion).toMatchObject({ IsDefaultVersion: true, VersionId: "v3" });
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(rights("c:d"));

    const RoleName = await makeRole();
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies).toEqual([{ PolicyName, PolicyArn }]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
    const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(PolicyRoles?.map((role) => role.RoleName)).toEqual([RoleName]);

    const conflict = { name: "DeleteConflictException", $metadata: { httpStatusCode: 409 } };
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(conflict);
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject(conflict);
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject(conflict);
    await expect(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: "v3" }))).rejects.toMatchObject(
      conflict,
    );
    for (const VersionId of ["v1", "v2", "v4", "v5"])
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    await expect(iam.send(new GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  // Programs attach AWS's own basic execution policy by its well-known name.
  test("of AWS exist, can be attached, and cannot be deleted", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    const RoleName = await makeRole();
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies).toEqual([{ PolicyName: "AWSLambdaBasicExecutionRole", PolicyArn }]);
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toThrow();
    const unknown = "arn:aws:iam::aws:policy/NoSuchThing";
    await expect(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: unknown }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  // Documents AWS would refuse are refused here, or they would be found out only on AWS.
  test("are checked for form", async () => {
    const RoleName = await makeRole();
    const refused = [
      "{",
      "[]",
      rights("nocolon"),
      rights("s3:GetObject").replace('"*"', '"bucket"'),
      rights("s3:GetObject").replace("Allow", "Maybe"),
      trust,
    ];
    for (const PolicyDocument of refused)
      await expect(
        iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument })),
        PolicyDocument,
      ).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  });

  // terraform-bridged deletes ask for instance profiles first.
  test("no instance profiles", async () => {
    const RoleName = await makeRole();
    const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    expect(InstanceProfiles).toEqual([]);
  });
});

describe("identity providers", () => {
  // Web identity asks for exactly these: the issuer, who may use it, and nothing that was taken back.
  test("are kept with their clients, thumbprints and tags", async () => {
    const Url = "https://token.example.com/path/";
    const made = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url,
        ClientIDList: ["one"],
        ThumbprintList: ["a".repeat(40)],
        Tags: [{ Key: "a", Value: "1" }],
      }),
    );
    const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn;
    expect(OpenIDConnectProviderArn).toBe("arn:aws:iam::123456789012:oidc-provider/token.example.com/path");
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "two" }));
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "two" }));
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "one" }));
    const ThumbprintList = ["b".repeat(40)];
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }));
    await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: "b", Value: "2" }] }));
    expect(await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
      Url: "token.example.com/path",
      ClientIDList: ["two"],
      ThumbprintList,
    });
    const { Tags } = await iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }));
    expect(Tags).toHaveLength(2);
    await expect(iam.send(new CreateOpenIDConnectProviderCommand({ Url }))).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: `Provider with url ${Url} already exists.`,
    });
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }]);
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    await expect(iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: `OpenId connect Provider ${OpenIDConnectProviderArn} cannot be found.`,
    });
    await expect(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
  });

  // Whoever writes http, or another's thumbprint, would trust what nobody vouches for.
  test("are refused with a bad address or thumbprint", async () => {
    for (const Url of ["http://token.example.com", "token.example.com", "https://token.example.com?a=b"])
      await expect(iam.send(new CreateOpenIDConnectProviderCommand({ Url })), Url).rejects.toMatchObject({
        name: "ValidationError",
        message: "Invalid Open ID Connect Provider URL",
      });
    await expect(
      iam.send(new CreateOpenIDConnectProviderCommand({ Url: "https://a.example.com", ThumbprintList: ["short"] })),
    ).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("roles of AWS's services", () => {
  // Programs make them once and ask how their deletion went; by hand they cannot be deleted.
  test("are made, protected, and deleted by a task", async () => {
    const AWSServiceName = "replication.dynamodb.amazonaws.com";
    const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, Description: "d" }));
    const RoleName = "AWSServiceRoleForDynamoDBReplication";
    expect(Role).toMatchObject({
      RoleName,
      Path: `/aws-service-role/${AWSServiceName}/`,
      Arn: `arn:aws:iam::123456789012:role/aws-service-role/${AWSServiceName}/${RoleName}`,
    });
    await expect(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }))).rejects.toMatchObject({
      name: "InvalidInputException",
      message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
    });
    await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
      name: "UnmodifiableEntityException",
    });
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
    const { Status } = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    expect(Status).toBe("SUCCEEDED");
    await expect(iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({ name: "NoSuchEntityException" });
    await expect(
      iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: "task/none" })),
    ).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });
});

describe("the account's alias", () => {
  // There is one, and deleting another is an error.
  test("is set, replaced, listed and deleted", async () => {
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: "first" }));
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: "second" }));
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual(["second"]);
    await expect(iam.send(new DeleteAccountAliasCommand({ AccountAlias: "first" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    await iam.send(new DeleteAccountAliasCommand({ AccountAlias: "second" }));
    expect((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([]);
    await expect(iam.send(new CreateAccountAliasCommand({ AccountAlias: "No-" }))).rejects.toMatchObject({
      name: "ValidationError",
    });
  });
});

/** What the local cloud does not have, as docs/local-cloud.md says: console, certificates, SAML, MFA, EC2, organizations. */
const refused =
  /LoginProfile|ChangePassword|PasswordPolicy|MFADevice|SSHPublicKey|ServerCertificate|SigningCertificate|ServiceSpecificCredential|SAMLProvider|InstanceProfile$|InstanceProfiles$|InstanceProfileTags|CredentialReport|AccessReport|LastAccessed|Organizations|DelegationRequest|DelegationToken|OutboundWebIdentity|SecurityTokenServicePreferences|PoliciesGrantingServiceAccess|HumanReadableSummary|AcquireRole|AccountProperties|RoleTemplateVersion|UpdateOpenIDConnectProvider$/;

describe("every operation of the SDK", () => {
  // Nothing may be a silent success: an operation is served, or refused by its name.
  test("is served or refused by name", async () => {
    const commands = Object.entries(sdk).flatMap(([name, value]) =>
      /^[A-Z]\w+Command$/.test(name) && typeof value === "function"
        ? [[name.slice(0, -"Command".length), value] as const]
        : [],
    );
    expect(commands.length).toBeGreaterThan(150);
    const unknown: string[] = [];
    for (const [name, Command] of commands) {
      const answer = await iam.send(new (Command as new (input: object) => never)({})).then(
        () => undefined,
        (error: Error) => error,
      );
      if (answer?.name !== "InvalidAction") continue;
      expect(answer.message).toBe(`${name} is not supported by this local cloud.`);
      unknown.push(name);
    }
    expect(unknown.filter((name) => !refused.test(name))).toEqual([]);
    const served = commands.map(([name]) => name).filter((name) => !unknown.includes(name));
    expect(served.filter((name) => refused.test(name))).toEqual([]);
  });
});
