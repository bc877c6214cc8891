/**
 * One process a data folder. SQLite's exclusive lock decides, races included, and goes with the process however that
 * ends: a dead holder holds nothing. The pid beside it only lets the refusal name who has the folder.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readJson, writeDurably } from "./files.ts";

export class DataFolderInUse extends Error {
  /** 0 when the holder has not said yet. */
  readonly pid: number;
  constructor(pid: number) {
    super(`the data folder is in use by process ${pid}`);
    this.name = "DataFolderInUse";
    this.pid = pid;
  }
}

/** Returns what gives it back. */
export function lockFolder(dir: string): () => void {
  const file = join(dir, "lock.json");
  const guard = new DatabaseSync(join(dir, "lock.db"));
  try {
    guard.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch {
    guard.close();
    throw new DataFolderInUse(readJson<{ pid: number }>(file)?.pid ?? 0);
  }
  writeDurably(file, JSON.stringify({ pid: process.pid }));
  return () => {
    rmSync(file, { force: true });
    guard.close();
  };
}
