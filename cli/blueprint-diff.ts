/** The difference between two blueprints: reach first, then files, then lines. Reads both folders and runs nothing. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { structuredPatch } from "diff";
import type { Reach } from "../blueprints/card.ts";
import type { BlueprintFile } from "../blueprints/files.ts";
import type { Blueprint } from "../blueprints/load.ts";
import { compareReach, reachOf } from "../blueprints/reach.ts";

export interface FileState {
  sizeBytes: number;
  executable: boolean;
  /** `sha256:…` of its bytes. */
  digest: string;
}

export interface Hunk {
  /** The first line of each side, from 1. */
  before: number;
  after: number;
  /** Each begins with ` `, `-` or `+`. */
  lines: string[];
}

export interface FileDiff {
  path: string;
  change: "added" | "removed" | "changed";
  before?: FileState;
  after?: FileState;
  /** Of texts. Left out where a file is not text, or too large or too different to be read line by line. */
  hunks?: Hunk[];
}

export interface BlueprintDiff {
  added: Reach[];
  removed: Reach[];
  /** What runs comes first. */
  files: FileDiff[];
}

/** Bytes of a file that is looked at line by line. */
const mostText = 512 * 1024;
const patience = { context: 3, maxEditLength: 4000, timeout: 500 };

/** `only`: one path, and the others are left out. `order`: sorts paths. */
export async function diffOf(
  before: Blueprint,
  after: Blueprint,
  { only, order }: { only: string | undefined; order: (a: string, b: string) => number },
): Promise<BlueprintDiff> {
  const [old, now] = [byPath(before.files), byPath(after.files)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => only === undefined || path === only);
  const files: FileDiff[] = [];
  for (const path of paths.sort(order)) {
    const found = await fileDiff(path, old.get(path), now.get(path));
    if (found) files.push(found);
  }
  return { ...compareReach(reachOf(before.manifest), reachOf(after.manifest)), files };
}

const byPath = (files: readonly BlueprintFile[]): Map<string, BlueprintFile> =>
  new Map(files.map((file) => [file.path, file]));

async function fileDiff(
  path: string,
  old: BlueprintFile | undefined,
  now: BlueprintFile | undefined,
): Promise<FileDiff | undefined> {
  const [a, b] = [old && (await contentOf(old)), now && (await contentOf(now))];
  if (a && b && a.state.digest === b.state.digest && a.state.executable === b.state.executable) return undefined;
  const hunks = hunksOf(a ? a.text : "", b ? b.text : "");
  return {
    path,
    change: !a ? "added" : !b ? "removed" : "changed",
    ...(a ? { before: a.state } : {}),
    ...(b ? { after: b.state } : {}),
    ...(hunks ? { hunks } : {}),
  };
}

export interface Content {
  state: FileState;
  /** Undefined when it is no UTF-8 text, or more than `mostText`. */
  text: string | undefined;
}

export async function contentOf({ absolute, executable, sizeBytes }: BlueprintFile): Promise<Content> {
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(absolute)) {
    hash.update(chunk);
    if (sizeBytes <= mostText) chunks.push(chunk);
  }
  const state = { sizeBytes, executable, digest: `sha256:${hash.digest("hex")}` };
  return { state, text: sizeBytes <= mostText ? textOf(Buffer.concat(chunks)) : undefined };
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    // A line is what a terminal would begin anew, too.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
  } catch {
    return undefined;
  }
}

function hunksOf(a: string | undefined, b: string | undefined): Hunk[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  const patch = structuredPatch("", "", a, b, "", "", patience);
  return patch?.hunks.map(({ oldStart, newStart, lines }) => ({
    before: oldStart,
    after: newStart,
    lines: lines.filter((line) => !line.startsWith("\\")),
  }));
}
