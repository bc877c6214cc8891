/** `search` in plain text: a blueprint in two lines, and how old what was searched is. */
import type { SearchDocument } from "../commands/search.ts";
import type { Paint } from "../ui/paint.ts";
import { sizeWords } from "../ui/size.ts";
import { failureLines, stateWords } from "./catalog-ls.ts";

type Hit = SearchDocument["hits"][number];

export function plain(document: SearchDocument, paint: Paint): string {
  const { query, total, hits, corrected, catalogs } = document;
  const old = catalogs.filter(({ state, failure }) => state !== "fresh" || failure);
  const ages = old.flatMap((one) => [`${one.name}: ${stateWords(one)}`, ...failureLines(one, paint).slice(1)]);
  if (total === 0) return ["Nothing is found.", `  ${paint.command("freehold search")}`, ...ages].join("\n");
  const head = `${total} ${total === 1 ? "blueprint" : "blueprints"}${corrected ? `, some of them with other letters than ${query}` : ""}`;
  const rest = total > hits.length ? [`… and ${total - hits.length} more: --limit ${total}`] : [];
  return [head, "", ...hits.flatMap((hit) => lines(hit, paint)), ...rest, ...ages].join("\n");
}

function lines(hit: Hit, paint: Paint): string[] {
  const { catalog, name, version, title, tagline, license, reach, sizeBytes, publisher, installed, warnings } = hit;
  const facts = [publisher, license ?? "no licence", compactWords(reach), sizeWords(sizeBytes)].join(" · ");
  const here = installed
    ? ` · installed as ${installed.map(({ app, version: its }) => `${app} ${its}`).join(", ")}`
    : "";
  return [
    `${paint.bold(`${catalog}/${name}`)}  ${version}  ${tagline ? `${title}: ${tagline}` : title}`,
    `  ${facts}${here}`,
    ...warnings.map((warning) => `  ${paint.warn("look twice")}: ${warning}`),
  ];
}

/** What an entry's compact reach says. */
export function compactWords(reach: readonly string[]): string {
  if (reach.length === 0) return "reaches nothing but its own";
  const words = reach.map((one) =>
    one === "public" ? "open to everybody in parts" : one === "secret" ? "wants a secret" : one,
  );
  return words.join(", ");
}
