/**
 * Whether what came out of an archive is what was committed: every file's git id and mode against the commit's tree.
 * `git archive` leaves out and changes what attributes say (export-ignore, export-subst), so the archive alone proves
 * nothing.
 */
import { leftOut } from "../../blueprints/files.ts";
import { faults as archiveFaults } from "../archive-faults.ts";
import type { ExtractedFile } from "../extract.ts";
import type { Asking } from "./asking.ts";
import { faults } from "./faults.ts";
import { type Repository, type TreeItem, treeAt } from "./questions.ts";

/** Throws `archive-differs` naming the first file that is not as it was committed. */
export async function compareCommitted(
  asking: Asking,
  repository: Repository,
  at: { commit: string; path: string },
  files: readonly ExtractedFile[],
): Promise<void> {
  const there = new Map(files.map((file) => [file.path, file]));
  for (const item of await itemsBelow(asking, repository, at.commit, at.path)) {
    const path = item.path.normalize("NFC");
    if (path.split("/").some((part) => leftOut.has(part)) || item.type === "tree") continue;
    const why = difference(item, there.get(path));
    if (why) throw archiveFaults.notAsCommitted(path, why);
    there.delete(path);
  }
  const [more] = there.keys();
  if (more !== undefined) throw archiveFaults.notAsCommitted(more, "is in the archive and was never committed");
}

function difference(item: TreeItem, file: ExtractedFile | undefined): string | undefined {
  if (item.type === "commit") return "is a submodule, which no archive has";
  if (item.mode === "120000") return "is a symbolic link";
  if (!file) return "was left out of the archive, as export-ignore does";
  if (file.blob !== item.sha) return "was changed on the way into the archive, as export-subst and LFS do";
  if (file.executable !== (item.mode === "100755")) return "has another mode in the archive";
  return undefined;
}

/** One request in nearly all cases; in a repository too large for that, one for each folder on the way. */
async function itemsBelow(asking: Asking, repository: Repository, commit: string, path: string): Promise<TreeItem[]> {
  const whole = await treeAt(asking, repository, commit, true);
  if (!whole.truncated) return strip(whole.tree, path);
  let sha = commit;
  for (const part of path.split("/").filter(Boolean)) {
    const { tree } = await treeAt(asking, repository, sha, false);
    const next = tree.find((item) => item.type === "tree" && item.path.normalize("NFC") === part);
    if (!next) throw faults.noPath(repository.name, path, commit);
    sha = next.sha;
  }
  const inner = await treeAt(asking, repository, sha, true);
  if (inner.truncated) throw archiveFaults.tooLarge("The folder has more files than GitHub lists.");
  return inner.tree;
}

function strip(items: readonly TreeItem[], path: string): TreeItem[] {
  if (path === "") return [...items];
  return items.flatMap((item) => {
    const normal = item.path.normalize("NFC");
    return normal.startsWith(`${path}/`) ? [{ ...item, path: normal.slice(path.length + 1) }] : [];
  });
}
