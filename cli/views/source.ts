/** `source` in plain text: the list with reach first, one file as it is, or the difference. */
import type { SourceDocument } from "../commands/source.ts";
import { diffLines } from "../ui/diff.ts";
import type { Paint } from "../ui/paint.ts";
import { originWords, reachWords } from "../ui/reach.ts";
import { sizeWords } from "../ui/size.ts";
import { columns } from "../ui/table.ts";

export function plain(document: SourceDocument, paint: Paint, width = 80): string {
  const { file, diff } = document;
  if (diff) return diffLines(diff, width, paint).join("\n");
  if (file)
    return file.contents?.replace(/\n$/, "") ?? `${file.path} is no text: ${sizeWords(file.sizeBytes)}, ${file.digest}`;
  return listing(document, paint);
}

function listing({ title, version, digest, origin, reach, files }: SourceDocument, paint: Paint): string {
  return [
    paint.bold(`${title} ${version}`),
    `${originWords(origin)}`,
    digest,
    "",
    ...(reach.length > 0 ? reach.map(reachWords) : ["reaches nothing but its own pages"]),
    "",
    columns(
      files.map(({ path, part, sizeBytes, executable }) => [
        path,
        part,
        sizeWords(sizeBytes),
        executable ? "can be run" : "",
      ]),
    ),
    "",
    "With the path of one of them after REF, it is shown whole.",
  ].join("\n");
}
