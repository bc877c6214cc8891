/**
 * The questions a catalog asks GitHub, a function each: what is asked, what of the answer is read, and what it means when
 * there is none. How a question gets there is asking.ts's.
 */
import type { Fault } from "../../blueprints/fault.ts";
import { comparisonAnswer, headsAnswer, read, repositoryAnswer, shaAnswer, tagsAnswer, treeAnswer } from "./answers.ts";
import type { About, Answered, Asking } from "./asking.ts";
import { faults, type SignInNote } from "./faults.ts";

export interface Repository {
  /** Never changes, whatever the repository is called. */
  id: number;
  /** `owner/name`, as it is called now. */
  name: string;
  /** The default one. */
  branch: string;
}

/** A repository as far as it is known: without a number it is whoever has the name. */
export interface Named {
  name: string;
  id?: number;
}

export interface TreeItem {
  path: string;
  mode: string;
  type: "blob" | "tree" | "commit";
  sha: string;
}

export type CommitAnswer = { unchanged: true } | { unchanged: false; commit: string; etag?: string };

/**
 * With an id, the number it had before, another repository of that name is refused. Throws `repository-not-found`,
 * `repository-gone`, `repository-replaced`.
 */
export async function repositoryNamed(asking: Asking, named: Named): Promise<Repository> {
  const about = of(named, "the repository", { 404: missing(named) });
  const { data } = await asking.ask(about, (octokit) => octokit.rest.repos.get(split(named.name)));
  const { id, full_name: name, default_branch: branch } = read(repositoryAnswer, data, "the repository");
  if (named.id !== undefined && id !== named.id) throw faults.anotherOwner(named.name, named.id, id);
  return { id, name, branch };
}

/** Of an entry that says where it lies by number only. Throws `repository-gone`. */
export async function repositoryNumbered(asking: Asking, id: number): Promise<Repository> {
  const named = { name: `number ${id}`, id };
  const { data } = await asking.ask(of(named, "the repository", { 404: missing(named) }), (octokit) =>
    octokit.request("GET /repositories/{id}", { id }),
  );
  const { full_name: name, default_branch: branch } = read(repositoryAnswer, data, "the repository");
  return { id, name, branch };
}

/**
 * What a ref means now: `HEAD`, `tags/v1`, a branch, a commit. With the etag of the last time, nothing new is said in
 * 304. Throws `github-ref-not-found`, and as repositoryNamed does.
 */
export async function commitOf(asking: Asking, named: Named, ref: string, etag?: string): Promise<CommitAnswer> {
  const noRef = () => faults.noRef(named.name, ref.replace(/^tags\//, ""));
  const about = of(named, "the commit", { 404: missing(named), 409: noRef, 422: noRef });
  return asking.ask(about, async (octokit): Promise<CommitAnswer> => {
    const headers = { accept: "application/vnd.github.sha", ...(etag && { "if-none-match": etag }) };
    const answer = await octokit.rest.repos.getCommit({ ...split(named.name), ref, headers }).catch(unless(304));
    if (!answer) return { unchanged: true };
    const commit = read(shaAnswer, answer.data, "the commit");
    return { unchanged: false, commit, ...(answer.headers.etag && { etag: answer.headers.etag }) };
  });
}

/** A text file at a commit. Throws what `none` makes when it is not there. */
export async function textFile(
  asking: Asking,
  at: Named,
  path: string,
  ref: string,
  none: () => Fault,
): Promise<string> {
  const headers = { accept: "application/vnd.github.raw+json" };
  const { data } = await asking.ask(of(at, path, { 404: none }), (octokit) =>
    octokit.rest.repos.getContent({ ...split(at.name), path, ref, headers }),
  );
  if (typeof data !== "string") throw faults.notAsExpected(`${path} is no text`);
  return data;
}

/** `sha` is a tree's or a commit's. Recursive answers are cut where they are very long, and say so. */
export async function treeAt(
  asking: Asking,
  at: Named,
  sha: string,
  recursive: boolean,
): Promise<{ truncated: boolean; tree: TreeItem[] }> {
  const gone = () => faults.commitGone(at.name, sha);
  const { data } = await asking.ask(of(at, "the list of files", { 404: gone, 422: gone }), (octokit) =>
    octokit.rest.git.getTree({ ...split(at.name), tree_sha: sha, ...(recursive && { recursive: "1" }) }),
  );
  return read(treeAnswer, data, "the list of files");
}

/**
 * Whether a commit is the repository's own: on its default branch, or what a branch or a tag points at. GitHub shows the
 * commits of all forks under each one's name, so anybody can have one shown under somebody else's.
 */
export async function ownsCommit(asking: Asking, at: Repository, commit: string): Promise<boolean> {
  const gone = () => faults.commitGone(at.name, commit);
  const about = of(at, "the commit", { 404: gone, 422: gone });
  const basehead = `${at.branch}...${commit}`;
  const compared = await asking.ask(about, (octokit) =>
    octokit.rest.repos.compareCommitsWithBasehead({ ...split(at.name), basehead, per_page: 1 }).catch(unless(404)),
  );
  const status = compared && read(comparisonAnswer, compared.data, "the comparison").status;
  if (status === "behind" || status === "identical") return true;
  const heads = await asking.ask(about, (octokit) =>
    octokit.rest.repos.listBranchesForHeadCommit({ ...split(at.name), commit_sha: commit }),
  );
  if (read(headsAnswer, heads.data, "the branches").length > 0) return true;
  return (await tagsOf(asking, at)).some((tag) => tag.commit === commit);
}

/** The first hundred, as GitHub sorts them. */
export async function tagsOf(asking: Asking, at: Named): Promise<{ name: string; commit: string }[]> {
  const { data } = await asking.ask(of(at, "the tags"), (octokit) =>
    octokit.rest.repos.listTags({ ...split(at.name), per_page: 100 }),
  );
  return read(tagsAnswer, data, "the tags").map(({ name, commit }) => ({ name, commit: commit.sha }));
}

/** Gzipped tar, as it comes; ends with a fault where it is too much, too slow or cut. Throws `commit-gone`. */
export async function archiveOf(asking: Asking, at: Named, ref: string): Promise<ReadableStream<Uint8Array>> {
  const gone = () => faults.commitGone(at.name, ref);
  const about: About = { ...of(at, "the archive", { 404: gone, 422: gone }), archive: true };
  const request = { parseSuccessResponseBody: false };
  const { data } = await asking.ask(about, (octokit) =>
    octokit.rest.repos.downloadTarballArchive({ ...split(at.name), ref, request }),
  );
  if (!(data instanceof ReadableStream)) throw faults.notAsExpected("the archive has no bytes");
  return data;
}

const of = ({ name, id }: Named, what: string, on: About["on"] = {}): About => ({
  repository: name,
  what,
  on,
  ...(id !== undefined && { id }),
});

const missing =
  ({ name, id }: Named) =>
  (note: SignInNote): Fault =>
    id === undefined ? faults.notFound(name, note) : faults.gone(name, id, note);

function split(name: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = name.split("/");
  return { owner, repo };
}

/** Octokit throws on every status from 300 on; this one has a meaning of its own here. */
const unless =
  (status: number) =>
  (error: Answered): undefined => {
    if (error.status !== status) throw error;
  };
