/**
 * Whole decisions: what the kinds of policy come to together, by IAM's evaluation logic. A policy is short here: `+` is
 * an Allow of the action asked for, `-` a Deny of it, `.` an Allow of another; several letters are several policies.
 */
import type { PolicyKind } from "../../../../../../stacks/local/iam/policy/index.ts";
import type { Caller } from "./principals.ts";

export interface DecisionCase {
  caller: Caller;
  identity?: string;
  boundary?: string;
  session?: string;
  /** Principals, with the effect in front: `+direct`, `+entity`, `+account`, `-direct`; `.` is another action's. */
  resource?: string;
  /** The resource is another account's than the caller's. */
  across?: true;
  /** A trust policy or a key's: nothing without it. */
  required?: true;
  says: "allowed" | "explicitDeny" | "implicitDeny";
  by: PolicyKind | undefined;
}

const user = "ana";
const role = "app";

export const decisionCases: DecisionCase[] = [
  // One kind of policy.
  { caller: user, says: "implicitDeny", by: "identity" },
  { caller: user, identity: ".", says: "implicitDeny", by: "identity" },
  { caller: user, identity: "+", says: "allowed", by: "identity" },
  { caller: user, identity: "-", says: "explicitDeny", by: "identity" },
  { caller: user, identity: "+-", says: "explicitDeny", by: "identity" },
  { caller: user, identity: "-+", says: "explicitDeny", by: "identity" },
  { caller: user, identity: "..+", says: "allowed", by: "identity" },
  { caller: role, identity: "+", says: "allowed", by: "identity" },
  { caller: role, says: "implicitDeny", by: "identity" },
  // A boundary limits and grants nothing.
  { caller: user, boundary: "+", says: "implicitDeny", by: "identity" },
  { caller: user, identity: "+", boundary: "+", says: "allowed", by: "identity" },
  { caller: user, identity: "+", boundary: ".", says: "implicitDeny", by: "boundary" },
  { caller: user, identity: "+", boundary: "", says: "implicitDeny", by: "boundary" },
  { caller: user, identity: "+", boundary: "-", says: "explicitDeny", by: "boundary" },
  { caller: user, identity: "-", boundary: "-", says: "explicitDeny", by: "identity" },
  { caller: user, identity: ".", boundary: ".", says: "implicitDeny", by: "identity" },
  { caller: role, identity: "+", boundary: ".", says: "implicitDeny", by: "boundary" },
  // So does a session policy.
  { caller: role, identity: "+", session: "+", says: "allowed", by: "identity" },
  { caller: role, identity: "+", session: ".", says: "implicitDeny", by: "session" },
  { caller: role, identity: "+", session: "-", says: "explicitDeny", by: "session" },
  { caller: role, session: "+", says: "implicitDeny", by: "identity" },
  { caller: role, identity: "+", session: ".+", says: "allowed", by: "identity" },
  { caller: role, identity: "+", session: "", says: "implicitDeny", by: "session" },
  { caller: role, identity: "+", boundary: "+", session: "+", says: "allowed", by: "identity" },
  { caller: role, identity: "+", boundary: ".", session: "+", says: "implicitDeny", by: "boundary" },
  { caller: role, identity: "+", boundary: "+", session: ".", says: "implicitDeny", by: "session" },
  { caller: "guest", identity: "+", session: "+", says: "allowed", by: "identity" },
  { caller: "guest", identity: "+", session: "", says: "implicitDeny", by: "session" },
  // A resource-based policy of the same account: union with the identity's.
  { caller: user, resource: "+direct", says: "allowed", by: "resource" },
  { caller: user, identity: "+", resource: ".direct", says: "allowed", by: "identity" },
  { caller: user, identity: "+", resource: "-direct", says: "explicitDeny", by: "resource" },
  { caller: user, identity: "+", resource: "-account", says: "explicitDeny", by: "resource" },
  { caller: user, identity: "-", resource: "+direct", says: "explicitDeny", by: "identity" },
  { caller: user, resource: "+account", says: "implicitDeny", by: "identity" },
  { caller: user, identity: "+", resource: "+account", says: "allowed", by: "identity" },
  // Named itself, a user is bound by no implicit deny; an explicit one still counts.
  { caller: user, boundary: ".", resource: "+direct", says: "allowed", by: "resource" },
  { caller: user, boundary: "-", resource: "+direct", says: "explicitDeny", by: "boundary" },
  { caller: user, boundary: ".", resource: "+account", identity: "+", says: "implicitDeny", by: "boundary" },
  // Named as a role, a session is bound by boundary and session policies, not by the role's own.
  { caller: role, resource: "+entity", says: "allowed", by: "resource" },
  { caller: role, boundary: ".", resource: "+entity", says: "implicitDeny", by: "boundary" },
  { caller: role, boundary: "+", resource: "+entity", says: "allowed", by: "resource" },
  { caller: role, session: ".", resource: "+entity", says: "implicitDeny", by: "session" },
  { caller: role, session: "+", resource: "+entity", says: "allowed", by: "resource" },
  { caller: role, session: "-", resource: "+entity", says: "explicitDeny", by: "session" },
  { caller: role, identity: "-", resource: "+entity", says: "explicitDeny", by: "identity" },
  // Named as the session, it is bound by none of them.
  { caller: role, boundary: ".", session: ".", resource: "+direct", says: "allowed", by: "resource" },
  { caller: role, identity: "-", boundary: ".", resource: "+direct", says: "explicitDeny", by: "identity" },
  { caller: role, session: "-", resource: "+direct", says: "explicitDeny", by: "session" },
  { caller: "guest", session: ".", resource: "+direct", says: "allowed", by: "resource" },
  { caller: "guest", session: ".", resource: "+entity", says: "implicitDeny", by: "session" },
  { caller: "guest", session: "+", resource: "+entity", says: "allowed", by: "resource" },
  // The root user has its account; a resource can still refuse it.
  { caller: "root", says: "allowed", by: undefined },
  { caller: "root", resource: "-account", says: "explicitDeny", by: "resource" },
  { caller: "root", resource: ".direct", says: "allowed", by: undefined },
  { caller: "root", across: true, says: "implicitDeny", by: "resource" },
  { caller: "root", across: true, resource: "+account", says: "allowed", by: undefined },
  // Across accounts both sides must allow, however the resource names the caller.
  { caller: user, across: true, identity: "+", says: "implicitDeny", by: "resource" },
  { caller: user, across: true, identity: "+", resource: ".direct", says: "implicitDeny", by: "resource" },
  { caller: user, across: true, resource: "+direct", says: "implicitDeny", by: "identity" },
  { caller: user, across: true, identity: "+", resource: "+direct", says: "allowed", by: "identity" },
  { caller: user, across: true, identity: "+", resource: "+account", says: "allowed", by: "identity" },
  {
    caller: user,
    across: true,
    identity: "+",
    boundary: ".",
    resource: "+direct",
    says: "implicitDeny",
    by: "boundary",
  },
  { caller: role, across: true, identity: "+", session: ".", resource: "+direct", says: "implicitDeny", by: "session" },
  { caller: role, across: true, resource: "+entity", says: "implicitDeny", by: "identity" },
  { caller: role, across: true, identity: "+", resource: "+entity", says: "allowed", by: "identity" },
  { caller: user, across: true, identity: "+", resource: "-direct", says: "explicitDeny", by: "resource" },
  { caller: user, across: true, identity: "-", resource: "+direct", says: "explicitDeny", by: "identity" },
  { caller: user, across: true, says: "implicitDeny", by: "identity" },
  // Who has no policies of its own has what the resource gives.
  { caller: "lambda", says: "implicitDeny", by: "resource" },
  { caller: "lambda", resource: "+direct", says: "allowed", by: "resource" },
  { caller: "lambda", resource: "-direct", says: "explicitDeny", by: "resource" },
  { caller: "anonymous", says: "implicitDeny", by: "resource" },
  { caller: "anonymous", resource: "+direct", says: "allowed", by: "resource" },
  { caller: "token", resource: "+direct", required: true, says: "allowed", by: "resource" },
  { caller: "token", resource: ".direct", required: true, says: "implicitDeny", by: "resource" },
  // Trust policies and keys' policies: nothing without them.
  { caller: user, required: true, identity: "+", resource: ".direct", says: "implicitDeny", by: "resource" },
  { caller: user, required: true, identity: "+", says: "implicitDeny", by: "resource" },
  { caller: user, required: true, identity: "+", resource: "+account", says: "allowed", by: "identity" },
  { caller: user, required: true, resource: "+account", says: "implicitDeny", by: "identity" },
  { caller: user, required: true, resource: "+direct", says: "allowed", by: "resource" },
  { caller: role, required: true, boundary: ".", resource: "+entity", says: "implicitDeny", by: "boundary" },
  { caller: "root", required: true, says: "implicitDeny", by: "resource" },
  { caller: "root", required: true, resource: "+account", says: "allowed", by: "resource" },
];
