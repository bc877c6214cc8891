/** Users, groups and roles: what they have in common, and the table of how they differ. */
import type { DatabaseSync } from "node:sqlite";
import { errors } from "./errors.ts";

export type EntityKind = "user" | "group" | "role";

export interface EntityRow {
  name: string;
  id: string;
  path: string;
  arn: string;
  /** Milliseconds since 1970. */
  created: number;
}

interface KindOfEntity {
  /** As operations name it: `PutUserPolicy`, `UserName`. */
  word: "User" | "Group" | "Role";
  table: "iam_users" | "iam_groups" | "iam_roles";
  /** Of all inline policies together, without white space. */
  inlineBytes: number;
}

export const kinds: Readonly<Record<EntityKind, KindOfEntity>> = {
  user: { word: "User", table: "iam_users", inlineBytes: 2_048 },
  group: { word: "Group", table: "iam_groups", inlineBytes: 5_120 },
  role: { word: "Role", table: "iam_roles", inlineBytes: 10_240 },
};

export const entityKinds = Object.keys(kinds) as EntityKind[];

export function findEntity<Row extends EntityRow>(db: DatabaseSync, kind: EntityKind, name: string): Row | undefined {
  return db.prepare(`SELECT * FROM ${kinds[kind].table} WHERE name = ?`).get(name) as Row | undefined;
}

/** Throws NoSuchEntity. */
export function entityNamed<Row extends EntityRow>(db: DatabaseSync, kind: EntityKind, name: string): Row {
  const row = findEntity<Row>(db, kind, name);
  if (!row) throw errors.noSuch(kind, name);
  return row;
}

/** Names differ in more than their case. */
export function assertFree(db: DatabaseSync, kind: EntityKind, name: string): void {
  if (findEntity(db, kind, name)) throw errors.exists(kinds[kind].word, name);
}

/** Of a listing: below a path, by name. */
export function entitiesBelow<Row extends EntityRow>(db: DatabaseSync, kind: EntityKind, prefix = "/"): Row[] {
  const rows = db.prepare(`SELECT * FROM ${kinds[kind].table} ORDER BY name COLLATE BINARY`).all();
  return (rows as unknown as Row[]).filter(({ path }) => path.startsWith(prefix));
}

export const arnOf = (accountId: string, kind: EntityKind, path: string, name: string): string =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`;

/** A user or role must be without policies before it goes; nothing goes with it that nobody named. */
export function assertBare(db: DatabaseSync, id: string): void {
  if (db.prepare("SELECT 1 FROM iam_attached_policies WHERE owner = ?").get(id)) throw errors.hasAttachments();
  if (db.prepare("SELECT 1 FROM iam_inline_policies WHERE owner = ?").get(id)) throw errors.hasPolicies();
}
