/** `catalog build`: writes catalog.json of a folder of blueprints, or with --check says whether it is what they say. */

import { replaceFile } from "../../catalog/files.ts";
import { type Built, buildIndex } from "../../catalog/index/build.ts";
import { faults } from "../../catalog/index/faults.ts";
import { folderAt } from "../catalogs.ts";
import { type Input, type Outcome, text } from "../command.ts";

export interface CatalogBuildDocument {
  /** Absolute. */
  file: string;
  name: string;
  /** Grows with each build that changes something. */
  serial: number;
  entries: number;
  bytes: number;
  /** False when the file said all this already. */
  written: boolean;
  changes: Built["changes"];
}

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const dir = folderAt(args[0]!, input);
  const { file, index, text: content, upToDate, changes } = await buildIndex(dir, { name: text(flags, "name") });
  if (flags["check"] === true && !upToDate) throw faults.stale(file, differences(changes), args[0]!);
  if (!upToDate) replaceFile(file, content, 0o644);
  const { name, serial, entries } = index;
  const bytes = Buffer.byteLength(content);
  const document = { file, name, serial, entries: entries.length, bytes, written: !upToDate, changes };
  return { document: document satisfies CatalogBuildDocument };
}

function differences(changes: Built["changes"]): string[] {
  const lines = Object.entries(changes).flatMap(([how, ids]) => (ids.length > 0 ? [`${how}: ${ids.join(", ")}`] : []));
  return lines.length > 0 ? lines : ["It has the same entries, and was not written by catalog build."];
}
