/**
 * How a question is read: by the key, by an index, or the whole of a table; of a bucket by the beginning of names, or the
 * whole. And about how much that is, by the cloud's own counts, before anything is read. Asks nobody.
 */
import { pricesAt } from "../../blueprints/price-list.ts";
import { isDecimal } from "./decimal.ts";
import { expressionOf, Placeholders } from "./expression.ts";
import { faults } from "./faults.ts";
import { type Filter, type Literal, type Path, parseFilter, pathWords, type Test } from "./filter.ts";
import { isTable, type KeySchema, type KeyType, type Store, storeName, type TableStore } from "./stores.ts";
import type { Value } from "./values.ts";

export interface Plan {
  by: "key" | "index" | "whole" | "prefix";
  index?: string;
  /** Of a key or an index: one query each, in this order. */
  queries: readonly { hash: Value; range?: Test }[];
  /** The key that is asked by. */
  schema?: KeySchema;
  /** Of files. */
  prefix?: string;
  /** What the cloud leaves out, and what is left out here of that. */
  sent?: Filter;
  here?: Filter;
  /** `notes/notes by its key: id = 42` */
  says: string;
  /** Of a whole; of a key it is what is found. By the table's own count, which AWS makes every six hours. */
  reads?: { items: number; sizeBytes: number };
  /** US dollars: of what is read in all, or of each thousand items that are found. In AWS; nothing here. */
  dollars: { all?: number; perThousand?: number };
}

/** What the listing says of a file. */
const fileTypes: Readonly<Record<string, KeyType>> = { key: "S", size: "N", modified: "S" };

/** Throws `filter-wrong`. */
export function planOf(region: string, store: Store, text: string | undefined, sort?: string): Plan {
  const types = isTable(store) ? keyTypes(store) : fileTypes;
  const filter = text === undefined ? undefined : typed(parseFilter(text), types, text);
  if (!isTable(store)) {
    if (filter) onlyListed(filter, text!);
    return filesPlan(region, store, filter);
  }
  const conditions = filter === undefined ? [] : conjuncts(filter);
  const way = bestWay(store, conditions, sort);
  return way ? keyPlan(region, store, way, conditions) : wholePlan(region, store, conditions);
}

const conjuncts = (filter: Filter): Filter[] => ("and" in filter ? filter.and.flatMap(conjuncts) : [filter]);
const all = (conditions: readonly Filter[]): Filter | undefined =>
  conditions.length > 1 ? { and: conditions } : conditions[0];

/** Attributes whose kind the table says, by name. */
function keyTypes({ key, indexes }: TableStore): Record<string, KeyType> {
  const schemas = [key, ...indexes.map((index) => index.key)];
  return Object.fromEntries(
    schemas.flatMap(({ hash, range }) => [hash, ...(range ? [range] : [])]).map(({ name, type }) => [name, type]),
  );
}

/** The filter with values of the kind that the table says the attribute is of. */
function typed(filter: Filter, types: Readonly<Record<string, KeyType>>, text: string): Filter {
  if ("and" in filter) return { and: filter.and.map((one) => typed(one, types, text)) };
  if ("or" in filter) return { or: filter.or.map((one) => typed(one, types, text)) };
  if ("not" in filter) return { not: typed(filter.not, types, text) };
  const { path, op, values } = filter.test;
  const type = path.length === 1 && Object.hasOwn(types, path[0]!) ? types[path[0]!] : undefined;
  if (type === undefined || (type === "N" && (op === "begins_with" || op === "contains"))) return filter;
  return {
    test: { ...filter.test, values: values.map((one) => ({ ...one, value: literalOf(type, one, path, text) })) },
  };
}

function literalOf(type: KeyType, { text, at }: Literal, path: Path, filter: string): Value {
  if (type === "S") return { S: text };
  if (type === "N" && isDecimal(text)) return { N: text };
  if (type === "B" && /^[A-Za-z0-9+/]+={0,2}$/.test(text)) return { B: Buffer.from(text, "base64") };
  const date = Date.parse(text);
  const meant = Number.isNaN(date) ? "" : `; as seconds since 1970 the time is ${date / 1000}, as milliseconds ${date}`;
  const kind = type === "N" ? `a number${meant}` : "binary, in base64";
  throw faults.filterWrong(filter, at, `${pathWords(path)} is ${kind}`);
}

function onlyListed(filter: Filter, text: string): void {
  if ("and" in filter || "or" in filter)
    for (const one of "and" in filter ? filter.and : filter.or) onlyListed(one, text);
  else if ("not" in filter) onlyListed(filter.not, text);
  else if (filter.test.path.length > 1 || !Object.hasOwn(fileTypes, filter.test.path[0]!))
    throw faults.filterWrong(text, filter.test.at, "of a file only key, size and modified are known");
}

interface Way {
  index?: string;
  schema: KeySchema;
  hash: Test;
  range?: Test;
}

const rangeOps = new Set(["=", "<", "<=", ">", ">=", "between", "begins_with"]);
/** A query each; more are read faster as a whole. */
const mostQueries = 100;

function wayBy(schema: KeySchema, conditions: readonly Filter[], index?: string): Way | undefined {
  const on = (name: string): Test[] =>
    conditions.flatMap((one) =>
      "test" in one && one.test.path.length === 1 && one.test.path[0] === name ? [one.test] : [],
    );
  const hash = on(schema.hash.name).find(
    ({ op, values }) => op === "=" || (op === "in" && values.length <= mostQueries),
  );
  const { range: sorted } = schema;
  const range =
    sorted && on(sorted.name).find(({ op }) => rangeOps.has(op) && (op !== "begins_with" || sorted.type !== "N"));
  // No key is empty: DynamoDB refuses the question, and a whole read finds the same nothing.
  const empty = [hash, range].some((test) => test?.values.some(({ value }) => value.S === ""));
  return hash && !empty
    ? { schema, hash, ...(range ? { range } : {}), ...(index === undefined ? {} : { index }) }
    : undefined;
}

/** The one that reads least; of equals the table's own key, and one that is sorted as is wanted. */
function bestWay(store: TableStore, conditions: readonly Filter[], sort: string | undefined): Way | undefined {
  const ways = [
    wayBy(store.key, conditions),
    ...store.indexes.filter((index) => index.holds === "all").map((index) => wayBy(index.key, conditions, index.name)),
  ];
  const worth = ({ hash, range, schema, index }: Way): number =>
    (hash.op === "=" ? 20 : 10) +
    (range === undefined ? 0 : range.op === "=" ? 8 : 4) +
    (sort !== undefined && schema.range?.name === sort ? 2 : 0) +
    (index === undefined ? 1 : 0);
  return ways.filter((way) => way !== undefined).sort((a, b) => worth(b) - worth(a))[0];
}

function keyPlan(region: string, store: TableStore, way: Way, conditions: readonly Filter[]): Plan {
  const { schema, hash, range, index } = way;
  const rest = conditions.filter((one) => !("test" in one && (one.test === hash || one.test === range)));
  const keys = new Set([schema.hash.name, ...(schema.range ? [schema.range.name] : [])]);
  // DynamoDB takes a key that is asked by in no filter.
  const ofKeys = rest.filter((one) => mentions(one, keys));
  const { sent, here } = divided(rest.filter((one) => !ofKeys.includes(one)));
  const here2 = all([...ofKeys, ...(here ? [here] : [])]);
  const by = [hash, ...(range ? [range] : [])].map(testWords).join(" and ");
  const each = Math.max(store.sizeBytes ?? 0, 1) / Math.max(store.items ?? 0, 1);
  return {
    by: index === undefined ? "key" : "index",
    ...(index === undefined ? {} : { index }),
    queries: distinct(hash).map((value) => ({ hash: value, ...(range ? { range } : {}) })),
    schema,
    ...(sent ? { sent } : {}),
    ...(here2 ? { here: here2 } : {}),
    says: `${storeName(store)} by its ${index === undefined ? "key" : `index ${index}`}: ${by}`,
    dollars: { perThousand: tableDollars(region, each * 1000) },
  };
}

/** Two queries of one key would find everything twice. */
const distinct = ({ values }: Test): Value[] => [
  ...new Map(values.map(({ value }) => [JSON.stringify(value.B ? [...value.B] : value), value])).values(),
];

function mentions(filter: Filter, names: ReadonlySet<string>): boolean {
  if ("and" in filter) return filter.and.some((one) => mentions(one, names));
  if ("or" in filter) return filter.or.some((one) => mentions(one, names));
  if ("not" in filter) return mentions(filter.not, names);
  return names.has(String(filter.test.path[0]));
}

const wholePlan = (region: string, store: TableStore, conditions: readonly Filter[]): Plan => {
  const { items = 0, sizeBytes = 0 } = store;
  return {
    ...{ by: "whole", queries: [], ...divided(conditions) },
    says: `the whole of ${storeName(store)}`,
    reads: { items, sizeBytes },
    dollars: { all: tableDollars(region, sizeBytes) },
  };
};

/** Half a unit each 4 KB, as reads are that may be a moment old. */
const tableDollars = (region: string, bytes: number): number =>
  (Math.ceil(bytes / 4096) * 0.5 * pricesAt(region).dynamodb.perMillionReads) / 1e6;

/** DynamoDB's limits: 4 KB of expression, 300 signs in it, 100 values after IN. What goes beyond is left out here. */
const mostText = 3900;
const mostTests = 100;

function divided(conditions: readonly Filter[]): { sent?: Filter; here?: Filter } {
  const filter = all(conditions);
  if (!filter) return {};
  const tooMuch = expressionOf(filter, new Placeholders()).length > mostText || tests(filter) > mostTests;
  return tooMuch ? { here: filter } : { sent: filter };
}

function tests(filter: Filter): number {
  if ("not" in filter) return 1 + tests(filter.not);
  if ("test" in filter) return Math.max(1, filter.test.values.length);
  return ("and" in filter ? filter.and : filter.or).reduce((sum, one) => sum + 1 + tests(one), 0);
}

function filesPlan(region: string, store: Store, filter: Filter | undefined): Plan {
  const begun = (filter ? conjuncts(filter) : []).flatMap((one) =>
    "test" in one && one.test.path[0] === "key" && ["=", "begins_with"].includes(one.test.op) ? [one.test] : [],
  );
  const [longest] = begun.map(({ values }) => values[0]!.value.S ?? "").sort((a, b) => b.length - a.length);
  return { ...beginningPlan(region, store, longest ?? ""), ...(filter ? { here: filter } : {}) };
}

/** Files whose names begin so; all of them with an empty beginning. */
export function beginningPlan(region: string, store: Store, prefix: string): Plan {
  const { items = 0, sizeBytes = 0 } = store;
  const name = storeName(store);
  const perThousand = pricesAt(region).s3.perThousandWrites / 1000;
  if (prefix !== "")
    return {
      by: "prefix",
      queries: [],
      prefix,
      says: `names in ${name} that begin with ${prefix}`,
      dollars: { perThousand },
    };
  const pages = Math.max(1, Math.ceil(items / 1000));
  return {
    ...{ by: "whole", queries: [], says: `the names of all files in ${name}` },
    ...(store.items === undefined ? {} : { reads: { items, sizeBytes } }),
    dollars: store.items === undefined ? { perThousand } : { all: pages * perThousand },
  };
}

const testWords = ({ path, op, values }: Test): string => {
  const words = op === "begins_with" ? "begins with" : op;
  const said = values.map(({ text }) => text);
  return `${pathWords(path)} ${words} ${op === "between" ? said.join(" and ") : op === "in" ? `(${said.join(", ")})` : said[0]}`;
};
