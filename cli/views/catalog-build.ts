/** `catalog build` in plain text. */
import type { CatalogBuildDocument } from "../commands/catalog-build.ts";
import { sizeWords } from "../ui/size.ts";
import { count } from "./catalog-ls.ts";

export function plain({ file, name, serial, entries, bytes, written, changes }: CatalogBuildDocument): string {
  const head = `${name}, number ${serial}: ${count(entries)}, ${sizeWords(bytes)}`;
  if (!written) return `${head}\n${file} says all this already.`;
  const lines = Object.entries(changes).flatMap(([how, ids]) => (ids.length > 0 ? [`  ${how}: ${some(ids)}`] : []));
  return [head, ...lines, `${file} is written. Commit it with the blueprints.`].join("\n");
}

const shown = 20;
const some = (ids: readonly string[]): string =>
  ids.length > shown ? `${ids.slice(0, shown).join(", ")} and ${ids.length - shown} more` : ids.join(", ");
