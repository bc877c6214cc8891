/**
 * Functions marked for development, by tags of the owner's (owner-tags.ts): one reads its folder directly instead of its
 * zip and sees an edit at the next call, one opens Node's debugger. Both are of `$LATEST` alone.
 */
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { invalid } from "./errors.ts";
import { latest, type VersionRecord } from "./records.ts";

export const folderTag = "freehold:dev-folder";
export const inspectTag = "freehold:inspect";

/** How a version runs for its developer; empty for all others. */
export interface Development {
  /** Absolute path of the code. */
  folder?: string;
  /** Port of the debugger on 127.0.0.1. */
  inspectPort?: number;
}

export function developmentOf(tags: Record<string, string>, version: VersionRecord): Development {
  if (version.version !== latest) return {};
  const { [folderTag]: folder, [inspectTag]: port } = tags;
  return { ...(folder !== undefined && { folder }), ...(port !== undefined && { inspectPort: Number(port) }) };
}

/** Throws what Lambda would for values that cannot be carried out. */
export async function checkDevelopmentTags(tags: Record<string, string>): Promise<void> {
  const { [folderTag]: folder, [inspectTag]: port } = tags;
  if (port !== undefined && !(/^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) < 65_536))
    throw invalid(`${inspectTag} must be a port between 1024 and 65535, such as 9229.`);
  if (folder === undefined) return;
  const found = isAbsolute(folder) ? await stat(folder).catch(() => null) : null;
  if (!found?.isDirectory()) throw invalid(`${folderTag} must be the absolute path of a folder that is there.`);
}

export interface Folders {
  /** Changes when a file of the folder does; what packages have installed counts by its folder alone. */
  stamp(folder: string): Promise<string>;
}

/** Calls within this time of a look at the folder do not look again. */
const freshMs = 50;
const skipped = new Set(["node_modules", ".git"]);

export function watchFolders(): Folders {
  const seen = new Map<string, { at: number; stamp: Promise<string> }>();
  return {
    stamp(folder) {
      const now = performance.now();
      const last = seen.get(folder);
      if (last && now - last.at < freshMs) return last.stamp;
      const stamp = walk(folder).then((parts) => parts.join("\n"));
      seen.set(folder, { at: now, stamp });
      return stamp;
    },
  };
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const parts = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) return walk(path);
      const found = await stat(path).catch(() => null);
      return found ? [`${path} ${found.ino} ${found.size} ${found.mtimeMs}`] : [];
    }),
  );
  return parts.flat();
}
