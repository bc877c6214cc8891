/**
 * The catalogs this home knows: config/catalogs.yaml, which a person can read and edit; comments stay. Their order is
 * the order in which names are looked up. The bundled catalog is always there, first, and not in the file. A copy in the
 * cache spares the quick commands the YAML reader; it counts only while it is of the very same file.
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./catalog-faults.ts";
import type { Catalog } from "./catalogs-file.ts";
import { readIfThere, replaceFile } from "./files.ts";
import { fits, name as nameRule } from "./index/rules.ts";

/** Where a home keeps what is about catalogs. */
export interface CatalogHome {
  /** The folder of `catalogs.yaml`. */
  config: string;
  /** The folder whose `catalogs/` holds the copies of indexes; may be deleted at any time. */
  cache: string;
  /** The index of the bundled blueprints, a file that comes with Freehold. */
  bundledIndex: string;
}

export type { Catalog };

export const bundled: Catalog = { name: "bundled", ref: "bundled" };
/** Names that mean something else in a REF. */
const reserved = new Set([bundled.name, "github"]);

export const catalogsFile = (home: CatalogHome): string => join(home.config, "catalogs.yaml");
const copyFile = (home: CatalogHome): string => join(home.cache, "catalogs.json");

/** The bundled one first. Throws `catalogs-broken`. */
export async function readCatalogs(home: CatalogHome): Promise<Catalog[]> {
  const stamp = stampOf(catalogsFile(home));
  if (stamp === undefined) return [bundled];
  const copy = readCopy(home);
  if (copy?.stamp === stamp) return [bundled, ...copy.catalogs];
  const { readList } = await import("./catalogs-file.ts");
  const catalogs = readList(catalogsFile(home), reserved);
  keepCopy(home, { stamp, catalogs });
  return [bundled, ...catalogs];
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.mtimeNs} ${stat.ino} ${stat.size}`;
}

interface Copy {
  stamp: string;
  catalogs: Catalog[];
}

function readCopy(home: CatalogHome): Copy | undefined {
  try {
    return (JSON.parse(readIfThere(copyFile(home)) ?? "null") as Copy | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function keepCopy(home: CatalogHome, copy: Copy): void {
  try {
    mkdirSync(home.cache, { recursive: true, mode: 0o700 });
    replaceFile(copyFile(home), JSON.stringify(copy));
  } catch {
    // A cache that cannot be written costs time, nothing else.
  }
}

/** Throws `catalog-name-invalid`, `catalog-name-taken`. */
export async function checkNewName(home: CatalogHome, name: string): Promise<void> {
  if (!fits(nameRule, name)) throw faults.badName(name);
  const taken = (await readCatalogs(home)).find((one) => one.name === name);
  if (taken || reserved.has(name)) throw faults.nameTaken(name, taken?.ref);
}

/** At the end of the list. Throws what checkNewName throws. */
export async function addCatalog(home: CatalogHome, catalog: Catalog): Promise<void> {
  await checkNewName(home, catalog.name);
  const { appendTo } = await import("./catalogs-file.ts");
  appendTo(catalogsFile(home), catalog);
}

/** Throws `catalog-unknown`; of the bundled one `catalog-bundled`. */
export async function removeCatalog(home: CatalogHome, name: string): Promise<Catalog> {
  const catalog = await findCatalog(home, name);
  if (catalog.name === bundled.name) throw faults.alwaysThere();
  const { takeFrom } = await import("./catalogs-file.ts");
  takeFrom(catalogsFile(home), name);
  return catalog;
}

/** Throws `catalog-unknown`. */
export async function findCatalog(home: CatalogHome, name: string): Promise<Catalog> {
  const catalogs = await readCatalogs(home);
  const found = catalogs.find((one) => one.name === name);
  if (found) return found;
  throw faults.unknownCatalog(
    name,
    catalogs.map((one) => one.name),
  );
}
