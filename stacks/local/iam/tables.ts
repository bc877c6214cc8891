/** IAM's rows, and reading them. */
import type { DatabaseSync } from "node:sqlite";
import { type EntityRow, findEntity } from "./entities.ts";
import { errors } from "./errors.ts";

export interface UserRow extends EntityRow {
  boundary: string | null;
  /** JSON: [{ Key, Value }] */
  tags: string;
}

export interface RoleRow extends EntityRow {
  trust: string;
  description: string | null;
  /** Seconds. */
  maxSession: number;
  boundary: string | null;
  /** JSON: [{ Key, Value }] */
  tags: string;
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
  return findEntity<RoleRow>(db, "role", name);
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
