/**
 * What the commands on catalogs answer: plain JSON, the same for `--json`, the plain views and the screens. Holds no
 * code.
 */

/** How an index was come by, and how old it is. */
export interface CatalogState {
  name: string;
  /** `bundled`, an absolute folder, or `github:OWNER/REPO[@REF]`. */
  ref: string;
  /** Who answers for it: `bundled`, a folder, or `OWNER/REPO`. */
  publisher: string;
  entries: number;
  /**
   * `fresh`: asked less than a day ago. `cached`: a copy that is older, or could not be asked about since. `broken`:
   * there is no copy to use.
   */
  state: "fresh" | "cached" | "broken";
  /** When the copy was last known to be what the catalog says; ISO 8601. Missing: never. */
  checkedAt?: string;
  /** Milliseconds since then. */
  ageMs?: number;
  /** The commit at which it was read, of GitHub. */
  commit?: string;
  /** Why the last attempt failed, as faults say it. */
  failure?: { at: string; code: string; summary: string; detail?: string; next?: string; until?: string };
  /** What it was last asked with: `anonymous`, `GITHUB_TOKEN`, `gh`. */
  token?: string;
}

export interface CatalogListDocument {
  /** In the order in which names are looked up. */
  catalogs: CatalogState[];
}

export interface SearchFilters {
  /** All of them. */
  tags?: string[];
  license?: string;
  runtime?: string;
  /** `none`, `public`, `hosts`, `secret`, or a host's name. */
  reach?: string;
  catalog?: string;
}

export interface SearchHit {
  catalog: string;
  /** The blueprint's name: `CATALOG/NAME` is a REF. */
  name: string;
  version: string;
  title: string;
  tagline?: string;
  tags: string[];
  license?: string;
  /** As in the index. */
  reach: string[];
  /** Whether a route is open to everybody. */
  public: boolean;
  runtimes: string[];
  sizeBytes: number;
  digest: string;
  /** `bundled`, a folder, `OWNER/REPO`, or `repository NUMBER` for one elsewhere that only has its number here. */
  publisher: string;
  level?: number;
  /** Apps of the current cloud that were made from it. */
  installed?: { app: string; version: string }[];
  /** Why one should look twice: `letters of two scripts in one word`, `looks like notes of bundled`. */
  warnings: string[];
}

export interface SearchDocument {
  query: string;
  filters: SearchFilters;
  /** How many there are; `hits` may hold fewer (`limit`). */
  total: number;
  hits: SearchHit[];
  /** True when what was typed was found only with other letters. */
  corrected: boolean;
  /** How old what was searched is. */
  catalogs: CatalogState[];
}

/** A newer version of an installed app, as the catalog it came from has it. */
export interface NewerVersion {
  app: string;
  catalog: string;
  version: string;
  digest: string;
  /** Of an entry elsewhere than in the catalog's repository. */
  repositoryId?: number;
}
