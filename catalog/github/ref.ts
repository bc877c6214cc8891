/** How blueprints and catalogs on GitHub are written: `github:OWNER/REPO[/PATH][@TAG|COMMIT]`. Asks nobody. */
import { admitPath } from "../names.ts";
import { faults } from "./faults.ts";

export interface GitHubRef {
  /** `owner/name`, as it was written. */
  repository: string;
  /** In NFC; empty is the top. */
  path: string;
  /** What stands behind the `@`. */
  at?: string;
}

export const isGitHubRef = (ref: string): boolean => ref.startsWith("github:");
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

const owner = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/;
const repo = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
/** What git takes as the name of a tag, and a little less. */
const tag = /^(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)|[/.]$))[^\s\u0000-\u0020\u007f~^:?*[\\]{1,250}$/;

/** The first `@` ends the path: tags like `notes@1.0.0` have one of their own. Throws `github-ref-malformed`. */
export function parseGitHubRef(ref: string): GitHubRef {
  const text = ref.slice("github:".length);
  const sign = text.indexOf("@");
  const at = sign < 0 ? undefined : text.slice(sign + 1);
  const [who = "", what = "", ...path] = (sign < 0 ? text : text.slice(0, sign)).split("/");
  if (!owner.test(who)) throw faults.refMalformed(ref, "the owner's name is none");
  if (!repo.test(what) || what.endsWith(".git")) throw faults.refMalformed(ref, "the repository's name is none");
  if (at !== undefined && !tag.test(at))
    throw faults.refMalformed(ref, "what stands behind the @ is no tag and no commit");
  const inside = path.join("/").replace(/\/$/, "");
  return {
    repository: `${who}/${what}`,
    path: inside === "" ? "" : admitPath(inside, 32),
    ...(at !== undefined && { at }),
  };
}

/** What git is asked for: a name behind the `@` is a tag's, so that a branch of that name cannot stand in for it. */
export const gitRef = (at: string | undefined): string =>
  at === undefined ? "HEAD" : isCommit(at) ? at : `tags/${at}`;
