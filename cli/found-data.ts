/** What changes of many share: all that a plan finds, a page at a time, and what each is called. Changes nothing. */
import type { BucketStore, Item, Plan, TableStore } from "../stacks/deploy.ts";
import { type EnteredData, isTable } from "./stores.ts";

export type Entered = EnteredData & { name: string; store: TableStore | BucketStore };

/** So many are named before a question about all of them. */
export const shownKeys = 10;

export const shownKey = ({ room, store }: Entered, key: Item): string =>
  isTable(store) ? room.keyWords(key) : key["key"]!.S!;

export const keyIn = ({ room, store }: Pick<Entered, "room" | "store">, item: Item): Item =>
  isTable(store) ? room.keyOf(store, item) : { key: item["key"]! };

export async function* each({ room, cloud, store }: Entered, plan: Plan): AsyncGenerator<Item> {
  for (let from: string | undefined, more = true; more; ) {
    const answer = await room.answerOf(cloud, store, { plan, limit: 1000, ...(from === undefined ? {} : { from }) });
    yield* answer.items;
    from = answer.next;
    more = from !== undefined;
  }
}
