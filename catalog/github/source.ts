/** A catalog that is a repository on GitHub: its index at what a branch or tag means now, its blueprints by commit. */
import type { Origin } from "../../blueprints/card.ts";
import { bug } from "../../blueprints/fault.ts";
import type { Shelf } from "../shelf.ts";
import {
  type CatalogSource,
  type Fetched,
  type IndexText,
  indexFile,
  type Validators,
  type Wanted,
} from "../source.ts";
import type { Asking } from "./asking.ts";
import { faults } from "./faults.ts";
import { fetchedBefore, fetchFolder } from "./fetch.ts";
import { commitOf, type Repository, repositoryNamed, repositoryNumbered, textFile } from "./questions.ts";
import { parseGitHubRef } from "./ref.ts";

export interface GitHubCatalog {
  /** `github:OWNER/REPO[@REF]`; REF is a branch, a tag or a commit. */
  ref: string;
  /** What the owner calls it. */
  name: string;
  /** Its number, once it is known: whoever has the name later is refused. */
  repositoryId?: number;
}

/** Asks nothing yet. Throws `github-ref-malformed`. */
export function githubSource(asking: Asking, shelf: Shelf, catalog: GitHubCatalog): CatalogSource {
  const { repository: name, path, at } = parseGitHubRef(catalog.ref);
  if (path !== "") throw faults.refMalformed(catalog.ref, "a catalog is a whole repository, without a path");
  const ref = at ?? "HEAD";

  async function readIndex(previous?: { validators: Validators; repositoryId?: number }) {
    const id = previous?.repositoryId ?? catalog.repositoryId;
    const named = { name, ...(id !== undefined && { id }) };
    const asked = await commitOf(asking, named, ref, previous?.validators.etag);
    if (asked.unchanged) return { unchanged: true } as const;
    const { commit, etag } = asked;
    const repository = await repositoryNamed(asking, named);
    // Another etag for the same commit: GitHub's differ with who asks.
    if (commit === previous?.validators.commit) return { unchanged: true } as const;
    const text = await textFile(asking, repository, indexFile, commit, () => faults.noIndex(repository.name));
    const validators = { commit, ...(etag && { etag }) };
    const from = { repository: repository.name, repositoryId: repository.id };
    return { unchanged: false, text, commit, ...from, validators } satisfies IndexText;
  }

  async function fetch(wanted: Wanted): Promise<Fetched> {
    const { path: folder, commit, repositoryId, digest } = wanted;
    const id = catalog.repositoryId;
    if (repositoryId !== undefined && repositoryId !== id) return fetchNumbered(asking, shelf, catalog.name, wanted);
    const before = await fetchedBefore(shelf, { ...wanted, repositoryId: id });
    if (before) return { ...before, origin: ofCatalog(catalog.name, before.origin) };
    const repository = await repositoryNamed(asking, { name, ...(id !== undefined && { id }) });
    const now = commit ?? (await headOf(asking, repository, ref));
    const origin = ofCatalog(catalog.name, originOf(repository, now, folder));
    const promised = digest === undefined ? {} : { digest };
    return fetchFolder(asking, shelf, { repository, commit: now, path: folder, named: false, origin, ...promised });
  }

  return { readIndex, fetch, signedInWith: () => asking.signedIn()?.from };
}

async function headOf(asking: Asking, repository: Repository, ref: string): Promise<string> {
  const asked = await commitOf(asking, repository, ref);
  if (asked.unchanged) throw faults.notAsExpected("the commit: not modified, which nobody asked");
  return asked.commit;
}

/** An entry that lies in another repository than its catalog. Throws `repository-gone`, and what fetchFolder does. */
export async function fetchNumbered(asking: Asking, shelf: Shelf, catalog: string, wanted: Wanted): Promise<Fetched> {
  const { repositoryId, commit, path, digest } = wanted;
  if (repositoryId === undefined || commit === undefined)
    throw bug("An entry elsewhere has a repository and a commit.");
  const before = await fetchedBefore(shelf, wanted);
  if (before) return { ...before, origin: ofCatalog(catalog, before.origin) };
  const repository = await repositoryNumbered(asking, repositoryId);
  const origin = ofCatalog(catalog, originOf(repository, commit, path));
  const promised = digest === undefined ? {} : { digest };
  return fetchFolder(asking, shelf, { repository, commit, path, named: true, origin, ...promised });
}

const ofCatalog = (catalog: string, origin: Origin): Origin => ({ ...origin, source: "catalog", catalog });

const originOf = ({ id, name }: Repository, commit: string, path: string): Origin => ({
  source: "github",
  repository: name,
  repositoryId: id,
  commit,
  path,
});
