/** A catalog that is a repository on GitHub: its index at what a branch or tag means now, its blueprints by commit. */
import type { Origin } from "../../blueprints/card.ts";
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
import { fetchFolder } from "./fetch.ts";
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

  async function fetch({ path: folder, commit, repositoryId, digest }: Wanted): Promise<Fetched> {
    const id = catalog.repositoryId;
    const elsewhere = repositoryId !== undefined && repositoryId !== id;
    const repository: Repository = elsewhere
      ? await repositoryNumbered(asking, repositoryId)
      : await repositoryNamed(asking, { name, ...(id !== undefined && { id }) });
    const now = commit ?? (await headOf(asking, repository, ref));
    const origin: Origin = {
      source: "catalog",
      catalog: catalog.name,
      repository: repository.name,
      repositoryId: repository.id,
      commit: now,
      path: folder,
    };
    const promised = digest === undefined ? {} : { digest };
    return fetchFolder(asking, shelf, { repository, commit: now, path: folder, named: elsewhere, origin, ...promised });
  }

  return { readIndex, fetch, signedInWith: () => asking.signedIn()?.from };
}

async function headOf(asking: Asking, repository: Repository, ref: string): Promise<string> {
  const asked = await commitOf(asking, repository, ref);
  if (asked.unchanged) throw faults.notAsExpected("the commit: not modified, which nobody asked");
  return asked.commit;
}
