/**
 * Who asks, and whom a resource-based policy names. How a policy names its caller decides how far its grant reaches: a
 * session named by its own ARN is bound by nothing else, a role is bound by its boundary, an account only delegates.
 */
import { accountOf } from "./arn.ts";

/** Account ids are 12 digits. */
export type Principal =
  | { kind: "root"; accountId: string; arn: string; canonicalId?: string }
  | { kind: "user"; accountId: string; arn: string; canonicalId?: string }
  /** `arn` is the session's (`…:assumed-role/NAME/SESSION`); the simulator, which has no session, gives the role's. */
  | { kind: "role"; accountId: string; arn: string; roleArn: string; canonicalId?: string }
  /** Of GetFederationToken; `userArn` is who asked for it. */
  | { kind: "federated-user"; accountId: string; arn: string; userArn: string; canonicalId?: string }
  /** A caller with an identity provider's token: the provider's ARN, or its host for the providers AWS knows itself. */
  | { kind: "web-identity"; provider: string }
  /** `lambda.amazonaws.com` */
  | { kind: "service"; name: string }
  | { kind: "anonymous" };

/** `direct`: to this caller itself. `entity`: to the role or user behind a session. `account`: to its whole account. */
export type Grant = "direct" | "entity" | "account";

export type PrincipalElement = "*" | Readonly<Record<string, string | readonly string[]>>;

/** One principal of a policy against a caller. */
type Match = (caller: Principal) => Grant | undefined;

/** Of a Principal element: the strongest of what its entries say. */
export function compilePrincipals(element: PrincipalElement): Match {
  const matches = entriesOf(element).map(([type, value]) => compileEntry(type, value));
  return (caller) => {
    let strongest: Grant | undefined;
    for (const match of matches) {
      const grant = match(caller);
      if (grant === "direct") return grant;
      if (grant === "entity" || strongest === undefined) strongest = grant ?? strongest;
    }
    return strongest;
  };
}

/**
 * Of a NotPrincipal element. Deny spares only who is listed with every name it goes by: a session needs its own ARN, its
 * role's and its account's. Allow passes over whoever is listed with any of them.
 */
export function compileNotPrincipals(element: PrincipalElement, effect: "Allow" | "Deny"): Match {
  const named = compilePrincipals(element);
  if (effect === "Allow") return (caller) => (named(caller) === undefined ? "direct" : undefined);
  const listed = new Set(entriesOf(element).map(([, value]) => (/^\d{12}$/.test(value) ? rootOf(value) : value)));
  if (listed.has("*")) return nobody;
  return (caller) => (namesOf(caller).every((name) => listed.has(name)) ? undefined : "direct");
}

function entriesOf(element: PrincipalElement): [string, string][] {
  if (element === "*") return [["AWS", "*"]];
  return Object.entries(element).flatMap(([type, values]) =>
    [values].flat().map((value): [string, string] => [type, value as string]),
  );
}

function compileEntry(type: string, value: string): Match {
  if (value === "*") return everyoneOf[type] ?? nobody;
  return entries[type]?.(value) ?? nobody;
}

const nobody: Match = () => undefined;

const everyoneOf: Readonly<Record<string, Match>> = {
  AWS: () => "direct",
  Service: (caller) => (caller.kind === "service" ? "direct" : undefined),
  Federated: (caller) => (caller.kind === "web-identity" ? "direct" : undefined),
};

const entries: Readonly<Record<string, (value: string) => Match>> = {
  AWS: (value) => {
    const account = /^\d{12}$/.test(value) ? value : /:root$/.test(value) ? accountOf(value) : undefined;
    return account ? inAccount(account) : withArn(value);
  },
  Service: (value) => (caller) => (caller.kind === "service" && caller.name === value ? "direct" : undefined),
  Federated: (value) => (caller) =>
    caller.kind === "web-identity" && caller.provider === value ? "direct" : undefined,
  CanonicalUser: (value) => (caller) =>
    "canonicalId" in caller && caller.canonicalId === value ? accountGrant(caller) : undefined,
};

const accountGrant = (caller: Principal): Grant => (caller.kind === "root" ? "direct" : "account");

const inAccount =
  (account: string): Match =>
  (caller) =>
    "accountId" in caller && caller.accountId === account ? accountGrant(caller) : undefined;

const withArn =
  (arn: string): Match =>
  (caller) => {
    if (!("arn" in caller)) return undefined;
    if (caller.kind === "role" && caller.roleArn === arn) return "entity";
    if (caller.kind === "federated-user" && caller.userArn === arn) return "entity";
    return caller.arn === arn ? "direct" : undefined;
  };

const rootOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

function namesOf(caller: Principal): string[] {
  switch (caller.kind) {
    case "anonymous":
      return ["anonymous"];
    case "service":
      return [caller.name];
    case "web-identity":
      return [caller.provider];
    case "root":
      return [rootOf(caller.accountId)];
    case "user":
      return [caller.arn, rootOf(caller.accountId)];
    case "role":
      return [caller.arn, caller.roleArn, rootOf(caller.accountId)];
    case "federated-user":
      return [caller.arn, caller.userArn, rootOf(caller.accountId)];
  }
}
