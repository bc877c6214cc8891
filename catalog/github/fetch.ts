/**
 * A folder of a repository at a commit, on this computer: one archive, its folder taken out, compared with what was
 * committed or promised, and only then at its place in the cache.
 */
import type { Origin } from "../../blueprints/card.ts";
import { digestFolder } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import { extract } from "../extract.ts";
import type { Found } from "../found.ts";
import { onShelf, place, recall, remember, type Shelf } from "../shelf.ts";
import type { Fetched, Wanted } from "../source.ts";
import type { Asking } from "./asking.ts";
import { compareCommitted } from "./committed.ts";
import { faults } from "./faults.ts";
import { archiveOf, commitOf, ownsCommit, type Repository, repositoryNamed } from "./questions.ts";
import { gitRef, isCommit, parseGitHubRef } from "./ref.ts";

export interface CommitFolder {
  repository: Repository;
  commit: string;
  path: string;
  /** What it has to be, when somebody promised it. */
  digest?: string;
  /** Whether the commit was named by somebody else than the repository: then it has to be the repository's own. */
  named: boolean;
  origin: Origin;
}

const keyOf = (id: number, commit: string, path: string): string => `${id}/${commit}/${path}`;

/** A folder that was fetched before, with where it was from; asks nobody. */
export async function fetchedBefore(
  shelf: Shelf,
  { repositoryId, commit, path, digest }: Wanted,
): Promise<Fetched | undefined> {
  if (repositoryId === undefined || commit === undefined) return undefined;
  const note = await recall(shelf, keyOf(repositoryId, commit, path));
  if (!note || (digest !== undefined && note.digest !== digest)) return undefined;
  const dir = await onShelf(shelf, note.digest);
  return dir === undefined ? undefined : { dir, ...note };
}

/** Throws the faults of both tables; then nothing is left in the cache. */
export async function fetchFolder(asking: Asking, shelf: Shelf, wanted: CommitFolder): Promise<Fetched> {
  const { repository, commit, path, digest } = wanted;
  const before = await fetchedBefore(shelf, { repositoryId: repository.id, commit, path, ...(digest && { digest }) });
  if (before) return { ...before, origin: wanted.origin };
  if (wanted.named && !(await ownsCommit(asking, repository, commit)))
    throw faults.foreignCommit(repository.name, commit);
  const placed = await place(shelf, (into) => fill(asking, wanted, into), digest);
  await remember(shelf, keyOf(repository.id, commit, path), { digest: placed.digest, origin: wanted.origin });
  return { ...placed, origin: wanted.origin };
}

async function fill(asking: Asking, { repository, commit, path, digest }: CommitFolder, into: string): Promise<string> {
  const archive = await archiveOf(asking, repository, commit);
  const { dir, files } = await extract({ archive, path, into, commit }).catch((error: unknown) => {
    if (!(error instanceof Fault && error.code === "archive-without-path")) throw error;
    throw faults.noPath(repository.name, path, commit);
  });
  // A promised digest is proof by itself; without one, what was committed is, and it says why a promise does not hold.
  if (digest === undefined || (await digestFolder(dir)) !== digest)
    await compareCommitted(asking, repository, { commit, path }, files);
  return dir;
}

/** What is known of a repository from before: of an app that is installed from it. */
export interface Installed {
  origin: Origin;
  digest: string;
}

/** Without GitHub, what a REF was the last time still serves. */
const away = new Set(["github-unreachable", "github-limited", "github-failing", "github-too-slow"]);

/**
 * `github:OWNER/REPO[/PATH][@TAG|COMMIT]`. A commit that is here is not asked about; anything else is what it was the
 * last time where GitHub cannot be asked, and `note` says so. Throws, beside what fetchFolder does, `tag-moved`.
 */
export async function fetchRef(
  asking: Asking,
  shelf: Shelf,
  ref: string,
  installed: readonly Installed[],
): Promise<Found> {
  const { repository: name, path, at } = parseGitHubRef(ref);
  const before = await recall(shelf, ref);
  const there = before && (await onShelf(shelf, before.digest));
  const kept: Found | undefined = there ? { source: "github", ref, dir: there, ...before! } : undefined;
  if (kept && at !== undefined && isCommit(at)) return kept;
  try {
    const known = installed.find(({ origin }) => origin.repository === name)?.origin.repositoryId;
    const found = await fetchNow(asking, shelf, { ref, name, path, at, id: before?.origin.repositoryId ?? known });
    refuseMovedTag(found, installed);
    await remember(shelf, ref, { digest: found.digest, origin: found.origin });
    return found;
  } catch (error) {
    if (!(kept && error instanceof Fault && away.has(error.code))) throw error;
    return { ...kept, note: `${error.summary}; this is what ${ref} was when it was last fetched.` };
  }
}

interface Parsed {
  ref: string;
  name: string;
  path: string;
  at: string | undefined;
  id: number | undefined;
}

async function fetchNow(asking: Asking, shelf: Shelf, { ref, name, path, at, id }: Parsed): Promise<Found & Fetched> {
  const repository = await repositoryNamed(asking, { name, ...(id !== undefined && { id }) });
  const asked = await commitOf(asking, repository, gitRef(at));
  if (asked.unchanged) throw faults.notAsExpected("the commit: not modified, which nobody asked");
  const named = at !== undefined && isCommit(at);
  const origin: Origin = {
    source: "github",
    repository: repository.name,
    repositoryId: repository.id,
    commit: asked.commit,
    path,
    ...(at !== undefined && !named && { ref: at }),
  };
  const fetched = await fetchFolder(asking, shelf, { repository, commit: asked.commit, path, named, origin });
  return { source: "github", ref, ...fetched, origin };
}

/** A tag that was installed from and means another folder now stops everything. */
function refuseMovedTag({ origin, digest }: Fetched, installed: readonly Installed[]): void {
  const same = installed.find(
    ({ origin: was }) =>
      origin.ref !== undefined &&
      was.repositoryId === origin.repositoryId &&
      (was.path ?? "") === origin.path &&
      was.ref === origin.ref,
  );
  if (!same || same.digest === digest) return;
  const was = { digest: same.digest, commit: same.origin.commit ?? "unknown" };
  throw faults.tagMoved(origin.repository!, origin.ref!, was, { digest, commit: origin.commit! });
}
