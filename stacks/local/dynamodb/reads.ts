/**
 * What Query and Scan share: the choice of table or index, start keys, pages of at most 1 MB, filters, projections,
 * Select. Reads rows; never writes.
 */
import { JsonText } from "../protocols/aws-json.ts";
import { consumed, readUnits, wanted } from "./capacity.ts";
import type { Context } from "./context.ts";
import { invalidValue, validation } from "./errors.ts";
import { holds } from "./expressions/evaluate.ts";
import { projector } from "./expressions/projection.ts";
import { type Path, pathsOf } from "./expressions/tree.ts";
import { baseOf, type Position, type Row } from "./items.ts";
import { checkKey, checkKeyPart, type KeyPlan, keyBytes, keyParts } from "./keys.ts";
import { type Parsed, parseParameters } from "./parameters.ts";
import type { Index, Table } from "./records.ts";
import { attributeOf, checkValue, type Item } from "./value.ts";
import { checkConditionPaths, checkScalarKeys } from "./writes.ts";

const maxPageBytes = 1024 * 1024;

/** Where a Query or Scan reads. */
export interface Source {
  table: Table;
  index: Index | undefined;
  /** Of the index, when there is one. */
  plan: KeyPlan;
  part: number;
}

export function checkStartKey(startKey: Item | undefined): void {
  for (const name in startKey) {
    try {
      checkValue(startKey[name]!);
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      const bare = /contains duplicates|number set|numeric value|significant digits|number with magnitude/.test(
        message,
      );
      throw validation(bare ? message : `The provided starting key is invalid: ${message}`);
    }
  }
}

export function sourceOf({ tables }: Context, input: any): Source {
  const table = tables.get(input.TableName);
  if (input.IndexName === undefined) return { table, index: undefined, plan: table.plan, part: table.record.part };
  const index = table.indexes.find(({ record }) => record.name === input.IndexName);
  if (!index) throw validation(`The table does not have the specified index: ${input.IndexName}`);
  if (index.record.kind === "global" && input.ConsistentRead)
    throw validation("Consistent reads are not supported on global secondary indexes");
  if (index.record.backfilling)
    throw validation(`Cannot read from backfilling global secondary index: ${input.IndexName}`);
  return { table, index, plan: index.plan, part: index.record.part };
}

/** Names of a start key: the index's key, then what of the table's key is not in it. */
function startKeyNames({ table, plan }: Source): string[] {
  return [...new Set([...keyParts(plan), ...keyParts(table.plan)].map(({ name }) => name))];
}

/** Judges ExclusiveStartKey against the schemas; gives the position after which to go on. */
export function startOf(source: Source, startKey: Item | undefined, queried: boolean): Position | undefined {
  if (!startKey) return undefined;
  const names = startKeyNames(source);
  const short = queried || source.index ? "" : ": The provided key element does not match the schema";
  if (Object.keys(startKey).length !== names.length) throw validation(`The provided starting key is invalid${short}`);
  for (const part of keyParts(source.plan)) {
    if (!attributeOf(startKey, part.name)) throw validation("The provided starting key is invalid");
    checkKeyPart(startKey, part, source.plan.hash.includes(part));
  }
  const tableKey: Item = {};
  for (const { name } of keyParts(source.table.plan)) {
    const value = attributeOf(startKey, name);
    if (value) tableKey[name] = value;
  }
  try {
    checkKey(source.table.plan, tableKey);
  } catch (error) {
    throw validation(`The provided starting key is invalid: ${error instanceof Error ? error.message : ""}`);
  }
  const base = source.index ? baseOf(keyBytes(source.table.plan, startKey)) : Buffer.alloc(0);
  return { ...keyBytes(source.plan, startKey), base };
}

export interface Selection {
  parsed: Parsed;
  /** Undefined: whole rows. */
  project: ((item: Item) => Item) | undefined;
  count: boolean;
  /** Local index, and more is wanted than it holds: each item is read from the table. */
  fetch: boolean;
}

export function selectionOf(input: any, source: Source): Selection {
  const parsed = parseParameters(input);
  const { projection } = parsed;
  if (projection) checkScalarKeys(source.table, projection);
  checkConditionPaths(source.table, parsed.filter);
  checkSelect(input.Select, projection, source);
  const partial = source.index?.attributes ?? null;
  const outside = partial !== null && projection?.some(([name]) => !partial.has(name as string));
  if (outside && source.index!.record.kind === "global")
    throw invalidValue(
      `Global secondary index ${source.index!.record.name} does not project [${projection!
        .map(([name]) => name as string)
        .filter((name) => !partial.has(name))
        .join(", ")}]`,
    );
  return {
    parsed,
    project: projection && projector(projection),
    count: input.Select === "COUNT",
    fetch: partial !== null && (outside === true || input.Select === "ALL_ATTRIBUTES"),
  };
}

function checkSelect(select: string | undefined, projection: Path[] | undefined, { index }: Source): void {
  if (select === "ALL_ATTRIBUTES" && index?.attributes && index.record.kind === "global")
    throw invalidValue(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.record.name} because its projection type is not ALL`,
    );
  if (select === "ALL_PROJECTED_ATTRIBUTES" && !index)
    throw invalidValue("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  if (projection && select !== undefined && select !== "SPECIFIC_ATTRIBUTES")
    throw validation(
      `Cannot specify the ProjectionExpression when choosing to get ${select === "COUNT" ? "only the Count" : select}`,
    );
  if (!projection && select === "SPECIFIC_ATTRIBUTES")
    throw validation(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    );
}

/** Filters may not name the key a query is about. */
export function checkFilterNames({ plan }: Source, { filter, legacyFilter }: Parsed): void {
  if (!filter) return;
  const heads = new Set([...pathsOf(filter)].map(([name]) => name));
  for (const { name } of keyParts(plan))
    if (heads.has(name))
      throw validation(
        `${legacyFilter ? "QueryFilter" : "Filter Expression"} can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
}

/** Reads rows until the page is full; builds the answer of Query and Scan. Whole rows are sent as they are stored. */
export function readPage(
  context: Context,
  input: any,
  source: Source,
  selection: Selection,
  rows: Iterable<Row>,
): JsonText {
  const { parsed, project, count, fetch } = selection;
  const found: string[] = [];
  let matched = 0;
  let scanned = 0;
  let bytes = 0;
  let fetchedBytes = 0;
  let last: Row | undefined;
  let full = false;
  for (const row of rows) {
    scanned++;
    bytes += row.size;
    last = row;
    const whole = fetch ? baseItem(context, source, row) : row;
    if (fetch) fetchedBytes += whole.size;
    if (!parsed.filter || holds(parsed.filter, whole.item())) {
      matched++;
      if (!count) found.push(project ? JSON.stringify(project(whole.item())) : whole.text);
    }
    full = scanned >= (input.Limit ?? Number.POSITIVE_INFINITY) || bytes >= maxPageBytes;
    if (full) break;
  }
  const rest = JSON.stringify({
    Count: matched,
    ScannedCount: scanned,
    LastEvaluatedKey: full && last ? cutKey(startKeyNames(source), last.item()) : undefined,
    ConsumedCapacity: capacityOf(input, source, bytes, fetch ? fetchedBytes : undefined),
  });
  return new JsonText(count ? rest : `{"Items":[${found.join(",")}],${rest.slice(1)}`);
}

function baseItem({ items }: Context, { table }: Source, row: Row) {
  return items.read(table.record.part, keyBytes(table.plan, row.item())) ?? row;
}

const cutKey = (names: string[], item: Item): Item => Object.fromEntries(names.map((name) => [name, item[name]!]));

function capacityOf(input: any, { table, index }: Source, bytes: number, fetchedBytes: number | undefined) {
  if (!wanted(input.ReturnConsumedCapacity)) return undefined;
  const units = readUnits(bytes, input.ConsistentRead === true);
  const fetched = fetchedBytes === undefined ? 0 : readUnits(fetchedBytes, input.ConsistentRead === true);
  return consumed(
    table,
    input.ReturnConsumedCapacity,
    index ? { table: fetched, indexes: new Map([[index.record.name, units]]) } : { table: units, indexes: new Map() },
  );
}
