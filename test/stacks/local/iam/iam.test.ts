import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  ListSAMLProvidersCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "../../../support/local-cloud.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const rights = (action: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });

let cloud: TestCloud;
let iam: IAMClient;
let next = 0;
const fresh = (prefix: string): string => `${prefix}-${++next}`;

beforeAll(async () => {
  cloud = await startTestCloud({ checked: true });
  iam = new IAMClient(cloud.config);
});
afterAll(async () => {
  iam.destroy();
  await cloud.close();
});

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
