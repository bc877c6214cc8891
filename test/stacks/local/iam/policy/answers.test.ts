/** What the evaluator tells beside its decision: AWS's words, the statements, missing keys, and where a statement stands. */
import { describe, expect, test } from "vitest";
import {
  type CompiledPolicy,
  compilePolicy,
  contextKeysOf,
  contextOf,
  denialMessage,
  evaluate,
  type Policies,
  statementSpans,
} from "../../../../../stacks/local/iam/policy/index.ts";
import { callers } from "./cases/principals.ts";

const policy = (id: string, ...Statement: object[]): CompiledPolicy =>
  compilePolicy(id, JSON.stringify({ Version: "2012-10-17", Statement }));
const all = { Action: "*", Resource: "*" };
const allows = policy("allows", { Effect: "Allow", ...all });
const denies = policy("denies", { Effect: "Deny", ...all });
const resource = "arn:aws:s3:::b/o";
const asked = { principal: callers.app, action: "s3:GetObject", resource, context: contextOf({}) };
const who = "User: arn:aws:sts::123456789012:assumed-role/app/s1 is not authorized to perform: s3:GetObject";

describe("the message", () => {
  // People search for these words, and programs read them.
  test.each<[Partial<Policies>, string]>([
    [{}, "because no identity-based policy allows the s3:GetObject action"],
    [{ identity: [denies] }, "with an explicit deny in an identity-based policy"],
    [
      { identity: [allows], boundary: policy("none") },
      "because no permissions boundary allows the s3:GetObject action",
    ],
    [{ identity: [allows], boundary: denies }, "with an explicit deny in a permissions boundary"],
    [{ identity: [allows], session: [] }, "because no session policy allows the s3:GetObject action"],
    [{ identity: [allows], session: [denies] }, "with an explicit deny in a session policy"],
    [{ resourceRequired: true }, "because no resource-based policy allows the s3:GetObject action"],
    [
      { resource: policy("bucket", { Effect: "Deny", Principal: "*", ...all }) },
      "with an explicit deny in a resource-based policy",
    ],
  ])("names the kind of policy: %#", (policies, why) => {
    const decision = evaluate(asked, { identity: [], ...policies });
    expect(denialMessage(asked, decision)).toBe(`${who} on resource: ${resource} ${why}`);
  });

  // S3 quotes, STS has a name of its own for the policy, and what has no resource names none.
  test("has the forms of single services", () => {
    const implicit = evaluate(asked, { identity: [] });
    expect(denialMessage(asked, implicit, { quoted: true })).toContain(`on resource: "${resource}" because`);
    const list = { ...asked, resource: "*" };
    expect(denialMessage(list, evaluate(list, { identity: [] }))).toBe(
      `${who} because no identity-based policy allows the s3:GetObject action`,
    );
    const anonymous = { ...asked, principal: callers.anonymous };
    expect(denialMessage(anonymous, evaluate(anonymous, { identity: [] }))).toMatch(
      /^User: anonymous is not authorized/,
    );
    const form = { resourcePolicy: "role trust policy" };
    const trust = (Effect: string) => ({
      identity: [],
      resource: policy("trust", { Effect, Principal: "*", Action: "*" }),
    });
    expect(denialMessage(asked, evaluate(asked, trust("Deny")), form)).toContain(
      "with an explicit deny in the role trust policy",
    );
    const none = evaluate(asked, { identity: [allows], resource: policy("trust"), resourceRequired: true });
    expect(denialMessage(asked, none, form)).toContain("because no role trust policy allows the s3:GetObject action");
  });
});

describe("the decision", () => {
  // Audit and the simulator show which statement it was.
  test("names the statements that decided", () => {
    const mixed = policy(
      "mixed",
      { Sid: "Reads", Effect: "Allow", Action: "s3:Get*", Resource: "*" },
      { Sid: "Writes", Effect: "Allow", Action: "s3:Put*", Resource: "*" },
    );
    const names = (policies: Policies): string[] =>
      evaluate(asked, policies).statements.map((one) => `${one.kind} ${one.policy.id} ${one.statement.sid}`);
    expect(names({ identity: [mixed, allows] })).toEqual(["identity mixed Reads", "identity allows undefined"]);
    expect(names({ identity: [mixed], boundary: denies })).toEqual(["boundary denies undefined"]);
  });

  // A policy that fails for want of a key is told from one that fails by its value.
  test("names the keys the request did not have, of statements that were about it", () => {
    const identity = [
      policy(
        "keys",
        { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } },
        { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::${aws:UserName}/*" },
        { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringEquals: { "AWS:username": "ana" } } },
        { Effect: "Allow", Action: "ec2:*", Resource: "*", Condition: { Bool: { "ec2:Other": "true" } } },
        { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringEquals: { "s3:prefix": "x" } } },
      ),
    ];
    const { missingContextKeys } = evaluate({ ...asked, context: contextOf({ "S3:PREFIX": "y" }) }, { identity });
    expect(missingContextKeys).toEqual(["aws:SecureTransport", "aws:UserName"]);
  });
});

// The same key in other letters is the same key; variables count where they are variables.
test("context keys of documents are those of conditions and variables", () => {
  const Statement = {
    Effect: "Allow" as const,
    Action: "s3:*",
    Resource: "arn:aws:s3:::${aws:username}/${aws:PrincipalTag/a, 'b'}/${*}",
    Condition: { StringLike: { "s3:prefix": "${aws:userid}" }, Bool: { "AWS:UserName": "${not:this}" } },
  };
  const keys = ["aws:username", "aws:PrincipalTag/a", "s3:prefix", "aws:userid"];
  expect(contextKeysOf([{ Version: "2012-10-17", Statement }])).toEqual(keys);
  expect(contextKeysOf([{ Statement }])).toEqual(["s3:prefix", "AWS:UserName"]);
});

// Observed from AWS: the first statement begins after the bracket, the next where the one before it ends.
test("statements stand where AWS's simulator says", () => {
  const spans = (text: string) =>
    statementSpans(text).map(({ start, end }) => [start.Line, start.Column, end.Line, end.Column]);
  const one =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
  expect(spans(one)).toEqual([[1, 38, 1, 167]]);
  const first = '{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}';
  const two = `{"Version": "2012-10-17", "Statement": [${first}, ${first}]}`;
  expect(spans(two)).toEqual([
    [1, 41, 1, 95],
    [1, 95, 1, 151],
  ]);
  const lines =
    '{\n    "Version": "2012-10-17",\n    "Statement": [\n        {\n            "Sid": "}\\"{"\n        }\n    ]\n}';
  expect(spans(lines)).toEqual([[3, 19, 6, 10]]);
  expect(spans('{"Id": "Statement", "Statement": [ ] , "Version": "2012-10-17"}')).toEqual([]);
});
