/** Roles: made, read, changed, listed and deleted, with their trust policies. */
import type { DatabaseSync } from "node:sqlite";
import { uniqueId } from "../ids.ts";
import type { QueryInput, QueryOperation } from "../protocols/aws-query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import type { LocalCloud } from "../service.ts";
import { assertBoundary, boundaryXml } from "./boundaries.ts";
import { checkTrust } from "./documents.ts";
import { arnOf, assertBare, assertFree, entitiesBelow, entityNamed, findEntity } from "./entities.ts";
import { errors } from "./errors.ts";
import { checkedPath } from "./inputs.ts";
import type { LastUse, LastUsed } from "./last-used.ts";
import { findRole, paged, type RoleRow } from "./tables.ts";
import { readTags, type Tag } from "./tags.ts";

export function roleXml(row: RoleRow, used: LastUse | undefined): { [name: string]: XmlValue } {
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
    PermissionsBoundary: boundaryXml(row.boundary),
    Tags: tags.length > 0 ? tags : undefined,
    RoleLastUsed: used ? { LastUsedDate: new Date(used.at), Region: used.region } : {},
  };
}

/** What a role that was just made says; its description, its longest session and its last use GetRole tells. */
export function newRoleXml(row: RoleRow): XmlValue {
  const { Description, MaxSessionDuration, RoleLastUsed, ...rest } = roleXml(row, undefined);
  return rest;
}

/** ListRoles leaves these out, as AWS does. */
function listedXml(row: RoleRow): XmlValue {
  const { Tags, PermissionsBoundary, RoleLastUsed, ...rest } = roleXml(row, undefined);
  return rest;
}

/** What an update may change by itself. */
type Changes = Partial<Pick<RoleRow, "description" | "maxSession" | "trust">>;

export function roleOperations(cloud: LocalCloud, lastUsed: LastUsed): Record<string, QueryOperation> {
  const { store } = cloud;
  const shown = (name: string): XmlValue => {
    const row = entityNamed<RoleRow>(store.db, "role", name);
    return { Role: roleXml(row, lastUsed.of(row.arn)) };
  };
  const update = (name: string, changes: Changes): Promise<void> =>
    store.write((db) => {
      const before = entityNamed<RoleRow>(db, "role", name);
      const { id, description, maxSession, trust } = { ...before, ...changes };
      if (trust !== before.trust && before.path.startsWith("/aws-service-role/"))
        throw errors.protectedRole(before.name);
      db.prepare("UPDATE iam_roles SET description = ?, maxSession = ?, trust = ? WHERE id = ?").run(
        description,
        maxSession,
        trust,
        id,
      );
    });
  return {
    async CreateRole(input) {
      const row = newRole(cloud, input);
      await store.write((db) => {
        assertFree(db, "role", row.name);
        if (row.boundary !== null) assertBoundary(db, row.boundary);
        insertRole(db, row);
      });
      return { Role: newRoleXml(row) };
    },
    GetRole(input) {
      return shown(input.RoleName);
    },
    async UpdateRole(input) {
      await update(input.RoleName, {
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.MaxSessionDuration === undefined ? {} : { maxSession: checkedSession(input.MaxSessionDuration) }),
      });
      return {};
    },
    async UpdateRoleDescription(input) {
      await update(input.RoleName, { description: input.Description });
      const { MaxSessionDuration, RoleLastUsed, ...said } = roleXml(
        entityNamed<RoleRow>(store.db, "role", input.RoleName),
        undefined,
      );
      return { Role: said };
    },
    async UpdateAssumeRolePolicy(input) {
      checkTrust(input.PolicyDocument, principalExists(cloud));
      await update(input.RoleName, { trust: input.PolicyDocument });
      return undefined;
    },
    async DeleteRole(input) {
      await store.write((db) => {
        const row = entityNamed<RoleRow>(db, "role", input.RoleName);
        if (row.path.startsWith("/aws-service-role/")) throw errors.protectedRole(row.name);
        assertBare(db, row.id);
        db.prepare("DELETE FROM iam_roles WHERE id = ?").run(row.id);
      });
      return undefined;
    },
    ListRoles(input) {
      const { page, ...marks } = paged(
        entitiesBelow<RoleRow>(store.db, "role", input.PathPrefix),
        (row) => row.name,
        input,
      );
      return { Roles: page.map(listedXml), ...marks };
    },
    /** Of none: EC2 is not here, and profiles cannot be made. */
    ListInstanceProfilesForRole(input) {
      entityNamed(store.db, "role", input.RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}

function newRole(cloud: LocalCloud, input: QueryInput): RoleRow {
  const { clock, options } = cloud;
  const path = checkedPath(input.Path);
  checkTrust(input.AssumeRolePolicyDocument, principalExists(cloud));
  return {
    name: input.RoleName,
    id: uniqueId("AROA"),
    path,
    arn: arnOf(options.accountId, "role", path, input.RoleName),
    trust: input.AssumeRolePolicyDocument,
    description: input.Description ?? null,
    maxSession: checkedSession(input.MaxSessionDuration),
    boundary: input.PermissionsBoundary ?? null,
    tags: JSON.stringify(readTags(input.Tags)),
    created: clock.now(),
  };
}

/** Of this account's users and roles, these with or without a session; of other accounts nothing is known: they pass. */
function principalExists({ store, options }: LocalCloud): (arn: string) => boolean {
  return (arn) => {
    const [, kind, name] = new RegExp(`^arn:aws:(?:iam|sts)::${options.accountId}:([\\w-]+)/(.+)$`).exec(arn) ?? [];
    if (kind === "assumed-role") return findRole(store.db, name?.split("/")[0] ?? "") !== undefined;
    if (kind === "role" || kind === "user")
      return findEntity(store.db, kind, name?.split("/").at(-1) ?? "")?.arn === arn;
    return true;
  };
}

export function insertRole(db: DatabaseSync, row: RoleRow): void {
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
      `1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value ${seconds < 3600 ? "greater than or equal to 3600" : "less than or equal to 43200"}`,
    );
  return seconds;
}
