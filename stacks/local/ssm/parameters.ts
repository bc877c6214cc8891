/** One parameter: its rows, its name, its answer forms. */
import type { DatabaseSync } from "node:sqlite";
import type { LocalCloud } from "../service.ts";
import { errors } from "./errors.ts";
import type { Vault } from "./vault.ts";

export const migrations = [
  `CREATE TABLE ssm_parameters (
     name TEXT PRIMARY KEY, version INTEGER NOT NULL, tags TEXT NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE ssm_versions (
     name TEXT NOT NULL REFERENCES ssm_parameters(name), version INTEGER NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
     tier TEXT NOT NULL, dataType TEXT NOT NULL, keyId TEXT, description TEXT, allowedPattern TEXT,
     modified INTEGER NOT NULL, modifiedBy TEXT NOT NULL,
     PRIMARY KEY (name, version)
   ) WITHOUT ROWID;`,
];

export interface VersionRow {
  name: string;
  version: number;
  type: "String" | "StringList" | "SecureString";
  /** Sealed for SecureString. */
  value: string;
  tier: string;
  dataType: string;
  keyId: string | null;
  description: string | null;
  allowedPattern: string | null;
  /** Milliseconds since 1970. */
  modified: number;
  modifiedBy: string;
}

export interface Tag {
  Key: string;
  Value: string;
}

/** The latest version, or the one that `NAME:VERSION` names. */
export function find(db: DatabaseSync, selector: string): { row: VersionRow; selector?: string } | undefined {
  const colon = selector.startsWith("arn:") ? -1 : selector.lastIndexOf(":");
  const name = nameOf(colon === -1 ? selector : selector.slice(0, colon));
  if (colon === -1) {
    const row = db
      .prepare(
        "SELECT v.* FROM ssm_parameters p JOIN ssm_versions v ON v.name = p.name AND v.version = p.version WHERE p.name = ?",
      )
      .get(name) as VersionRow | undefined;
    return row && { row };
  }
  const version = selector.slice(colon + 1);
  if (!/^\d+$/.test(version)) throw errors.notHere("A parameter label");
  const row = db.prepare("SELECT * FROM ssm_versions WHERE name = ? AND version = ?").get(name, Number(version)) as
    | VersionRow
    | undefined;
  if (row) return { row, selector: `:${version}` };
  if (db.prepare("SELECT 1 FROM ssm_parameters WHERE name = ?").get(name)) throw errors.versionNotFound(name, version);
  return undefined;
}

/** A name may come as an ARN. `/a` and `a` are two parameters, and both have the ARN …:parameter/a. */
function nameOf(text: string): string {
  if (!text.startsWith("arn:")) return text;
  const path = text.slice(text.indexOf(":parameter/") + ":parameter".length);
  return path.indexOf("/", 1) === -1 ? path.slice(1) : path;
}

export function checkName(name: unknown): string {
  if (typeof name !== "string" || name === "")
    throw errors.validation(
      "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    );
  if (name.length > 2048)
    throw errors.validation(
      "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 2048",
    );
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || name.endsWith("/") || name.includes("//"))
    throw errors.validation(
      "Invalid request: Parameter name must be a fully qualified name made of letters, numbers, and the symbols .-_/",
    );
  if (name.includes("/") && !name.startsWith("/"))
    throw errors.validation("Parameter name must be a fully qualified name.");
  if (/^\/?(aws|ssm)/i.test(name)) throw reserved(name);
  if (name.split("/").length > 16) throw errors.validation("Parameter name exceeds the maximum of 15 levels.");
  return name;
}

/** AWS tells its own paths, names and the service's paths apart. */
function reserved(name: string): Error {
  const isPath = name.split("/").length > 2;
  if (isPath && /^\/aws/i.test(name)) return errors.reserved(name);
  return errors.validation(
    isPath
      ? `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`
      : `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`,
  );
}

export function arnOf({ options }: LocalCloud, name: string): string {
  return `arn:aws:ssm:${options.region}:${options.accountId}:parameter/${name.replace(/^\//, "")}`;
}

/** As GetParameter answers it; times are seconds with a fraction. */
export function parameterJson(
  cloud: LocalCloud,
  vault: Vault,
  { row, selector }: { row: VersionRow; selector?: string },
  decrypt: boolean,
) {
  return {
    Name: row.name,
    Type: row.type,
    Value: row.type === "SecureString" && decrypt ? vault.open(row.value) : row.value,
    Version: row.version,
    Selector: selector,
    LastModifiedDate: row.modified / 1000,
    ARN: arnOf(cloud, row.name),
    DataType: row.dataType,
  };
}

/** As DescribeParameters answers it: everything but the value. */
export function metadataJson(cloud: LocalCloud, row: VersionRow) {
  return {
    Name: row.name,
    ARN: arnOf(cloud, row.name),
    Type: row.type,
    KeyId: row.keyId ?? undefined,
    LastModifiedDate: row.modified / 1000,
    LastModifiedUser: row.modifiedBy,
    Description: row.description ?? undefined,
    AllowedPattern: row.allowedPattern ?? undefined,
    Version: row.version,
    Tier: row.tier,
    Policies: [],
    DataType: row.dataType,
  };
}

export function latest(db: DatabaseSync): VersionRow[] {
  return db
    .prepare(
      "SELECT v.* FROM ssm_parameters p JOIN ssm_versions v ON v.name = p.name AND v.version = p.version ORDER BY p.name",
    )
    .all() as unknown as VersionRow[];
}

/** Pages over rows in name order; the token is the last name given out. */
export function page<T extends { name: string }>(
  rows: T[],
  maxResults: unknown,
  nextToken: unknown,
  defaultSize: number,
) {
  const size = Math.min(Math.max(Number(maxResults ?? defaultSize) || defaultSize, 1), 50);
  let after: string | undefined;
  if (nextToken !== undefined) {
    after = Buffer.from(String(nextToken), "base64url").toString("utf8");
    if (after === "") throw errors.token();
  }
  const rest = after === undefined ? rows : rows.filter(({ name }) => name > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return { items, NextToken: rest.length > size && last ? Buffer.from(last.name).toString("base64url") : undefined };
}
