/**
 * Changes of data as they were made on this computer, so that each can be taken back: what stood there before, and after.
 * A line is written and synced before the cloud is asked, so that nothing changes that is not in here; how it ended comes
 * after it. Files of lines, 0600, in a folder 0700: those of the last thirty days, and of these at most 100 MB, the newest.
 * It holds data, and no credentials; it asks no cloud.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Cloud } from "../cloud.ts";
import { faults } from "./faults.ts";
import type { Json } from "./values.ts";

export interface FileState {
  etag: string;
  size: number;
  type?: string;
  metadata?: Record<string, string>;
  /** The name of the file in the journal's folder that holds its content; missing where it was not kept. */
  content?: string;
}

export interface Change {
  /** Sorts as time does. */
  id: string;
  /** One command's, which are taken back together. */
  group: string;
  /** ISO 8601. */
  at: string;
  /** `notes/notes`, and what the cloud calls it. */
  store: string;
  storeId: string;
  kind: "item" | "file";
  /** Typed of an item; a file's name. */
  key: { [name: string]: Json } | string;
  /** Null where there was nothing. Items are typed. */
  before: { [name: string]: Json } | FileState | null;
  after: { [name: string]: Json } | FileState | null;
  /** The group it takes back. */
  undoes?: string;
}

/** `unknown`: Freehold was ended in between. */
export type Ending = "done" | "failed" | "unknown";
export interface KeptChange extends Change {
  ending: Ending;
}

const keptDays = 30;
/** Of which a part is left free for what comes next: a file's lines, or a file's content. */
const keptBytes = 100_000_000;
const nextBytes = 25_000_000;
/** A file's lines; the oldest file is the first to go. */
const segmentBytes = 4_000_000;

const folderOf = ({ dir }: Pick<Cloud, "dir">): string => join(dir, "data-changes");
/** Content of files that were written over or removed lies beside the lines, named after its change. */
export const contentFile = (cloud: Pick<Cloud, "dir">, id: string): string => join(folderOf(cloud), `${id}.content`);

export function newId(now = Date.now()): string {
  return `${now.toString(36).padStart(9, "0")}${randomBytes(3).toString("hex")}`;
}

/** Written and on the disk when it returns. Throws `journal-failed`; then the change is not to be made. */
export function noteChange(cloud: Pick<Cloud, "dir">, change: Change): void {
  append(cloud, change, true);
}

export function noteEnding(cloud: Pick<Cloud, "dir">, id: string, ending: "done" | "failed", after?: FileState): void {
  append(cloud, { ends: id, ending, ...(after ? { after } : {}) }, false);
}

function append(cloud: Pick<Cloud, "dir">, line: object, sync: boolean): void {
  const folder = folderOf(cloud);
  let file = folder;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    file = join(folder, currentSegment(folder));
    const opened = openSync(file, "a", 0o600);
    try {
      // In one call, so that two processes' lines do not mix; a torn line before it ends at the line break.
      writeSync(opened, `\n${JSON.stringify(line)}\n`);
      if (sync) fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw faults.journalFailed(file, error);
  }
}

const segments = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();

function currentSegment(folder: string): string {
  const last = segments(folder).at(-1);
  if (last && statSync(join(folder, last)).size < segmentBytes && last.slice(0, 10) === day()) return last;
  trim(folder);
  return `${day()}-${newId()}.jsonl`;
}

const day = (): string => new Date().toISOString().slice(0, 10);

/** What is older or more than is kept goes, whole files of it. */
function trim(folder: string): void {
  const oldest = Date.now() - keptDays * 86_400_000;
  let left = keptBytes - nextBytes;
  for (const { name, size, modified } of filesOf(folder)) {
    left -= size;
    if (modified < oldest || left < 0) rmSync(join(folder, name), { force: true });
  }
}

/** Before more is put beside the lines. */
export const keepRoom = (cloud: Pick<Cloud, "dir">): void => trim(folderOf(cloud));

/** Newest first. */
function filesOf(folder: string): { name: string; size: number; modified: number }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const stats = statSync(join(folder, name), { throwIfNoEntry: false });
      return stats ? [{ name, size: stats.size, modified: stats.mtimeMs }] : [];
    })
    .sort((a, b) => b.modified - a.modified);
}

/** Newest first; a line that was torn is none. */
export function changesOf(cloud: Pick<Cloud, "dir">): KeptChange[] {
  const folder = folderOf(cloud);
  const changes: KeptChange[] = [];
  const endings = new Map<string, { ending: Ending; after?: FileState }>();
  for (const name of there(folder).reverse()) {
    const lines = readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(parsed)
      .reverse();
    for (const line of lines) {
      if (typeof line?.["ends"] === "string") endings.set(line["ends"], line as unknown as { ending: Ending });
      else if (typeof line?.["id"] === "string") changes.push(ended(line as unknown as Change, endings));
    }
  }
  return changes;
}

function there(folder: string): string[] {
  try {
    return segments(folder);
  } catch {
    return [];
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function ended(change: Change, endings: ReadonlyMap<string, { ending: Ending; after?: FileState }>): KeptChange {
  const { ending = "unknown", after } = endings.get(change.id) ?? {};
  return { ...change, ending, ...(after ? { after } : {}) };
}

/** Of the newest command first: its changes, newest first. Those that failed changed nothing. */
export function groupsOf(cloud: Pick<Cloud, "dir">): KeptChange[][] {
  const groups = new Map<string, KeptChange[]>();
  for (const change of changesOf(cloud))
    if (change.ending !== "failed") groups.set(change.group, [...(groups.get(change.group) ?? []), change]);
  return [...groups.values()];
}

/** The group that is meant: by its id or a beginning of it; without one, the newest that is not taken back yet. */
export function groupToUndo(cloud: Pick<Cloud, "dir">, said: string | undefined): KeptChange[] {
  const groups = groupsOf(cloud);
  const undone = undoneIn(groups);
  const found =
    said === undefined
      ? groups.find(([first]) => first!.undoes === undefined && !undone.has(first!.group))
      : groups.find(([first]) => first!.group.startsWith(said) && said.length >= 4);
  if (!found) throw faults.nothingToUndo(said);
  return found;
}

/** Which groups were taken back. */
export const undoneIn = (groups: readonly KeptChange[][]): Set<string> =>
  new Set(groups.flatMap(([first]) => (first?.undoes && first.ending === "done" ? [first.undoes] : [])));
