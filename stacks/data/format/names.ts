/** Where things lie in an export. Every name is one that all file systems take, whatever a key or a table is called. */
import type { ExportedStore } from "./manifest.ts";

export const manifestFile = "manifest.json";
export const progressFile = "progress.jsonl";

const noun = "[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}";
const object = "objects/\\d{5,}/\\d{8,}(-[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,59})?";
const pattern = new RegExp(
  `^${noun}/(tables/${noun}/(schema\\.json|items-\\d{5,}\\.jsonl)|buckets/${noun}/(bucket\\.json|objects-\\d{5,}\\.jsonl|${object}))$`,
);

/** Whether an export may have a file there: nothing else is read, written or unpacked. */
export const isExportPath = (path: string): boolean =>
  path === manifestFile || (pattern.test(path) && !path.split("/").some((part) => /^\.+$|\.$/.test(part)));

export const folderOf = ({ app, kind, name }: Pick<ExportedStore, "app" | "kind" | "name">): string =>
  `${app}/${kind}s/${name}`;

const digits = (n: number, width: number): string => String(n).padStart(width, "0");

export const itemsFile = (folder: string, part: number): string => `${folder}/items-${digits(part, 5)}.jsonl`;
export const objectsFile = (folder: string, part: number): string => `${folder}/objects-${digits(part, 5)}.jsonl`;
export const isPart = (path: string): boolean => /\/(items|objects)-\d{5,}\.jsonl$/.test(path);

/** `objects/00003/00003141-holiday.jpg`: the number makes it one of its own, the rest is for people. */
export function objectFile(folder: string, number: number, key: string): string {
  const slug = key
    .slice(key.lastIndexOf("/", key.length - 2) + 1)
    .replace(/[^a-zA-Z0-9._-]+/g, "_")
    .replace(/^[._]+|[._]+$/g, "")
    .slice(-60)
    .replace(/^[._]+/, "");
  return `${folder}/objects/${digits(Math.floor(number / 1000), 5)}/${digits(number, 8)}${slug ? `-${slug}` : ""}`;
}
