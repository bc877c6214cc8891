/**
 * A command's changes taken back, the last one first, each only if what stands there is what it left: what somebody changed
 * since is never written over. Taking back is a change like any other, noted and able to be taken back.
 */
import { readFileSync } from "node:fs";
import type { Cloud } from "../cloud.ts";
import { type Command, changeItem, newCommand } from "./changes.ts";
import { faults } from "./faults.ts";
import { changeFile } from "./file-changes.ts";
import { seeFile } from "./files.ts";
import { getItem, keyWords } from "./items.ts";
import { contentFile, type FileState, groupToUndo, type KeptChange } from "./journal.ts";
import { type BucketStore, isTable, type Store, type TableStore } from "./stores.ts";
import { type Item, sameItem, untypedItem } from "./values.ts";

export type UndoOutcome = "undone" | "already" | "changed-since" | "not-kept" | "gone";

export interface Undone {
  group: string;
  changes: { store: string; key: string; outcome: UndoOutcome }[];
}

export const changeKey = ({ key }: Pick<KeptChange, "key">): string =>
  typeof key === "string" ? key : keyWords(untypedItem(key));

/** `storeFor`: the store of a change, or undefined where it is gone. Throws `nothing-to-undo`. */
export async function undoChanges(
  cloud: Cloud,
  said: string | undefined,
  storeFor: (change: KeptChange) => Promise<Store | undefined>,
): Promise<Undone> {
  const changes = groupToUndo(cloud, said);
  const command = newCommand(changes[0]!.group);
  const done: Undone["changes"] = [];
  const stores = new Map<string, Store | undefined>();
  for (const change of changes) {
    if (!stores.has(change.storeId)) stores.set(change.storeId, await storeFor(change));
    const store = stores.get(change.storeId);
    const outcome = store ? await undoOne(cloud, store, change, command) : "gone";
    done.push({ store: change.store, key: changeKey(change), outcome });
  }
  return { group: command.group, changes: done };
}

const undoOne = (cloud: Cloud, store: Store, change: KeptChange, command: Command): Promise<UndoOutcome> =>
  (isTable(store)
    ? undoItem(cloud, store, change, command)
    : undoFile(cloud, store as BucketStore, change, command)
  ).catch((error: { code?: string }) => {
    if (error.code === "changed-meanwhile") return "changed-since";
    throw error;
  });

async function undoItem(cloud: Cloud, store: TableStore, change: KeptChange, command: Command): Promise<UndoOutcome> {
  const item = (typed: KeptChange["before"]): Item | undefined =>
    typed ? untypedItem(typed as Parameters<typeof untypedItem>[0]) : undefined;
  const key = untypedItem(change.key as Parameters<typeof untypedItem>[0]);
  const [before, after] = [item(change.before), item(change.after)];
  const seen = await getItem(cloud, store, key);
  if (sameItem(seen, before)) return "already";
  if (!sameItem(seen, after)) return "changed-since";
  await changeItem(cloud, store, { key, seen, wanted: before }, command);
  return "undone";
}

async function undoFile(cloud: Cloud, store: BucketStore, change: KeptChange, command: Command): Promise<UndoOutcome> {
  const [key, before, after] = [
    change.key as string,
    change.before as FileState | null,
    change.after as FileState | null,
  ];
  const seen = await seeFile(cloud, store, key);
  if (seen?.etag === before?.etag) return "already";
  if (seen?.etag !== after?.etag) return "changed-since";
  const bytes = before?.content === undefined ? undefined : readContent(cloud, before.content);
  if (before && !bytes) return "not-kept";
  const { type, metadata } = before ?? {};
  const about = { ...(type ? { type } : {}), ...(metadata ? { metadata } : {}) };
  await changeFile(cloud, store, { key, seen, wanted: bytes && { source: { bytes }, ...about } }, command);
  return "undone";
}

/** Undefined where it had to go for what came later. */
function readContent(cloud: Cloud, id: string): Buffer | undefined {
  try {
    return readFileSync(contentFile(cloud, id));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw faults.journalFailed(contentFile(cloud, id), error);
  }
}
