/**
 * What S3 keeps: buckets, versions of objects, uploads under way, and how many rows refer to each body. All functions
 * here run inside a store transaction or are plain reads. Keys are bytes (UTF-8), which is the order lists come in.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Algorithm, ChecksumType } from "./checksums.ts";

export const tables: readonly string[] = [
  `CREATE TABLE s3_buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created INTEGER NOT NULL,
     versioning TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
   CREATE TABLE s3_settings (bucket TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (bucket, kind)) WITHOUT ROWID;
   CREATE TABLE s3_versions (bucket TEXT NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, version TEXT NOT NULL,
     latest INTEGER NOT NULL, marker INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
     modified INTEGER NOT NULL, segments TEXT NOT NULL, meta TEXT NOT NULL,
     PRIMARY KEY (bucket, key, seq)) WITHOUT ROWID;
   CREATE UNIQUE INDEX s3_current ON s3_versions (bucket, key) WHERE latest = 1 AND marker = 0;
   CREATE TABLE s3_uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, started INTEGER NOT NULL,
     meta TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX s3_uploads_by_key ON s3_uploads (bucket, key, id);
   CREATE TABLE s3_parts (upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
     modified INTEGER NOT NULL, body TEXT NOT NULL, checksum TEXT NOT NULL,
     PRIMARY KEY (upload, number)) WITHOUT ROWID;
   CREATE TABLE s3_bodies (id TEXT PRIMARY KEY, refs INTEGER NOT NULL) WITHOUT ROWID;`,
];

export interface BucketRow {
  name: string;
  region: string;
  /** Milliseconds since 1970. */
  created: number;
  versioning: "" | "Enabled" | "Suspended";
}

export interface Segment {
  id: string;
  size: number;
}

/** What a client may say of an object, and what was computed of it. */
export interface Meta {
  /** Content-Type and the other headers that come back as they were given; names in lower case. */
  headers: Record<string, string>;
  user: Record<string, string>;
  tags: Record<string, string>;
  algorithm: Algorithm;
  checksumType: ChecksumType;
  checksum: string;
  /** Of an object that was uploaded in parts. */
  parts?: { number: number; size: number; checksum: string }[];
}

export interface Version {
  key: string;
  version: string;
  latest: boolean;
  marker: boolean;
  size: number;
  etag: string;
  modified: number;
  segments: Segment[];
  meta: Meta;
}

export const keyBytes = (key: string): Buffer => Buffer.from(key, "utf8");

const columns = "key, version, latest, marker, size, etag, modified, segments, meta";

export function versionOf(row: Record<string, unknown>): Version {
  return {
    key: Buffer.from(row["key"] as Uint8Array).toString("utf8"),
    version: row["version"] as string,
    latest: row["latest"] === 1,
    marker: row["marker"] === 1,
    size: row["size"] as number,
    etag: row["etag"] as string,
    modified: row["modified"] as number,
    segments: JSON.parse(row["segments"] as string),
    meta: JSON.parse(row["meta"] as string),
  };
}

export type Records = ReturnType<typeof openRecords>;

export function openRecords(db: DatabaseSync) {
  const { get, run, all } = statements(db);
  const { retain, release } = references(run);

  return {
    get,
    run,
    all,
    retain,
    release,
    bucket: (name: string) => get("SELECT * FROM s3_buckets WHERE name = ?", name) as BucketRow | undefined,
    setting(bucket: string, kind: string): string | undefined {
      return get("SELECT value FROM s3_settings WHERE bucket = ? AND kind = ?", bucket, kind)?.value;
    },
    /** The newest version, which may be a delete marker. */
    latest(bucket: string, key: string): Version | undefined {
      const row = get(
        `SELECT ${columns} FROM s3_versions WHERE bucket = ? AND key = ? ORDER BY seq LIMIT 1`,
        bucket,
        keyBytes(key),
      );
      return row && versionOf(row);
    },
    version(bucket: string, key: string, version: string): Version | undefined {
      const row = get(
        `SELECT ${columns} FROM s3_versions WHERE bucket = ? AND key = ? AND version = ?`,
        bucket,
        keyBytes(key),
        version,
      );
      return row && versionOf(row);
    },
    /** Puts a version in front of the others. A version of the same id ("null") must have been removed. */
    insert(bucket: string, it: Omit<Version, "latest">): void {
      const key = keyBytes(it.key);
      run("UPDATE s3_versions SET latest = 0 WHERE bucket = ? AND key = ? AND latest = 1", bucket, key);
      const first = get("SELECT min(seq) AS seq FROM s3_versions WHERE bucket = ? AND key = ?", bucket, key).seq;
      // Newest first, also when the clock goes back.
      const seq = Math.min(-it.modified, (first ?? 0) - 1);
      run(
        `INSERT INTO s3_versions (bucket, seq, ${columns}) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
        bucket,
        seq,
        key,
        it.version,
        it.marker ? 1 : 0,
        it.size,
        it.etag,
        it.modified,
        JSON.stringify(it.segments),
        JSON.stringify(it.meta),
      );
      retain(it.segments.map(({ id }) => id));
    },
    /** The next older version becomes the latest. Answers bodies whose files may go. */
    remove(bucket: string, it: Version): string[] {
      const key = keyBytes(it.key);
      run("DELETE FROM s3_versions WHERE bucket = ? AND key = ? AND version = ?", bucket, key, it.version);
      run(
        `UPDATE s3_versions SET latest = 1 WHERE bucket = ?1 AND key = ?2 AND
           seq = (SELECT min(seq) FROM s3_versions WHERE bucket = ?1 AND key = ?2)`,
        bucket,
        key,
      );
      return release(it.segments.map(({ id }) => id));
    },
  };
}

/** SQL by its text, prepared once each. */
function statements(db: DatabaseSync) {
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const sql = (text: string) => {
    const statement = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  const get = (text: string, ...values: SQLInputValue[]) => sql(text).get(...values) as any;
  const run = (text: string, ...values: SQLInputValue[]) => sql(text).run(...values);
  const all = (text: string, ...values: SQLInputValue[]) => sql(text).all(...values) as any[];
  return { get, run, all };
}

/** How many rows refer to each body. */
function references(run: ReturnType<typeof statements>["run"]) {
  const retain = (ids: readonly string[]): void => {
    for (const id of ids)
      run("INSERT INTO s3_bodies (id, refs) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET refs = refs + 1", id);
  };
  /** Answers the bodies nothing refers to any more; their files may go once the transaction is durable. */
  const release = (ids: readonly string[]): string[] =>
    ids.filter((id) => {
      run("UPDATE s3_bodies SET refs = refs - 1 WHERE id = ?", id);
      return run("DELETE FROM s3_bodies WHERE id = ? AND refs <= 0", id).changes === 1;
    });
  return { retain, release };
}
