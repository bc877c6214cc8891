/** Walks over whole tables in slices that each share a turn's transaction: new indexes, and the expiry list. */
import type { LocalCloud } from "../service.ts";
import type { Items, Position, Row } from "./items.ts";
import { keyBytes } from "./keys.ts";
import type { Catalogue, Table } from "./records.ts";
import type { Streams } from "./streams/records.ts";

/** Items (or rows) of one slice: some milliseconds, so that requests wait no longer. */
export const slice = 200;

export interface Surroundings {
  cloud: LocalCloud;
  tables: Catalogue;
  items: Items;
  streams: Streams;
  /** For changes of items. */
  write<T>(change: () => T): Promise<T>;
  stopped(): boolean;
}

/** Enters every item into an index made on a full table, then says that the index may be read. */
export async function fillIndex(around: Surroundings, name: string, part: number): Promise<void> {
  const done = await walk(around, name, (table, row) => {
    const index = table.indexes.find(({ record }) => record.part === part);
    if (index) around.items.fillIndex(index, keyBytes(table.plan, row.item()), row);
  });
  if (!done) return;
  await around.tables.change(name, (record) => {
    for (const index of record?.indexes ?? []) if (index.part === part) index.backfilling = false;
    return record;
  });
}

/** Enters every item with a time into the expiry list. */
export async function fillExpiry(around: Surroundings, name: string): Promise<void> {
  const done = await walk(around, name, (table, row) => {
    if (table.record.ttl) around.items.fillExpiry(table, row, row.item());
  });
  if (!done) return;
  await around.tables.change(name, (record) => {
    if (record?.ttl) record.ttl.filling = false;
    return record;
  });
}

/** `visit` runs inside each slice's transaction. False: stopped, or the table is gone. */
async function walk(
  { cloud, tables, items, stopped }: Surroundings,
  name: string,
  visit: (table: Table, row: Row) => void,
): Promise<boolean> {
  const from = { from: Buffer.alloc(0), to: undefined };
  let at: Position | undefined;
  for (;;) {
    if (stopped()) return false;
    const last = await cloud.store.write(() => {
      const table = tables.find(name);
      if (!table) return null;
      const rows = take(items.scan(table.record.part, from, at));
      for (const row of rows) visit(table, row);
      return rows.length < slice ? undefined : rows.at(-1);
    });
    if (last === null) return false;
    if (!last) return true;
    at = last;
  }
}

/** Read before anything is written: a cursor does not live through changes of what it walks over. */
function take(rows: Iterable<Row>): Row[] {
  const taken: Row[] = [];
  for (const row of rows) {
    taken.push(row);
    if (taken.length === slice) break;
  }
  return taken;
}
