/** IAM's rows, and reading them. */
import type { DatabaseSync } from "node:sqlite";
import type { Store } from "../store.ts";
import { errors } from "./errors.ts";

export const migrations = [
  `CREATE TABLE iam_roles (
     name TEXT PRIMARY KEY COLLATE NOCASE, id TEXT NOT NULL, path TEXT NOT NULL, arn TEXT NOT NULL UNIQUE,
     trust TEXT NOT NULL, description TEXT, maxSession INTEGER NOT NULL, boundary TEXT,
     tags TEXT NOT NULL, created INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_role_policies (
     role TEXT NOT NULL COLLATE NOCASE REFERENCES iam_roles(name), name TEXT NOT NULL, document TEXT NOT NULL,
     PRIMARY KEY (role, name)
   ) WITHOUT ROWID;
   CREATE TABLE iam_policies (
     arn TEXT PRIMARY KEY, name TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, description TEXT,
     defaultVersion TEXT NOT NULL, nextVersion INTEGER NOT NULL, tags TEXT NOT NULL,
     created INTEGER NOT NULL, updated INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE iam_policy_versions (
     arn TEXT NOT NULL REFERENCES iam_policies(arn), version TEXT NOT NULL, document TEXT NOT NULL, created INTEGER NOT NULL,
     PRIMARY KEY (arn, version)
   ) WITHOUT ROWID;
   CREATE TABLE iam_attachments (
     role TEXT NOT NULL COLLATE NOCASE REFERENCES iam_roles(name), arn TEXT NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (role, arn)
   ) WITHOUT ROWID;`,
];

export interface RoleRow {
  name: string;
  id: string;
  path: string;
  arn: string;
  trust: string;
  description: string | null;
  maxSession: number;
  boundary: string | null;
  /** JSON: [{ Key, Value }] */
  tags: string;
  created: number;
}

export interface PolicyRow {
  arn: string;
  name: string;
  id: string;
  path: string;
  description: string | null;
  defaultVersion: string;
  nextVersion: number;
  tags: string;
  created: number;
  updated: number;
}

export interface VersionRow {
  arn: string;
  version: string;
  document: string;
  created: number;
}

export function findRole(db: DatabaseSync, name: string): RoleRow | undefined {
  return db.prepare("SELECT * FROM iam_roles WHERE name = ?").get(name) as RoleRow | undefined;
}

export function roleNamed(db: DatabaseSync, name: string): RoleRow {
  const row = findRole(db, name);
  if (!row) throw errors.noSuchRole(name);
  return row;
}

/** `column` is one of the table's own words, never input. */
export function setColumn(
  store: Store,
  role: string,
  column: "description" | "maxSession" | "trust" | "boundary",
  value: string | number | null,
): Promise<void> {
  return store.write((db) => {
    roleNamed(db, role);
    db.prepare(`UPDATE iam_roles SET ${column} = ? WHERE name = ?`).run(value, role);
  });
}

export function policyOf(db: DatabaseSync, arn: string): PolicyRow {
  const row = db.prepare("SELECT * FROM iam_policies WHERE arn = ?").get(arn) as PolicyRow | undefined;
  if (!row) throw errors.noSuchPolicy(arn);
  return row;
}

/** Marker paging by the last name or ARN given out. */
export function paged<T>(rows: T[], keyOf: (row: T) => string, input: { Marker?: string; MaxItems?: string }) {
  const size = Math.min(Math.max(Number(input.MaxItems ?? 100) || 100, 1), 1000);
  const after = input.Marker === undefined ? undefined : Buffer.from(input.Marker, "base64url").toString("utf8");
  const rest = after === undefined ? rows : rows.filter((row) => keyOf(row) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const more = rest.length > size && last !== undefined;
  return { page, IsTruncated: more, Marker: more ? Buffer.from(keyOf(last)).toString("base64url") : undefined };
}
