/** Role operations: the role itself, its trust policy, its boundary, its tags. */

import type { QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { checkDocument } from "./documents.ts";
import { errors, matching, required } from "./errors.ts";
import { uniqueId } from "./ids.ts";
import { findRole, paged, type RoleRow, roleNamed } from "./tables.ts";
import { mergeTags, readTags, type Tag } from "./tags.ts";

export function roleXml(row: RoleRow): { [name: string]: XmlValue } {
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
    Tags: tags.length > 0 ? tags.map(({ Key, Value }) => ({ Key, Value })) : undefined,
    RoleLastUsed: {},
  };
}

/** ListRoles leaves these out, as AWS does. */
function listedXml(row: RoleRow): XmlValue {
  const { Tags, PermissionsBoundary, RoleLastUsed, ...rest } = roleXml(row);
  return rest;
}

export function roleOperations({ store, clock, options }: LocalCloud): Record<string, QueryOperation> {
  const update = (name: string, column: string, value: string | number | null): Promise<void> =>
    store.write((db) => {
      roleNamed(db, name);
      db.prepare(`UPDATE iam_roles SET ${column} = ? WHERE name = ?`).run(value, name);
    });

  /** Read and written in one transaction: calls made at once keep each other's tags. */
  const changeTags = (name: string, change: (before: Tag[]) => Tag[]): Promise<void> =>
    store.write((db) => {
      const after = change(JSON.parse(roleNamed(db, name).tags));
      db.prepare("UPDATE iam_roles SET tags = ? WHERE name = ?").run(JSON.stringify(after), name);
    });

  return {
    async CreateRole(input) {
      required(input, "RoleName", "AssumeRolePolicyDocument");
      matching("roleName", input.RoleName, /^[\w+=,.@-]+$/, "[\\w+=,.@-]+", 64);
      const path = checkedPath(input.Path);
      checkDocument(input.AssumeRolePolicyDocument, "trust");
      const row: RoleRow = {
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
      await store.write((db) => {
        if (findRole(db, row.name)) throw errors.roleExists(row.name);
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
      if (input.Description !== undefined) await update(name, "description", input.Description);
      if (input.MaxSessionDuration !== undefined)
        await update(name, "maxSession", checkedSession(input.MaxSessionDuration));
      roleNamed(store.db, name);
      return {};
    },
    async UpdateRoleDescription(input) {
      required(input, "RoleName", "Description");
      await update(input.RoleName, "description", input.Description);
      return { Role: roleXml(roleNamed(store.db, input.RoleName)) };
    },
    async UpdateAssumeRolePolicy(input) {
      required(input, "RoleName", "PolicyDocument");
      checkDocument(input.PolicyDocument, "trust");
      await update(input.RoleName, "trust", input.PolicyDocument);
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
    async PutRolePermissionsBoundary(input) {
      required(input, "RoleName", "PermissionsBoundary");
      await update(input.RoleName, "boundary", input.PermissionsBoundary);
      return undefined;
    },
    async DeleteRolePermissionsBoundary(input) {
      required(input, "RoleName");
      await update(input.RoleName, "boundary", null);
      return undefined;
    },
    async TagRole(input) {
      required(input, "RoleName", "Tags");
      const tags = readTags(input.Tags);
      await changeTags(input.RoleName, (before) => mergeTags(before, tags));
      return undefined;
    },
    async UntagRole(input) {
      required(input, "RoleName", "TagKeys");
      const gone = new Set([input.TagKeys].flat());
      await changeTags(input.RoleName, (before) => before.filter(({ Key }) => !gone.has(Key)));
      return undefined;
    },
    ListRoleTags(input) {
      required(input, "RoleName");
      const tags = JSON.parse(roleNamed(store.db, input.RoleName).tags) as Tag[];
      return { Tags: tags.map(({ Key, Value }) => ({ Key, Value })), IsTruncated: false };
    },
    ListInstanceProfilesForRole(input) {
      required(input, "RoleName");
      roleNamed(store.db, input.RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}

export function checkedPath(path: string | undefined): string {
  if (path === undefined) return "/";
  if (path.length > 512 || !/^\/$|^\/[\x21-\x7e]+\/$/.test(path))
    throw errors.invalid(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  return path;
}

function checkedSession(value: string | undefined): number {
  const seconds = Number(value ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 43_200)
    throw errors.invalid(
      `1 validation error detected: Value '${value}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${seconds < 3600 ? "greater than or equal to 3600" : "less than or equal to 43200"}`,
    );
  return seconds;
}
