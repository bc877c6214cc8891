/**
 * IAM's documented examples of identity-based policies, in our own words and names: one policy, and what it says of
 * requests. Each request: action, resource, context, decision.
 */
import type { StatementElement } from "../../../../../../stacks/local/iam/policy/compile.ts";

type Says = "allowed" | "explicitDeny" | "implicitDeny";
type Request = [action: string, resource: string, context: Record<string, string | string[]>, says: Says];

export interface Example {
  about: string;
  statements: StatementElement[];
  requests: Request[];
}

const account = "123456789012";
const ec2 = (rest: string): string => `arn:aws:ec2:eu-west-1:${account}:${rest}`;
const allow = (rest: Omit<StatementElement, "Effect">): StatementElement => ({ Effect: "Allow", ...rest });
const deny = (rest: Omit<StatementElement, "Effect">): StatementElement => ({ Effect: "Deny", ...rest });

export const examples: Example[] = [
  {
    about: "access between two dates",
    statements: [
      allow({
        Action: "svc:Do",
        Resource: "*",
        Condition: {
          DateGreaterThan: { "aws:CurrentTime": "2020-04-01T00:00:00Z" },
          DateLessThan: { "aws:CurrentTime": "2020-06-30T23:59:59Z" },
        },
      }),
    ],
    requests: [
      ["svc:Do", "*", { "aws:CurrentTime": "2020-05-05T12:00:00Z" }, "allowed"],
      ["svc:Do", "*", { "aws:CurrentTime": "2020-03-31T23:59:59Z" }, "implicitDeny"],
      ["svc:Do", "*", { "aws:CurrentTime": "2020-07-01T00:00:00Z" }, "implicitDeny"],
      ["svc:Do", "*", {}, "implicitDeny"],
    ],
  },
  {
    about: "regions other than two refused, but for services that have none",
    statements: [
      allow({ Action: "*", Resource: "*" }),
      deny({
        NotAction: ["iam:*", "sts:*", "s3:ListAllMyBuckets"],
        Resource: "*",
        Condition: { StringNotEquals: { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"] } },
      }),
    ],
    requests: [
      ["ec2:RunInstances", ec2("instance/*"), { "aws:RequestedRegion": "eu-west-1" }, "allowed"],
      ["ec2:RunInstances", ec2("instance/*"), { "aws:RequestedRegion": "us-east-1" }, "explicitDeny"],
      ["iam:GetRole", "*", { "aws:RequestedRegion": "us-east-1" }, "allowed"],
      ["s3:ListAllMyBuckets", "*", { "aws:RequestedRegion": "us-east-1" }, "allowed"],
      ["dynamodb:ListTables", "*", {}, "explicitDeny"],
    ],
  },
  {
    about: "users see to their own keys, with variables",
    statements: [
      allow({ Action: ["iam:ListUsers", "iam:GetAccountSummary"], Resource: "*" }),
      allow({ Action: "iam:*AccessKey*", Resource: "arn:aws:iam::*:user/${aws:username}" }),
    ],
    requests: [
      ["iam:CreateAccessKey", `arn:aws:iam::${account}:user/ana`, { "aws:username": "ana" }, "allowed"],
      ["iam:CreateAccessKey", `arn:aws:iam::${account}:user/bob`, { "aws:username": "ana" }, "implicitDeny"],
      ["iam:CreateAccessKey", `arn:aws:iam::${account}:user/ana`, {}, "implicitDeny"],
      ["iam:DeleteUser", `arn:aws:iam::${account}:user/ana`, { "aws:username": "ana" }, "implicitDeny"],
      ["iam:ListUsers", "*", {}, "allowed"],
    ],
  },
  {
    about: "without a second factor only what sets one up",
    statements: [
      allow({ Action: "*", Resource: "*" }),
      deny({
        NotAction: ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
        Resource: "*",
        Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      }),
    ],
    requests: [
      ["s3:GetObject", "arn:aws:s3:::b/o", { "aws:MultiFactorAuthPresent": "true" }, "allowed"],
      ["s3:GetObject", "arn:aws:s3:::b/o", { "aws:MultiFactorAuthPresent": "false" }, "explicitDeny"],
      ["s3:GetObject", "arn:aws:s3:::b/o", {}, "explicitDeny"],
      ["iam:EnableMFADevice", "*", {}, "allowed"],
    ],
  },
  {
    about: "no access from elsewhere than the office, unless a service calls on one's behalf",
    statements: [
      allow({ Action: "s3:*", Resource: "*" }),
      deny({
        Action: "*",
        Resource: "*",
        Condition: {
          NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"] },
          Bool: { "aws:ViaAWSService": "false" },
        },
      }),
    ],
    requests: [
      ["s3:GetObject", "arn:aws:s3:::b/o", { "aws:SourceIp": "192.0.2.7", "aws:ViaAWSService": "false" }, "allowed"],
      [
        "s3:GetObject",
        "arn:aws:s3:::b/o",
        { "aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "false" },
        "explicitDeny",
      ],
      ["s3:GetObject", "arn:aws:s3:::b/o", { "aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "true" }, "allowed"],
    ],
  },
  {
    about: "items of a table whose key is the caller's own",
    statements: [
      allow({
        Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
        Resource: "arn:aws:dynamodb:*:*:table/scores",
        Condition: {
          "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["${www.amazon.com:user_id}"],
            "dynamodb:Attributes": ["id", "score"],
          },
          StringEqualsIfExists: { "dynamodb:Select": "SPECIFIC_ATTRIBUTES" },
        },
      }),
    ],
    requests: [
      [
        "dynamodb:GetItem",
        `arn:aws:dynamodb:eu-west-1:${account}:table/scores`,
        { "dynamodb:LeadingKeys": ["u1"], "dynamodb:Attributes": ["id"], "www.amazon.com:user_id": "u1" },
        "allowed",
      ],
      [
        "dynamodb:GetItem",
        `arn:aws:dynamodb:eu-west-1:${account}:table/scores`,
        { "dynamodb:LeadingKeys": ["u2"], "dynamodb:Attributes": ["id"], "www.amazon.com:user_id": "u1" },
        "implicitDeny",
      ],
      [
        "dynamodb:GetItem",
        `arn:aws:dynamodb:eu-west-1:${account}:table/scores`,
        { "dynamodb:LeadingKeys": ["u1"], "dynamodb:Attributes": ["id", "email"], "www.amazon.com:user_id": "u1" },
        "implicitDeny",
      ],
      [
        "dynamodb:Query",
        `arn:aws:dynamodb:eu-west-1:${account}:table/scores`,
        { "dynamodb:LeadingKeys": ["u1"], "dynamodb:Select": "ALL_ATTRIBUTES", "www.amazon.com:user_id": "u1" },
        "implicitDeny",
      ],
      ["dynamodb:Scan", `arn:aws:dynamodb:eu-west-1:${account}:table/scores`, {}, "implicitDeny"],
    ],
  },
  {
    about: "start and stop what is tagged as one's own",
    statements: [
      allow({
        Action: ["ec2:StartInstances", "ec2:StopInstances"],
        Resource: "arn:aws:ec2:*:*:instance/*",
        Condition: { StringEquals: { "aws:ResourceTag/Owner": "${aws:username}" } },
      }),
      allow({ Action: "ec2:DescribeInstances", Resource: "*" }),
    ],
    requests: [
      ["ec2:StopInstances", ec2("instance/i-1"), { "aws:ResourceTag/Owner": "ana", "aws:username": "ana" }, "allowed"],
      ["ec2:StopInstances", ec2("instance/i-1"), { "AWS:resourcetag/owner": "ana", "aws:username": "ana" }, "allowed"],
      [
        "ec2:StopInstances",
        ec2("instance/i-1"),
        { "aws:ResourceTag/Owner": "bob", "aws:username": "ana" },
        "implicitDeny",
      ],
      ["ec2:StopInstances", ec2("instance/i-1"), { "aws:username": "ana" }, "implicitDeny"],
      ["ec2:DescribeInstances", "*", {}, "allowed"],
    ],
  },
  {
    about: "tags only of the allowed keys and values",
    statements: [
      allow({
        Action: "iam:TagUser",
        Resource: "*",
        Condition: {
          StringEquals: { "aws:RequestTag/CostCenter": ["A-1", "B-2"] },
          "ForAllValues:StringEquals": { "aws:TagKeys": "CostCenter" },
        },
      }),
    ],
    requests: [
      ["iam:TagUser", "*", { "aws:RequestTag/CostCenter": "A-1", "aws:TagKeys": ["CostCenter"] }, "allowed"],
      ["iam:TagUser", "*", { "aws:RequestTag/CostCenter": "C-3", "aws:TagKeys": ["CostCenter"] }, "implicitDeny"],
      [
        "iam:TagUser",
        "*",
        { "aws:RequestTag/CostCenter": "A-1", "aws:TagKeys": ["CostCenter", "Rank"] },
        "implicitDeny",
      ],
      ["iam:TagUser", "*", { "aws:TagKeys": ["Rank"] }, "implicitDeny"],
    ],
  },
  {
    about: "one's own folder of a bucket, listed and used",
    statements: [
      allow({ Action: ["s3:ListAllMyBuckets", "s3:GetBucketLocation"], Resource: "*" }),
      allow({
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::files",
        Condition: { StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } },
      }),
      allow({
        Action: "s3:*",
        Resource: ["arn:aws:s3:::files/home/${aws:username}", "arn:aws:s3:::files/home/${aws:username}/*"],
      }),
    ],
    requests: [
      ["s3:ListBucket", "arn:aws:s3:::files", { "s3:prefix": "", "aws:username": "ana" }, "allowed"],
      ["s3:ListBucket", "arn:aws:s3:::files", { "s3:prefix": "home/ana/x", "aws:username": "ana" }, "allowed"],
      ["s3:ListBucket", "arn:aws:s3:::files", { "s3:prefix": "home/bob/", "aws:username": "ana" }, "implicitDeny"],
      ["s3:ListBucket", "arn:aws:s3:::files", { "aws:username": "ana" }, "implicitDeny"],
      ["s3:PutObject", "arn:aws:s3:::files/home/ana/x", { "aws:username": "ana" }, "allowed"],
      ["s3:PutObject", "arn:aws:s3:::files/home/bob/x", { "aws:username": "ana" }, "implicitDeny"],
      ["s3:DeleteBucket", "arn:aws:s3:::files", { "aws:username": "ana" }, "implicitDeny"],
    ],
  },
  {
    about: "everything in one bucket and nothing outside of it",
    statements: [
      allow({ Action: "s3:*", Resource: ["arn:aws:s3:::only", "arn:aws:s3:::only/*"] }),
      deny({ NotAction: "s3:*", NotResource: ["arn:aws:s3:::only", "arn:aws:s3:::only/*"] }),
    ],
    requests: [
      ["s3:PutObject", "arn:aws:s3:::only/o", {}, "allowed"],
      ["s3:PutObject", "arn:aws:s3:::other/o", {}, "implicitDeny"],
      ["ec2:RunInstances", ec2("instance/*"), {}, "explicitDeny"],
      ["dynamodb:ListTables", "*", {}, "explicitDeny"],
    ],
  },
  {
    about: "a role is handed to one service only",
    statements: [
      allow({
        Action: "iam:PassRole",
        Resource: `arn:aws:iam::${account}:role/app-*`,
        Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
      }),
    ],
    requests: [
      [
        "iam:PassRole",
        `arn:aws:iam::${account}:role/app-a`,
        { "iam:PassedToService": "lambda.amazonaws.com" },
        "allowed",
      ],
      [
        "iam:PassRole",
        `arn:aws:iam::${account}:role/app-a`,
        { "iam:PassedToService": "ec2.amazonaws.com" },
        "implicitDeny",
      ],
      [
        "iam:PassRole",
        `arn:aws:iam::${account}:role/admin`,
        { "iam:PassedToService": "lambda.amazonaws.com" },
        "implicitDeny",
      ],
      ["iam:PassRole", `arn:aws:iam::${account}:role/app-a`, {}, "implicitDeny"],
    ],
  },
  {
    about: "administrators of users cannot give themselves a way around the boundary",
    statements: [
      allow({
        Action: ["iam:CreateUser", "iam:PutUserPermissionsBoundary"],
        Resource: "*",
        Condition: { StringEquals: { "iam:PermissionsBoundary": `arn:aws:iam::${account}:policy/edge` } },
      }),
      allow({ Action: "iam:ListUsers", Resource: "*" }),
      deny({
        Action: ["iam:DeletePolicy", "iam:CreatePolicyVersion"],
        Resource: `arn:aws:iam::${account}:policy/edge`,
      }),
      deny({ Action: "iam:DeleteUserPermissionsBoundary", Resource: "*" }),
    ],
    requests: [
      [
        "iam:CreateUser",
        `arn:aws:iam::${account}:user/x`,
        { "iam:PermissionsBoundary": `arn:aws:iam::${account}:policy/edge` },
        "allowed",
      ],
      ["iam:CreateUser", `arn:aws:iam::${account}:user/x`, {}, "implicitDeny"],
      ["iam:DeletePolicy", `arn:aws:iam::${account}:policy/edge`, {}, "explicitDeny"],
      ["iam:DeleteUserPermissionsBoundary", `arn:aws:iam::${account}:user/x`, {}, "explicitDeny"],
    ],
  },
  {
    about: "only in one organization, by its path",
    statements: [
      allow({
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::shared/*",
        Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-a1/r-ab/ou-ab-1/*"] } },
      }),
    ],
    requests: [
      ["s3:GetObject", "arn:aws:s3:::shared/o", { "aws:PrincipalOrgPaths": ["o-a1/r-ab/ou-ab-1/ou-2/"] }, "allowed"],
      ["s3:GetObject", "arn:aws:s3:::shared/o", { "aws:PrincipalOrgPaths": ["o-a1/r-ab/ou-ab-2/"] }, "implicitDeny"],
      ["s3:GetObject", "arn:aws:s3:::shared/o", {}, "implicitDeny"],
    ],
  },
  {
    about: "all keys of one operator and all operators must hold",
    statements: [
      allow({
        Action: "svc:Do",
        Resource: "*",
        Condition: {
          StringEquals: { "aws:PrincipalTag/job": ["dev", "ops"], "aws:PrincipalTag/level": "3" },
          NumericGreaterThanEquals: { "aws:MultiFactorAuthAge": "0" },
          Null: { "aws:TokenIssueTime": "false" },
        },
      }),
    ],
    requests: [
      [
        "svc:Do",
        "*",
        {
          "aws:PrincipalTag/job": "ops",
          "aws:PrincipalTag/level": "3",
          "aws:MultiFactorAuthAge": "10",
          "aws:TokenIssueTime": "2026-01-01T00:00:00Z",
        },
        "allowed",
      ],
      [
        "svc:Do",
        "*",
        { "aws:PrincipalTag/job": "ops", "aws:PrincipalTag/level": "3", "aws:MultiFactorAuthAge": "10" },
        "implicitDeny",
      ],
      [
        "svc:Do",
        "*",
        {
          "aws:PrincipalTag/job": "boss",
          "aws:PrincipalTag/level": "3",
          "aws:MultiFactorAuthAge": "10",
          "aws:TokenIssueTime": "2026-01-01T00:00:00Z",
        },
        "implicitDeny",
      ],
      [
        "svc:Do",
        "*",
        {
          "aws:PrincipalTag/job": "ops",
          "aws:PrincipalTag/level": "4",
          "aws:MultiFactorAuthAge": "10",
          "aws:TokenIssueTime": "2026-01-01T00:00:00Z",
        },
        "implicitDeny",
      ],
    ],
  },
];
