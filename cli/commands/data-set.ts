/**
 * `data set`: attributes of all items that a filter finds. What would change is counted and shown first, and asked about;
 * each item is changed only if it is still what was seen, and noted before, so that all come back together.
 */
import type { Item, TableStore } from "../../stacks/deploy.ts";
import { type Input, list, type Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { type Entered, each, keyIn, shownKey, shownKeys } from "../found-data.ts";
import { again, enterStore, isTable } from "../stores.ts";
import { isJson } from "../ui/is-json.ts";
import { many } from "../ui/table.ts";
import { planWords } from "./data-query.ts";
import { confirm } from "./operation.ts";

export interface SetDocument {
  store: string;
  changed: number;
  /** With `--dry-run`: so many would change, and the first of them. */
  wouldChange?: number;
  keys: string[];
  /** Somebody changed these meanwhile; they are as those left them. */
  stayed: string[];
  change?: string;
}

/** What becomes of an item. */
interface Change {
  set: Item;
  remove: string[];
}

export async function run(input: Input): Promise<Outcome> {
  const [, filter, ...words] = input.args as [string, string, ...string[]];
  const entered = await enterStore(input);
  const { room, config, store, name } = entered;
  if (!isTable(store)) throw faults.arguments("data set", `${name} is a bucket, whose files have no attributes to set`);
  const change = changeOf(entered, store, words, list(input.flags, "remove"));
  const plan = room.planOf(config.region, store, filter);
  input.note?.(`reads ${planWords(plan, { costs: config.target === "aws", kind: store.kind })}`);
  const found = { count: 0, keys: [] as string[] };
  for await (const item of each(entered, plan)) {
    if (room.sameItem(item, changed(item, change))) continue;
    found.count++;
    if (found.keys.length < shownKeys) found.keys.push(shownKey(entered, keyIn(entered, item)));
  }
  const about = { store: name, keys: found.keys, stayed: [] };
  if (found.count === 0 || input.flags["dry-run"] === true)
    return { document: { ...about, changed: 0, wouldChange: found.count } satisfies SetDocument };
  const others = found.count > found.keys.length ? ", ..." : "";
  const question = `${many(found.count, "item")} of ${name}: ${found.keys.join(", ")}${others}. Change them?`;
  await confirm({ ...input, typed: again(input, "data set", "").trimEnd() }, question, "--yes");
  return { document: await carryOut(entered, store, each(entered, plan), { change, keys: found.keys }) };
}

async function carryOut(
  entered: Entered,
  store: TableStore,
  items: AsyncIterable<Item>,
  { change, keys }: { change: Change; keys: string[] },
): Promise<SetDocument> {
  const { room, cloud, name } = entered;
  const command = room.newCommand();
  const stayed: string[] = [];
  let count = 0;
  for await (const seen of items) {
    const key = keyIn(entered, seen);
    try {
      count += Number(await room.changeItem(cloud, store, { key, seen, wanted: changed(seen, change) }, command));
    } catch (error) {
      if ((error as { code?: string }).code !== "changed-meanwhile") throw error;
      stayed.push(shownKey(entered, key));
    }
  }
  return { store: name, changed: count, keys, stayed, ...(count > 0 ? { change: command.group } : {}) };
}

const changed = (item: Item, { set, remove }: Change): Item =>
  Object.fromEntries(Object.entries({ ...item, ...set }).filter(([name]) => !remove.includes(name)));

/** Of `done=true`, `tags=["a"]`, `text=hello`. Throws `arguments-invalid`, `item-wrong`, `key-changed`. */
function changeOf({ room }: Entered, store: TableStore, words: string[], remove: string[]): Change {
  if (words.length + remove.length === 0)
    throw faults.arguments("data set", "What is to change is missing: NAME=VALUE, or --remove NAME");
  const pairs = words.map((word) => {
    const [, name = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(word) ?? [];
    if (name === "") throw faults.arguments("data set", `${word} is not NAME=VALUE`);
    return `${JSON.stringify(name)}: ${isJson(value) ? value : JSON.stringify(value)}`;
  });
  const set = room.readItem(`{${pairs.join(", ")}}`);
  const keys = room.keyNames(store).filter((name) => Object.hasOwn(set, name) || remove.includes(name));
  if (keys.length > 0) throw room.dataFaults.keyChanged(keys);
  return { set, remove };
}
