/** Files that are whole or not there: written beside, flushed, renamed. Everything is 0600; nothing is cached. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { faults } from "./errors.ts";
import { makeFolder } from "./paths.ts";

export function writeAtomically(file: string, text: string): void {
  makeFolder(dirname(file));
  const beside = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  const handle = openSync(beside, "wx", 0o600);
  try {
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw faults.fileBroken(file, (error as Error).message, error);
  }
}

/** Undefined when there is none. Throws `file-broken` on what is not JSON. */
export function readJson<T>(file: string): T | undefined {
  const text = readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw faults.fileBroken(file, "it is not JSON.", cause);
  }
}

export function writeJson(file: string, value: unknown): void {
  writeAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}
