/**
 * `data edit`: an item, or a file of text, in one's own editor. It is written only if nobody changed it meanwhile; where
 * somebody did, both are shown, and whoever edits says which it is to be. What was typed is never lost: it stays in its file
 * until it is written or given up.
 */

import { Fault } from "../../blueprints/fault.ts";
import type { BucketStore, Item, TableStore } from "../../stacks/deploy.ts";
import type { Input, Outcome } from "../command.ts";
import { beginEditing, type Editing } from "../editor.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";
import { type EnteredData, enterStore, isTable } from "../stores.ts";
import type { PutDocument } from "./data-put.ts";

type Named = EnteredData & { name: string };

/** What both kinds have: a text of what is there, and a text written back over it. */
interface Edited {
  key: string;
  fileName: string;
  /** What is there now. */
  read(): Promise<{ text: string; seen: unknown }>;
  /** Throws `item-wrong`, `key-changed`, `changed-meanwhile`. */
  write(text: string, seen: unknown): Promise<PutDocument>;
}

export async function run(input: Input): Promise<Outcome> {
  const { store, ...entered } = await enterStore(input);
  const edited = isTable(store) ? item(input, entered, store) : file(input, entered, store);
  const first = await edited.read();
  const editing = beginEditing(input, edited.fileName, first.text);
  try {
    const document = await converse(input, edited, editing, first);
    editing.done();
    return { document };
  } catch (error) {
    throw withFile(error, editing);
  }
}

/** Says where what was typed is. */
function withFile(error: unknown, { file }: Editing): unknown {
  if (!(error instanceof Fault) || error.at === file) return error;
  const { detail = "", ...rest } = error.toJSON();
  return new Fault({ ...rest, detail: `${detail}\nWhat you wrote is in ${file}.`, at: file, cause: error });
}

async function converse(
  input: Input,
  edited: Edited,
  editing: Editing,
  first: { text: string; seen: unknown },
): Promise<PutDocument> {
  let base = first;
  for (let text = await editing.edit(); ; ) {
    try {
      return await edited.write(text, base.seen);
    } catch (error) {
      const { code = "" } = error as Fault;
      if (!input.interactive || !["item-wrong", "key-changed", "changed-meanwhile"].includes(code)) throw error;
      if (code === "changed-meanwhile") {
        base = await edited.read();
        if ((await askWhich(input, base.text, text)) === "mine") continue;
      } else {
        const answer = await input.ask(`${safeText((error as Fault).message, { lines: true })}\nEdit again? [Y/n] `);
        if (/^n/i.test(answer.trim())) throw error;
      }
      text = await editing.edit();
    }
  }
}

async function askWhich(input: Input, theirs: string, mine: string): Promise<"mine" | "again"> {
  const shown = (text: string): string => safeText(text.trimEnd(), { lines: true, max: 4000 });
  const question = `Somebody else changed it meanwhile.\nNow it is:\n${shown(theirs)}\nYou wrote:\n${shown(mine)}\n`;
  const answer = (
    await input.ask(`${question}Write yours over it (w), edit yours again (e), or leave it (l)? [l] `)
  ).trim();
  if (/^w/i.test(answer)) return "mine";
  if (/^e/i.test(answer)) return "again";
  throw faults.declined();
}

function item(input: Input, { room, cloud, name }: Named, store: TableStore): Edited {
  const key = room.keyFrom(store, input.args.slice(1));
  const words = room.keyWords(key);
  const typed = input.flags["typed"] === true;
  return {
    ...{ key: words, fileName: "item.json" },
    async read() {
      const seen = await room.getItem(cloud, store, key);
      if (!seen) throw room.dataFaults.noItem(name, words);
      return { text: `${JSON.stringify(typed ? room.typedItem(seen) : room.plainItem(seen), null, 2)}\n`, seen };
    },
    async write(text, seen) {
      const wanted = room.readItem(text, { typed });
      room.sameKey(store, key, wanted);
      const now = await room.getItem(cloud, store, key);
      if (!room.sameItem(now, seen as Item)) throw room.dataFaults.changedMeanwhile(name, words);
      const command = room.newCommand();
      const changed = await room.changeItem(cloud, store, { key, seen: now, wanted }, command);
      return {
        store: name,
        key: words,
        outcome: changed ? "replaced" : "same",
        ...(changed ? { change: command.group } : {}),
      };
    },
  };
}

/** What an editor is given whole. */
const mostEdited = 5_000_000;

function file(input: Input, { room, cloud, name }: Named, store: BucketStore): Edited {
  const [, said, ...more] = input.args as [string, string, ...string[]];
  const key = room.fileFrom(said);
  if (more.length > 0) throw faults.arguments("data edit", `${name} is a bucket, and a file has one name`);
  let before = "";
  return {
    ...{
      key,
      fileName: key
        .split("/")
        .at(-1)!
        .replace(/[^\w.-]/g, "_")
        .slice(-100)
        .replace(/^\.*$/, "file"),
    },
    async read() {
      const seen = await room.seeFile(cloud, store, key);
      if (!seen) throw room.dataFaults.noFile(name, key);
      if (seen.size > mostEdited) throw room.dataFaults.noText(name, key, "it is larger than 5 MB");
      const chunks: Uint8Array[] = [];
      for await (const chunk of room.fileBytes(cloud, store, key)) chunks.push(chunk);
      try {
        before = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
      } catch {
        throw room.dataFaults.noText(name, key, "it is no text in UTF-8");
      }
      return { text: before, seen };
    },
    async write(text, seen) {
      if (text === before) return { store: name, key, outcome: "same" };
      const was = seen as NonNullable<Awaited<ReturnType<typeof room.seeFile>>>;
      const { type, metadata } = was;
      const about = { ...(type ? { type } : {}), ...(metadata ? { metadata } : {}) };
      const command = room.newCommand();
      const wanted = { source: { bytes: Buffer.from(text) }, ...about };
      await room.changeFile(cloud, store, { key, seen: was, wanted }, command);
      return { store: name, key, outcome: "replaced", change: command.group };
    },
  };
}
