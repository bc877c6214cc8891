/** `data undo`: the last command that changed data, or the one that is named, is taken back where nothing came after it. */

import { exitCodes } from "../../blueprints/fault.ts";
import type { Undone } from "../../stacks/deploy.ts";
import type { Input, Outcome } from "../command.ts";
import { enterData } from "../stores.ts";

export interface UndoDocument extends Undone {
  /** What takes this back again; missing where nothing was changed. */
  change?: string;
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, room, owners } = await enterData(input);
  const done = await room.undoChanges(cloud, input.args[0], async ({ store, storeId, kind }) => {
    const said = `${store}:${kind === "item" ? "table" : "bucket"}`;
    const found = await room.findStore(cloud, owners, said).catch((error: { code?: string }) => {
      if (error.code === "store-unknown" || error.code === "store-gone") return undefined;
      throw error;
    });
    // Another one of the same name, made since.
    return found?.id === storeId ? found : undefined;
  });
  const undone = done.changes.some(({ outcome }) => outcome === "undone");
  const all = done.changes.every(({ outcome }) => outcome === "undone" || outcome === "already");
  const document: UndoDocument = { ...done, ...(undone ? { change: done.group } : {}) };
  return { document, exitCode: all ? exitCodes.done : exitCodes.failed };
}
