/**
 * Which blueprint a REF means, among all sources, and its files on this computer. Installed apps are the command line's
 * and win over every source, so it asks here for what is not one.
 */
import { suggest } from "../blueprints/suggest.ts";
import { bundledNames, findBundled } from "./bundled.ts";
import { faults } from "./faults.ts";
import { findFolder, isFolder } from "./folder.ts";
import { fetchFromFolder } from "./folder-source.ts";
import type { Found } from "./found.ts";
import type { Asking } from "./github/asking.ts";
import type { Installed } from "./github/fetch.ts";
import type { Shelf } from "./shelf.ts";
import type { Fetched } from "./source.ts";

/** An entry of a catalog's index, as far as fetching it goes. */
export interface Hit {
  catalog: { name: string; ref: string };
  entry: { id: string; path: string; digest: string; repositoryId?: number | undefined };
  /** Of the entry, or else of the catalog: where and at which commit its files lie. */
  repositoryId?: number | undefined;
  commit?: string | undefined;
}

export interface Where {
  /** The folder that holds the bundled blueprints. */
  bundled: string;
  cwd: string;
  home: string;
  /** Names of installed apps, asked for when REF has to be guessed. */
  installed: () => string[];
  /** Entries of this name in the catalogs that are known here, the bundled one aside; `only` is a catalog's name. */
  entries: (name: string, only?: string) => Promise<Hit[]>;
  shelf: Shelf;
  /** How GitHub is asked; called only for what needs it. */
  github: () => Asking | Promise<Asking>;
  /** What is installed, to notice a tag that was moved and a name that changed hands. */
  origins: () => Installed[];
}

/**
 * Throws `ref-unknown`, `ref-ambiguous`, `folder-missing`, and what fetching throws (catalog/github/faults.ts,
 * catalog/archive-faults.ts).
 */
export async function resolveRef(ref: string, where: Where): Promise<Found> {
  if (ref.startsWith("github:")) {
    const { fetchRef } = await import("./github/fetch.ts");
    return fetchRef(await where.github(), where.shelf, ref, where.origins());
  }
  if (isFolder(ref)) return findFolder(ref, where);
  const { catalog, name } = partsOf(ref);
  const found = catalog === undefined || catalog === "bundled" ? findBundled(where.bundled, name) : undefined;
  const hits = catalog === "bundled" ? [] : await where.entries(name, catalog);
  const all = [...(found ? ["bundled"] : []), ...hits.map((hit) => hit.catalog.name)];
  if (all.length > 1) throw faults.ambiguous(ref, all);
  if (found) return found;
  const [hit] = hits;
  if (hit) return { ...(await fetchHit(hit, where)), source: "catalog", ref: `${hit.catalog.name}/${hit.entry.id}` };
  throw faults.unknownRef(ref, suggest(ref, [...bundledNames(where.bundled), ...where.installed()]));
}

function partsOf(ref: string): { catalog?: string; name: string } {
  const [first = "", second, ...more] = ref.split("/");
  if (second === undefined) return { name: first };
  if (more.length > 0 || first === "" || second === "") throw faults.refMalformed(ref);
  return { catalog: first, name: second };
}

async function fetchHit({ catalog, entry, repositoryId, commit }: Hit, where: Where): Promise<Fetched> {
  const { path, digest } = entry;
  if (entry.repositoryId === undefined && isFolder(catalog.ref))
    return fetchFromFolder(where.shelf, { name: catalog.name, dir: catalog.ref }, { path, digest });
  const { fetchNumbered, githubSource } = await import("./github/source.ts");
  const asking = await where.github();
  if (entry.repositoryId !== undefined)
    return fetchNumbered(asking, where.shelf, catalog.name, { path, digest, commit, repositoryId: entry.repositoryId });
  const known = repositoryId === undefined ? catalog : { ...catalog, repositoryId };
  return githubSource(asking, where.shelf, known).fetch({ path, digest, commit });
}
