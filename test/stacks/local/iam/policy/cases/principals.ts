/** Whom a resource-based policy means: the element, who asks, and what its Allow alone (or its Deny) comes to. */

import type { Principal } from "../../../../../../stacks/local/iam/policy/index.ts";
import type { PrincipalElement } from "../../../../../../stacks/local/iam/policy/principals.ts";

const here = "123456789012";
const there = "210987654321";
const role = (accountId: string): Principal => ({
  kind: "role",
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/app/s1`,
  roleArn: `arn:aws:iam::${accountId}:role/app`,
});

/** `foreign` ones belong to another account than the resource. */
export const callers = {
  root: { kind: "root", accountId: here, arn: `arn:aws:iam::${here}:root`, canonicalId: "c0ffee" },
  ana: { kind: "user", accountId: here, arn: `arn:aws:iam::${here}:user/ana`, canonicalId: "c0ffee" },
  app: role(here),
  guest: {
    kind: "federated-user",
    accountId: here,
    arn: `arn:aws:sts::${here}:federated-user/guest`,
    userArn: `arn:aws:iam::${here}:user/ana`,
  },
  foreignUser: { kind: "user", accountId: there, arn: `arn:aws:iam::${there}:user/eve` },
  foreignApp: role(there),
  lambda: { kind: "service", name: "lambda.amazonaws.com" },
  token: { kind: "web-identity", provider: `arn:aws:iam::${here}:oidc-provider/id.example` },
  anonymous: { kind: "anonymous" },
} as const satisfies Record<string, Principal>;

export type Caller = keyof typeof callers;

/**
 * With the statement as Allow, and nothing else: `direct` allows by itself; `entity` stands in for the caller's own
 * policies, so a boundary without it denies; `account` needs the caller's own policies; `none` is not meant.
 */
export type Reach = "direct" | "entity" | "account" | "none";

const a = (...values: string[]): PrincipalElement => ({ AWS: values });

export const principalCases: [element: PrincipalElement, caller: Caller, reach: Reach][] = [
  ["*", "ana", "direct"],
  ["*", "anonymous", "direct"],
  ["*", "lambda", "direct"],
  ["*", "token", "direct"],
  [a("*"), "app", "direct"],
  [a("*"), "anonymous", "direct"],
  [a(here), "root", "direct"],
  [a(here), "ana", "account"],
  [a(here), "app", "account"],
  [a(here), "guest", "account"],
  [a(`arn:aws:iam::${here}:root`), "ana", "account"],
  [a(`arn:aws:iam::${here}:root`), "root", "direct"],
  [a(there), "ana", "none"],
  [a(here), "anonymous", "none"],
  [a(here), "lambda", "none"],
  [a(`arn:aws:iam::${here}:user/ana`), "ana", "direct"],
  [a(`arn:aws:iam::${here}:user/Ana`), "ana", "none"],
  [a(`arn:aws:iam::${here}:user/*`), "ana", "none"],
  [a(`arn:aws:iam::${here}:user/ana`), "app", "none"],
  [a(`arn:aws:iam::${here}:user/ana`), "guest", "entity"],
  [a(`arn:aws:sts::${here}:federated-user/guest`), "guest", "direct"],
  [a(`arn:aws:iam::${here}:role/app`), "app", "entity"],
  [a(`arn:aws:iam::${here}:role/other`), "app", "none"],
  [a(`arn:aws:sts::${here}:assumed-role/app/s1`), "app", "direct"],
  [a(`arn:aws:sts::${here}:assumed-role/app/s2`), "app", "none"],
  [a(`arn:aws:iam::${here}:role/app`, `arn:aws:sts::${here}:assumed-role/app/s1`), "app", "direct"],
  [a(here, `arn:aws:iam::${here}:role/app`), "app", "entity"],
  [a(`arn:aws:iam::${here}:role/app`, here), "app", "entity"],
  [a(there, `arn:aws:iam::${here}:user/ana`), "ana", "direct"],
  [{ Service: "lambda.amazonaws.com" }, "lambda", "direct"],
  [{ Service: ["s3.amazonaws.com", "lambda.amazonaws.com"] }, "lambda", "direct"],
  [{ Service: "s3.amazonaws.com" }, "lambda", "none"],
  [{ Service: "lambda.amazonaws.com" }, "ana", "none"],
  [{ Service: "*" }, "lambda", "direct"],
  [{ Service: "*" }, "anonymous", "none"],
  [{ Federated: `arn:aws:iam::${here}:oidc-provider/id.example` }, "token", "direct"],
  [{ Federated: `arn:aws:iam::${here}:oidc-provider/other` }, "token", "none"],
  [{ Federated: "*" }, "token", "direct"],
  [{ Federated: "*" }, "ana", "none"],
  [{ CanonicalUser: "c0ffee" }, "root", "direct"],
  [{ CanonicalUser: "c0ffee" }, "ana", "account"],
  [{ CanonicalUser: "decaf" }, "ana", "none"],
  [{ AWS: there, Service: "lambda.amazonaws.com" }, "lambda", "direct"],
  [{ AWS: [] }, "ana", "none"],
];

/** NotPrincipal: whether a Deny hits the caller, and whether an Allow means it. */
export const notPrincipalCases: [element: PrincipalElement, caller: Caller, denies: boolean, allows: boolean][] = [
  [a(`arn:aws:iam::${here}:user/ana`), "ana", true, false],
  [a(`arn:aws:iam::${here}:user/ana`, here), "ana", false, false],
  [a(`arn:aws:iam::${here}:user/ana`, `arn:aws:iam::${here}:root`), "ana", false, false],
  [a(`arn:aws:iam::${here}:user/bob`, here), "ana", true, false],
  [a(`arn:aws:iam::${here}:user/bob`), "ana", true, true],
  [a(`arn:aws:iam::${here}:root`), "root", false, false],
  [a(`arn:aws:iam::${here}:role/app`, here), "app", true, false],
  [a(`arn:aws:sts::${here}:assumed-role/app/s1`, `arn:aws:iam::${here}:role/app`, here), "app", false, false],
  [a(`arn:aws:sts::${here}:assumed-role/app/s2`, `arn:aws:iam::${here}:role/app`, here), "app", true, false],
  [{ Service: "lambda.amazonaws.com" }, "lambda", false, false],
  [{ Service: "lambda.amazonaws.com" }, "anonymous", true, true],
  [a(here), "anonymous", true, true],
  [a("*"), "anonymous", false, false],
  [a("*"), "ana", false, false],
  [{ Federated: `arn:aws:iam::${here}:oidc-provider/id.example` }, "token", false, false],
];
