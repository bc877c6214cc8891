/** Single items: a key as it is typed, an item read, and what has to be true of one before a table is asked. */
import type { Cloud } from "../cloud.ts";
import { dynamodb, guarded } from "../deploy/clients.ts";
import { isDecimal } from "./decimal.ts";
import { faults } from "./faults.ts";
import type { KeyAttribute, KeyType, TableStore } from "./stores.ts";
import { type Item, plainItem, plainOf, readItem, type Value } from "./values.ts";

type Made = Awaited<ReturnType<typeof dynamodb>>;

/** With a client that goes when it is done; what goes wrong is a fault. */
export async function inTable<T>(cloud: Cloud, call: (made: Made) => Promise<T>): Promise<T> {
  return guarded(cloud, async () => {
    const made = await dynamodb(cloud);
    try {
      return await call(made);
    } finally {
      made.client.destroy();
    }
  });
}

export const keyAttributes = ({ key }: TableStore): KeyAttribute[] => [key.hash, ...(key.range ? [key.range] : [])];

export const keyNames = (store: TableStore): string[] => keyAttributes(store).map(({ name }) => name);

const example = (store: TableStore): string =>
  keyAttributes(store)
    .map(({ name }) => `${name}=VALUE`)
    .join(" ");

const readers: Record<KeyType, (text: string) => Value | undefined> = {
  S: (text) => ({ S: text }),
  N: (text) => (isDecimal(text) ? { N: text } : undefined),
  B: (text) => (/^[A-Za-z0-9+/]+={0,2}$/.test(text) ? { B: Buffer.from(text, "base64") } : undefined),
};
const kinds: Record<KeyType, string> = { S: "text", N: "a number", B: "binary, in base64" };

/** Of `id=42` and, where the table has one, `at=7`, in any order; or of one word that `keyJson` made. Throws `key-wrong`. */
export function keyFrom(store: TableStore, words: readonly string[]): Item {
  const wrong = (why: string): never => {
    throw faults.keyWrong(why);
  };
  const known = keyAttributes(store);
  const [first = ""] = words;
  if (words.length === 1 && first.startsWith("{") && !known.some(({ name }) => first.startsWith(`${name}=`))) {
    const item = readItem(first);
    const other = Object.keys(item).find((name) => !known.some((one) => one.name === name));
    return other === undefined
      ? keyOf(store, item)
      : wrong(`${other} is no part of the key, which is ${example(store)}`);
  }
  const key: Item = {};
  for (const word of words) {
    const attribute = known.find(({ name }) => word.startsWith(`${name}=`));
    if (!attribute) return wrong(`${word} names no part of the key, which is ${example(store)}`);
    const { name, type } = attribute;
    const text = word.slice(name.length + 1);
    if (Object.hasOwn(key, name)) return wrong(`${name} stands there twice`);
    if (text === "") return wrong(`${name} is empty, which no key is`);
    key[name] = readers[type](text) ?? wrong(`${name} is ${kinds[type]}, and ${text} is not`);
  }
  const missing = known.filter(({ name }) => !Object.hasOwn(key, name)).map(({ name }) => name);
  return missing.length > 0
    ? wrong(`${missing.join(" and ")} is missing from the key, which is ${example(store)}`)
    : key;
}

/** The key of a whole item. Throws `item-wrong`. */
export function keyOf(store: TableStore, item: Item): Item {
  const pairs = keyAttributes(store).map(({ name, type }): [string, Value] => {
    const value = Object.hasOwn(item, name) ? item[name]! : undefined;
    const content = value?.[type];
    if (content === undefined)
      throw faults.itemWrong(`${name} is part of the key, and has to be there as ${kinds[type]}`);
    if (content.length === 0) throw faults.itemWrong(`${name} is part of the key, and may not be empty`);
    return [name, value!];
  });
  return Object.fromEntries(pairs);
}

/** `id=42 at=7` */
export const keyWords = (key: Item): string =>
  Object.entries(key)
    .map(([name, value]) => {
      const plain = value.N ?? value.S ?? (value.B ? Buffer.from(value.B).toString("base64") : plainOf(value));
      return `${name}=${plain}`;
    })
    .join(" ");

/**
 * A key as one word of a command, in which nothing is lost that a terminal would not show: JSON, of ASCII alone. A file's
 * is `{"key": NAME}`.
 */
export const keyJson = (key: Item): string =>
  JSON.stringify(plainItem(key)).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A file's name, as it is or as `keyJson` wrote it. */
export function fileFrom(word: string): string {
  if (!word.startsWith('{"key":')) return word;
  try {
    const { key, ...more } = JSON.parse(word) as { key?: unknown };
    return typeof key === "string" && Object.keys(more).length === 0 ? key : word;
  } catch {
    return word;
  }
}

/** As it is this moment. Undefined when there is none. */
export async function getItem(cloud: Cloud, { id: TableName }: TableStore, Key: Item): Promise<Item | undefined> {
  return inTable(
    cloud,
    async ({ sdk, client }) =>
      (await client.send(new sdk.GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item,
  );
}
