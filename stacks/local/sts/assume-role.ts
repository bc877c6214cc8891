/** AssumeRole: the role's trust policy and the caller's own policies decide; the session carries what it was asked to. */
import type { DatabaseSync } from "node:sqlite";
import { requestTags, resourceTags } from "../access/rows.ts";
import { type CompiledPolicy, compilePolicy } from "../iam/policy/index.ts";
import { findRole, type RoleRow } from "../iam/tables.ts";
import type { QueryInput } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import { type Call, type Caller, type LocalCloud, type Need, ServiceError } from "../service.ts";
import { type Carried, carriedOf, invalid } from "./inputs.ts";
import { credentialsXml, type Sessions } from "./sessions.ts";

const chainedSeconds = 3_600;

export function assumeRole(cloud: LocalCloud, sessions: Sessions) {
  return async (input: QueryInput, call: Call): Promise<XmlValue> => {
    const caller = call.caller as Caller;
    const { RoleArn, RoleSessionName, ExternalId } = input;
    if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(RoleArn))
      throw new ServiceError("ValidationError", 400, `${RoleArn} is invalid`);
    const carried = inherited(carriedOf(input, cloud.store.db), caller);
    const sourceIdentity = sourceOf(input, caller);
    const role = assumable(cloud, RoleArn, caller);
    const said = { RoleSessionName, ExternalId, sourceIdentity };
    cloud.access.require(call, needsOf(role, carried, said));
    const seconds = durationFor(input.DurationSeconds, role, caller);
    const { session, durable } = sessions.add(identityOf(cloud, role, RoleSessionName), seconds, {
      kind: "role",
      ...(carried.policies ? { policies: carried.policies } : {}),
      ...(Object.keys(carried.tags).length > 0 ? { tags: carried.tags } : {}),
      ...(carried.transitive.length > 0 ? { transitiveTags: carried.transitive } : {}),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    });
    await durable;
    return {
      Credentials: credentialsXml(session),
      AssumedRoleUser: { AssumedRoleId: session.identity.userId, Arn: session.identity.arn },
      PackedPolicySize: carried.packedSize,
      SourceIdentity: sourceIdentity,
    };
  };
}

export function roleAt(db: DatabaseSync, arn: string): RoleRow | undefined {
  const role = findRole(db, arn.split("/").at(-1) ?? "");
  return role?.arn === arn ? role : undefined;
}

export const identityOf = ({ options }: LocalCloud, role: RoleRow, sessionName: string) => ({
  arn: `arn:aws:sts::${options.accountId}:assumed-role/${role.name}/${sessionName}`,
  userId: `${role.id}:${sessionName}`,
  roleArn: role.arn,
});

/** A role that is new is not known everywhere at once, on AWS. */
export const isKnownYet = ({ clock, options }: LocalCloud, { created }: Pick<RoleRow, "created">): boolean =>
  clock.now() >= created + (options.roleDelayMs ?? 0);

function assumable(cloud: LocalCloud, arn: string, { arn: who, session }: Caller): RoleRow {
  const role = roleAt(cloud.store.db, arn);
  // Whether there is such a role is told to nobody.
  if (!role || !isKnownYet(cloud, role) || session?.kind === "federation")
    throw new ServiceError(
      "AccessDenied",
      403,
      `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  return role;
}

interface Said {
  RoleSessionName: string;
  ExternalId?: string;
  sourceIdentity: string | undefined;
}

function needsOf(role: RoleRow, carried: Carried, { RoleSessionName, ExternalId, sourceIdentity }: Said): Need[] {
  const keys = (): ReturnType<NonNullable<Need["keys"]>> => ({
    "sts:RoleSessionName": RoleSessionName,
    "sts:ExternalId": ExternalId,
    "sts:SourceIdentity": sourceIdentity,
    "sts:TransitiveTagKeys": carried.transitive.length > 0 ? carried.transitive : undefined,
    ...requestTags(carried.tags),
    ...resourceTags(JSON.parse(role.tags), ["aws:ResourceTag", "iam:ResourceTag"]),
  });
  const need = (action: string): Need => ({
    action: `sts:${action}`,
    resource: role.arn,
    policy: () => trustOf(role),
    policyRequired: true,
    keys,
  });
  return [
    need("AssumeRole"),
    ...(Object.keys(carried.tags).length > 0 ? [need("TagSession")] : []),
    ...(sourceIdentity === undefined ? [] : [need("SetSourceIdentity")]),
  ];
}

const trusts = new Map<string, CompiledPolicy>();
const maxKept = 1_000;

/** Compiled once for each text. */
export function trustOf({ trust }: Pick<RoleRow, "trust">): CompiledPolicy {
  const known = trusts.get(trust);
  if (known) return known;
  const made = compilePolicy("trust", trust);
  if (trusts.size >= maxKept) trusts.clear();
  trusts.set(trust, made);
  return made;
}

/** In a chain, transitive tags come along, and nobody may set them anew. */
function inherited(carried: Carried, { session }: Caller): Carried {
  const keys = session?.transitiveTags ?? [];
  const from = Object.entries(session?.tags ?? {}).filter(([key]) => keys.includes(key));
  const taken = Object.keys(carried.tags).map((key) => key.toLowerCase());
  if (from.some(([key]) => taken.includes(key.toLowerCase())))
    throw new ServiceError(
      "InvalidParameterValue",
      400,
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  return {
    ...carried,
    tags: { ...carried.tags, ...Object.fromEntries(from) },
    transitive: [...new Set([...carried.transitive, ...from.map(([key]) => key)])],
  };
}

function sourceOf({ SourceIdentity }: QueryInput, { session }: Caller): string | undefined {
  const kept = session?.sourceIdentity;
  if (kept !== undefined && SourceIdentity !== undefined && SourceIdentity !== kept)
    throw invalid("The source identity of the calling session cannot be changed.");
  return kept ?? (SourceIdentity as string | undefined);
}

function durationFor(said: string | undefined, role: RoleRow, { roleArn }: Caller): number {
  if (roleArn && Number(said ?? 0) > chainedSeconds)
    throw invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  return durationWithin(said, role);
}

export function durationWithin(said: string | undefined, { maxSession }: RoleRow): number {
  const seconds = Number(said ?? 3_600);
  if (seconds > maxSession)
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return seconds;
}
