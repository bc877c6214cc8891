/** The evaluator against a slow one that was written apart from it, on policies and requests that nobody thought of. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compilePolicy,
  contextOf,
  evaluate,
  type PolicyDocument,
  type Principal,
} from "../../../../../stacks/local/iam/policy/index.ts";
import {
  type RefPolicies,
  type RefPolicy,
  type RefRequest,
  type RefStatement,
  referenceDecision,
} from "./reference.ts";

const here = "123456789012";
const there = "210987654321";
const user = { arn: `arn:aws:iam::${here}:user/ana` };
const session = { arn: `arn:aws:sts::${here}:assumed-role/app/s`, roleArn: `arn:aws:iam::${here}:role/app` };

// Few words, so that most patterns meet some subject and few meet all.
const word = fc.constantFrom("a", "b", "ab", "ba", "aa", "");
const wild = fc.array(fc.constantFrom("a", "b", "*", "?", "A", "**"), { maxLength: 5 }).map((parts) => parts.join(""));
const action = fc.tuple(fc.constantFrom("s3", "S3", "iam"), word).map(([service, name]) => `${service}:${name}`);
const actionPattern = fc.oneof(
  fc.tuple(fc.constantFrom("s3", "iam", "*"), wild).map(([service, name]) => `${service}:${name}`),
  fc.constant("*"),
);
const resource = fc
  .array(fc.constantFrom("a", "b", "/", ":", "."), { maxLength: 5 })
  .map((p) => `arn:aws:s3:::${p.join("")}`);
const resourcePattern = fc.oneof(
  fc
    .array(fc.constantFrom("a", "b", "/", "*", "?", "${v:one}", "${V:Two}"), { maxLength: 5 })
    .map((parts) => `arn:aws:s3:::${parts.join("")}`),
  fc.constant("*"),
);
const value = fc.oneof(
  word,
  fc.constantFrom("true", "False", "7", "12", "2026-01-02T00:00:00Z", "10.1.2.3", "10.9.9.9"),
);
const wanted = fc.oneof(value, wild, fc.constantFrom("${v:one}", "a${v:two}", "10.0.0.0/8", "10.1.0.0/15", "10.1.2.3"));
const key = fc.constantFrom("k:a", "K:A", "k:b", "v:one");

const bases = [
  ...["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"].map(
    (name) => `String${name}`,
  ),
  ...["Numeric", "Date"].flatMap((kind) =>
    ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map(
      (name) => kind + name,
    ),
  ),
  ...["Bool", "IpAddress", "NotIpAddress"],
];
const operator = fc.oneof(
  fc.constant("Null"),
  fc
    .tuple(
      fc.constantFrom("", "", "ForAllValues:", "ForAnyValue:"),
      fc.constantFrom(...bases),
      fc.constantFrom("", "IfExists"),
    )
    .map((parts) => parts.join("")),
);

/** Numbers are compared with numbers and dates with dates: how a text is read is the corpus's to say. */
function valuesFor(name: string): fc.Arbitrary<string[]> {
  const kinds: [RegExp, fc.Arbitrary<string>][] = [
    [/Null/, fc.constantFrom("true", "false")],
    [/Numeric/, fc.constantFrom("7", "12", "9")],
    [/Date/, fc.constantFrom("2026-01-02T00:00:00Z", "2026-03-02T00:00:00Z")],
  ];
  const one = kinds.find(([pattern]) => pattern.test(name))?.[1] ?? wanted;
  return fc.array(one, { minLength: 1, maxLength: 3 });
}

const condition = operator.chain((name) =>
  fc.tuple(key, valuesFor(name)).map(([k, values]) => ({ [name]: { [k]: values } }) as RefStatement["Condition"]),
);

const principal = fc.constantFrom<RefStatement["Principal"]>(
  "*",
  { AWS: "*" },
  { AWS: here },
  { AWS: `arn:aws:iam::${here}:root` },
  { AWS: there },
  { AWS: user.arn },
  { AWS: session.arn },
  { AWS: session.roleArn },
  { AWS: [there, session.roleArn, user.arn] },
);

const either = <A extends string, B extends string>(yes: A, no: B, patterns: fc.Arbitrary<string[]>) =>
  fc.tuple(fc.integer({ min: 0, max: 4 }), patterns).map(([dice, list]) => ({ [dice === 0 ? no : yes]: list }));

const statement = fc
  .tuple(
    fc.constantFrom<"Allow" | "Deny">("Allow", "Allow", "Allow", "Deny"),
    either("Action", "NotAction", fc.array(actionPattern, { minLength: 1, maxLength: 3 })),
    either("Resource", "NotResource", fc.array(resourcePattern, { minLength: 1, maxLength: 3 })),
    fc.option(condition, { nil: undefined }),
  )
  .map(
    ([Effect, actions, resources, Condition]): RefStatement => ({
      Effect,
      ...actions,
      ...resources,
      ...(Condition ? { Condition } : {}),
    }),
  );
const policy = fc.array(statement, { maxLength: 3 });
const naming = fc.array(
  fc.tuple(statement, principal).map(([one, Principal]) => ({ ...one, Principal })),
  { maxLength: 3 },
) as fc.Arbitrary<RefPolicy>;

const policies: fc.Arbitrary<RefPolicies> = fc.record(
  {
    identity: fc.array(policy, { maxLength: 3 }),
    boundary: policy,
    session: fc.array(policy, { maxLength: 2 }),
    resource: naming,
  },
  { requiredKeys: ["identity"] },
);

const request: fc.Arbitrary<RefRequest> = fc
  .record({
    who: fc.constantFrom<{ arn: string; roleArn?: string }>(user, session),
    action,
    resource,
    owner: fc.constantFrom(here, here, there),
    context: fc.dictionary(fc.constantFrom("k:a", "K:b", "V:one", "v:two"), fc.array(value, { maxLength: 3 })),
  })
  .map(({ who, ...rest }) => ({ account: here, ...who, ...rest }));

function decided(asked: RefRequest, given: RefPolicies): string {
  const compiled = (statements: RefPolicy) =>
    compilePolicy("p", { Version: "2012-10-17", Statement: statements } as PolicyDocument);
  const caller: Principal = asked.roleArn
    ? { kind: "role", accountId: here, arn: asked.arn, roleArn: asked.roleArn }
    : { kind: "user", accountId: here, arn: asked.arn };
  return evaluate(
    {
      principal: caller,
      action: asked.action,
      resource: asked.resource,
      resourceAccount: asked.owner,
      context: contextOf(asked.context),
    },
    {
      identity: given.identity.map(compiled),
      ...(given.boundary ? { boundary: compiled(given.boundary) } : {}),
      ...(given.session ? { session: given.session.map(compiled) } : {}),
      ...(given.resource ? { resource: compiled(given.resource) } : {}),
    },
  ).decision;
}

// Fast code has corners that tables of cases miss; a slow evaluator has none, and the two must agree on anything.
test("agrees with the slow evaluator on any policies and request", () => {
  const seen = new Map<string, number>();
  const numRuns = Number(process.env.FREEHOLD_TEST_ROUNDS ?? 2) * 1_000;
  fc.assert(
    fc.property(request, policies, (asked, given) => {
      const said = decided(asked, given);
      seen.set(said, (seen.get(said) ?? 0) + 1);
      expect(said).toBe(referenceDecision(asked, given));
    }),
    { numRuns },
  );
  // A generator that only ever denies would prove nothing.
  for (const decision of ["allowed", "explicitDeny", "implicitDeny"])
    expect(seen.get(decision) ?? 0, decision).toBeGreaterThan(numRuns / 50);
});
