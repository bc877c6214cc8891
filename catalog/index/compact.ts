/** A blueprint as its line in an index: from its manifest and files, never from what its author says of it elsewhere. */
import { digestFiles } from "../../blueprints/digest.ts";
import type { Blueprint } from "../../blueprints/load.ts";
import { type Manifest, routesOf } from "../../blueprints/manifest.ts";
import type { CatalogEntry } from "./entry.ts";

/** `path` is the blueprint's folder in the catalog, with `/`. */
export async function entryOf({ manifest, files }: Blueprint, path: string): Promise<CatalogEntry> {
  const { name, version, title, tagline, tags, license, functions } = manifest;
  return {
    id: name,
    version,
    title,
    tagline,
    tags: [...tags],
    license,
    path,
    digest: await digestFiles(files),
    reach: compactReach(manifest),
    runtimes: sorted(Object.values(functions).map(({ runtime }) => runtime)),
    sizeBytes: files.reduce((bytes, file) => bytes + file.sizeBytes, 0),
  };
}

/** What leads out of the app, or in: the words of CatalogEntry's `reach`. */
export function compactReach(manifest: Manifest): string[] {
  const isPublic = routesOf(manifest).some((route) => route.public);
  const isSecret = Object.values(manifest.settings).some(({ type }) => type === "secret");
  return sorted([...(isPublic ? ["public"] : []), ...(isSecret ? ["secret"] : []), ...manifest.reach.hosts]);
}

const sorted = (words: string[]): string[] => [...new Set(words)].sort();
