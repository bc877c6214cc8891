/** An item as Deta Space exported it, as a table wants it. */
import type { TypedItem } from "./format/attribute.ts";
import { faults } from "./format/faults.ts";
import type { TableStore } from "./stores.ts";
import { readItem, typedItem } from "./values.ts";

/** Seconds since 1970, of an item that ends. */
const expires = "__expires";

/** The item as the table wants it: its `key` under the table's own name and type, its end where the table looks for it. */
export function baseItem(text: string, { key: { hash }, ttl }: TableStore, where: string): TypedItem {
  const { key, [expires]: ends, ...rest } = typedItem(readItem(text, { literal: true })) as TypedItem;
  const named = (key as { S?: string } | undefined)?.S;
  if (named === undefined) throw faults.broken(where, "has no key that is text");
  if (hash.type === "N" && !/^-?\d{1,38}$/.test(named))
    throw faults.broken(where, `has a key that is no number, and the table's ${hash.name} is one`);
  if (hash.type === "B") throw faults.broken(where, `has a key that is text, and the table's ${hash.name} is bytes`);
  if (hash.name !== "key" && Object.hasOwn(rest, hash.name))
    throw faults.broken(where, `has a ${hash.name} of its own, and that is what the table is keyed by`);
  return {
    ...rest,
    [hash.name]: hash.type === "N" ? { N: named } : { S: named },
    ...(ends === undefined ? {} : { [ttl ?? expires]: ends }),
  };
}
