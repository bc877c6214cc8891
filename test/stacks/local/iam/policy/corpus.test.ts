/** The evaluator against the corpus in cases/: what each policy says of each request is stated there, not computed. */
import { describe, expect, test } from "vitest";
import type { StatementElement } from "../../../../../stacks/local/iam/policy/compile.ts";
import {
  type CompiledPolicy,
  compilePolicy,
  contextOf,
  type Decision,
  evaluate,
  type Policies,
  type Principal,
} from "../../../../../stacks/local/iam/policy/index.ts";
import type { PrincipalElement } from "../../../../../stacks/local/iam/policy/principals.ts";
import { type DecisionCase, decisionCases } from "./cases/decisions.ts";
import { examples } from "./cases/examples.ts";
import { operatorCases } from "./cases/operators.ts";
import { actionCases, resourceCases, variableCases } from "./cases/patterns.ts";
import { callers, notPrincipalCases, principalCases } from "./cases/principals.ts";

const policy = (statements: StatementElement[], Version = "2012-10-17"): CompiledPolicy =>
  compilePolicy("p", { Version, Statement: statements });
const allow = (rest: Partial<StatementElement>): StatementElement => ({
  Effect: "Allow",
  Action: "svc:Do",
  Resource: "*",
  ...rest,
});

/** What one statement says of a request of a user's. */
function decide(
  statement: StatementElement,
  { action = "svc:Do", resource = "arn:aws:s3:::b", context = {}, version = "2012-10-17" } = {},
): Decision["decision"] {
  const identity = [policy([statement], version)];
  return evaluate({ principal: callers.ana, action, resource, context: contextOf(context) }, { identity }).decision;
}

const text = (value: unknown): string => JSON.stringify(value);

// A corpus that shrinks unnoticed would prove less than is promised.
test("the corpus has at least 400 cases", () => {
  const counted = examples.reduce((sum, { requests }) => sum + requests.length, 0);
  const tables = [operatorCases, actionCases, resourceCases, variableCases, principalCases, notPrincipalCases];
  const total = tables.reduce((sum, table) => sum + table.length, counted + decisionCases.length);
  expect(total).toBeGreaterThanOrEqual(400);
});

describe("conditions", () => {
  // Every operator, its forms, and the request that has no such key.
  test.each(operatorCases)("%s %j of %j: %s", (operator, values, request, holds) => {
    const statement = allow({ Condition: { [operator]: { "svc:key": values } } });
    const context = request === null ? {} : { "SVC:Key": request };
    expect(decide(statement, { context })).toBe(holds ? "allowed" : "implicitDeny");
  });

  // Only strings and ARNs have variables, and what a variable brings has no wildcards.
  test.each(variableCases)("%s %s of %s with %j: %s", (operator, value, request, variables, holds, version) => {
    const statement = allow({ Condition: { [operator]: { "svc:key": value } } });
    const said = decide(statement, { context: { ...variables, "svc:key": request }, version: version ?? "2012-10-17" });
    expect(said).toBe(holds ? "allowed" : "implicitDeny");
  });
});

describe("actions and resources", () => {
  // Case does not count, and NotAction is the rest.
  test.each(actionCases)("%j covers %s: %s %s", (element, action, covers, not) => {
    const statement = { ...allow({ Action: undefined }), [not ?? "Action"]: element };
    expect(decide(statement, { action })).toBe(covers ? "allowed" : "implicitDeny");
  });

  // Case counts, stars reach over colons and slashes, variables are put in.
  test.each(resourceCases)("%j covers %s: %s with %j %s", (element, resource, covers, context, form) => {
    const statement = {
      ...allow({ Resource: undefined }),
      [form === "NotResource" ? form : "Resource"]: element,
    };
    const version = form === "2008-10-17" ? form : "2012-10-17";
    expect(decide(statement, { resource, context: context ?? {}, version })).toBe(covers ? "allowed" : "implicitDeny");
  });
});

describe("principals", () => {
  const other = policy([allow({ Action: "svc:Other" })]);
  const own = policy([allow({})]);
  const ask = (principal: Principal, policies: Partial<Policies>): Decision["decision"] =>
    evaluate(
      {
        principal,
        action: "svc:Do",
        resource: "arn:aws:s3:::b",
        resourceAccount: "123456789012",
        context: contextOf({}),
      },
      { identity: [], ...policies },
    ).decision;

  // How a policy names its caller decides what its Allow is bound by, and a Deny hits whoever it means.
  test.each(principalCases)("%j means %s: %s", (element, name, reach) => {
    const principal = callers[name];
    const resource = policy([allow({ Principal: element })]);
    const denying = policy([allow({ Principal: element, Effect: "Deny" })]);
    expect(ask(principal, { resource: denying }) === "explicitDeny").toBe(reach !== "none");
    if (name === "root") return;
    const seen = {
      alone: ask(principal, { resource }),
      bounded: ask(principal, { resource, boundary: other, session: [other] }),
      withOwn: ask(principal, { resource, identity: [own] }),
    };
    const hasOwn = "accountId" in principal;
    expect(seen).toEqual({
      alone: reach === "direct" || reach === "entity" ? "allowed" : "implicitDeny",
      bounded: reach === "direct" ? "allowed" : "implicitDeny",
      withOwn: reach !== "none" || hasOwn ? "allowed" : "implicitDeny",
    });
  });

  // A session is spared only with all its names, and by no list once it has a boundary.
  test.each(notPrincipalCases)(
    "NotPrincipal %j, %s: Deny hits: %s, Allow means: %s",
    (element, name, denies, allows) => {
      const principal = callers[name];
      const denying = policy([allow({ NotPrincipal: element, Effect: "Deny" })]);
      const allowing = policy([allow({ NotPrincipal: element })]);
      expect(ask(principal, { resource: denying }) === "explicitDeny").toBe(denies);
      if (name !== "root") expect(ask(principal, { resource: allowing }) === "allowed").toBe(allows);
      expect(ask(principal, { resource: denying, boundary: own })).toBe("explicitDeny");
    },
  );
});

describe("decisions", () => {
  // The kinds of policy together, and whose word it was: the message names that kind.
  test.each(decisionCases.map((one) => [text({ ...one, says: undefined, by: undefined }), one] as const))(
    "%s",
    (_title, one) => {
      const principal: Principal = callers[one.caller];
      const decision = evaluate(
        {
          principal,
          action: "svc:Do",
          resource: "arn:aws:s3:::b",
          ...(one.across ? { resourceAccount: "999999999999" } : {}),
          context: contextOf({}),
        },
        policiesOf(one, principal),
      );
      expect({ says: decision.decision, by: decision.by }).toEqual({ says: one.says, by: one.by });
    },
  );
});

describe("documented examples", () => {
  // What IAM's guide promises of a policy that people copy from it.
  for (const { about, statements, requests } of examples)
    test.each(requests)(`${about}: %s on %s with %j: %s`, (action, resource, context, says) => {
      const identity = [policy(statements)];
      const request = { principal: callers.ana, action, resource, context: contextOf(context) };
      expect(evaluate(request, { identity }).decision).toBe(says);
    });
});

function policiesOf(one: DecisionCase, caller: Principal): Policies {
  const letters: Record<string, StatementElement> = {
    "+": allow({}),
    "-": allow({ Effect: "Deny" }),
    ".": allow({ Action: "svc:Other" }),
  };
  const each = (word: string): CompiledPolicy[] => [...word].map((letter) => policy([letters[letter]!]));
  const [sign, how] = [one.resource?.[0], one.resource?.slice(1)];
  return {
    identity: each(one.identity ?? ""),
    ...(one.boundary === undefined ? {} : { boundary: policy([...one.boundary].map((letter) => letters[letter]!)) }),
    ...(one.session === undefined ? {} : { session: each(one.session) }),
    ...(sign ? { resource: policy([{ ...letters[sign]!, Principal: elementOf(caller, how!) }]) } : {}),
    ...(one.required ? { resourceRequired: true } : {}),
  };
}

function elementOf(caller: Principal, how: string): PrincipalElement {
  if (caller.kind === "anonymous") return "*";
  if (caller.kind === "service") return { Service: caller.name };
  if (caller.kind === "web-identity") return { Federated: caller.provider };
  if (how === "account") return { AWS: caller.accountId };
  if (how === "entity" && caller.kind === "role") return { AWS: caller.roleArn };
  if (how === "entity" && caller.kind === "federated-user") return { AWS: caller.userArn };
  return { AWS: caller.arn };
}
