/** `catalog add` in plain text: who it is, how much it has, and what to do with it. */
import type { CatalogAddDocument } from "../commands/catalog-add.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";
import { count } from "./catalog-ls.ts";

export function plain({ added }: CatalogAddDocument, paint: Paint): string {
  const { name, ref, publisher, entries, commit, token } = added;
  const rows = [
    ["  from", ref],
    ["  publisher", publisher],
    ["  has", count(entries)],
    ...(commit ? [["  commit", commit]] : []),
    ...(token ? [["  asked with", token]] : []),
  ];
  const trust = "Nothing was installed. Each app of it is shown, and asked about, before it is.";
  return `${paint.bold(name)} is a catalog now.\n${columns(rows)}\n${trust}\n  ${paint.command(`freehold search --catalog ${name}`)}`;
}
