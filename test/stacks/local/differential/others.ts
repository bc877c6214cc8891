/** STS and the parameter store, call by call: each sees what those before it did. */
import { type Call, call, type Kept } from "../../../support/comparison.ts";
import { allow, policy } from "../../../support/identity.ts";

const assumed = { without: ["Credentials", "PackedPolicySize"] };
const RoleArn = ({ accountId }: Kept): string => `arn:aws:iam::${accountId}:role/assumed`;
const caller = { RoleSessionName: "session" };

export const sts: Call[] = [
  call("AssumeRole", "one", (kept) => ({ ...caller, RoleArn: RoleArn(kept) }), assumed),
  call(
    "AssumeRole",
    "with a policy",
    (kept) => ({
      ...{ ...caller, RoleArn: RoleArn(kept), Policy: policy(allow("s3:GetObject")), DurationSeconds: 900 },
    }),
    assumed,
  ),
  call(
    "AssumeRole",
    "with tags",
    (kept) => ({
      ...{ ...caller, RoleArn: RoleArn(kept), Tags: [{ Key: "a", Value: "1" }], TransitiveTagKeys: ["a"] },
    }),
    assumed,
  ),
  call("AssumeRole", "too short", (kept) => ({ ...caller, RoleArn: RoleArn(kept), DurationSeconds: 899 }), assumed),
  call("AssumeRole", "too long", (kept) => ({ ...caller, RoleArn: RoleArn(kept), DurationSeconds: 43_201 }), assumed),
  call(
    "AssumeRole",
    "longer than the role",
    (kept) => ({ ...caller, RoleArn: RoleArn(kept), DurationSeconds: 7200 }),
    assumed,
  ),
  call("AssumeRole", "of a name that is none", (kept) => ({ RoleSessionName: "a b", RoleArn: RoleArn(kept) }), assumed),
  call(
    "AssumeRole",
    "of a name that is too short",
    (kept) => ({ RoleSessionName: "", RoleArn: RoleArn(kept) }),
    assumed,
  ),
  call("AssumeRole", "that is none", { ...caller, RoleArn: "x" }, assumed),
  call("AssumeRole", "that is no ARN", { ...caller, RoleArn: "x".repeat(20) }, assumed),
  call("AssumeRole", "that is not there", (kept) => ({ ...caller, RoleArn: `${RoleArn(kept)}-no` }), assumed),
  call(
    "AssumeRole",
    "with a policy that is none",
    (kept) => ({ ...caller, RoleArn: RoleArn(kept), Policy: "x" }),
    assumed,
  ),
  call(
    "AssumeRole",
    "with a tag twice",
    (kept) => ({
      ...{
        ...caller,
        RoleArn: RoleArn(kept),
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "a", Value: "2" },
        ],
      },
    }),
    assumed,
  ),
  call("GetSessionToken", "one", {}, assumed),
  call("GetSessionToken", "too short", { DurationSeconds: 899 }, assumed),
  call("GetFederationToken", "one", { Name: "bob", Policy: policy(allow("s3:GetObject")) }, assumed),
  call("GetFederationToken", "with a name that is none", { Name: "a b" }, assumed),
  call("GetFederationToken", "too short", { Name: "b" }, assumed),
  call("GetAccessKeyInfo", "of a strange key", { AccessKeyId: "x" }),
  call("DecodeAuthorizationMessage", "that is none", { EncodedMessage: "x" }),
  call(
    "AssumeRoleWithWebIdentity",
    "with a token that is none",
    (kept) => ({
      ...{ ...caller, RoleArn: RoleArn(kept), WebIdentityToken: "x".repeat(8) },
    }),
    assumed,
  ),
];

const Name = "/app/one";
const byName = { unordered: { Parameters: "Name" } };

export const ssm: Call[] = [
  call("GetParameter", "that is not there", { Name }),
  call("PutParameter", "text", {
    Name,
    Value: "1",
    Type: "String",
    Description: "first",
    Tags: [{ Key: "a", Value: "1" }],
  }),
  call("PutParameter", "that is there", { Name, Value: "2", Type: "String" }),
  call("PutParameter", "over one", { Name, Value: "2", Type: "String", Overwrite: true }),
  call("PutParameter", "over one, with tags", { Name, Value: "2", Overwrite: true, Tags: [{ Key: "a", Value: "1" }] }),
  call("PutParameter", "over one, of another type", { Name, Value: "2", Type: "StringList", Overwrite: true }),
  call("PutParameter", "without a type", { Name: "/app/untyped", Value: "2" }),
  call("PutParameter", "of another type", { Name: "/app/no", Value: "2", Type: "Some" }),
  call("PutParameter", "list", { Name: "/app/list", Value: "a,b", Type: "StringList" }),
  call("PutParameter", "secret", { Name: "/app/deep/secret", Value: "hush", Type: "SecureString" }),
  call("PutParameter", "without a path", { Name: "plain", Value: "1", Type: "String" }),
  call(
    "PutParameter",
    "advanced",
    { Name: "/app/advanced", Value: "x".repeat(4097), Type: "String", Tier: "Advanced" },
    {},
  ),
  call("GetParameter", "text", { Name }),
  call("GetParameter", "by ARN", ({ accountId }) => ({ Name: `arn:aws:ssm:eu-west-1:${accountId}:parameter${Name}` })),
  call("GetParameter", "of a version", { Name: `${Name}:1` }),
  call("GetParameter", "of no version", { Name: `${Name}:9` }),
  call("GetParameter", "secret", { Name: "/app/deep/secret", WithDecryption: true }),
  call("GetParameter", "list", { Name: "/app/list" }),
  call("GetParameter", "without a path", { Name: "plain" }),
  call("GetParameters", "some", { Names: [Name, "/app/none", "plain"] }, byName),
  call("GetParameters", "too many", { Names: Array.from({ length: 11 }, (_, at) => `/n${at}`) }),
  call("GetParametersByPath", "flat", { Path: "/app" }, byName),
  call("GetParametersByPath", "deep", { Path: "/app/", Recursive: true, WithDecryption: true }, byName),
  call("GetParametersByPath", "of none", { Path: "/none" }),
  call("GetParametersByPath", "that is none", { Path: "app" }),
  call("GetParametersByPath", "too many", { Path: "/app", MaxResults: 11 }),
  call("GetParametersByPath", "filtered", {
    ...{ Path: "/app", Recursive: true, ParameterFilters: [{ Key: "Type", Values: ["SecureString"] }] },
  }),
  call("GetParameterHistory", "of two", { Name }),
  call("GetParameterHistory", "that is not there", { Name: "/none" }),
  call(
    "DescribeParameters",
    "below a path",
    {
      ParameterFilters: [{ Key: "Path", Option: "Recursive", Values: ["/app"] }],
    },
    byName,
  ),
  call("DescribeParameters", "by name", {
    ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/app/o"] }],
  }),
  call("DescribeParameters", "by a key nobody knows", { ParameterFilters: [{ Key: "No", Values: ["x"] }] }),
  call("ListTagsForResource", "of one", { ResourceType: "Parameter", ResourceId: Name }),
  call("ListTagsForResource", "that is not there", { ResourceType: "Parameter", ResourceId: "/none" }),
  call("AddTagsToResource", "one", { ResourceType: "Parameter", ResourceId: Name, Tags: [{ Key: "b", Value: "2" }] }),
  call("AddTagsToResource", "that is not there", {
    ...{ ResourceType: "Parameter", ResourceId: "/none", Tags: [{ Key: "b", Value: "2" }] },
  }),
  call("AddTagsToResource", "of another kind", {
    ...{ ResourceType: "Some", ResourceId: Name, Tags: [{ Key: "b", Value: "2" }] },
  }),
  call("RemoveTagsFromResource", "one", { ResourceType: "Parameter", ResourceId: Name, TagKeys: ["a", "no"] }),
  call("ListTagsForResource", "of another", { ResourceType: "Parameter", ResourceId: Name }),
  call("DeleteParameters", "some", { Names: ["plain", "/none"] }),
  call("DeleteParameter", "one", { Name }),
  call("DeleteParameter", "that is not there", { Name }),
  call("PutParameter", "below no slash", { Name: "late/no", Value: "1", Type: "String" }),
  call("PutParameter", "of AWS's name", { Name: "aws-x", Value: "1", Type: "String" }),
  call("PutParameter", "below AWS's name", { Name: "/aws/x", Value: "1", Type: "String" }),
  call("PutParameter", "of SSM's name", { Name: "/ssm/x", Value: "1", Type: "String" }),
  call("PutParameter", "with a name that is none", { Name: "/a b", Value: "1", Type: "String" }),
  call("PutParameter", "too deep", { Name: "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", Value: "1", Type: "String" }),
  call("PutParameter", "empty", { Name: "/late/empty", Value: "", Type: "String" }),
  call("PutParameter", "too long", { Name: "/late/long", Value: "x".repeat(4097), Type: "String" }),
  call("PutParameter", "against its pattern", {
    Name: "/late/p",
    Value: "x",
    Type: "String",
    AllowedPattern: "^[0-9]+$",
  }),
];
