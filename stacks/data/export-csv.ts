/**
 * A table as CSV, for spreadsheets: read twice, for the names of its columns and for its rows, a page at a time. What a
 * spreadsheet would take for a formula is made text. It is no backup: what JSON is for stands in its cells as JSON.
 */
import type { Cloud } from "../cloud.ts";
import type { Emit } from "../events.ts";
import { telling } from "./export-told.ts";
import type { TypedItem } from "./format/attribute.ts";
import { cellOf, harmless } from "./format/csv.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { patiently } from "./format/patience.ts";
import type { ExportPlace, Sum } from "./format/place.ts";
import { rawTables } from "./format/wire.ts";
import type { TableStore } from "./stores.ts";
import { type Json, plainItem, untypedItem } from "./values.ts";

const mostColumns = 1000;

/** `file`: its name at the place. Throws `csv-columns`. */
export async function exportCsv(
  cloud: Cloud,
  store: TableStore,
  place: ExportPlace,
  file: string,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<{ count: number } & Sum> {
  const told = telling(emit, store, "read");
  try {
    const columns = await columnsOf(cloud, store, signal);
    const writing = await place.create(file);
    let count = 0;
    try {
      await writing.write(`${columns.map((name) => cellOf(harmless(name))).join(",")}\r\n`);
      for await (const items of pagesOf(cloud, store, signal)) {
        const text = items.map((item) => `${rowOf(item, columns)}\r\n`).join("");
        await writing.write(text);
        count += items.length;
        told.more(items.length, text.length);
      }
      const sum = await writing.finish();
      await place.settle();
      told.done();
      return { count, ...sum };
    } catch (error) {
      await writing.abandon();
      throw error;
    }
  } catch (error) {
    told.failed(error);
    throw asDataFault(error, cloud, place.at);
  }
}

async function* pagesOf(cloud: Cloud, store: TableStore, signal: AbortSignal): AsyncGenerator<TypedItem[]> {
  const tables = await rawTables(cloud);
  try {
    let after: TypedItem | undefined;
    do {
      const place = { segment: 0, segments: 1, signal, ...(after ? { after } : {}) };
      const page = await patiently(signal, () => tables.scan(store.id, place));
      yield page.items;
      after = page.next;
    } while (after);
  } finally {
    tables.close();
  }
}

/** The key first, then by name. */
async function columnsOf(cloud: Cloud, store: TableStore, signal: AbortSignal): Promise<string[]> {
  const key = [store.key.hash.name, ...(store.key.range ? [store.key.range.name] : [])];
  const names = new Set<string>();
  for await (const items of pagesOf(cloud, store, signal))
    for (const item of items)
      for (const name of Object.keys(item)) {
        if (!key.includes(name)) names.add(name);
        if (names.size > mostColumns) throw faults.columns(store.id, mostColumns);
      }
  return [...key, ...[...names].sort()];
}

function rowOf(item: TypedItem, columns: readonly string[]): string {
  const plain = plainItem(untypedItem(item as { [name: string]: Json }));
  return columns.map((name) => cellOf(textOf(Object.hasOwn(item, name) ? item[name]! : {}, plain[name]))).join(",");
}

/** A number is none of a spreadsheet's formulas, whatever sign it begins with. */
function textOf(typed: Record<string, unknown>, plain: Json | undefined): string {
  if (typeof typed["N"] === "string") return typed["N"];
  if (plain === undefined || plain === null) return "";
  return harmless(typeof plain === "string" ? plain : JSON.stringify(plain));
}
