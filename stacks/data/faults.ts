/**
 * The table of this room's faults: what can go wrong between a person and what lies in a store. Keys and names may be
 * strangers': they stand in sentences spelled out, and in no line that is to be typed.
 */
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { spelled } from "../../blueprints/seen.ts";

const { usage, notFound } = exitCodes;
const hint = (near: string | undefined): string => (near ? ` Did you mean ${near}?` : "");

/** So much of a text stands before and after the place that is meant. */
const around = 100;

/** A text, or the part of it that is meant, with a mark below the place. */
function marked(text: string, at: number): string {
  const from = Math.max(0, at - around);
  const before = `${from > 0 ? "…" : ""}${spelled(text.slice(from, at), 2 * around)}`;
  const rest = text.length > at + around ? `${text.slice(at, at + around)}…` : text.slice(at);
  return `${before}${spelled(rest, 2 * around)}\n${" ".repeat(before.length)}^`;
}

export const faults = {
  noStore: (said: string, known: readonly string[], near: string | undefined) =>
    new Fault({
      code: "store-unknown",
      summary: "There is no such store",
      detail: `${spelled(said)} is none of ${spelled(known.join(", ")) || "the tables and buckets of this cloud, which has none"}.${hint(near)}`,
      next: "freehold data ls",
      exitCode: notFound,
    }),
  severalStores: (said: string) =>
    new Fault({
      code: "store-unclear",
      summary: "Several stores have this name",
      detail: `${said} is a table and a bucket: ${said}:table and ${said}:bucket.`,
      next: "freehold data ls",
      exitCode: usage,
    }),
  storeGone: (store: string, id: string) =>
    new Fault({
      code: "store-gone",
      summary: "The store is gone from the cloud",
      detail: `The state says that ${store} is ${id}, and the cloud has nothing of that name.`,
      next: `freehold state verify ${store.split("/")[0]}`,
      exitCode: notFound,
    }),
  keyWrong: (why: string) =>
    new Fault({
      code: "key-wrong",
      summary: "The key does not fit the table",
      detail: `${spelled(why)}.`,
      next: "freehold data get --help",
      exitCode: usage,
    }),
  noItem: (store: string, key: string) =>
    new Fault({
      code: "item-unknown",
      summary: "There is no such item",
      detail: `${store} has none with ${spelled(key)}.`,
      next: `freehold data ls ${store}`,
      exitCode: notFound,
    }),
  noFile: (store: string, key: string) =>
    new Fault({
      code: "file-unknown",
      summary: "There is no such file",
      detail: `${store} has none called ${spelled(key)}.`,
      next: `freehold data ls ${store}`,
      exitCode: notFound,
    }),
  notInBackup: (store: string, key: string) =>
    new Fault({
      code: "backup-without",
      summary: "The backup has nothing of this",
      detail: `It has none of ${store} with ${spelled(key)}. Nothing was changed.`,
      next: `freehold data backups ${store.split("/")[0]}`,
      exitCode: notFound,
    }),
  standsThere: (store: string, key: string, typed: string) =>
    new Fault({
      code: "restore-not-empty",
      summary: "Something else stands there now",
      detail: `${spelled(key)} in ${store} is not what the backup has. --replace writes over it, and data undo takes that back. Nothing was changed.`,
      next: `${typed} --replace`,
      exitCode: exitCodes.answerNeeded,
    }),
  noMoment: (store: string, why: string) =>
    new Fault({
      code: "recovery-none",
      summary: "The cloud keeps no past of this",
      detail: `${store}: ${why}. Nothing was changed.`,
      next: `freehold data backups ${store.split("/")[0]}`,
      exitCode: usage,
    }),
  noText: (store: string, key: string, why: string) =>
    new Fault({
      code: "file-no-text",
      summary: "The file is not for an editor",
      detail: `${spelled(key)} in ${store}: ${why}.`,
      next: `freehold data get ${store} KEY -o FILE`,
      exitCode: usage,
    }),
  itemWrong: (why: string) =>
    new Fault({
      code: "item-wrong",
      summary: "This is no item for the table",
      detail: `${spelled(why)}. Nothing was changed.`,
      exitCode: usage,
    }),
  filterWrong: (filter: string, at: number, why: string) =>
    new Fault({
      code: "filter-wrong",
      summary: "The filter cannot be read",
      detail: `${marked(filter, at)}\nColumn ${at + 1}: ${spelled(why)}.`,
      next: "freehold data query --help",
      exitCode: usage,
    }),
  tokenWrong: (store: string) =>
    new Fault({
      code: "token-wrong",
      summary: "This is no place to go on from",
      detail: `The token is not of ${store}, or of another question than this one.`,
      next: `freehold data ls ${store}`,
      exitCode: usage,
    }),
  changedMeanwhile: (store: string, key: string) =>
    new Fault({
      code: "changed-meanwhile",
      summary: "Somebody else changed it meanwhile",
      detail: `${spelled(key)} in ${store} is not what it was when it was read. Nothing was changed.`,
      next: `freehold data ls ${store}`,
    }),
  keyChanged: (names: readonly string[]) =>
    new Fault({
      code: "key-changed",
      summary: "A key cannot be changed",
      detail: `${spelled(names.join(" and "))} say which item it is. Put an item with the new key, and remove the old one.`,
      exitCode: usage,
    }),
  nothingToUndo: (said: string | undefined) =>
    new Fault({
      code: "nothing-to-undo",
      summary: "There is nothing to take back",
      detail:
        said === undefined
          ? "No change of data is kept that is not taken back already."
          : `No change that is kept is called ${spelled(said)}.`,
      next: "freehold data history",
      exitCode: notFound,
    }),
  journalFailed: (file: string, cause: unknown) =>
    new Fault({
      code: "journal-failed",
      summary: "The change cannot be noted, and was not made",
      detail: `${spelled(file)}: ${spelled((cause as Error).message)}.`,
      at: file,
      cause,
    }),
  cutOff: (store: string, key: string, cause?: unknown) =>
    new Fault({
      code: "transfer-cut-off",
      summary: "The connection broke again and again",
      detail: `${spelled(key)} of ${store} did not come whole.`,
      next: "freehold cloud status",
      cause,
    }),
  fileChanged: (store: string, key: string) =>
    new Fault({
      code: "file-changed",
      summary: "The file was changed while it was read",
      detail: `${spelled(key)} of ${store} is another one than at the beginning. What was written of it is not used.`,
    }),
};
