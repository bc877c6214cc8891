/**
 * CSV, JSON Lines and bases of Deta Space into a table of any app. All rows are read once before the first is written: which columns there
 * are, what each is, and that every row has the table's key. Rows with a key that is there are written over.
 */
import type { Cloud } from "../cloud.ts";
import type { Emit } from "../events.ts";
import { baseItem } from "./base-item.ts";
import { amount, telling } from "./export-told.ts";
import type { TypedItem } from "./format/attribute.ts";
import { wrongWith } from "./format/attribute.ts";
import { rowsOf } from "./format/csv.ts";
import { elementsOf } from "./format/elements.ts";
import { asDataFault } from "./format/failures.ts";
import { faults } from "./format/faults.ts";
import { linesOf } from "./format/lines.ts";
import { rawTables } from "./format/wire.ts";
import { hasData } from "./import.ts";
import { createWriter } from "./import-table.ts";
import { storeName, type TableStore } from "./stores.ts";
import { readItem, typedItem } from "./values.ts";

export interface RowsSource {
  /** For messages. */
  at: string;
  /** `base`: a JSON array of items, as Deta Space exported a base. */
  form: "csv" | "lines" | "base";
  /** From the beginning, each time. */
  read(): AsyncIterable<Uint8Array>;
}

export interface RowsOptions {
  emit: Emit;
  signal: AbortSignal;
  merge: boolean;
  dryRun: boolean;
  typed: string;
}

export interface RowsImported {
  count: number;
  sizeBytes: number;
  had: boolean;
  /** By name: what its values are, `N` where all are numbers, several where they differ. */
  columns: Record<string, string[]>;
}

/** Of what a column of CSV is taken for, the first that fits all its cells; an empty cell is no value. */
const kinds: readonly [kind: "N" | "BOOL" | "S", fits: (cell: string) => boolean][] = [
  // Digits that a number would lose are text: 007 is no 7.
  ["N", (cell) => /^-?(0|[1-9]\d{0,37})(\.\d{1,37})?$/.test(cell) && cell.replace(/\D/g, "").length <= 38],
  ["BOOL", (cell) => cell === "true" || cell === "false"],
  ["S", () => true],
];

/** Throws `data-broken`, `import-not-empty`, `import-refused`. */
export async function importRows(
  cloud: Cloud,
  store: TableStore,
  source: RowsSource,
  o: RowsOptions,
): Promise<RowsImported> {
  try {
    const typing = source.form === "csv" ? await typesOf(source, store, o.signal) : undefined;
    const found: RowsImported = { count: 0, sizeBytes: 0, had: await hasData(cloud, store), columns: {} };
    const columns = new Map<string, Set<string>>();
    for await (const { item, text, line } of itemsOf(source, store, typing, o.signal)) {
      const wrong = wrongWith(item, store.key);
      const what = source.form === "base" ? "item" : "line";
      if (wrong !== undefined) throw faults.broken(source.at, `is wrong: ${what} ${line} ${wrong}`);
      found.count++;
      found.sizeBytes += text.length;
      for (const [name, value] of Object.entries(item)) addTo(columns, name, Object.keys(value)[0]!);
    }
    found.columns = Object.fromEntries([...columns].map(([name, types]) => [name, [...types].sort()]));
    if (o.dryRun) return found;
    if (found.had && !o.merge) throw faults.notEmpty([storeName(store)], o.typed);
    await write(cloud, store, itemsOf(source, store, typing, o.signal), source.at, o);
    return found;
  } catch (error) {
    throw asDataFault(error, cloud, source.at);
  }
}

const mostColumns = 1000;

function addTo(columns: Map<string, Set<string>>, name: string, type: string): void {
  const types = columns.get(name);
  if (types) types.add(type);
  // Names may be data themselves; so many are counted, and no more.
  else if (columns.size < mostColumns) columns.set(name, new Set([type]));
}

async function write(
  cloud: Cloud,
  store: TableStore,
  items: AsyncIterable<Row>,
  at: string,
  { emit, signal }: RowsOptions,
) {
  const told = telling(emit, store, "import");
  const tables = await rawTables(cloud);
  try {
    const writer = createWriter(tables, store.id, store.key, { signal, more: told.more, store: storeName(store) });
    for await (const { item, text, line } of items) await writer.put(item, text, `${at} line ${line}`);
    await writer.drain();
    told.done();
  } catch (error) {
    told.failed(error);
    throw error;
  } finally {
    tables.close();
  }
}

interface Row {
  item: TypedItem;
  text: string;
  line: number;
}

type Typing = { name: string; kind: "N" | "BOOL" | "S" | "B" }[];

async function* itemsOf(
  source: RowsSource,
  store: TableStore,
  typing: Typing | undefined,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  let line = 0;
  if (source.form === "base") {
    for await (const text of elementsOf(source.read(), source.at)) {
      signal.throwIfAborted();
      yield rowOf(baseItem(text, store, `${source.at} item ${++line}`), line);
    }
    return;
  }
  if (!typing) {
    for await (const text of linesOf(source.read(), source.at)) {
      signal.throwIfAborted();
      line++;
      if (text.trim() !== "")
        yield rowOf(typedItem(readItem(line === 1 ? text.replace(/^\uFEFF/, "") : text)) as TypedItem, line);
    }
    return;
  }
  for await (const { cells, line: at } of rowsOf(source.read(), source.at)) {
    signal.throwIfAborted();
    if (line++ === 0) continue;
    if (cells.length > typing.length) throw faults.broken(source.at, `has more cells than columns at line ${at}`);
    const entries = cells.flatMap((cell, column) => {
      const { name, kind } = typing[column]!;
      return cell === "" ? [] : [[name, { [kind]: kind === "BOOL" ? cell === "true" : cell }] as const];
    });
    yield rowOf(Object.fromEntries(entries), at);
  }
}

const rowOf = (item: TypedItem, line: number): Row => ({ item, text: JSON.stringify(item), line });

/** The key's columns are what the table says; of others the cells do. */
async function typesOf(source: RowsSource, { key }: TableStore, signal: AbortSignal): Promise<Typing> {
  let names: string[] | undefined;
  const fits: number[] = [];
  for await (const { cells, line } of rowsOf(source.read(), source.at)) {
    signal.throwIfAborted();
    if (!names) {
      names = cells;
      if (new Set(names).size < names.length || names.includes(""))
        throw faults.broken(source.at, `has two columns of one name, or one of none, at line ${line}`);
      continue;
    }
    for (const [column, cell] of cells.entries()) {
      let at = fits[column] ?? 0;
      while (cell !== "" && !kinds[at]![1](cell)) at++;
      fits[column] = at;
    }
  }
  if (!names) throw faults.broken(source.at, "has no first line with the columns' names");
  const keyed = new Map([key.hash, ...(key.range ? [key.range] : [])].map(({ name, type }) => [name, type]));
  for (const name of keyed.keys())
    if (!names.includes(name))
      throw faults.broken(source.at, `has no column ${JSON.stringify(name)}, which the table is keyed by`);
  return names.map((name, column) => ({ name, kind: keyed.get(name) ?? kinds[fits[column] ?? 2]?.[0] ?? "S" }));
}

/** `id S, n N`, for people. */
export const columnWords = ({ columns, count, sizeBytes }: RowsImported): string =>
  `${amount("table", count, sizeBytes)}; ${Object.entries(columns)
    .map(([name, types]) => `${name} ${types.join("|")}`)
    .join(", ")}`;
