/**
 * `catalog.json` of a folder of blueprints: every blueprint is validated, and what is written depends on the folder alone.
 * Entries of other repositories are kept as the index has them, since their files are not here. Reads; writes nothing.
 */
import { readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { Fault } from "../../blueprints/fault.ts";
import { manifestFile } from "../../blueprints/files.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import { canBeSeen, quoted } from "../../blueprints/seen.ts";
import { readIfThere } from "../files.ts";
import { indexFile } from "../source.ts";
import { entryOf } from "./compact.ts";
import type { CatalogEntry, CatalogIndex } from "./entry.ts";
import { faults } from "./faults.ts";
import { formatIndex, parseIndex } from "./format.ts";
import { fits, name as nameRule } from "./rules.ts";

/** Blueprints lie at most this far down. */
const maxDepth = 4;
const left = new Set(["node_modules"]);

export interface Built {
  /** Absolute, of `catalog.json`. */
  file: string;
  index: CatalogIndex;
  text: string;
  /** Whether `catalog.json` has this very text. */
  upToDate: boolean;
  changes: { added: string[]; changed: string[]; removed: string[] };
}

/** Throws `catalog-not-built` with every mistake of every blueprint, `index-broken` of a `catalog.json` that is there. */
export async function buildIndex(dir: string, options: { name?: string } = {}): Promise<Built> {
  const file = join(dir, indexFile);
  const old = readIfThere(file);
  const before = old === undefined ? undefined : await parseIndex(old);
  const own = await entriesBelow(dir);
  const elsewhere = before?.entries.filter(({ repositoryId }) => repositoryId !== undefined) ?? [];
  const twice = elsewhere.filter(({ id }) => own.some((entry) => entry.id === id));
  if (twice.length > 0)
    throw faults.notBuilt(
      twice.map(({ id, repositoryId }) => `${id} is here, and ${indexFile} has it of repository ${repositoryId}, too.`),
      indexFile,
    );
  const entries = [...own, ...elsewhere].sort((a, b) => (a.id < b.id ? -1 : 1));
  const name = options.name ?? before?.name ?? (await nameOf(dir));
  if (!fits(nameRule, name)) throw faults.notBuilt([`${name}: a catalog's name ${nameRule.says}.`], indexFile);
  const changes = changesOf(before?.entries ?? [], entries);
  const same = before?.name === name && Object.values(changes).every((ids) => ids.length === 0);
  const index: CatalogIndex = { format: 1, name, serial: before ? before.serial + (same ? 0 : 1) : 1, entries };
  const text = formatIndex(index);
  await parseIndex(text);
  return { file, index, text, upToDate: text === old, changes };
}

async function entriesBelow(dir: string): Promise<CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  const problems: string[] = [];
  let at: string | undefined;
  for (const path of await blueprintsBelow(dir)) {
    try {
      const entry = await entryOf(await loadBlueprint(join(dir, path)), path);
      const misread = [entry.title, entry.tagline ?? "", entry.license ?? "", ...entry.tags].find(
        (text) => !canBeSeen(text),
      );
      if (misread !== undefined)
        problems.push(`${path}/${manifestFile}: ${quoted(misread)} has characters that cannot be seen`);
      const other = entries.find(({ id }) => id === entry.id);
      if (other) problems.push(`${path}/${manifestFile}: ${entry.id} is the name of ${other.path}, too`);
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(...said(error).map((line) => `${path}/${line}`));
      at ??= `${path}/${error.at ?? manifestFile}`;
    }
  }
  if (problems.length > 0) throw faults.notBuilt(problems, at ?? problems[0]!.split(": ")[0]);
  return entries;
}

/** A line a mistake, each beginning with its file in the blueprint's folder. */
function said({ code, summary, detail, at }: Fault): string[] {
  if (code === "manifest-invalid") return (detail ?? summary).split("\n");
  return [`${code === "blueprint-not-plain" ? at : manifestFile}: ${detail ?? summary}`];
}

/** Folders with a manifest, from `dir`, with `/`, sorted; a blueprint holds no other, and links are not followed. */
async function blueprintsBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  async function walk(folder: string, depth: number): Promise<void> {
    const entries = await readdir(join(dir, folder), { withFileTypes: true });
    if (entries.some(({ name }) => name === manifestFile)) {
      if (folder === "")
        throw faults.notBuilt(
          [
            `${dir} is a blueprint itself. Its digest would cover the index that says it: put it in a folder of its own.`,
          ],
          manifestFile,
        );
      found.push(folder);
      return;
    }
    for (const entry of entries)
      if (entry.isDirectory() && depth < maxDepth && !entry.name.startsWith(".") && !left.has(entry.name))
        await walk(folder === "" ? entry.name : `${folder}/${entry.name}`, depth + 1);
  }
  await walk("", 0);
  return found.sort();
}

function changesOf(before: readonly CatalogEntry[], after: readonly CatalogEntry[]): Built["changes"] {
  const old = new Map(before.map((entry) => [entry.id, entry]));
  const now = new Set(after.map(({ id }) => id));
  const text = (entry: CatalogEntry): string => formatIndex({ format: 1, name: "one", serial: 1, entries: [entry] });
  return {
    added: after.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    changed: after.filter((entry) => old.has(entry.id) && text(old.get(entry.id)!) !== text(entry)).map(({ id }) => id),
    removed: before.filter(({ id }) => !now.has(id)).map(({ id }) => id),
  };
}

/** The folder's own name, as far as it can be one. */
async function nameOf(dir: string): Promise<string> {
  const words =
    basename(await realpath(dir))
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words
    .join("-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 32)
    .replace(/-$/, "");
}
