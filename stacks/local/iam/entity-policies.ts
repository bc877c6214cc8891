/** What a role's calls are decided by: its inline and attached policies and its boundary, compiled once for each text. */
import type { DatabaseSync } from "node:sqlite";
import { awsManagedDocument } from "./aws-managed.ts";
import { type CompiledPolicy, compilePolicy } from "./policy/index.ts";
import { roleNamed } from "./tables.ts";

export interface SourcePolicy {
  /** As the simulator names it: `role_NAME_POLICY` for an inline policy, the name of a managed one. */
  id: string;
  document: string;
}

export interface EntityPolicies {
  identity: SourcePolicy[];
  boundary: SourcePolicy | undefined;
}

export function policiesOfRole(db: DatabaseSync, roleName: string): EntityPolicies {
  const { name, boundary } = roleNamed(db, roleName);
  const inline = db
    .prepare("SELECT name, document FROM iam_role_policies WHERE role = ? ORDER BY name")
    .all(name) as unknown as { name: string; document: string }[];
  const attached = db
    .prepare("SELECT name, arn FROM iam_attachments WHERE role = ? ORDER BY arn")
    .all(name) as unknown as { name: string; arn: string }[];
  return {
    identity: [
      ...inline.map((policy) => ({ id: `role_${name}_${policy.name}`, document: policy.document })),
      ...attached.map((policy) => ({ id: policy.name, document: documentOf(db, policy.arn) })),
    ],
    boundary: boundary === null ? undefined : { id: boundary, document: documentOf(db, boundary) },
  };
}

/** What a policy that is gone allows. */
const nothing = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** The version of a managed policy that counts. A boundary may outlive its policy: then it allows nothing. */
function documentOf(db: DatabaseSync, arn: string): string {
  const row = db
    .prepare(
      "SELECT v.document FROM iam_policies p JOIN iam_policy_versions v ON v.arn = p.arn AND v.version = p.defaultVersion WHERE p.arn = ?",
    )
    .get(arn) as { document: string } | undefined;
  return row?.document ?? awsManagedDocument(arn) ?? nothing;
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
