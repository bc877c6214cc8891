/** Freehold's own files, whole or not there, and what is said of those that cannot be read. Nothing is cached. */
import { dirname } from "node:path";
import { readIfThere, replaceFile } from "../catalog/files.ts";
import { faults } from "./errors.ts";
import { makeFolder } from "./paths.ts";

export function writeAtomically(file: string, text: string): void {
  makeFolder(dirname(file));
  replaceFile(file, text);
}

export function readText(file: string): string | undefined {
  try {
    return readIfThere(file);
  } catch (error) {
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
