/** ConsumedCapacity and ItemCollectionMetrics, counted as AWS bills. Nothing is ever throttled. */
import type { Context } from "./context.ts";
import { entryOf, type Stored } from "./items.ts";
import type { KeyBytes } from "./keys.ts";
import type { Table } from "./records.ts";
import { attributeOf, type Item } from "./value.ts";

export type CapacityMode = "INDEXES" | "TOTAL" | "NONE" | undefined;

export interface Units {
  table: number;
  /** By index name. */
  indexes: Map<string, number>;
}

export const wanted = (mode: CapacityMode): boolean => mode === "TOTAL" || mode === "INDEXES";

export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);

const writeUnits = (old: Stored | undefined, next: Stored | undefined): number =>
  Math.max(1, Math.ceil(Math.max(old?.size ?? 0, next?.size ?? 0) / 1024));

/** What one write cost: the item, and each index entry that came, went, moved or changed. */
export function unitsOfWrite(table: Table, old: Stored | undefined, next: Stored | undefined): Units {
  const indexes = new Map<string, number>();
  for (const index of table.indexes) {
    const before = old && entryOf(index, old);
    const after = next && entryOf(index, next);
    const same = before && after && before.key.pk.equals(after.key.pk) && before.key.sk.equals(after.key.sk);
    if (same && before.content.text === after.content.text) continue;
    const units = same
      ? writeUnits(before.content, after.content)
      : (before ? writeUnits(before.content, undefined) : 0) + (after ? writeUnits(undefined, after.content) : 0);
    if (units > 0) indexes.set(index.record.name, units);
  }
  return { table: writeUnits(old, next), indexes };
}

export function addUnits(sum: Units, more: Units): void {
  sum.table += more.table;
  for (const [name, units] of more.indexes) sum.indexes.set(name, (sum.indexes.get(name) ?? 0) + units);
}

/** Undefined unless the caller asked. `kind`: transactions say which units, and cost double. */
export function consumed(
  table: Table,
  mode: CapacityMode,
  units: Units,
  transaction?: "ReadCapacityUnits" | "WriteCapacityUnits",
): Record<string, unknown> | undefined {
  if (!wanted(mode)) return undefined;
  const factor = transaction ? 2 : 1;
  const both = (count: number): Record<string, number> => ({
    CapacityUnits: count * factor,
    ...(transaction && { [transaction]: count * factor }),
  });
  const total = [...units.indexes.values()].reduce((sum, count) => sum + count, units.table);
  const answer: Record<string, unknown> = { TableName: table.record.name, ...both(total) };
  if (mode !== "INDEXES") return answer;
  answer["Table"] = both(units.table);
  for (const { record } of table.indexes) {
    const count = units.indexes.get(record.name);
    if (count === undefined) continue;
    const group = record.kind === "global" ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes";
    answer[group] = { ...(answer[group] as object), [record.name]: both(count) };
  }
  return answer;
}

const gigabyte = 1024 ** 3;

/** Only tables with local indexes have item collections. */
export function collectionMetrics(
  { items }: Context,
  table: Table,
  mode: "SIZE" | "NONE" | undefined,
  item: Item,
  key: KeyBytes,
): Record<string, unknown> | undefined {
  const locals = table.indexes.filter(({ record }) => record.kind === "local");
  if (mode !== "SIZE" || locals.length === 0) return undefined;
  const parts = [table.record.part, ...locals.map(({ record }) => record.part)];
  const bytes = parts.reduce((sum, part) => sum + items.partitionBytes(part, key.pk), 0);
  const low = Math.floor(bytes / gigabyte);
  const collection = table.plan.hash.map(({ name }) => [name, attributeOf(item, name)]);
  return { ItemCollectionKey: Object.fromEntries(collection), SizeEstimateRangeGB: [low, low + 1] };
}
