/** What was done to a stack, and when: the official file layout, one pair of files an update, newest first when read. */
import type { UpdateKind } from "./backend.ts";
import { parseJson } from "./checkpoint.ts";
import { type Packing, packed, unpacked } from "./compression.ts";
import type { Storage } from "./storage.ts";

/** As it lies in the file. */
export interface StoredEntry {
  kind: UpdateKind;
  /** Seconds since 1970. */
  startTime: number;
  endTime: number;
  message: string;
  environment: { [name: string]: string };
  /** As in the stack's settings file: a text, `{ secure }`, or an object. */
  config: { [key: string]: unknown };
  version: number;
  result: "succeeded" | "failed" | "in-progress";
  resourceChanges?: { [op: string]: number };
}

/** `content` is the checkpoint, packed already. */
export async function writeHistory(
  storage: Storage,
  folder: string,
  stack: string,
  entry: StoredEntry,
  content: string | Buffer | undefined,
  packing: Packing,
  nowMs: number,
): Promise<void> {
  const name = `${folder}/${stack}-${BigInt(Math.floor(nowMs)) * 1_000_000n}`;
  const said = await packed(JSON.stringify(entry), packing);
  await Promise.all([
    storage.write(`${name}.history.json${packing}`, said),
    content === undefined ? undefined : storage.write(`${name}.checkpoint.json${packing}`, content),
  ]);
}

export async function readHistory(
  storage: Storage,
  folder: string,
  stack: string,
  paging: { page?: number; pageSize?: number } = {},
): Promise<StoredEntry[]> {
  const names = await historyFiles(storage, folder, stack);
  const size = paging.pageSize ?? 0;
  const first = (Math.max(1, paging.page ?? 1) - 1) * size;
  const chosen = size > 0 ? names.slice(first, first + size) : names;
  const stored = await Promise.all(chosen.map((name) => storage.read(`${folder}/${name}`)));
  return Promise.all(
    stored.flatMap((one, at) => (one ? [readEntry(storage.show(`${folder}/${chosen[at]}`), one.bytes)] : [])),
  );
}

async function readEntry(file: string, bytes: Buffer): Promise<StoredEntry> {
  return parseJson(file, await unpacked(file, bytes)) as StoredEntry;
}

/** Newest first. */
export async function historyFiles(storage: Storage, folder: string, stack: string): Promise<string[]> {
  const stamped = (await storage.list(folder)).flatMap(({ name }) => {
    const [, stamp] = (name.startsWith(`${stack}-`) && entryName.exec(name.slice(stack.length))) || [];
    return stamp === undefined ? [] : [{ name, stamp: BigInt(stamp) }];
  });
  return stamped.sort((a, b) => (a.stamp < b.stamp ? 1 : -1)).map(({ name }) => name);
}

const entryName = /^-(\d+)\.history\.json(?:\.gz|\.zst)?$/;

/** Entries and their checkpoints, under another name. */
export async function copyHistory(
  storage: Storage,
  from: { folder: string; stack: string },
  to: { folder: string; stack: string },
): Promise<void> {
  for (const { name, folder } of await storage.list(from.folder)) {
    const rest = name.slice(from.stack.length);
    if (folder || !name.startsWith(`${from.stack}-`) || !/^-\d+\./.test(rest)) continue;
    await storage.copy(`${from.folder}/${name}`, `${to.folder}/${to.stack}${rest}`);
  }
}
