/** What was done to a stack, and when: the official file layout, one pair of files an update, newest first when read. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { UpdateKind } from "./backend.ts";
import { readText, writeAtomically } from "./files.ts";

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

const suffix = ".history.json";

export async function writeHistory(
  folder: string,
  stack: string,
  entry: StoredEntry,
  checkpoint: string | undefined,
  nowMs: number,
): Promise<void> {
  const name = `${stack}-${BigInt(nowMs) * 1_000_000n}`;
  await writeAtomically(join(folder, name + suffix), JSON.stringify(entry, null, 4));
  if (checkpoint !== undefined) await writeAtomically(join(folder, `${name}.checkpoint.json`), checkpoint);
}

export async function readHistory(
  folder: string,
  stack: string,
  paging: { page?: number; pageSize?: number } = {},
): Promise<StoredEntry[]> {
  const names = await historyFiles(folder, stack);
  const size = paging.pageSize ?? 0;
  const chosen = size > 0 ? names.slice(((paging.page ?? 1) - 1) * size, (paging.page ?? 1) * size) : names;
  const texts = await Promise.all(chosen.map((name) => readText(join(folder, name))));
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text));
}

/** Newest first. */
async function historyFiles(folder: string, stack: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const stamp = (name: string): bigint => BigInt(name.slice(stack.length + 1, -suffix.length));
  const own = names.filter(
    (name) =>
      name.startsWith(`${stack}-`) &&
      name.endsWith(suffix) &&
      /^\d+$/.test(name.slice(stack.length + 1, -suffix.length)),
  );
  return own.sort((a, b) => (stamp(a) < stamp(b) ? 1 : -1));
}
