/** `data ls` and what `data query` finds, in plain text: a line a store, an item or a file. */
import type { PageDocument, StoresDocument } from "../commands/data-ls.ts";
import type { Paint } from "../ui/paint.ts";
import { shellWord } from "../ui/shell-word.ts";
import { sizeWords } from "../ui/size.ts";
import { columns, many } from "../ui/table.ts";
import { moment } from "../ui/time.ts";
import { cut } from "../ui/width.ts";

export function plain(document: StoresDocument | PageDocument, paint: Paint, width?: number): string {
  return "stores" in document ? stores(document, paint) : page(document, paint, width);
}

function stores({ cloud, stores }: StoresDocument, paint: Paint): string {
  if (stores.length === 0) return `No app in ${cloud} keeps data yet.\n  ${paint.command("freehold up notes")}`;
  return columns(
    stores.map(({ app, name, kind, key, items = 0, sizeBytes = 0, more, kept }) => [
      `${app}/${name}`,
      kind,
      `${more ? "more than " : ""}${many(items, kind === "table" ? "item" : "file")}`,
      sizeWords(sizeBytes),
      [
        ...(key ? [`key ${[key.hash, ...(key.range ? [key.range] : [])].map((one) => one.name).join(", ")}`] : []),
        ...(kept ? ["app removed, data kept"] : []),
      ].join("; "),
    ]),
  );
}

function page(document: PageDocument, paint: Paint, width?: number): string {
  const folders = (document.folders ?? []).map(({ name }) => name);
  if (document.items.length + folders.length === 0)
    return `Nothing is in ${document.store}${document.next ? " so far" : ""}.`;
  const more =
    document.next &&
    `\nMore: ${paint.command(`freehold data ls ${document.store}${document.prefix ? ` ${shellWord(document.prefix, "PREFIX")}` : ""}${document.folders ? " --folders" : ""} --from ${document.next}`)}`;
  const files = document.items.length > 0 ? [lines(document, width)] : [];
  return `${[...folders, ...files].join("\n")}${more ?? ""}`;
}

type Shown = Pick<PageDocument, "kind" | "key" | "items">;

/** An item as its key and the rest in JSON, cut where the line ends; all of it is in `data get` and `--json`. */
export function lines({ kind, key, items }: Shown, width = 100): string {
  if (kind === "bucket")
    return columns(
      items.map((file) => [sizeWords(Number(file["size"])), moment(String(file["modified"])), String(file["key"])]),
    );
  return items
    .map((item) => {
      const rest = Object.fromEntries(Object.entries(item).filter(([name]) => !key.includes(name)));
      const own = key.map((name) => `${name}=${word(item[name])}`).join(" ");
      return cut(`${own}  ${JSON.stringify(rest)}`, width);
    })
    .join("\n");
}

const word = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
