/**
 * Where a catalog's index and blueprints come from, behind one interface: GitHub, a folder, or what Freehold brings.
 * A source reads and fetches; what an index means, and how long it is kept, is the index's.
 */
import type { Origin } from "../blueprints/card.ts";

/** The file at the top of a catalog. */
export const indexFile = "catalog.json";

/** What a source needs to say "nothing new" the next time: kept as it is, beside the copy of the index. JSON. */
export interface Validators {
  /** GitHub's: of the commit that was read. */
  etag?: string;
  commit?: string;
  /** A folder's: of the file's bytes. */
  sha256?: string;
}

export interface IndexText {
  unchanged: false;
  text: string;
  /** GitHub's: the commit the index was read at, and the repository, as it is called now. */
  commit?: string;
  repository?: string;
  repositoryId?: number;
  validators: Validators;
}

export interface Wanted {
  /** The blueprint's folder, from the top of the repository or catalog; empty is the top itself. */
  path: string;
  /** 40 hex digits; without it, GitHub's sources take what the catalog's REF means now. */
  commit?: string | undefined;
  /** Of an entry that lies in another repository than the catalog's own. */
  repositoryId?: number | undefined;
  /** `sha256:…` of the folder, when it is known: anything else is refused. */
  digest?: string | undefined;
}

export interface Fetched {
  /** Absolute. */
  dir: string;
  digest: string;
  origin: Origin;
}

export interface CatalogSource {
  /**
   * The text of the catalog's index. With the validators of the last time a GitHub catalog that has not changed costs
   * one conditional request. Throws faults; a repository other than `repositoryId` (when it is given) is one of them.
   */
  readIndex(previous?: { validators: Validators; repositoryId?: number }): Promise<{ unchanged: true } | IndexText>;
  /** A blueprint's folder on this computer, checked. Throws faults; then nothing of it is left behind. */
  fetch(wanted: Wanted): Promise<Fetched>;
  /** How it reads: `GITHUB_TOKEN`, `gh`; undefined is anonymously. Known after the first call. */
  signedInWith(): string | undefined;
}
