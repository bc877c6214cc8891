/** The policy simulator and its context keys, through the AWS SDK. */
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  type EvaluationResult,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { iam, oneCloud } from "./cloud.ts";

oneCloud();

const document = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, Resource = "*", more: object = {}) => ({ Effect: "Allow", Action, Resource, ...more });
const bucket = "arn:aws:s3:::b";
const ana = "arn:aws:iam::123456789012:user/ana";

async function custom(input: SimulateCustomPolicyCommandInput): Promise<EvaluationResult[]> {
  return (await iam.send(new SimulateCustomPolicyCommand(input))).EvaluationResults ?? [];
}

describe("SimulateCustomPolicy", () => {
  // The shape in which AWS documents its answer, positions included.
  test("says what a policy decides, by which statement, and which key was missing", async () => {
    const policy =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
    const asked = { PolicyInputList: [policy], ActionNames: ["dynamodb:CreateBackup"] };
    const at = (ContextKeyValues: string[]) => ({
      ContextEntries: [{ ContextKeyName: "aws:CurrentTime", ContextKeyValues, ContextKeyType: "date" as const }],
    });
    expect(await custom({ ...asked, ...at(["2019-04-25T11:00:00Z"]) })).toEqual([
      {
        EvalActionName: "dynamodb:CreateBackup",
        EvalResourceName: "*",
        EvalDecision: "allowed",
        MatchedStatements: [
          {
            SourcePolicyId: "PolicyInputList.1",
            SourcePolicyType: "IAM Policy",
            StartPosition: { Line: 1, Column: 38 },
            EndPosition: { Line: 1, Column: 167 },
          },
        ],
        MissingContextValues: [],
      },
    ]);
    const early = await custom({ ...asked, ...at(["2014-04-25T11:00:00Z"]) });
    expect(early[0]).toMatchObject({ EvalDecision: "implicitDeny", MatchedStatements: [], MissingContextValues: [] });
    const without = await custom(asked);
    expect(without[0]).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: ["aws:CurrentTime"] });
  });

  // Of several resources the strictest decision is the action's; each has its own beside it.
  test("answers for each resource", async () => {
    const policies = [
      document(allow("s3:*", `${bucket}/*`)),
      document({ Effect: "Deny", Action: "s3:Get*", Resource: `${bucket}/secret/*` }),
    ];
    const ResourceArns = [`${bucket}/a`, `${bucket}/secret/a`, "arn:aws:s3:::other/a"];
    const [result] = await custom({ PolicyInputList: policies, ActionNames: ["s3:GetObject"], ResourceArns });
    expect(result).toMatchObject({
      EvalResourceName: "arn:${Partition}:s3:::${BucketName}/${KeyName}",
      EvalDecision: "explicitDeny",
      MatchedStatements: [{ SourcePolicyId: "PolicyInputList.2" }],
    });
    expect(result?.ResourceSpecificResults?.map((one) => [one.EvalResourceName, one.EvalResourceDecision])).toEqual([
      [ResourceArns[0], "allowed"],
      [ResourceArns[1], "explicitDeny"],
      [ResourceArns[2], "implicitDeny"],
    ]);
    expect(result?.PermissionsBoundaryDecisionDetail).toBeUndefined();
    expect(result?.OrganizationsDecisionDetail).toBeUndefined();
  });

  // AWS's own example: the user's policy and boundary know IAM only, the bucket names the user.
  test("lets a resource-based policy grant to a user past its boundary", async () => {
    const onlyIam = document(allow("iam:*"));
    const ResourcePolicy = document(allow("s3:Put*", `${bucket}/*`, { Principal: { AWS: ana } }));
    const asked = {
      PolicyInputList: [onlyIam],
      PermissionsBoundaryPolicyInputList: [onlyIam],
      ResourcePolicy,
      ActionNames: ["s3:PutObject"],
      ResourceArns: [`${bucket}/o`],
      CallerArn: ana,
    };
    const detail = { AllowedByPermissionsBoundary: false };
    const [result] = await custom(asked);
    expect(result).toMatchObject({
      EvalDecision: "allowed",
      PermissionsBoundaryDecisionDetail: detail,
      MatchedStatements: [{ SourcePolicyId: "ResourcePolicy", SourcePolicyType: "Resource Policy" }],
      ResourceSpecificResults: [{ EvalResourceDecision: "allowed", PermissionsBoundaryDecisionDetail: detail }],
    });
    expect(result?.EvalDecisionDetails ?? {}).toEqual({});
    // Another account's bucket is not enough.
    const [across] = await custom({ ...asked, ResourceOwner: "arn:aws:iam::210987654321:root" });
    expect(across).toMatchObject({
      EvalDecision: "implicitDeny",
      EvalDecisionDetails: {
        "IAM Policy": "implicitDeny",
        "Resource Policy": "allowed",
        "Permissions Boundary Policy": "implicitDeny",
      },
    });
  });

  // One result an action, in the order asked, page by page.
  test("pages through its results", async () => {
    const ActionNames = ["s3:GetObject", "s3:PutObject", "ec2:RunInstances", "iam:GetUser", "s3:DeleteObject"];
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const input = { PolicyInputList: [document(allow("s3:*"))], ActionNames, MaxItems: 2, Marker };
      const page = await iam.send(new SimulateCustomPolicyCommand(input));
      expect(page.EvaluationResults?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.EvaluationResults ?? []).map((one) => `${one.EvalActionName} ${one.EvalDecision}`));
      Marker = page.IsTruncated ? page.Marker : undefined;
    } while (Marker);
    expect(seen).toEqual([
      "s3:GetObject allowed",
      "s3:PutObject allowed",
      "ec2:RunInstances implicitDeny",
      "iam:GetUser implicitDeny",
      "s3:DeleteObject allowed",
    ]);
  });

  // What cannot be simulated is refused, and what is not carried out is refused by name.
  test("refuses what it cannot answer", async () => {
    const asked = { PolicyInputList: [document(allow("s3:*"))], ActionNames: ["s3:GetObject"] };
    const refused: [Partial<SimulateCustomPolicyCommandInput>, RegExp][] = [
      [{ PolicyInputList: ["{"] }, /^Syntax errors in policy/],
      [{ PolicyInputList: [document({ Effect: "Allow", Action: "x", Resource: "*" })] }, /prefaced by a vendor/],
      [{ ActionNames: ["s3:*"] }, /s3:\*/],
      [{ ResourcePolicy: document(allow("s3:*", "*", { Principal: "*" })) }, /CallerArn/],
      [{ ResourcePolicy: document(allow("s3:*")), CallerArn: ana }, /Principal/],
      [{ CallerArn: "arn:aws:sts::123456789012:assumed-role/a/b" }, /Invalid Entity Arn/],
      [{ PermissionsBoundaryPolicyInputList: [document(allow("*")), document(allow("*"))] }, /one policy/],
      [{ ResourceHandlingOption: "EC2-VPC-InstanceStore" }, /ResourceHandlingOption/],
      [{ ResourceOwner: "me" }, /resource owner/],
      [
        { ContextEntries: [{ ContextKeyName: "aws:TagKeys", ContextKeyValues: ["a", "b"], ContextKeyType: "string" }] },
        /aws:TagKeys/,
      ],
    ];
    for (const [change, message] of refused)
      await expect(custom({ ...asked, ...change }), JSON.stringify(change)).rejects.toMatchObject({
        name: "InvalidInputException",
        message: expect.stringMatching(message),
        $metadata: { httpStatusCode: 400 },
      });
    await expect(custom({ ...asked, PolicyInputList: undefined })).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("SimulatePrincipalPolicy", () => {
  // What is attached to a role decides: inline, managed, AWS's own, and its boundary.
  test("decides by the policies and the boundary of a role", async () => {
    const RoleName = "simulated";
    const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
    const made = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
    const PolicySourceArn = made.Role!.Arn!;
    const inline = document(allow("dynamodb:GetItem"), allow("dynamodb:Query"));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "items", PolicyDocument: inline }));
    const managed = await iam.send(
      new CreatePolicyCommand({ PolicyName: "Buckets", PolicyDocument: document(allow("s3:*", `${bucket}/*`)) }),
    );
    const logs = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    for (const PolicyArn of [managed.Policy!.Arn!, logs])
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const asked = {
      PolicySourceArn,
      ActionNames: ["dynamodb:Query", "s3:GetObject", "logs:PutLogEvents", "iam:GetUser"],
      ResourceArns: [`${bucket}/o`],
    };
    const simulate = async (more: object = {}) =>
      (await iam.send(new SimulatePrincipalPolicyCommand({ ...asked, ...more }))).EvaluationResults!.map(
        (one) => [one.EvalDecision, one.MatchedStatements![0]?.SourcePolicyId] as const,
      );
    const all = [
      ["allowed", "role_simulated_items"],
      ["allowed", "Buckets"],
      ["allowed", "AWSLambdaBasicExecutionRole"],
      ["implicitDeny", undefined],
    ];
    expect(await simulate()).toEqual(all);
    // A policy more is as if it were attached.
    expect((await simulate({ PolicyInputList: [document(allow("iam:*"))] }))[3]).toEqual([
      "allowed",
      "PolicyInputList.1",
    ]);

    const edge = document(allow("s3:*"), allow("logs:*"));
    const boundary = await iam.send(new CreatePolicyCommand({ PolicyName: "Edge", PolicyDocument: edge }));
    const PermissionsBoundary = boundary.Policy!.Arn!;
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    expect((await simulate()).map(([decision]) => decision)).toEqual([
      "implicitDeny",
      "allowed",
      "allowed",
      "implicitDeny",
    ]);
    // Another boundary for this simulation takes its place.
    const wider = { PermissionsBoundaryPolicyInputList: [document(allow("*"))] };
    expect(await simulate(wider)).toEqual(all);

    const keys = await iam.send(
      new GetContextKeysForPrincipalPolicyCommand({
        PolicySourceArn,
        PolicyInputList: [document(allow("s3:*", `${bucket}/\${aws:username}/*`))],
      }),
    );
    expect(keys.ContextKeyNames).toEqual(["aws:username"]);
  });

  // A caller that is no entity, or is not there.
  test("refuses a source it does not have", async () => {
    const ActionNames = ["s3:GetObject"];
    const simulate = (PolicySourceArn: string) =>
      iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames }));
    await expect(simulate("arn:aws:iam::123456789012:role/nobody")).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The role with name nobody cannot be found.",
    });
    await expect(simulate("arn:aws:sts::123456789012:assumed-role/a/b")).rejects.toMatchObject({
      name: "InvalidInputException",
      message:
        "Invalid Entity Arn: arn:aws:sts::123456789012:assumed-role/a/b does not clearly define entity type and name.",
    });
  });
});

// What a simulation must be given, of conditions and variables, once each.
test("GetContextKeysForCustomPolicy lists the keys of all policies", async () => {
  const PolicyInputList = [
    document(
      allow("s3:*", "arn:aws:s3:::${aws:username}", { Condition: { StringLike: { "s3:prefix": "${aws:userid}/*" } } }),
    ),
    document(allow("*", "*", { Condition: { Bool: { "AWS:Username": "true", "aws:SecureTransport": "true" } } })),
  ];
  const { ContextKeyNames } = await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList }));
  expect(ContextKeyNames).toEqual(["aws:username", "s3:prefix", "aws:userid", "aws:SecureTransport"]);
  await expect(iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ["x"] }))).rejects.toMatchObject({
    name: "InvalidInputException",
  });
});
