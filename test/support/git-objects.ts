/** Git's objects as far as a repository of a test needs them: ids are git's own, so what is compared with them is real. */
import { createHash } from "node:crypto";

export type GitFile =
  | string
  | Buffer
  | { text: string | Buffer; executable?: boolean }
  | { symlink: string }
  | { submodule: string };

export interface TreeItem {
  path: string;
  mode: "100644" | "100755" | "120000" | "160000" | "040000";
  type: "blob" | "tree" | "commit";
  sha: string;
  size?: number;
}

export interface GitTree {
  sha: string;
  /** Of this folder alone. */
  items: TreeItem[];
  folders: Map<string, GitTree>;
  contents: Map<string, Buffer>;
}

export const objectId = (kind: string, bytes: Buffer): string =>
  createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest("hex");

/** From paths with `/` to their contents; git keeps no empty folders. */
export function treeOf(files: Record<string, GitFile>): GitTree {
  const below = new Map<string, Record<string, GitFile>>();
  const items: TreeItem[] = [];
  const contents = new Map<string, Buffer>();
  for (const [path, file] of Object.entries(files)) {
    const [first = "", ...rest] = path.split("/");
    if (rest.length > 0) below.set(first, { ...below.get(first), [rest.join("/")]: file });
    else items.push(itemOf(first, file, contents));
  }
  const folders = new Map([...below].map(([name, inner]) => [name, treeOf(inner)]));
  for (const [path, { sha }] of folders) items.push({ path, mode: "040000", type: "tree", sha });
  // Git sorts folders as if their names ended with a slash.
  const key = ({ path, type }: TreeItem): Buffer => Buffer.from(type === "tree" ? `${path}/` : path);
  items.sort((a, b) => Buffer.compare(key(a), key(b)));
  const bytes = Buffer.concat(
    items.flatMap(({ path, mode, sha }) => [
      Buffer.from(`${mode.replace(/^0/, "")} ${path}\0`),
      Buffer.from(sha, "hex"),
    ]),
  );
  return { sha: objectId("tree", bytes), items, folders, contents };
}

function itemOf(path: string, file: GitFile, contents: Map<string, Buffer>): TreeItem {
  if (typeof file === "object" && "submodule" in file)
    return { path, mode: "160000", type: "commit", sha: file.submodule };
  const link = typeof file === "object" && "symlink" in file;
  const bytes = Buffer.from(link ? file.symlink : typeof file === "object" && "text" in file ? file.text : file);
  const executable = typeof file === "object" && "text" in file && file.executable === true;
  contents.set(path, bytes);
  const mode = link ? "120000" : executable ? "100755" : "100644";
  return { path, mode, type: "blob", sha: objectId("blob", bytes), size: bytes.length };
}

/** The folder at a path; undefined when there is none. */
export function folderAt(tree: GitTree, path: string): GitTree | undefined {
  return path
    .split("/")
    .filter(Boolean)
    .reduce<GitTree | undefined>((at, name) => at?.folders.get(name), tree);
}

/** With every folder's items, paths from the top, folders before what is in them. */
export function itemsBelow(tree: GitTree, prefix = ""): (TreeItem & { bytes?: Buffer })[] {
  return tree.items.flatMap((item) => {
    const path = `${prefix}${item.path}`;
    const bytes = tree.contents.get(item.path);
    const inner = item.type === "tree" ? itemsBelow(tree.folders.get(item.path)!, `${path}/`) : [];
    return [{ ...item, path, ...(bytes && { bytes }) }, ...inner];
  });
}

export function commitId(tree: string, parent: string | undefined, message: string): string {
  const who = "A Tester <tester@example.com> 1700000000 +0000";
  const lines = [
    `tree ${tree}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${who}`,
    `committer ${who}`,
    "",
    message,
  ];
  return objectId("commit", Buffer.from(`${lines.join("\n")}\n`));
}
