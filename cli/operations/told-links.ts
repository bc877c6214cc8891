/**
 * One-use links in an operation's event file, taken out once they were told: they sign somebody in, and the file is kept. Their
 * bytes become blanks, so that whoever reads the file at this moment finds each line where it was, and JSON still.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

const link = /,"link":"[^"\\]*"/g;

/** Never throws: a link is good for one use and some minutes, and the operation went well. */
export function dropToldLinks(file: string): void {
  try {
    const text = readFileSync(file, "latin1");
    const handle = openSync(file, "r+");
    try {
      for (const { 0: found, index } of text.matchAll(link)) writeSync(handle, " ".repeat(found.length), index);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Gone, or on a disk that is read only by now.
  }
}
