/** Roles: made, read, changed, listed and deleted, with their trust policies. */
import type { DatabaseSync } from "node:sqlite";
import { uniqueId } from "../ids.ts";
import type { QueryInput, QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { checkTrust } from "./documents.ts";
import { errors } from "./errors.ts";
import { checkedPath, checkName, required } from "./inputs.ts";
import { findRole, paged, type RoleRow, roleNamed, setColumn } from "./tables.ts";
import { readTags, type Tag } from "./tags.ts";

function roleXml(row: RoleRow): { [name: string]: XmlValue } {
  const tags = JSON.parse(row.tags) as Tag[];
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.id,
    Arn: row.arn,
    CreateDate: new Date(row.created),
    AssumeRolePolicyDocument: encodeURIComponent(row.trust),
    Description: row.description ?? undefined,
    MaxSessionDuration: row.maxSession,
    PermissionsBoundary: row.boundary
      ? { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: row.boundary }
      : undefined,
    Tags: tags.length > 0 ? tags : undefined,
    RoleLastUsed: {},
  };
}

/** ListRoles leaves these out, as AWS does. */
function listedXml(row: RoleRow): XmlValue {
  const { Tags, PermissionsBoundary, RoleLastUsed, ...rest } = roleXml(row);
  return rest;
}

export function roleOperations(cloud: LocalCloud): Record<string, QueryOperation> {
  const { store } = cloud;
  return {
    async CreateRole(input) {
      const row = newRole(cloud, input);
      await store.write((db) => {
        if (findRole(db, row.name)) throw errors.roleExists(row.name);
        insertRole(db, row);
      });
      return { Role: roleXml(row) };
    },
    GetRole(input) {
      required(input, "RoleName");
      return { Role: roleXml(roleNamed(store.db, input.RoleName)) };
    },
    async UpdateRole(input) {
      required(input, "RoleName");
      const name = input.RoleName as string;
      if (input.Description !== undefined) await setColumn(store, name, "description", input.Description);
      if (input.MaxSessionDuration !== undefined)
        await setColumn(store, name, "maxSession", checkedSession(input.MaxSessionDuration));
      roleNamed(store.db, name);
      return {};
    },
    async UpdateRoleDescription(input) {
      required(input, "RoleName", "Description");
      await setColumn(store, input.RoleName, "description", input.Description);
      return { Role: roleXml(roleNamed(store.db, input.RoleName)) };
    },
    async UpdateAssumeRolePolicy(input) {
      required(input, "RoleName", "PolicyDocument");
      checkTrust(input.PolicyDocument, principalExists(cloud));
      await setColumn(store, input.RoleName, "trust", input.PolicyDocument);
      return undefined;
    },
    async DeleteRole(input) {
      required(input, "RoleName");
      await store.write((db) => {
        const { name } = roleNamed(db, input.RoleName);
        if (db.prepare("SELECT 1 FROM iam_attachments WHERE role = ?").get(name)) throw errors.hasAttachments();
        if (db.prepare("SELECT 1 FROM iam_role_policies WHERE role = ?").get(name)) throw errors.hasPolicies();
        db.prepare("DELETE FROM iam_roles WHERE name = ?").run(name);
      });
      return undefined;
    },
    ListRoles(input) {
      const prefix = input.PathPrefix ?? "/";
      const rows = store.db
        .prepare("SELECT * FROM iam_roles ORDER BY name COLLATE BINARY")
        .all() as unknown as RoleRow[];
      const { page, ...marks } = paged(
        rows.filter((row) => row.path.startsWith(prefix)),
        (row) => row.name,
        input,
      );
      return { Roles: page.map(listedXml), ...marks };
    },
  };
}

function newRole(cloud: LocalCloud, input: QueryInput): RoleRow {
  const { clock, options } = cloud;
  required(input, "RoleName", "AssumeRolePolicyDocument");
  checkName("roleName", input.RoleName, 64);
  const path = checkedPath(input.Path);
  checkTrust(input.AssumeRolePolicyDocument, principalExists(cloud));
  return {
    name: input.RoleName,
    id: uniqueId("AROA"),
    path,
    arn: `arn:aws:iam::${options.accountId}:role${path}${input.RoleName}`,
    trust: input.AssumeRolePolicyDocument,
    description: input.Description ?? null,
    maxSession: checkedSession(input.MaxSessionDuration),
    boundary: input.PermissionsBoundary ?? null,
    tags: JSON.stringify(readTags(input.Tags)),
    created: clock.now(),
  };
}

/** Of this account's roles, with or without a session; of other accounts nothing is known, so they pass. */
function principalExists({ store, options }: LocalCloud): (arn: string) => boolean {
  return (arn) => {
    const [, kind, name] = new RegExp(`^arn:aws:(?:iam|sts)::${options.accountId}:([\\w-]+)/(.+)$`).exec(arn) ?? [];
    if (kind === "assumed-role") return findRole(store.db, name?.split("/")[0] ?? "") !== undefined;
    if (kind === "role") return findRole(store.db, name?.split("/").at(-1) ?? "")?.arn === arn;
    return true;
  };
}

function insertRole(db: DatabaseSync, row: RoleRow): void {
  db.prepare(
    "INSERT INTO iam_roles (name, id, path, arn, trust, description, maxSession, boundary, tags, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  ).run(
    row.name,
    row.id,
    row.path,
    row.arn,
    row.trust,
    row.description,
    row.maxSession,
    row.boundary,
    row.tags,
    row.created,
  );
}

function checkedSession(value: string | undefined): number {
  const seconds = Number(value ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 43_200)
    throw errors.invalid(
      `1 validation error detected: Value '${value}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${seconds < 3600 ? "greater than or equal to 3600" : "less than or equal to 43200"}`,
    );
  return seconds;
}
