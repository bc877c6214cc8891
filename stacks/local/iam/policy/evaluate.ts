/**
 * The decision on one request, by IAM's evaluation logic: an explicit Deny anywhere ends it; then what grants must be
 * whole. Pure: what is known of the request is given, nothing is looked up.
 *
 * Within an account, a resource-based policy that names the caller itself is enough; one that names the caller's role
 * stands in for its identity-based policies and is bound by boundary and session policies; one that names the account
 * leaves the decision to the identity-based policies. Across accounts both sides must allow.
 */
import type { CompiledPolicy, CompiledStatement } from "./compile.ts";
import { type Context, Reading } from "./context.ts";
import type { Grant, Principal } from "./principals.ts";

export interface AccessRequest {
  principal: Principal;
  /** `s3:GetObject`; case does not count. */
  action: string;
  /** An ARN, or `*` for actions that have no resource. */
  resource: string;
  /** Whose resource it is; the caller's own account when not given. */
  resourceAccount?: string;
  context: Context;
}

export interface Policies {
  identity: readonly CompiledPolicy[];
  /** Absent: the entity has none. A boundary that is set but was deleted allows nothing: give one without statements. */
  boundary?: CompiledPolicy;
  /** Absent: the session was made without any. Empty: a federated user's session without any, which may do nothing. */
  session?: readonly CompiledPolicy[];
  resource?: CompiledPolicy;
  /** For roles' trust policies and keys' policies: nothing is allowed unless the resource-based policy has a part in it. */
  resourceRequired?: boolean;
}

export type PolicyKind = "identity" | "resource" | "boundary" | "session";

export interface MatchedStatement {
  kind: PolicyKind;
  policy: CompiledPolicy;
  statement: CompiledStatement;
}

export interface Decision {
  decision: "allowed" | "explicitDeny" | "implicitDeny";
  /** Whose statement denied, or whose is missing. Of what is allowed: which grant it was, none for the root user. */
  by: PolicyKind | undefined;
  /** The statements that decided: the denying ones, or else the allowing ones. */
  statements: MatchedStatement[];
  /** Of statements that cover the action: condition keys and variables that the request has no value for. */
  missingContextKeys: string[];
  /** What each kind said by itself; absent kinds were not asked. */
  kinds: Partial<Record<PolicyKind, KindVerdict>>;
}

export type KindVerdict = "allowed" | "explicitDeny" | "implicitDeny";

export function evaluate(request: AccessRequest, policies: Policies): Decision {
  const reading = new Reading(request.context);
  const asked = new Asked(request, policies, reading);
  const { identity, resource, boundary, session } = asked;
  const by = denier(asked);
  const verdict = by ? undefined : grantOf(request, policies, asked);
  const found = [identity, resource, boundary, session].flatMap((kind) => kind ?? []);
  return {
    decision: by ? "explicitDeny" : verdict?.allowed ? "allowed" : "implicitDeny",
    by: by ?? verdict?.by,
    statements: found.flatMap((kind) => (by ? kind.denies : kind.allows)),
    missingContextKeys: reading.missing,
    kinds: Object.fromEntries(found.map((kind) => [kind.kind, kind.verdict])),
  };
}

/** What the policies of one kind say. */
class Findings {
  readonly kind: PolicyKind;
  readonly allows: MatchedStatement[] = [];
  readonly denies: MatchedStatement[] = [];
  /** The strongest way in which a resource-based policy names the caller. */
  grant: Grant | undefined;

  constructor(kind: PolicyKind) {
    this.kind = kind;
  }

  get verdict(): KindVerdict {
    if (this.denies.length > 0) return "explicitDeny";
    return this.allows.length > 0 ? "allowed" : "implicitDeny";
  }
}

class Asked {
  readonly identity: Findings;
  readonly resource: Findings | undefined;
  readonly boundary: Findings | undefined;
  readonly session: Findings | undefined;

  constructor(request: AccessRequest, policies: Policies, reading: Reading) {
    const ask = (kind: PolicyKind, asked: readonly CompiledPolicy[] | undefined): Findings | undefined =>
      asked && search(kind, asked, request, policies.boundary !== undefined, reading);
    this.identity = ask("identity", policies.identity) as Findings;
    this.resource = ask("resource", policies.resource && [policies.resource]);
    this.boundary = ask("boundary", policies.boundary && [policies.boundary]);
    this.session = ask("session", policies.session);
  }
}

function search(
  kind: PolicyKind,
  policies: readonly CompiledPolicy[],
  request: AccessRequest,
  bounded: boolean,
  reading: Reading,
): Findings {
  const found = new Findings(kind);
  const action = request.action.toLowerCase();
  for (const policy of policies)
    for (const statement of policy.about(action)) {
      const grant = kind === "resource" ? named(statement, request.principal, bounded) : "direct";
      if (!grant || !applies(statement, request.resource, reading)) continue;
      if (statement.effect === "Deny") found.denies.push({ kind, policy, statement });
      else {
        found.allows.push({ kind, policy, statement });
        if (found.grant === undefined || strength[grant] > strength[found.grant]) found.grant = grant;
      }
    }
  return found;
}

const strength: Readonly<Record<Grant, number>> = { account: 1, entity: 2, direct: 3 };

/** AWS documents that NotPrincipal with Deny hits every principal that has a boundary, whoever is listed. */
function named(statement: CompiledStatement, caller: Principal, bounded: boolean): Grant | undefined {
  if (bounded && statement.notPrincipal && statement.effect === "Deny") return "direct";
  return statement.principals?.(caller);
}

function applies(statement: CompiledStatement, resource: string, reading: Reading): boolean {
  if (!statement.coversResource(resource, reading)) return false;
  for (const holds of statement.conditions) if (!holds(reading)) return false;
  return true;
}

function denier({ identity, resource, boundary, session }: Asked): PolicyKind | undefined {
  for (const kind of [identity, resource, boundary, session]) if (kind && kind.denies.length > 0) return kind.kind;
  return undefined;
}

interface Verdict {
  allowed: boolean;
  by: PolicyKind | undefined;
}

const denied = (by: PolicyKind): Verdict => ({ allowed: false, by });

/** Nothing denies: who grants, or whose grant is missing. */
function grantOf(request: AccessRequest, policies: Policies, asked: Asked): Verdict {
  const { principal } = request;
  const grant = asked.resource?.grant;
  // A service, a caller with a foreign token and one without a name have no policies of their own.
  if (!("accountId" in principal)) return grant ? { allowed: true, by: "resource" } : denied("resource");
  const owner = request.resourceAccount ?? principal.accountId;
  if (owner !== principal.accountId) return grant ? byIdentity(principal, asked, false) : lacking(principal, asked);
  if (policies.resourceRequired && !grant) return denied("resource");
  if (grant === "direct") return { allowed: true, by: "resource" };
  return byIdentity(principal, asked, grant === "entity");
}

/** Across accounts without the resource's consent: the caller's own side is named first when it lacks a grant, too. */
function lacking(principal: Principal, asked: Asked): Verdict {
  const own = byIdentity(principal, asked, false);
  return own.allowed ? denied("resource") : own;
}

/** `granted`: a resource-based policy named the role, which counts as one of its own policies would. */
function byIdentity(principal: Principal, { identity, boundary, session }: Asked, granted: boolean): Verdict {
  if (principal.kind === "root") return { allowed: true, by: undefined };
  if (identity.allows.length === 0 && !granted) return denied("identity");
  if (boundary && boundary.allows.length === 0) return denied("boundary");
  if (session && session.allows.length === 0) return denied("session");
  return { allowed: true, by: identity.allows.length > 0 ? "identity" : "resource" };
}
