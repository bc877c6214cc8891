/**
 * The door of enforcement: each call's needs against what its caller's policies grant. The services' tables say what a
 * call needs; the evaluator (iam/policy) decides; denial.ts has each service's words. Knows no operation.
 */
import { type CompiledPolicy, compilePolicy, denialMessage, evaluate, type Policies } from "../iam/policy/index.ts";
import type { Access, Call, Caller, CallerPolicies, Clock, LocalCloudOptions, Need, Peers } from "../service.ts";
import { Allowed } from "./allowed.ts";
import { RequestContext } from "./context.ts";
import { deniedError, formOf } from "./denial.ts";
import { entityArn, principalOf } from "./principal.ts";
import { refuseWeakSession } from "./sessions.ts";

interface Init {
  options: Pick<LocalCloudOptions, "access">;
  clock: Clock;
  peers: Peers;
  log(message: string): void;
}

export function openAccess({ options, clock, peers, log }: Init): Access {
  const { access: mode = "enforce" } = options;
  if (mode === "off") return unenforced;
  const allowed = new Allowed();
  /** `audit` notes it and lets it pass. */
  const said = (call: Call, need: Need, reason: string): string | undefined => {
    if (mode === "enforce") return reason;
    log(`access: would deny ${need.action} on ${need.resource} to ${call.caller?.arn ?? "anonymous"}: ${reason}`);
    return undefined;
  };
  const refusal = (call: Call, need: Need): string | undefined => {
    const reason = denialOf(call, need, { peers, clock, allowed });
    return reason === undefined ? undefined : said(call, need, reason);
  };
  return {
    refusal,
    require(call, needs) {
      if (mode === "enforce") refuseWeakSession(call);
      for (const need of needs) {
        const reason = refusal(call, need);
        if (reason !== undefined) throw deniedError(call, reason);
      }
    },
  };
}

/** Every need is met: mode `off`, and services on their own in tests. */
export const unenforced: Access = { require: () => undefined, refusal: () => undefined };

interface Known {
  peers: Peers;
  clock: Clock;
  allowed: Allowed;
}

function denialOf(call: Call, need: Need, { peers, clock, allowed }: Known): string | undefined {
  const { caller } = call;
  const resource = need.policy?.();
  const principal = need.principal ?? principalOf(caller, call.accountId);
  // The account's own: nothing but a resource's policy can deny it anything.
  if (principal.kind === "root" && !resource && !caller?.session?.policies) return undefined;
  const arn = caller ? entityArn(caller) : undefined;
  const entity = arn === undefined ? null : (peers.policiesOf?.(arn) ?? null);
  if (allowed.has(entity, caller, need, resource)) return undefined;
  const context = new RequestContext(call, need, entity, clock);
  const request = { principal, action: need.action, resource: need.resource, resourceAccount: call.accountId, context };
  const policies = policiesOf(call, entity, need, resource);
  const decision = evaluate(request, policies);
  if (decision.decision === "allowed") {
    allowed.add(entity, caller, need, resource, context);
    return undefined;
  }
  return denialMessage({ ...request, resource: need.shown ?? need.resource }, decision, formOf(call.service));
}

function policiesOf(
  { caller }: Call,
  entity: CallerPolicies | null,
  { policyRequired }: Need,
  resource: CompiledPolicy | undefined,
): Policies {
  // A role that was deleted, and perhaps made again, grants its old sessions nothing.
  const own = entity && isOf(caller?.userId ?? "", entity) ? entity : null;
  const session = caller?.session?.policies && compiledSession(caller.session.policies);
  return {
    identity: own?.identity ?? (isOfRoot(caller) ? [everything] : []),
    ...(policyRequired ? { resourceRequired: true } : {}),
    ...(own?.boundary ? { boundary: own.boundary } : {}),
    ...(session ? { session } : {}),
    ...(resource ? { resource } : {}),
  };
}

/** A federated user that the owner made: the owner's permissions, and its session policies on top. */
const isOfRoot = (caller: Caller | null): boolean =>
  caller?.session?.kind === "federation" && caller.session.userArn === undefined;

const everything = compilePolicy("root", {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
});

/** `AROA…:SESSION` of a role's session; a user's own id, also of its sessions; `ACCOUNT:NAME` of a federated user. */
const isOf = (userId: string, { id }: CallerPolicies): boolean =>
  userId === id || userId.startsWith(`${id}:`) || /^\d{12}:/.test(userId);

/** By the list itself, which lives as long as the session's record. */
const sessions = new WeakMap<readonly string[], readonly CompiledPolicy[]>();

function compiledSession(documents: readonly string[]): readonly CompiledPolicy[] {
  const known = sessions.get(documents);
  if (known) return known;
  const made = documents.map((document, index) => compilePolicy(`session-${index + 1}`, document));
  sessions.set(documents, made);
  return made;
}
