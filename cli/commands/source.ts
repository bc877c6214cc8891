/**
 * `source`: the files of what REF leads to, those that run first; one of them; or, with --diff, how they differ from what
 * is installed. Nothing of them is run, and nothing outside the blueprint's folder can be named.
 */
import type { Origin, Reach } from "../../blueprints/card.ts";
import { filesBelow, manifestFile } from "../../blueprints/files.ts";
import { type Blueprint, loadBlueprint } from "../../blueprints/load.ts";
import { siteOf } from "../../blueprints/manifest.ts";
import { suggest } from "../../blueprints/suggest.ts";
import { type BlueprintDiff, contentOf, diffOf } from "../blueprint-diff.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { type Judged, judgedOf, refWhere } from "../judged.ts";
import { findAfresh } from "../refs.ts";

export interface SourceFile {
  path: string;
  /** `function api`, `manifest`, `site`, `other`: the first that it is part of, functions before all. */
  part: string;
  sizeBytes: number;
  executable: boolean;
}

export interface SourceDocument {
  name: string;
  title: string;
  version: string;
  digest: string;
  origin: Origin;
  reach: Reach[];
  /** What runs comes first. With a path or --diff: left empty. */
  files: SourceFile[];
  /** With a path: its text, or null when it is none that can be shown. */
  file?: { path: string; sizeBytes: number; digest: string; contents: string | null };
  /** With --diff: from what is installed to what REF leads to; of an installed app, to what its REF leads to now. */
  diff?: BlueprintDiff & { app: string; from: { version: string; digest: string }; to: { version: string } };
}

export async function run(input: Input): Promise<Outcome> {
  const [ref, path] = input.args as [string, string?];
  const judged = await judgedOf(input, ref);
  const { card, blueprint } = judged;
  const { name, title, version, digest, origin, reach } = card;
  const about: SourceDocument = { name, title, version, digest, origin, reach, files: [] };
  if (input.flags["diff"] === true) return { document: { ...about, diff: await difference(input, judged, path) } };
  if (path !== undefined) return { document: { ...about, file: await fileOf(blueprint, path, ref) } };
  return { document: { ...about, files: filesOf(blueprint) } };
}

function filesOf(blueprint: Blueprint): SourceFile[] {
  const part = partsOf(blueprint);
  return blueprint.files
    .map(({ path, sizeBytes, executable }) => ({ path, part: part(path), sizeBytes, executable }))
    .sort(({ path: a }, { path: b }) => order(part)(a, b));
}

/** What a path is part of. */
function partsOf({ manifest, files }: Blueprint): (path: string) => string {
  const parts = new Map<string, string>([[manifestFile, "manifest"]]);
  const mark = (folder: string, part: string): void => {
    for (const path of filesBelowPaths(folder, files)) if (!parts.has(path)) parts.set(path, part);
  };
  for (const [name, { code }] of Object.entries(manifest.functions)) mark(code, `function ${name}`);
  const site = siteOf(manifest);
  if (site !== undefined) mark(site.folder, "site");
  return (path) => parts.get(path) ?? "other";
}

/** With the folder's name before them. */
function filesBelowPaths(folder: string, files: Blueprint["files"]): string[] {
  const inside = new Set(filesBelow(folder, files).map(({ absolute }) => absolute));
  return files.filter(({ absolute }) => inside.has(absolute)).map(({ path }) => path);
}

const ranks = ["function", "manifest", "site", "other"];

const order =
  (part: (path: string) => string) =>
  (a: string, b: string): number => {
    const [x, y] = [a, b].map((path) => ranks.indexOf(part(path).split(" ")[0]!)) as [number, number];
    return x - y || (a < b ? -1 : a > b ? 1 : 0);
  };

async function fileOf(blueprint: Blueprint, path: string, ref: string): Promise<NonNullable<SourceDocument["file"]>> {
  const file = blueprint.files.find((one) => one.path === path.replace(/^\.\//, ""));
  if (!file) throw unknownPath(path, [blueprint], ref);
  const { state, text } = await contentOf(file);
  return { path: file.path, sizeBytes: state.sizeBytes, digest: state.digest, contents: text ?? null };
}

const unknownPath = (path: string, among: readonly Blueprint[], ref: string) =>
  faults.pathUnknown(
    path,
    suggest(
      path,
      among.flatMap(({ files }) => files.map((file) => file.path)),
    ),
    `freehold source ${ref}`,
  );

async function difference(
  input: Input,
  { source, blueprint, card, cloud, installed }: Judged,
  path: string | undefined,
): Promise<NonNullable<SourceDocument["diff"]>> {
  const ref = input.args[0]!;
  if (!installed) throw faults.nothingToCompare(`Nothing of ${card.name} is installed here.`, `freehold source ${ref}`);
  const { app } = installed;
  // Asked about by its own name, the app is compared with what would come in its place.
  const after = source.app
    ? await loadBlueprint((await findAfresh(app.ref, refWhere(input, cloud?.name ?? ""))).dir)
    : blueprint;
  const before = installed.blueprint;
  if (!before)
    throw faults.nothingToCompare(`The files of ${app.name} ${app.version} are not here.`, `freehold source ${ref}`);
  const only = path?.replace(/^\.\//, "");
  if (only !== undefined && ![before, after].some(({ files }) => files.some((file) => file.path === only)))
    throw unknownPath(only, [before, after], ref);
  const diff = await diffOf(before, after, { only, order: order(partsOf(after)) });
  const from = { version: app.version, digest: app.digest };
  return { ...diff, app: app.name, from, to: { version: after.manifest.version } };
}
