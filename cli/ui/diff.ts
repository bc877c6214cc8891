/** The difference between two blueprints as lines: reach first, then which files, then what changed in them. */
import type { FileDiff, FileState } from "../blueprint-diff.ts";
import type { SourceDocument } from "../commands/source.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "./paint.ts";
import { reachWords } from "./reach.ts";
import { sizeWords } from "./size.ts";
import { wrap } from "./width.ts";

export function diffLines(diff: NonNullable<SourceDocument["diff"]>, width: number, paint: Paint): string[] {
  const { app, from, to, files } = diff;
  return [
    ...wrap(`${safeText(app)}: ${safeText(from.version)} is installed, compared with ${safeText(to.version)}`, width),
    "",
    ...reachLines(diff, width, paint),
    "",
    ...(files.length === 0 ? ["Every file is the same."] : files.flatMap((file) => fileLine(file, width))),
    ...files.flatMap((file) => hunkLines(file, width, paint)),
  ];
}

function reachLines({ added, removed }: NonNullable<SourceDocument["diff"]>, width: number, paint: Paint): string[] {
  if (added.length + removed.length === 0) return ["It may reach what it could reach before."];
  return [
    "What it may reach:",
    ...added.flatMap((one) => wrap(`  + ${reachWords(one)}`, width)).map((line) => paint.warn(line)),
    ...removed.flatMap((one) => wrap(`  - ${reachWords(one)}`, width)).map((line) => paint.dim(line)),
  ];
}

const words = { added: "new", removed: "gone", changed: "changed" } as const;

const fileLine = ({ path, change, before, after }: FileDiff, width: number): string[] =>
  wrap(`${words[change].padEnd(7)}  ${safeText(path)}  ${sizes(before, after)}`, width);

function sizes(before: FileState | undefined, after: FileState | undefined): string {
  const [was, is] = [before, after].map((state) => state && sizeWords(state.sizeBytes));
  const size = was && is && was !== is ? `${was} to ${is}` : (is ?? was ?? "");
  if (before && after && before.executable !== after.executable)
    return `${size}, ${after.executable ? "can be run now" : "cannot be run any more"}`;
  return size;
}

function hunkLines({ path, hunks, before, after }: FileDiff, width: number, paint: Paint): string[] {
  if (hunks?.length === 0) return [];
  const head = ["", ...wrap(safeText(path), width).map((line) => paint.bold(line))];
  if (!hunks) return [...head, ...digestLines("-", before), ...digestLines("+", after)];
  return [
    ...head,
    ...hunks.flatMap(({ after: line, lines }) => [
      paint.dim(`line ${line}`),
      ...lines.flatMap((text) => lineOf(text, width, paint)),
    ]),
  ];
}

/** What cannot be read line by line is told apart by its bytes. */
const digestLines = (mark: string, state: FileState | undefined): string[] =>
  state ? [`${mark} ${sizeWords(state.sizeBytes)}, ${state.digest}`] : [];

const longestLine = 1000;

function lineOf(text: string, width: number, paint: Paint): string[] {
  const mark = text[0] ?? " ";
  const style = mark === "+" ? paint.good : mark === "-" ? paint.bad : paint.dim;
  // What was written by a program for programs is told by its beginning.
  const inside = safeText(text.slice(1, longestLine), { lines: true }).replaceAll("\n", " ");
  return wrap(inside, width - 2).map((line, at) => style(`${at === 0 ? mark : " "} ${line}`));
}
