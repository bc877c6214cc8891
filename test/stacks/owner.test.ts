/** Who may assume the roles of `exec`: whoever brought the app up, as IAM's conditions name them. */
import { describe, expect, it } from "vitest";
import { principalArns } from "../../stacks/deploy/owner.ts";
import { compilePolicy, contextOf, evaluate } from "../../stacks/local/iam/policy/index.ts";

const account = "123456789012";

/** By a trust policy as the component writes it. */
function trusts(owner: string, principalArn: string): boolean {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Condition: { ArnLike: { "aws:PrincipalArn": principalArns(owner) } },
      },
    ],
  };
  const { decision } = evaluate(
    {
      principal: { kind: "role", accountId: account, arn: `${principalArn}/session`, roleArn: principalArn },
      action: "sts:AssumeRole",
      resource: `arn:aws:iam::${account}:role/home--notes--exec--api`,
      context: contextOf({ "aws:PrincipalArn": principalArn }),
    },
    {
      identity: [
        compilePolicy(
          "all",
          JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
        ),
      ],
      resource: compilePolicy("trust", JSON.stringify(policy)),
      resourceRequired: true,
    },
  );
  return decision === "allowed";
}

describe("the owner of an app", () => {
  // People come with roles of single sign-on, whose path their session does not say.
  it("is known by their role, whatever its path, and by no other", () => {
    const session = `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_Admin_1a2b/ana`;
    const roles = `arn:aws:iam::${account}:role`;
    expect(trusts(session, `${roles}/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_1a2b`)).toBe(true);
    expect(trusts(session, `${roles}/AWSReservedSSO_Admin_1a2b`)).toBe(true);
    for (const other of ["AWSReservedSSO_Admin_1a2b2", "x-AWSReservedSSO_Admin_1a2b", "AWSReservedSSO_Admin_1a2b/x"])
      expect(trusts(session, `${roles}/${other}`), other).toBe(false);
  });

  // A user is its own ARN, and so is the account's root.
  it("is themselves as a user", () => {
    const ana = `arn:aws:iam::${account}:user/people/ana`;
    expect(principalArns(ana)).toEqual([ana]);
    expect(trusts(ana, `${ana}2`)).toBe(false);
    expect(trusts(ana, ana)).toBe(true);
  });
});
