/**
 * Searching what this home knows: the indexes are read once and kept in memory while their files stay the same, so that
 * a screen may ask with every key. Asks nobody.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../blueprints/fault.ts";
import { readCopy, readKnown, stateOf } from "../catalog/cache.ts";
import { type Catalog, type CatalogHome, catalogsFile, readCatalogs } from "../catalog/catalogs.ts";
import { looksLike, mixesScripts } from "../catalog/confusable.ts";
import type { CatalogState, SearchDocument, SearchFilters, SearchHit } from "../catalog/documents.ts";
import type { CatalogEntry } from "../catalog/index/entry.ts";
import { parseIndex } from "../catalog/index/format.ts";
import { listed } from "../catalog/lookup.ts";
import { createSearch } from "../catalog/search.ts";
import { catalogHome } from "./catalogs.ts";
import type { Paths } from "./paths.ts";
import type { InstalledApp } from "./registry.ts";

export type SearchAll = (
  query: string,
  filters: SearchFilters,
  limit: number,
  apps: readonly InstalledApp[],
) => SearchDocument;

interface Loaded {
  stamp: string;
  search: SearchAll;
}

let loaded: Loaded | undefined;

/** Throws `catalogs-broken`. */
export async function loadSearch(paths: Paths): Promise<SearchAll> {
  const home = catalogHome(paths);
  const catalogs = await readCatalogs(home);
  const stamp = stampOf(home, catalogs);
  if (loaded?.stamp !== stamp) loaded = { stamp, search: await load(home, catalogs) };
  return loaded.search;
}

/** Of every file that counts: a refresh puts a new state in its place. */
function stampOf(home: CatalogHome, catalogs: readonly Catalog[]): string {
  const files = catalogs.map(({ name }) => join(home.cache, "catalogs", name, "state.json"));
  return [catalogsFile(home), home.bundledIndex, ...files]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return `${file} ${stat?.ino} ${stat?.mtimeMs} ${stat?.size}`;
    })
    .join("\n");
}

interface Readable {
  catalog: Catalog;
  entries: CatalogEntry[];
  /** Why a copy that is there cannot be used. */
  fault?: Fault;
}

async function load(home: CatalogHome, catalogs: readonly Catalog[]): Promise<SearchAll> {
  const readable = await Promise.all(catalogs.map((catalog) => entriesOf(home, catalog)));
  const search = createSearch(readable.map(({ catalog, entries }) => ({ name: catalog.name, entries })));
  const known = new Map(catalogs.map((catalog) => [catalog.name, { catalog, known: readKnown(home, catalog) }]));
  const bundledOnes = readable[0]?.entries ?? [];
  // What is found with one key is mostly found again with the next, and comparing names takes longer than finding them.
  const warnings = new Map<CatalogEntry, string[]>();
  const warned = (entry: CatalogEntry): string[] => {
    const said = warnings.get(entry) ?? warningsOf(entry, bundledOnes);
    warnings.set(entry, said);
    return said;
  };
  return (query, filters, limit, apps) => {
    const { found, total, corrected } = search(query, filters, limit);
    const hits = found.map(({ catalog: name, entry }): SearchHit => {
      const { catalog, known: copy } = known.get(name)!;
      const { publisher } = listed(catalog, entry, copy);
      const installed = installedOf(apps, name, entry.id);
      return {
        ...hitOf(name, entry, publisher),
        ...(installed.length > 0 ? { installed } : {}),
        warnings: name === catalogs[0]!.name ? [] : warned(entry),
      };
    });
    return { query, filters, total, hits, corrected, catalogs: states(home, readable) };
  };
}

/** Ages grow; the rest is as it was loaded. */
function states(home: CatalogHome, readable: readonly Readable[]): CatalogState[] {
  const now = Date.now();
  return readable.map(({ catalog, fault }) => {
    const state = stateOf(home, catalog, now);
    if (!fault) return state;
    const { code, summary, detail } = fault;
    const next = `freehold catalog refresh ${catalog.name}`;
    return {
      ...state,
      state: "broken",
      entries: 0,
      failure: { at: new Date(now).toISOString(), code, summary, detail, next },
    };
  });
}

/** A copy that cannot be used keeps nobody from searching the others; its state says why. */
async function entriesOf(home: CatalogHome, catalog: Catalog): Promise<Readable> {
  const text = readCopy(home, catalog);
  if (text === undefined) return { catalog, entries: [] };
  try {
    return { catalog, entries: (await parseIndex(text)).entries };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { catalog, entries: [], fault };
  }
}

function hitOf(catalog: string, entry: CatalogEntry, publisher: string): Omit<SearchHit, "warnings"> {
  const { id, version, title, tagline, tags, license, reach, runtimes, sizeBytes, digest, level } = entry;
  return {
    catalog,
    name: id,
    version,
    title,
    tagline,
    tags,
    license,
    reach,
    public: reach.includes("public"),
    runtimes,
    sizeBytes,
    digest,
    publisher,
    level,
  };
}

function installedOf(apps: readonly InstalledApp[], catalog: string, id: string): { app: string; version: string }[] {
  return apps
    .filter(({ blueprint, origin, state }) => {
      const from = origin.source === "bundled" ? "bundled" : origin.catalog;
      return blueprint === id && from === catalog && state !== "kept";
    })
    .map(({ name, version }) => ({ app: name, version }));
}

function warningsOf({ id, title }: CatalogEntry, bundledOnes: readonly CatalogEntry[]): string[] {
  const warnings = mixesScripts(title) ? ["its title has letters of two scripts in one word"] : [];
  const like = bundledOnes.find(
    (one) => looksLike(id, one.id) || (title !== one.title && looksLike(title.toLowerCase(), one.title.toLowerCase())),
  );
  if (like) warnings.push(`looks like ${like.id} of the bundled catalog, and is not it`);
  return warnings;
}
