/**
 * Names in the copies of indexes: which catalogs have one, and whether what is installed has a newer version there. One
 * entry is read of a copy, not all, so that `ls` may ask. Asks nobody; loads nothing heavy.
 */
import compare from "semver/functions/compare.js";
import valid from "semver/functions/valid.js";
import { type Known, publisherOf, readCopy, readKnown } from "./cache.ts";
import { bundled, type Catalog, type CatalogHome, readCatalogs } from "./catalogs.ts";
import type { NewerVersion } from "./documents.ts";
import type { CatalogEntry } from "./index/entry.ts";
import { entryIn } from "./index/format.ts";

export interface Listed {
  catalog: Catalog;
  entry: CatalogEntry;
  publisher: string;
  /** Where its files are, of catalogs on GitHub; of entries elsewhere these are the entry's own. */
  repositoryId?: number;
  commit?: string;
}

/** In the catalogs' order; `only` is a catalog's name. Throws `catalogs-broken`. */
export async function findEntries(home: CatalogHome, id: string, only?: string): Promise<Listed[]> {
  const catalogs = await readCatalogs(home);
  return catalogs
    .filter(({ name }) => only === undefined || name === only)
    .flatMap((catalog) => listedIn(home, catalog, id) ?? []);
}

function listedIn(home: CatalogHome, catalog: Catalog, id: string): Listed | undefined {
  const entry = entryIn(readCopy(home, catalog) ?? "", id);
  const known = catalog.ref === bundled.ref ? undefined : readKnown(home, catalog);
  return entry && listed(catalog, entry, known);
}

export function listed(catalog: Catalog, entry: CatalogEntry, known: Known | undefined): Listed {
  const { repositoryId = known?.copy?.repositoryId, commit = known?.copy?.commit } = entry;
  return { catalog, entry, publisher: publisher(catalog, entry, known), repositoryId, commit };
}

/** Whoever answers for an entry: the catalog's owner, or a repository that has only its number here. */
function publisher(catalog: Catalog, { repositoryId }: CatalogEntry, known: Known | undefined): string {
  const own = known?.copy?.repositoryId;
  return repositoryId === undefined || repositoryId === own
    ? publisherOf(catalog, known)
    : `repository ${repositoryId}`;
}

/** What newerOf needs of an installed app. */
export interface Installed {
  name: string;
  blueprint: string;
  version: string;
  origin: { source: string; catalog?: string };
}

/** Of apps that came from a catalog, the bundled one too: those whose catalog has a later version. */
export async function newerOf(home: CatalogHome, apps: readonly Installed[]): Promise<NewerVersion[]> {
  const ours = apps.flatMap((app) => {
    const catalog = catalogOf(app);
    return catalog === undefined ? [] : [{ app, catalog }];
  });
  if (ours.length === 0) return [];
  const others = ours.some(({ catalog }) => catalog !== bundled.name) ? await readCatalogs(home) : [bundled];
  const texts = new Map<string, string>();
  return ours.flatMap(({ app, catalog: name }): NewerVersion[] => {
    const catalog = others.find((one) => one.name === name);
    if (!catalog) return [];
    const text = texts.get(name) ?? readCopy(home, catalog) ?? "";
    texts.set(name, text);
    const entry = entryIn(text, app.blueprint);
    // What somebody wrote into an app's file is shown as it stands; it is no reason to list nothing at all.
    if (!entry || !valid(app.version) || compare(entry.version, app.version) <= 0) return [];
    const { version, digest, repositoryId } = entry;
    return [{ app: app.name, catalog: name, version, digest, repositoryId }];
  });
}

function catalogOf({ origin }: Installed): string | undefined {
  if (origin.source === "bundled") return bundled.name;
  return origin.source === "catalog" ? origin.catalog : undefined;
}
