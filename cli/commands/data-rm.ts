/**
 * `data rm`: one item or file by its key; or all that a filter finds, which are shown and counted before anything goes, and
 * asked about. Each is noted before it goes, and goes only if it is still what was seen.
 */
import type { Command, FileState, Item, Plan } from "../../stacks/deploy.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { type Entered, each, keyIn, shownKey, shownKeys } from "../found-data.ts";
import { enterStore, isTable, sureToLose } from "../stores.ts";
import { sizeWords } from "../ui/size.ts";
import { many } from "../ui/table.ts";
import { planWords } from "./data-query.ts";

export interface RemoveDocument {
  store: string;
  removed: number;
  /** What would go, with `--dry-run`: so many, and the first of them. */
  wouldRemove?: number;
  keys: string[];
  /** Somebody changed these meanwhile; they stay. */
  stayed: string[];
  change?: string;
}

export async function run(input: Input): Promise<Outcome> {
  const filter = text(input.flags, "where");
  if ((filter === undefined) === input.args.length < 2)
    throw faults.arguments("data rm", "Which one is to go: its key; or those that a filter finds: --where FILTER");
  const entered = await enterStore(input);
  return { document: await (filter === undefined ? removeOne(input, entered) : removeFound(input, entered, filter)) };
}

async function removeOne(input: Input, entered: Entered): Promise<RemoveDocument> {
  const { room, cloud, store, name } = entered;
  const key = isTable(store)
    ? room.keyFrom(store, input.args.slice(1))
    : { key: { S: room.fileFrom(fileName(input, name)) } };
  const shown = shownKey(entered, key);
  const about = { store: name, keys: [shown], stayed: [] };
  const seen = isTable(store)
    ? await room.getItem(cloud, store, key)
    : await room.seeFile(cloud, store, key["key"]!.S!);
  if (!seen) throw isTable(store) ? room.dataFaults.noItem(name, shown) : room.dataFaults.noFile(name, shown);
  if (input.flags["dry-run"] === true) return { ...about, removed: 0, wouldRemove: 1 };
  if (!isTable(store)) await askOfLarge(input, entered, (seen as FileState).size, shown);
  const command = room.newCommand();
  const removed = await remove(entered, key, command);
  return { ...about, removed: Number(removed), ...(removed ? { change: command.group } : {}) };
}

function fileName(input: Input, name: string): string {
  if (input.args.length > 2) throw faults.arguments("data rm", `${name} is a bucket, and a file has one name`);
  return input.args[1]!;
}

async function askOfLarge(input: Input, { room }: Entered, size: number, what: string): Promise<void> {
  if (size <= room.mostKeptBytes) return;
  await sureToLose(
    input,
    "data rm",
    `${what}: ${sizeWords(size)} is more than is kept to take it back. Remove it for good?`,
  );
}

/** False where it was gone already. */
async function remove({ room, cloud, store }: Entered, key: Item, command: Command): Promise<boolean> {
  if (isTable(store)) return (await room.setItem(cloud, store, { key, wanted: undefined }, command)).changed;
  const name = key["key"]!.S!;
  const seen = await room.seeFile(cloud, store, name);
  if (seen) await room.changeFile(cloud, store, { key: name, seen, wanted: undefined }, command);
  return seen !== undefined;
}

/** Twice through: to count and show, then to remove, a page at a time. */
async function removeFound(input: Input, entered: Entered, filter: string): Promise<RemoveDocument> {
  const { room, config, store, name } = entered;
  const plan = room.planOf(config.region, store, filter);
  input.note?.(`reads ${planWords(plan, { costs: config.target === "aws", kind: store.kind })}`);
  const found = await count(entered, plan);
  const about = { store: name, keys: found.keys };
  if (found.count === 0 || input.flags["dry-run"] === true)
    return { ...about, removed: 0, wouldRemove: found.count, stayed: [] };
  await sureToLose(input, "data rm", questionOf(entered, found));
  const command = room.newCommand();
  const stayed: string[] = [];
  let removed = 0;
  for await (const item of each(entered, plan)) {
    const key = keyIn(entered, item);
    try {
      removed += Number(await removeSeen(entered, key, item, command));
    } catch (error) {
      if ((error as { code?: string }).code !== "changed-meanwhile") throw error;
      stayed.push(shownKey(entered, key));
    }
  }
  return { ...about, removed, stayed, ...(removed > 0 ? { change: command.group } : {}) };
}

interface Found {
  count: number;
  bytes: number;
  keys: string[];
}

async function count(entered: Entered, plan: Plan): Promise<Found> {
  const { room, store } = entered;
  const found: Found = { count: 0, bytes: 0, keys: [] };
  for await (const item of each(entered, plan)) {
    found.count++;
    found.bytes += isTable(store) ? JSON.stringify(room.typedItem(item)).length : Number(item["size"]!.N);
    if (found.keys.length < shownKeys) found.keys.push(shownKey(entered, keyIn(entered, item)));
  }
  return found;
}

function questionOf({ room, store, name }: Entered, { count, bytes, keys }: Found): string {
  const noun = many(count, isTable(store) ? "item" : "file");
  const others = count > keys.length ? ", ..." : "";
  const lost = bytes > room.mostKeptBytes ? " That is more than is kept to take it back." : "";
  return `${noun} of ${name} go, ${sizeWords(bytes)}: ${keys.join(", ")}${others}.${lost} Remove them?`;
}

/** Only while it is what was seen: what somebody wrote since may fit the filter no more. */
async function removeSeen(entered: Entered, key: Item, seen: Item, command: Command): Promise<boolean> {
  const { room, cloud, store } = entered;
  if (!isTable(store)) return remove(entered, key, command);
  return room.changeItem(cloud, store, { key, seen, wanted: undefined }, command);
}
