/**
 * What was fetched, in the cache: `blueprints/sha256-…/` by digest, and beside them what each REF turned out to be, for
 * when there is no network. Nothing gets to its place before its digest is known; deleting it all loses nothing.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Origin } from "../blueprints/card.ts";
import { digestFolder, digestName } from "../blueprints/digest.ts";
import { faults } from "./archive-faults.ts";

export interface Shelf {
  /** `cache/` of the home. */
  cache: string;
}

const folderOf = ({ cache }: Shelf): string => join(cache, "blueprints");
const placeOf = (shelf: Shelf, digest: string): string => join(folderOf(shelf), digestName(digest));
/** What a process that was killed left behind. */
const staleMs = 24 * 3_600_000;

/** A folder with this digest, compared anew; one that is not what its name says goes. */
export async function onShelf(shelf: Shelf, digest: string): Promise<string | undefined> {
  const dir = placeOf(shelf, digest);
  if (!existsSync(dir)) return undefined;
  const is = await digestFolder(dir).catch(() => undefined);
  if (is === digest) return dir;
  await rm(dir, { recursive: true, force: true });
  return undefined;
}

/**
 * `fill` makes a folder inside the one it is given, and answers which; `promised` is what its digest has to be. Throws
 * `digest-differs` and what `fill` throws; then nothing is left.
 */
export async function place(
  shelf: Shelf,
  fill: (into: string) => Promise<string>,
  promised?: string,
): Promise<{ dir: string; digest: string }> {
  const folder = folderOf(shelf);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweep(folder);
  const into = join(folder, `.new-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(into, { mode: 0o700 });
  try {
    const made = await fill(into);
    const digest = await digestFolder(made);
    if (promised !== undefined && digest !== promised) throw faults.digest(promised, digest);
    const dir = placeOf(shelf, digest);
    if ((await onShelf(shelf, digest)) === undefined)
      await rename(made, dir).catch((error: unknown) => {
        // Somebody else was at the same and came first.
        if (!existsSync(dir)) throw error;
      });
    return { dir, digest };
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(".new-")) continue;
    const at = join(folder, name);
    const { mtimeMs } = await stat(at).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > staleMs) await rm(at, { recursive: true, force: true });
  }
}

const noteSchema = z.object({
  format: z.literal(1),
  key: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  origin: z.object({
    source: z.enum(["catalog", "github"]),
    catalog: z.string().optional(),
    repository: z.string().optional(),
    repositoryId: z.int().positive().optional(),
    commit: z.string().optional(),
    path: z.string().optional(),
    ref: z.string().optional(),
  }),
});

export interface Note {
  digest: string;
  origin: Origin;
}

const noteFile = (shelf: Shelf, key: string): string =>
  join(folderOf(shelf), "refs", `${createHash("sha256").update(key).digest("hex").slice(0, 40)}.json`);

/** What a REF turned out to be the last time. A note that cannot be read is none: it is only a cache. */
export async function recall(shelf: Shelf, key: string): Promise<Note | undefined> {
  const text = await readFile(noteFile(shelf, key), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const note = noteSchema.safeParse(parsed(text));
  return note.success && note.data.key === key ? (note.data as Note) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function remember(shelf: Shelf, key: string, note: Note): Promise<void> {
  const file = noteFile(shelf, key);
  await mkdir(join(folderOf(shelf), "refs"), { recursive: true, mode: 0o700 });
  const beside = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(beside, `${JSON.stringify({ format: 1, key, ...note }, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, file);
}
