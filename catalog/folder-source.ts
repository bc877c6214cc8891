/**
 * Blueprints of a catalog that is a folder of this computer: copied by digest like any other's, so that a change of that
 * folder changes nothing that was installed from it.
 */
import { statSync } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { listFiles } from "../blueprints/files.ts";
import { faults } from "./faults.ts";
import { admitPath } from "./names.ts";
import { onShelf, place, type Shelf } from "./shelf.ts";
import type { Fetched, Wanted } from "./source.ts";

const maxDepth = 32;

/** `dir` is the catalog's, absolute. Throws `entry-missing`, `digest-differs`, and what listing a blueprint's files throws. */
export async function fetchFromFolder(
  shelf: Shelf,
  catalog: { name: string; dir: string },
  { path, digest }: Wanted,
): Promise<Fetched> {
  const from = path === "" ? catalog.dir : join(catalog.dir, admitPath(path, maxDepth));
  const origin = { source: "catalog", catalog: catalog.name, path } as const;
  const there = digest && (await onShelf(shelf, digest));
  if (digest && there) return { dir: there, digest, origin };
  if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) throw faults.entryMissing(catalog, path);
  return { ...(await place(shelf, (into) => copyTo(join(into, "folder"), from), digest)), origin };
}

async function copyTo(to: string, from: string): Promise<string> {
  for (const { path, absolute, executable } of await listFiles(from)) {
    const file = join(to, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await copyFile(absolute, file);
    await chmod(file, executable ? 0o700 : 0o600);
  }
  return to;
}
