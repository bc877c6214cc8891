/**
 * What a principal's calls are decided by: inline and attached policies, of a user with its groups', and the boundary;
 * compiled once for each text.
 */
import type { DatabaseSync } from "node:sqlite";
import { attachedTo } from "./attachments.ts";
import { awsManagedDocument } from "./aws-managed.ts";
import { type EntityKind, type EntityRow, entityNamed } from "./entities.ts";
import { groupsOf } from "./groups.ts";
import { inlineOf } from "./inline-policies.ts";
import { type CompiledPolicy, compilePolicy } from "./policy/index.ts";
import type { Tag } from "./tags.ts";

export interface SourcePolicy {
  /** As the simulator names it: `role_NAME_POLICY` for an inline policy, the name of a managed one. */
  id: string;
  document: string;
}

export interface EntityPolicies {
  identity: SourcePolicy[];
  boundary: SourcePolicy | undefined;
}

/** An entity with what decides for it. */
export interface Entity extends EntityPolicies {
  kind: EntityKind;
  id: string;
  arn: string;
  name: string;
  /** Of a user or a role: what `aws:PrincipalTag/KEY` reads. */
  tags: Tag[];
}

/** Throws NoSuchEntity. */
export function entityWithPolicies(db: DatabaseSync, kind: EntityKind, name: string): Entity {
  const row = entityNamed<EntityRow & { boundary?: string | null; tags?: string }>(db, kind, name);
  const boundary = row.boundary ?? undefined;
  const groups = kind === "user" ? groupsOf(db, row.id) : [];
  return {
    kind,
    id: row.id,
    arn: row.arn,
    name: row.name,
    tags: JSON.parse(row.tags ?? "[]") as Tag[],
    identity: [...policiesOf(db, kind, row), ...groups.flatMap((group) => policiesOf(db, "group", group))],
    boundary: boundary === undefined ? undefined : { id: boundary, document: documentOf(db, boundary) },
  };
}

function policiesOf(db: DatabaseSync, kind: EntityKind, { id, name }: EntityRow): SourcePolicy[] {
  return [
    ...inlineOf(db, id).map((policy) => ({ id: `${kind}_${name}_${policy.name}`, document: policy.document })),
    ...attachedTo(db, id).map((policy) => ({ id: policy.name, document: documentOf(db, policy.arn) })),
  ];
}

/** What a policy that is gone allows. */
const nothing = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** The version of a managed policy that counts. A boundary may outlive its policy: then it allows nothing. */
const documentOf = (db: DatabaseSync, arn: string): string => managedDocument(db, arn) ?? nothing;

/** Of a managed policy's default version; undefined where there is no such policy. */
export function managedDocument(db: DatabaseSync, arn: string): string | undefined {
  const row = db
    .prepare(
      "SELECT v.document FROM iam_policies p JOIN iam_policy_versions v ON v.arn = p.arn AND v.version = p.defaultVersion WHERE p.arn = ?",
    )
    .get(arn) as { document: string } | undefined;
  return row?.document ?? awsManagedDocument(arn);
}

const kept = new Map<string, CompiledPolicy>();
const maxKept = 1_000;

/** Texts are few and change seldom; the oldest goes when there are too many. */
export function compiled({ id, document }: SourcePolicy): CompiledPolicy {
  const key = `${id}\n${document}`;
  const found = kept.get(key);
  if (found) return found;
  const policy = compilePolicy(id, document);
  if (kept.size >= maxKept) kept.delete(kept.keys().next().value as string);
  kept.set(key, policy);
  return policy;
}
