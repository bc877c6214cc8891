/** Files that are whole or not there: written beside, flushed, renamed. Everything is 0600; nothing is cached. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";

/** The folder has to be there. Throws what the system says. */
export function replaceFile(file: string, text: string, mode = 0o600): void {
  const beside = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  const handle = openSync(beside, "wx", mode);
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

/** Undefined when there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
