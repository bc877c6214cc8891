/** `data ls`: which stores there are and how much is in them; of one, a page of what is in it. */

import { suggest } from "../../blueprints/suggest.ts";
import type { BucketStore, Json, Store } from "../../stacks/deploy.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { keyIn } from "../found-data.ts";
import { type EnteredData, enterData, enterStore, isTable, limitOf, ownersOf } from "../stores.ts";

export interface StoresDocument {
  cloud: string;
  stores: Store[];
}

export interface PageDocument {
  cloud: string;
  store: string;
  kind: Store["kind"];
  /** Only files whose names begin so. */
  prefix?: string;
  /** Names of the attributes of its key, of a table. */
  key: string[];
  /** Plain JSON, or with `--typed` DynamoDB's; files as `key`, `size`, `modified`. */
  items: { [name: string]: Json }[];
  /** Of each item what names it in `data get`, `edit` and `rm`, whole, as one word. */
  keys: string[];
  /** With `--folders`: the folders in this one, each as it is to be listed, and as the word for it. */
  folders?: { name: string; prefix: string }[];
  /** What goes on from here: a token for `--from`. */
  next?: string;
}

const usualLimit = 50;

export async function run(input: Input): Promise<Outcome> {
  const [said] = input.args;
  return { document: said?.includes("/") ? await page(input) : await stores(input, said) };
}

async function stores(input: Input, app: string | undefined): Promise<StoresDocument> {
  if (app !== undefined) {
    const { name } = await findCloud(input.paths, text(input.flags, "cloud"));
    const { apps, kept } = ownersOf(input.paths, name);
    const known = [...apps, ...Object.keys(kept)];
    if (!known.includes(app)) throw faults.unknownApp(app, suggest(app, known));
  }
  const { config, cloud, room, owners } = await enterData(input);
  const asked = app === undefined ? owners : only(owners, app);
  return { cloud: config.name, stores: await room.storesOf(cloud, asked) };
}

function only({ apps, kept }: ReturnType<typeof ownersOf>, app: string): ReturnType<typeof ownersOf> {
  return { apps: apps.filter((one) => one === app), kept: kept[app] ? { [app]: kept[app] } : {} };
}

async function page(input: Input): Promise<PageDocument> {
  const limit = limitOf(input, "data ls", usualLimit);
  const from = text(input.flags, "from");
  const { config, cloud, room, store, name } = await enterStore(input);
  const [, prefix] = input.args;
  if (isTable(store) && prefix !== undefined)
    throw faults.arguments(
      "data ls",
      `${name} is a table, whose items have no beginnings of names: freehold data query`,
    );
  const about = {
    ...{ cloud: config.name, store: name, kind: store.kind },
    ...(prefix === undefined ? {} : { prefix }),
  };
  if (input.flags["folders"] === true) {
    if (isTable(store)) throw faults.badFlag("data ls", "--folders", "is of buckets; a table has no folders");
    return { ...about, ...(await folders({ cloud, room }, store, { prefix: prefix ?? "", limit, from })) };
  }
  const plan = isTable(store)
    ? room.planOf(config.region, store, undefined)
    : room.beginningPlan(config.region, store, prefix ?? "");
  const { items, next } = await room.answerOf(cloud, store, { plan, limit, ...(from === undefined ? {} : { from }) });
  return {
    ...about,
    key: isTable(store) ? room.keyNames(store) : ["key"],
    items: items.map((item) =>
      input.flags["typed"] === true && isTable(store) ? room.typedItem(item) : room.plainItem(item),
    ),
    keys: items.map((item) => room.keyJson(keyIn({ room, store }, item))),
    ...(next === undefined ? {} : { next }),
  };
}

type InFolder = Pick<PageDocument, "key" | "items" | "keys" | "folders" | "next">;

async function folders(
  { cloud, room }: Pick<EnteredData, "cloud" | "room">,
  store: BucketStore,
  { prefix: said, limit, from }: { prefix: string; limit: number; from: string | undefined },
): Promise<InFolder> {
  const prefix = room.fileFrom(said);
  const asked = { prefix: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`, limit };
  const { files, folders, next } = await room.folderPage(cloud, store, {
    ...asked,
    ...(from === undefined ? {} : { from }),
  });
  return {
    key: ["key"],
    items: files.map(room.plainItem),
    keys: files.map((file) => room.keyJson({ key: file["key"]! })),
    folders: folders.map((folder) => ({ name: folder, prefix: room.keyJson({ key: { S: folder } }) })),
    ...(next === undefined ? {} : { next }),
  };
}
