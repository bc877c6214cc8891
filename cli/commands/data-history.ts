/** `data history`: changes of data that were made on this computer and can be taken back. Asks no cloud. */
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { cloudDir } from "../paths.ts";
import { limitOf } from "../stores.ts";

export interface DataHistoryDocument {
  cloud: string;
  /** Newest first. */
  changes: {
    /** What `data undo` takes. */
    change: string;
    at: string;
    stores: string[];
    /** Of the first. */
    key: string;
    count: number;
    what: "made" | "changed" | "removed" | "undo";
    /** It was taken back. */
    undone?: true;
    /** Freehold was ended before it knew whether the cloud made it. */
    unknown?: true;
  }[];
}

export async function run(input: Input): Promise<Outcome> {
  const limit = limitOf(input, "data history", 20);
  const { name } = await findCloud(input.paths, text(input.flags, "cloud"));
  const room = await (await import("../../stacks/deploy.ts")).data();
  const groups = room.groupsOf({ dir: cloudDir(input.paths, name) });
  const undone = room.undoneIn(groups);
  const changes = groups.slice(0, limit).map((group): DataHistoryDocument["changes"][number] => {
    const first = group.at(-1)!;
    const what = first.undoes ? "undo" : !first.before ? "made" : first.after ? "changed" : "removed";
    return {
      ...{ change: first.group, at: first.at, stores: [...new Set(group.map(({ store }) => store))] },
      ...{ key: room.changeKey(first), count: group.length, what },
      ...(undone.has(first.group) ? { undone: true as const } : {}),
      ...(group.some(({ ending }) => ending === "unknown") ? { unknown: true as const } : {}),
    };
  });
  return { document: { cloud: name, changes } satisfies DataHistoryDocument };
}
