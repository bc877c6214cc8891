/**
 * Copies of catalogs' indexes, with when they were asked and how that went: cache/catalogs/NAME/. The state is the one
 * file that counts: it names the copy it belongs to, so both change at once. Asks nobody; losing it loses nothing.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Catalog, CatalogHome } from "./catalogs.ts";
import { bundled } from "./catalogs.ts";
import type { CatalogState } from "./documents.ts";
import { readIfThere, replaceFile } from "./files.ts";
import type { CatalogIndex } from "./index/entry.ts";
import { formatIndex } from "./index/format.ts";
import type { Validators } from "./source.ts";

/** What is known of a catalog from the last times it was asked. */
export interface Known {
  format: 1;
  /** Of which catalog: one that was renamed in the list by hand is another. */
  ref: string;
  /** When it was last asked, and when it last answered; ISO 8601. */
  askedAt: string;
  checkedAt?: string;
  failure?: CatalogState["failure"];
  token?: string;
  /** Of the copy. */
  copy?: {
    file: string;
    entries: number;
    serial: number;
    validators: Validators;
    commit?: string;
    repository?: string;
    repositoryId?: number;
  };
}

/** As long as a copy counts as fresh. */
export const freshMs = 24 * 60 * 60 * 1000;
/** Copies that no state names any more are of a refresh that was cut off; those of one under way are younger. */
const abandonedMs = 60 * 60 * 1000;

const folderOf = (home: CatalogHome, name: string): string => join(home.cache, "catalogs", name);
const stateFile = (home: CatalogHome, name: string): string => join(folderOf(home, name), "state.json");

export function readKnown(home: CatalogHome, { name, ref }: Catalog): Known | undefined {
  const known = parsed(readIfThere(stateFile(home, name)));
  return known?.format === 1 && known.ref === ref ? known : undefined;
}

/** What is no JSON was not written by us, and is made again. */
function parsed(text: string | undefined): Known | undefined {
  try {
    return text === undefined ? undefined : ((JSON.parse(text) as Known | null) ?? undefined);
  } catch {
    return undefined;
  }
}

/** The text of the index, as formatIndex writes it; undefined when there is no copy. */
export function readCopy(home: CatalogHome, catalog: Catalog): string | undefined {
  if (catalog.ref === bundled.ref) return readIfThere(home.bundledIndex);
  // A refresh may put a new copy in place between the two reads.
  for (let tries = 0; tries < 2; tries++) {
    const file = copyFile(home, catalog, readKnown(home, catalog));
    const text = file && readIfThere(file);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** A state that was tampered with names no file elsewhere. */
function copyFile(home: CatalogHome, { name }: Catalog, known: Known | undefined): string | undefined {
  const file = known?.copy?.file;
  return file && isCopy(file) ? join(folderOf(home, name), file) : undefined;
}

/** What is in it is not read: whoever lists asks this often. */
function hasCopy(home: CatalogHome, catalog: Catalog, known: Known | undefined): boolean {
  const file = copyFile(home, catalog, known);
  return file !== undefined && existsSync(file);
}

/** Whether the copy is what was written: one that is not has to be read anew, though the catalog has not changed. */
export function copyIsWhole(home: CatalogHome, catalog: Catalog, known: Known | undefined): boolean {
  const file = copyFile(home, catalog, known);
  const text = file && readIfThere(file);
  return text !== undefined && text !== "" && known?.copy?.file === nameOf(text);
}

const nameOf = (text: string): string => `index-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.json`;
const isCopy = (file: string): boolean => /^index-[0-9a-f]{16}\.json$/.test(file);

export function writeKnown(home: CatalogHome, { name }: Catalog, known: Known): void {
  mkdirSync(folderOf(home, name), { recursive: true, mode: 0o700 });
  replaceFile(stateFile(home, name), `${JSON.stringify(known, null, 2)}\n`);
}

/** Puts a copy beside the one in use and answers with its name: it counts when a state names it. */
export function writeCopy(home: CatalogHome, { name }: Catalog, index: CatalogIndex): string {
  const text = formatIndex(index);
  const file = nameOf(text);
  mkdirSync(folderOf(home, name), { recursive: true, mode: 0o700 });
  replaceFile(join(folderOf(home, name), file), text);
  return file;
}

/** Copies that are not in use go; `before` at once, others when nobody can be about to name them. */
export function dropCopies(home: CatalogHome, { name }: Catalog, used: string, before: string | undefined): void {
  const dir = folderOf(home, name);
  for (const file of readdirSync(dir)) {
    if (file === used || file === "state.json") continue;
    const stat = statSync(join(dir, file), { throwIfNoEntry: false });
    if (file === before || (stat && Date.now() - stat.mtimeMs > abandonedMs)) rmSync(join(dir, file), { force: true });
  }
}

export function forget(home: CatalogHome, name: string): void {
  rmSync(folderOf(home, name), { recursive: true, force: true });
}

/** `now` in milliseconds. */
export function stateOf(home: CatalogHome, catalog: Catalog, now: number): CatalogState {
  const { name, ref } = catalog;
  if (ref === bundled.ref) return { name, ref, publisher: bundled.ref, entries: countOf(home), state: "fresh" };
  const known = readKnown(home, catalog);
  const { copy, checkedAt, failure, token } = known ?? {};
  const ageMs = checkedAt === undefined ? undefined : Math.max(0, now - Date.parse(checkedAt));
  const usable = copy !== undefined && hasCopy(home, catalog, known);
  const fresh = usable && !failure && ageMs !== undefined && ageMs < freshMs;
  return {
    name,
    ref,
    publisher: publisherOf(catalog, known),
    entries: usable ? copy.entries : 0,
    state: fresh ? "fresh" : usable ? "cached" : "broken",
    checkedAt,
    ageMs,
    commit: copy?.commit,
    failure,
    token,
  };
}

/** One entry a line, so none has to be parsed. */
const countOf = (home: CatalogHome): number => (readIfThere(home.bundledIndex)?.match(/^\{"id":/gm) ?? []).length;

/** `OWNER/REPO` as it is called now, or the folder. */
export function publisherOf({ ref }: Catalog, known: Known | undefined): string {
  return known?.copy?.repository ?? ref.replace(/^github:/, "").replace(/@.*$/, "");
}
