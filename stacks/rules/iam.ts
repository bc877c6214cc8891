/** Rules on rights: what policies allow, whom roles trust, and the boundary that every role stays below. */
import type { Finding } from "../../blueprints/card.ts";
import {
  type About,
  allows,
  finding,
  gateNoun,
  isFoundation,
  isLooking,
  isOwn,
  list,
  ofKind,
  type Plan,
  type PlannedResource,
  type Rule,
  type Statement,
  statementsOf,
} from "./plan.ts";

const policyKinds = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"];
/** Rights that are not a role's: of people and keys, and those that AWS or somebody else wrote. */
const strangerKinds = [
  "aws:iam/user:User",
  "aws:iam/userPolicy:UserPolicy",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  "aws:iam/userGroupMembership:UserGroupMembership",
  "aws:iam/accessKey:AccessKey",
  "aws:iam/group:Group",
  "aws:iam/groupPolicy:GroupPolicy",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
  "aws:iam/groupMembership:GroupMembership",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
];

const reads = /^[a-z0-9-]+:(get|list|describe|batchget|query|scan|conditioncheck)/;
/** What lets its holder become somebody else, or make somebody else's code its own. */
const escalates =
  /^(iam:(?!get|list)|sts:assume|lambda:(update|create|add|put|publish)|organizations:|kms:(put|create))/;

export const rights: Rule = {
  name: "rights",
  check: (plan) => [
    ...ofKind(plan, ...policyKinds).flatMap((resource) => ofPolicy(resource, plan.about)),
    ...ofKind(plan, ...strangerKinds).map((resource) =>
      finding(
        "refuse",
        "rights",
        resource,
        "makes rights for people, keys or other people's policies; an app has roles.",
      ),
    ),
  ],
};

function ofPolicy(resource: PlannedResource, about: About): Finding[] {
  const statements = statementsOf(resource.inputs["policy"]);
  if (!statements)
    return [finding("refuse", "rights", resource, "has a policy that cannot be read before it is made.")];
  return statements.filter(allows).flatMap((statement) => ofStatement(statement, resource, about));
}

function ofStatement(statement: Statement, resource: PlannedResource, about: About): Finding[] {
  const refuse = (message: string): Finding => finding("refuse", "rights", resource, message);
  if (statement.NotAction !== undefined || statement.NotResource !== undefined)
    return [refuse("allows all but what it names (NotAction, NotResource): that is nearly everything.")];
  const actions = list(statement.Action).map((action) => action.toLowerCase());
  const resources = list(statement.Resource);
  const found: Finding[] = [];
  const wild = actions.filter((action) => /[*?]/.test(action) && !reads.test(action));
  if (wild.length > 0) found.push(refuse(`allows ${wild.join(", ")}: actions that nobody has named.`));
  const rising = actions.filter((action) => escalates.test(action));
  if (rising.length > 0)
    found.push(refuse(`allows ${rising.join(", ")}: with that it can take rights it was not given.`));
  const onlyReads = actions.every((action) => reads.test(action));
  if (resources.includes("*"))
    found.push(
      onlyReads
        ? finding("ask", "rights", resource, "may read whatever there is of its kind in the account (Resource *).")
        : refuse("may change whatever there is of its kind in the account (Resource *)."),
    );
  const isGate = resource.name === gateNoun;
  const mayLook = (arn: string): boolean => actions.every((action) => isLooking(action, arn, statement, about));
  const foreign = resources.filter(
    (arn) => arn !== "*" && !isOwn(arn, about) && !(isGate && isFoundation(arn, about)) && !mayLook(arn),
  );
  if (foreign.length > 0) found.push(refuse(`reaches ${foreign.join(", ")}, which is not this app's.`));
  return found;
}

export const trust: Rule = {
  name: "trust",
  check: (plan) =>
    ofKind(plan, "aws:iam/role:Role").flatMap((role) => {
      const statements = statementsOf(role.inputs["assumeRolePolicy"]);
      if (!statements) return [finding("refuse", "trust", role, "trusts whom cannot be read before it is made.")];
      return statements.filter(allows).flatMap((statement) => ofTrust(statement, role, plan.about));
    }),
};

function ofTrust(statement: Statement, role: PlannedResource, about: About): Finding[] {
  const refuse = (message: string): Finding => finding("refuse", "trust", role, message);
  const { Principal: principal } = statement;
  if (principal === undefined) return [refuse("trusts all but those it names, or nobody in particular.")];
  if (principal === "*") return [refuse("trusts everybody: anyone could act as this role.")];
  return Object.entries(principal as Record<string, unknown>).flatMap(([kind, value]) =>
    list(value).flatMap((who): Finding[] => {
      if (kind === "Service")
        return who === "lambda.amazonaws.com" ? [] : [finding("ask", "trust", role, `trusts the service ${who}.`)];
      if (kind !== "AWS") return [refuse(`trusts ${kind} ${who}.`)];
      if (who.includes("*")) return [refuse("trusts everybody: anyone could act as this role.")];
      if (accountOf(who) !== about.accountId) return [refuse(`trusts another account (${who}).`)];
      return namesWho(statement) ? [] : [refuse("trusts everyone of the account, and names no one.")];
    }),
  );
}

const accountOf = (principal: string): string | undefined =>
  /^\d{12}$/.test(principal) ? principal : principal.split(":")[4];

/** Of the account, somebody in particular. */
function namesWho({ Condition: condition = {} }: Statement): boolean {
  const named = Object.entries(condition)
    .filter(([operator]) => /^(Arn|String)(Like|Equals)$/.test(operator))
    .flatMap(([, keys]) => Object.entries(keys))
    .filter(([key]) => key.toLowerCase() === "aws:principalarn")
    .flatMap(([, values]) => list(values));
  return named.length > 0 && named.every((arn) => arn !== "*" && !/:\*$/.test(arn));
}

export const boundary: Rule = {
  name: "boundary",
  check: (plan: Plan) =>
    ofKind(plan, "aws:iam/role:Role")
      .filter(({ inputs }) => inputs["permissionsBoundary"] !== plan.about.boundaryArn)
      .map((role) => finding("refuse", "boundary", role, "is a role without the boundary that keeps apps apart.")),
};
