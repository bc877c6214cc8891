/** `data query` in plain text. */
import type { QueryDocument } from "../commands/data-query.ts";
import type { Paint } from "../ui/paint.ts";
import { many } from "../ui/table.ts";
import { lines } from "./data-ls.ts";

export function plain(document: QueryDocument, paint: Paint, width?: number): string {
  const { items, total, read, counted, next, kind, planned } = document;
  const noun = kind === "table" ? "item" : "file";
  if (planned) return `It would read ${planned.words}.`;
  if (counted) return String(total ?? 0);
  if (items.length === 0) return `Nothing fits${next ? " so far" : ""}; ${many(read, noun)} read.${more(next, paint)}`;
  const of = total !== undefined && total > items.length ? ` of ${total}` : "";
  return `${lines(document, width)}\n${paint.dim(`${many(items.length, noun)}${of}; ${read} read`)}${more(next, paint)}`;
}

const more = (next: string | undefined, paint: Paint): string =>
  next === undefined ? "" : `\nMore: ${paint.bold(`the same with --from ${next}`)}`;
