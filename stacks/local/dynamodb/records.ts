/**
 * The catalogue of tables: the SQL of everything DynamoDB has in the store, and records in memory as they are on disk,
 * ready for use. Decides nothing about requests.
 */
import type { DatabaseSync } from "node:sqlite";
import type { LocalCloud } from "../service.ts";
import { noSuchTable } from "./errors.ts";
import { type KeyPlan, planKey } from "./keys.ts";
import { streamTables } from "./streams/tables.ts";
import type { IndexRecord, TableRecord } from "./table-record.ts";

export interface Index {
  record: IndexRecord;
  plan: KeyPlan;
  /** Null: everything. */
  attributes: Set<string> | null;
}

/** A record made ready for use. Replaced as a whole when the record changes. */
export interface Table {
  record: TableRecord;
  plan: KeyPlan;
  indexes: Index[];
}

const schema = [
  `CREATE TABLE dynamodb_tables (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE dynamodb_parts (
     part INTEGER PRIMARY KEY AUTOINCREMENT, items INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
     trash INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE dynamodb_items (
     part INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, base BLOB NOT NULL, size INTEGER NOT NULL,
     item TEXT NOT NULL, PRIMARY KEY (part, pk, sk, base)) WITHOUT ROWID;
   CREATE TABLE dynamodb_expiry (
     part INTEGER NOT NULL, at INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL,
     PRIMARY KEY (part, at, pk, sk)) WITHOUT ROWID;
   CREATE TABLE dynamodb_tokens (
     token TEXT PRIMARY KEY, digest TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX dynamodb_tokens_at ON dynamodb_tokens (at);`,
  streamTables,
];

export interface Catalogue {
  /** Throws ResourceNotFoundException. */
  get(name: string): Table;
  find(name: string): Table | undefined;
  names(): string[];
  all(): Iterable<Table>;
  arn(name: string): string;
  newPart(db: DatabaseSync): number;
  /**
   * Changes a record in one durable step. `change` sees a copy of the record on disk (undefined: no such table) and
   * returns what it should be (undefined: gone). Resolves with the new table.
   */
  change(
    name: string,
    change: (record: TableRecord | undefined, db: DatabaseSync) => TableRecord | undefined,
  ): Promise<Table | undefined>;
}

export function openCatalogue({ store, options }: LocalCloud): Catalogue {
  store.migrate("dynamodb", schema);
  const { db } = store;
  const tables = new Map<string, Table>();
  for (const row of db.prepare("SELECT record FROM dynamodb_tables").all())
    remember(tables, JSON.parse(row["record"] as string) as TableRecord);

  const read = db.prepare("SELECT record FROM dynamodb_tables WHERE name = ?");
  const save = db.prepare("INSERT OR REPLACE INTO dynamodb_tables (name, record) VALUES (?, ?)");
  const remove = db.prepare("DELETE FROM dynamodb_tables WHERE name = ?");
  const addPart = db.prepare("INSERT INTO dynamodb_parts DEFAULT VALUES");

  return {
    get(name) {
      const table = tables.get(name);
      if (!table) throw noSuchTable();
      return table;
    },
    find: (name) => tables.get(name),
    names: () => [...tables.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    all: () => [...tables.values()],
    arn: (name) => `arn:aws:dynamodb:${options.region}:${options.accountId}:table/${name}`,
    newPart: () => Number(addPart.run().lastInsertRowid),
    async change(name, change) {
      const next = await store.write((transaction) => {
        const row = read.get(name);
        const record = change(row && (JSON.parse(row["record"] as string) as TableRecord), transaction);
        if (record) save.run(name, JSON.stringify(record));
        else remove.run(name);
        return record;
      });
      if (next) return remember(tables, next);
      tables.delete(name);
      return undefined;
    },
  };
}

function remember(tables: Map<string, Table>, record: TableRecord): Table {
  const plan = planKey(record, record.keySchema);
  const indexes = record.indexes.map((index) => ({
    record: index,
    plan: planKey(record, index.keySchema),
    attributes: projectedAttributes(record, index),
  }));
  const table = { record, plan, indexes };
  tables.set(record.name, table);
  return table;
}

function projectedAttributes(record: TableRecord, index: IndexRecord): Set<string> | null {
  if (index.projection.ProjectionType === "ALL") return null;
  const keys = [...record.keySchema, ...index.keySchema].map(({ AttributeName }) => AttributeName);
  return new Set([...keys, ...(index.projection.NonKeyAttributes ?? [])]);
}
