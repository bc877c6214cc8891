/**
 * Items on disk: one clustered SQLite table for all tables and indexes, each with its `part`. Index entries, counts
 * and the expiry list change in the same transaction as the item. Judges nothing: callers have.
 */
import type { SQLOutputValue } from "node:sqlite";
import type { Store } from "../store.ts";
import { indexKeyBytes, type KeyBytes } from "./keys.ts";
import type { Index, Table } from "./records.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import { attributeOf, type Item, itemSize, newItem } from "./value.ts";

/** An item as stored. `text` is its JSON, canonical. */
export interface Stored {
  text: string;
  size: number;
  /** Parsed when first asked for. */
  item(): Item;
}

export interface Row extends Stored, KeyBytes {
  base: Buffer;
}

/** Half-open: from <= key < to; `to` undefined: no end. */
export interface Range {
  from: Buffer;
  to: Buffer | undefined;
}

export interface Position extends KeyBytes {
  base: Buffer;
}

/** Hears of every write of a table that has a stream. */
export interface ChangeLog {
  /** Inside the write's transaction; notes nothing where the item is as it was. */
  append(table: Table, key: KeyBytes, old: Stored | undefined, next: Stored | undefined, expired: boolean): void;
}

export interface Items {
  read(part: number, key: KeyBytes): Stored | undefined;
  /** Inside a transaction: `next` undefined deletes. Keeps indexes, counts, expiry and stream. `expired`: TTL does it. */
  write(table: Table, key: KeyBytes, old: Stored | undefined, next: Stored | undefined, expired?: true): void;
  /** One partition of a table or index, in order, after `start`. Stop iterating at will. */
  query(part: number, pk: Buffer, sk: Range, start: Position | undefined, forward: boolean): Iterable<Row>;
  scan(part: number, pk: Range, start: Position | undefined): Iterable<Row>;
  /** Inside a transaction: the entry of one item in one index; nothing when it is there already or has no place in it. */
  fillIndex(index: Index, key: KeyBytes, content: Stored): void;
  /** Inside a transaction: enters the item into the expiry list. */
  fillExpiry(table: Table, key: KeyBytes, item: Item): void;
  count(part: number): { items: number; bytes: number };
  /** Bytes of one partition of a table or index. */
  partitionBytes(part: number, pk: Buffer): number;
}

const nothing = Buffer.alloc(0);
/** Above every key: keys of four bytes of hash and at most some 6 KB never begin with so many 0xff. */
const top = Buffer.alloc(8, 0xff);

export function stored(item: Item, size = itemSize(item)): Stored {
  return { text: JSON.stringify(item), size, item: () => item };
}

/** How an index refers to the item of the table: its key bytes, in one. */
export const baseOf = ({ pk, sk }: KeyBytes): Buffer => Buffer.concat([pk, sk]);

export function openItems({ db }: Store, changes: ChangeLog): Items {
  const sql = prepareStatements(db);
  return {
    read: (part, key) => readRow(sql, part, key, nothing),
    write(table, key, old, next, expired) {
      setRow(sql, table.record.part, key, nothing, old, next);
      for (const index of table.indexes) setIndex(sql, index, key, old, next);
      if (table.record.ttl) setExpiry(sql, table, key, old, next);
      if (table.record.stream?.enabled) changes.append(table, key, old, next, expired === true);
    },
    query(part, pk, sk, start, forward) {
      const to = sk.to ?? top;
      if (!start) return rows((forward ? sql.forward : sql.backward).iterate(part, pk, sk.from, to));
      if (forward) return rows(sql.forwardFrom.iterate(part, pk, start.sk, start.base, to));
      return rows(sql.backwardFrom.iterate(part, pk, sk.from, start.sk, start.base));
    },
    scan(part, pk, start) {
      const to = pk.to ?? top;
      if (!start) return rows(sql.scan.iterate(part, pk.from, to));
      return rows(sql.scanFrom.iterate(part, start.pk, start.sk, start.base, to));
    },
    fillIndex(index, key, content) {
      const entry = entryOf(index, content);
      const base = baseOf(key);
      const { part } = index.record;
      if (entry && !readRow(sql, part, entry.key, base)) setRow(sql, part, entry.key, base, undefined, entry.content);
    },
    fillExpiry(table, key, item) {
      const at = expiryOf(table, item);
      if (at !== undefined) sql.expire.run(table.record.part, at, key.pk, key.sk);
    },
    count(part) {
      const found = sql.counts.get(part);
      return { items: Number(found?.["items"] ?? 0), bytes: Number(found?.["bytes"] ?? 0) };
    },
    partitionBytes: (part, pk) => Number(sql.sum.get(part, pk)!["bytes"]),
  };
}

function readRow({ read }: Statements, part: number, key: KeyBytes, base: Buffer): Stored | undefined {
  const found = read.get(part, key.pk, key.sk, base);
  return found && storedRow(found);
}

type Content = Stored | undefined;

function setRow(sql: Statements, part: number, key: KeyBytes, base: Buffer, old: Content, next: Content): void {
  if (next) sql.put.run(part, key.pk, key.sk, base, next.size, next.text);
  else if (old) sql.remove.run(part, key.pk, key.sk, base);
  const items = (next ? 1 : 0) - (old ? 1 : 0);
  const bytes = (next?.size ?? 0) - (old?.size ?? 0);
  if (items !== 0 || bytes !== 0) sql.counted.run(items, bytes, part);
}

function setIndex(sql: Statements, index: Index, key: KeyBytes, old: Content, next: Content): void {
  const before = old && entryOf(index, old);
  const after = next && entryOf(index, next);
  if (!before && !after) return;
  const { part, backfilling } = index.record;
  const base = baseOf(key);
  // An index that is being filled may not have the old entry yet.
  const there = before && (!backfilling || readRow(sql, part, before.key, base)) ? before : undefined;
  if (there && after && sameKey(there.key, after.key)) {
    if (there.content.text !== after.content.text) setRow(sql, part, after.key, base, there.content, after.content);
    return;
  }
  if (there) setRow(sql, part, there.key, base, there.content, undefined);
  if (after) setRow(sql, part, after.key, base, undefined, after.content);
}

function setExpiry(sql: Statements, table: Table, key: KeyBytes, old: Content, next: Content): void {
  const before = old && expiryOf(table, old.item());
  const after = next && expiryOf(table, next.item());
  if (before === after) return;
  if (before !== undefined) sql.keep.run(table.record.part, before, key.pk, key.sk);
  if (after !== undefined) sql.expire.run(table.record.part, after, key.pk, key.sk);
}

type SqlRow = Record<string, SQLOutputValue>;

function storedRow(row: SqlRow): Stored {
  const text = row["item"] as string;
  let parsed: Item | undefined;
  return { text, size: row["size"] as number, item: () => (parsed ??= JSON.parse(text) as Item) };
}

const buffer = (value: SQLOutputValue | undefined): Buffer => {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

function* rows(found: Iterable<SqlRow>): Generator<Row> {
  for (const row of found) {
    const content = storedRow(row) as Row;
    content.pk = buffer(row["pk"]);
    content.sk = buffer(row["sk"]);
    content.base = buffer(row["base"]);
    yield content;
  }
}

export function entryOf(index: Index, content: Stored): { key: KeyBytes; content: Stored } | undefined {
  const item = content.item();
  const key = indexKeyBytes(index.plan, item);
  if (!key) return undefined;
  if (!index.attributes) return { key, content };
  const projected = newItem();
  for (const name of index.attributes) {
    const value = attributeOf(item, name);
    if (value) projected[name] = value;
  }
  return { key, content: stored(projected) };
}

const sameKey = (left: KeyBytes, right: KeyBytes): boolean => left.pk.equals(right.pk) && left.sk.equals(right.sk);

/** Whole seconds since 1970 after which the item is no longer wanted; undefined: never. */
export function expiryOf({ record }: Table, item: Item): number | undefined {
  const seconds = record.ttl && attributeOf(item, record.ttl.attribute)?.N;
  if (seconds === undefined) return undefined;
  const at = Math.floor(Number(seconds));
  return at > 0 && Number.isSafeInteger(at) ? at : undefined;
}
