/**
 * An item made another: from what was seen to what is wanted, noted first, and only if what was seen is still there. Between
 * the two an update changes the attributes that differ and no other, so that what somebody else adds meanwhile stays. Many
 * items are changed by calling it for each.
 */
import type { Cloud } from "../cloud.ts";
import { Placeholders } from "./expression.ts";
import { faults } from "./faults.ts";
import { getItem, inTable, keyOf, keyWords } from "./items.ts";
import { newId, noteChange, noteEnding } from "./journal.ts";
import { storeName, type TableStore } from "./stores.ts";
import { type Item, sameItem, sameValue, typedItem } from "./values.ts";

export interface ItemChange {
  key: Item;
  /** What stood there when it was read; undefined: nothing. */
  seen: Item | undefined;
  /** Undefined: it goes. */
  wanted: Item | undefined;
}

/** What the changes of one command have in common. */
export interface Command {
  group: string;
  undoes?: string;
}

export const newCommand = (undoes?: string): Command => ({ group: newId(), ...(undoes ? { undoes } : {}) });

/** False where there is nothing to change. Throws `changed-meanwhile`, `journal-failed`; then nothing was changed. */
export async function changeItem(
  cloud: Cloud,
  store: TableStore,
  { key, seen, wanted }: ItemChange,
  command: Command,
): Promise<boolean> {
  if (sameItem(seen, wanted)) return false;
  const id = newId();
  noteChange(cloud, {
    ...command,
    ...{ id, at: new Date().toISOString(), store: storeName(store), storeId: store.id, kind: "item" },
    key: typedItem(key),
    before: seen ? typedItem(seen) : null,
    after: wanted ? typedItem(wanted) : null,
  });
  try {
    await write(cloud, store.id, key, seen, wanted);
  } catch (error) {
    if (!isRefusal(error)) {
      // Whether it was made is not known of a call that nobody answered: then the line stays without an ending.
      if (answered(error)) noteEnding(cloud, id, "failed");
      throw error;
    }
    // A call whose answer was lost is made again, and then finds what it did itself.
    if (!isMade(await getItem(cloud, store, key), seen, wanted)) {
      noteEnding(cloud, id, "failed");
      throw faults.changedMeanwhile(storeName(store), keyWords(key));
    }
  }
  noteEnding(cloud, id, "done");
  return true;
}

/** The cloud's own error, below the fault that is made of it. */
const causeOf = (error: unknown): { name?: string; $metadata?: { httpStatusCode?: number } } =>
  ((error as Error).cause ?? {}) as { name?: string };

const isRefusal = (error: unknown): boolean => causeOf(error).name === "ConditionalCheckFailedException";
const answered = (error: unknown): boolean => (causeOf(error).$metadata?.httpStatusCode ?? 500) < 500;

function isMade(now: Item | undefined, seen: Item | undefined, wanted: Item | undefined): boolean {
  if (!now || !wanted) return now === wanted;
  return seen ? differing(seen, wanted).every((name) => sameField(now, wanted, name)) : sameItem(now, wanted);
}

/** Replaces whatever is there, or removes it; what is there is read for that, again when it changed in between. */
export async function setItem(
  cloud: Cloud,
  store: TableStore,
  { key, wanted }: Pick<ItemChange, "key" | "wanted">,
  command: Command,
): Promise<{ seen: Item | undefined; changed: boolean }> {
  for (let tries = 1; ; tries++) {
    const seen = await getItem(cloud, store, key);
    try {
      return { seen, changed: await changeItem(cloud, store, { key, seen, wanted }, command) };
    } catch (error) {
      if ((error as { code?: string }).code !== "changed-meanwhile" || tries === 3) throw error;
    }
  }
}

/** Attributes of a condition: DynamoDB takes 300 signs and 4 KB of it. */
const mostConditions = 90;

function write(cloud: Cloud, TableName: string, Key: Item, seen: Item | undefined, wanted: Item | undefined) {
  return inTable(cloud, async ({ sdk, client }): Promise<void> => {
    const held = new Placeholders();
    const about = { TableName, ConditionExpression: conditionOf(held, Key, seen, wanted) };
    const update = seen && wanted ? updateOf(held, seen, wanted) : undefined;
    if (update)
      await client.send(new sdk.UpdateItemCommand({ ...about, Key, UpdateExpression: update, ...held.attributes() }));
    else if (wanted) await client.send(new sdk.PutItemCommand({ ...about, Item: wanted, ...held.attributes() }));
    else await client.send(new sdk.DeleteItemCommand({ ...about, Key, ...held.attributes() }));
  });
}

/** That what was seen is still there: those that change first, and of the others as many as a condition holds. */
function conditionOf(held: Placeholders, key: Item, seen: Item | undefined, wanted: Item | undefined): string {
  if (!seen) return `attribute_not_exists(${held.name(Object.keys(key)[0]!)})`;
  const names = [...new Set([...differing(seen, wanted ?? {}), ...Object.keys(seen)])].slice(0, mostConditions);
  return names
    .map((name) => {
      const value = own(seen, name);
      return value ? `${held.name(name)} = ${held.value(value)}` : `attribute_not_exists(${held.name(name)})`;
    })
    .join(" AND ");
}

/** A name may be `__proto__`. */
const own = (item: Item, name: string): Item[string] | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

const differing = (seen: Item, wanted: Item): string[] =>
  [...new Set([...Object.keys(seen), ...Object.keys(wanted)])].filter((name) => !sameField(seen, wanted, name));

function sameField(left: Item, right: Item, name: string): boolean {
  const [a, b] = [own(left, name), own(right, name)];
  return a && b ? sameValue(a, b) : a === b;
}

/** Undefined where there is too much of it: then the item is written whole. */
function updateOf(held: Placeholders, seen: Item, wanted: Item): string | undefined {
  const names = differing(seen, wanted);
  if (names.length > mostConditions) return undefined;
  const set = names.filter((name) => own(wanted, name));
  const gone = names.filter((name) => !own(wanted, name));
  return [
    ...(set.length > 0
      ? [`SET ${set.map((name) => `${held.name(name)} = ${held.value(wanted[name]!)}`).join(", ")}`]
      : []),
    ...(gone.length > 0 ? [`REMOVE ${gone.map((name) => held.name(name)).join(", ")}`] : []),
  ].join(" ");
}

/** The key stays, or it would be another item. Throws `key-changed`, `item-wrong`. */
export function sameKey(store: TableStore, key: Item, wanted: Item): void {
  if (!sameItem(key, keyOf(store, wanted))) throw faults.keyChanged(Object.keys(key));
}
