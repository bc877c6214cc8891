/**
 * What a catalog says of a blueprint in its index, and the index as a whole: the nouns that the format, the cache, the
 * search and the screens share. Holds no code; how it is written in `catalog.json` is format.ts's.
 */

export interface CatalogEntry {
  /** The blueprint's own name: a-z, 0-9 and single hyphens. One entry a name. */
  id: string;
  /** Semantic version. */
  version: string;
  title: string;
  tagline?: string;
  tags: string[];
  /** SPDX expression. */
  license?: string;
  /** Both or neither. Neither: it lies in the catalog's own repository, at the commit at which the index was read. */
  repositoryId?: number;
  /** 40 hex digits. */
  commit?: string;
  /** The blueprint's folder in its repository, with `/`; empty is the repository's root. */
  path: string;
  /** `sha256:` and 64 hex digits: of the folder as it is installed. */
  digest: string;
  /** Words and hosts, sorted: `public` (a route is open to everybody), `secret` (it wants a secret), `api.github.com`. */
  reach: string[];
  /** 0 to 8, as the catalog's checks gave it. */
  level?: number;
  runtimes: string[];
  /** Of the folder's files together. */
  sizeBytes: number;
}

export interface CatalogIndex {
  format: 1;
  /** What the catalog calls itself. */
  name: string;
  /** Grows by one with each change of the entries: an index with a smaller one is an older one. */
  serial: number;
  /** Sorted by id. */
  entries: CatalogEntry[];
}
