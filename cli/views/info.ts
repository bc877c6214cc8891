/** `info` in plain text, 80 columns unless said otherwise. */
import type { InfoDocument } from "../commands/info.ts";
import { cardLines } from "../ui/card.ts";
import { markdownLines } from "../ui/markdown.ts";
import type { Paint } from "../ui/paint.ts";

export function plain(document: InfoDocument, paint: Paint, width = 80): string {
  const readme = document.readme === null ? [] : markdownLines(document.readme, width, paint);
  const rest = readme.length > 0 ? ["", paint.dim("README, in its author's words"), "", ...readme] : [];
  return [...cardLines(document, width, paint), ...rest].join("\n");
}
