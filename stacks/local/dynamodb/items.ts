/**
 * Items on disk: one clustered SQLite table for all tables and indexes, each with its `part`. Index entries, counts
 * and the expiry list change in the same transaction as the item. Judges nothing: callers have.
 */
import type { SQLOutputValue, StatementSync } from "node:sqlite";
import type { Store } from "../store.ts";
import { indexKeyBytes, type KeyBytes } from "./keys.ts";
import type { Index, Table } from "./records.ts";
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

export interface Items {
  read(part: number, key: KeyBytes): Stored | undefined;
  /** Inside a transaction: `next` undefined deletes. Keeps indexes, counts and expiry. */
  write(table: Table, key: KeyBytes, old: Stored | undefined, next: Stored | undefined): void;
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

export function openItems({ db }: Store): Items {
  const row = "pk, sk, base, size, item";
  const read = db.prepare("SELECT size, item FROM dynamodb_items WHERE part = ? AND pk = ? AND sk = ? AND base = ?");
  const put = db.prepare(
    "INSERT OR REPLACE INTO dynamodb_items (part, pk, sk, base, size, item) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const remove = db.prepare("DELETE FROM dynamodb_items WHERE part = ? AND pk = ? AND sk = ? AND base = ?");
  const counted = db.prepare("UPDATE dynamodb_parts SET items = items + ?, bytes = bytes + ? WHERE part = ?");
  const counts = db.prepare("SELECT items, bytes FROM dynamodb_parts WHERE part = ?");
  const sum = db.prepare("SELECT total(size) AS bytes FROM dynamodb_items WHERE part = ? AND pk = ?");
  const expire = db.prepare("INSERT OR REPLACE INTO dynamodb_expiry (part, at, pk, sk) VALUES (?, ?, ?, ?)");
  const keep = db.prepare("DELETE FROM dynamodb_expiry WHERE part = ? AND at = ? AND pk = ? AND sk = ?");
  const partition = `SELECT ${row} FROM dynamodb_items WHERE part = ? AND pk = ?`;
  const queries: Record<string, StatementSync> = {
    "true,false": db.prepare(`${partition} AND sk >= ? AND sk < ? ORDER BY sk, base`),
    "true,true": db.prepare(`${partition} AND (sk, base) > (?, ?) AND sk < ? ORDER BY sk, base`),
    "false,false": db.prepare(`${partition} AND sk >= ? AND sk < ? ORDER BY sk DESC, base DESC`),
    "false,true": db.prepare(`${partition} AND sk >= ? AND (sk, base) < (?, ?) ORDER BY sk DESC, base DESC`),
  };
  const scans = db.prepare(
    `SELECT ${row} FROM dynamodb_items WHERE part = ? AND pk >= ? AND pk < ? ORDER BY pk, sk, base`,
  );
  const scansOn = db.prepare(
    `SELECT ${row} FROM dynamodb_items WHERE part = ? AND (pk, sk, base) > (?, ?, ?) AND pk < ? ORDER BY pk, sk, base`,
  );

  const setRow = (
    part: number,
    key: KeyBytes,
    base: Buffer,
    old: Stored | undefined,
    next: Stored | undefined,
  ): void => {
    if (next) put.run(part, key.pk, key.sk, base, next.size, next.text);
    else if (old) remove.run(part, key.pk, key.sk, base);
    const items = (next ? 1 : 0) - (old ? 1 : 0);
    const bytes = (next?.size ?? 0) - (old?.size ?? 0);
    if (items !== 0 || bytes !== 0) counted.run(items, bytes, part);
  };

  const setIndex = (index: Index, key: KeyBytes, old: Stored | undefined, next: Stored | undefined): void => {
    const before = old && entryOf(index, old);
    const after = next && entryOf(index, next);
    if (!before && !after) return;
    const { part, backfilling } = index.record;
    const base = baseOf(key);
    const there = before && (!backfilling || read.get(part, before.key.pk, before.key.sk, base)) ? before : undefined;
    if (there && after && sameKey(there.key, after.key)) {
      if (there.content.text !== after.content.text) setRow(part, after.key, base, there.content, after.content);
      return;
    }
    if (there) setRow(part, there.key, base, there.content, undefined);
    if (after) setRow(part, after.key, base, undefined, after.content);
  };

  const setExpiry = (table: Table, key: KeyBytes, old: Stored | undefined, next: Stored | undefined): void => {
    const before = old && expiryOf(table, old.item());
    const after = next && expiryOf(table, next.item());
    if (before === after) return;
    if (before !== undefined) keep.run(table.record.part, before, key.pk, key.sk);
    if (after !== undefined) expire.run(table.record.part, after, key.pk, key.sk);
  };

  return {
    read(part, key) {
      const found = read.get(part, key.pk, key.sk, nothing);
      return found && storedRow(found);
    },
    write(table, key, old, next) {
      setRow(table.record.part, key, nothing, old, next);
      for (const index of table.indexes) setIndex(index, key, old, next);
      if (table.record.ttl) setExpiry(table, key, old, next);
    },
    query(part, pk, sk, start, forward) {
      const to = sk.to ?? top;
      if (!start) return rows(queries[`${forward},false`]!.iterate(part, pk, sk.from, to));
      if (forward) return rows(queries["true,true"]!.iterate(part, pk, start.sk, start.base, to));
      return rows(queries["false,true"]!.iterate(part, pk, sk.from, start.sk, start.base));
    },
    scan(part, pk, start) {
      const to = pk.to ?? top;
      return rows(start ? scansOn.iterate(part, start.pk, start.sk, start.base, to) : scans.iterate(part, pk.from, to));
    },
    fillIndex(index, key, content) {
      const entry = entryOf(index, content);
      if (!entry) return;
      const base = baseOf(key);
      const { part } = index.record;
      if (!read.get(part, entry.key.pk, entry.key.sk, base)) setRow(part, entry.key, base, undefined, entry.content);
    },
    fillExpiry(table, key, item) {
      const at = expiryOf(table, item);
      if (at !== undefined) expire.run(table.record.part, at, key.pk, key.sk);
    },
    count(part) {
      const found = counts.get(part);
      return { items: Number(found?.["items"] ?? 0), bytes: Number(found?.["bytes"] ?? 0) };
    },
    partitionBytes: (part, pk) => Number(sum.get(part, pk)!["bytes"]),
  };
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
