/** A blueprint in a folder of the owner's own: read where it is, each time anew. */
import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { faults } from "./faults.ts";
import type { Found } from "./found.ts";

/** Whether REF is written as a folder: absolute, or begins with `./`, `../` or `~/`. */
export const isFolder = (ref: string): boolean => /^(\.{1,2}([/\\]|$)|~\/)/.test(ref) || isAbsolute(ref);

/** `home` is what `~` stands for. Throws `folder-missing`. */
export function findFolder(ref: string, where: { cwd: string; home: string }): Found {
  const dir = resolve(where.cwd, ref.replace(/^~(?=\/)/, where.home));
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw faults.folderMissing(ref);
  return { source: "folder", ref: dir, dir, origin: { source: "folder" } };
}
