/**
 * The files of a blueprint's folder: plain files and folders within limits, in one order on every computer. Refuses
 * links, devices and names that cannot be kept; runs nothing.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { faults } from "./faults.ts";

/** Lies at the top of every blueprint's folder. */
export const manifestFile = "blueprint.yaml";

export interface BlueprintFile {
  /** From the folder, with `/`. */
  path: string;
  absolute: string;
  executable: boolean;
  sizeBytes: number;
}

/** Lambda's limit for unzipped code, and room for a site beside it. */
export const limits = { bytes: 512 * 1024 ** 2, files: 20_000, folders: 20_000, depth: 32 };
/** Never part of a blueprint, wherever they lie. */
export const leftOut: ReadonlySet<string> = new Set([".git", ".DS_Store"]);

/** Sorted by the UTF-8 bytes of their paths. Throws `blueprint-not-plain`, `blueprint-too-large`. */
export async function listFiles(dir: string, max = limits): Promise<BlueprintFile[]> {
  const files: BlueprintFile[] = [];
  let bytes = 0;
  let folders = 0;

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > max.depth) throw faults.tooLarge(folder, `Folders lie more than ${max.depth} deep.`);
    for (const name of await readdir(join(dir, folder))) {
      if (leftOut.has(name)) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      const absolute = join(dir, path);
      const stat = await lstat(absolute);
      if (stat.isSymbolicLink()) throw faults.notPlain(path, "a symbolic link");
      if (/[\\\u0000-\u001f\u007f]/.test(name))
        throw faults.notPlain(path, "a name with a backslash or control character");
      if (stat.isDirectory()) {
        if (++folders > max.folders) throw faults.tooLarge(dir, `A blueprint may have ${max.folders} folders.`);
        await walk(path, depth + 1);
        continue;
      }
      if (!stat.isFile()) throw faults.notPlain(path, "neither a file nor a folder");
      bytes += stat.size;
      if (bytes > max.bytes) throw faults.tooLarge(dir, `A blueprint may have ${max.bytes / 1024 ** 2} MB.`);
      if (files.length >= max.files) throw faults.tooLarge(dir, `A blueprint may have ${max.files} files.`);
      files.push({ path, absolute, executable: (stat.mode & 0o111) !== 0, sizeBytes: stat.size });
    }
  }

  await walk("", 0);
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** The files of a folder, their paths from it. */
export function filesBelow(folder: string, files: readonly BlueprintFile[]): BlueprintFile[] {
  const plain = folder.replace(/^\.\//, "").replace(/\/+$/, "");
  if (plain === ".") return [...files];
  const prefix = `${plain}/`;
  return files
    .filter(({ path }) => path.startsWith(prefix))
    .map((file) => ({ ...file, path: file.path.slice(prefix.length) }));
}
