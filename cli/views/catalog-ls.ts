/** `catalog ls` and `catalog refresh` in plain text. */
import type { CatalogListDocument } from "../commands/catalog-ls.ts";
import type { ToldUpdates } from "../home-updates.ts";
import { safeText } from "../safe-text.ts";
import { ago } from "../ui/age.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";

type Refreshed = CatalogListDocument & { homePages?: ToldUpdates[] };
type State = CatalogListDocument["catalogs"][number];

export function plain({ catalogs, homePages = [] }: Refreshed, paint: Paint): string {
  const rows = catalogs.map((one) => [`  ${one.name}`, one.ref, count(one.entries), stateWords(one)]);
  const failures = catalogs.flatMap((one) => failureLines(one, paint));
  const untold = homePages.flatMap((one) => untoldLine(one, paint));
  return [columns(rows), ...failures, ...untold].join("\n");
}

const untoldLine = ({ cloud, why }: ToldUpdates, paint: Paint): string[] =>
  why === undefined
    ? []
    : ["", `${paint.warn(cloud)}: its home page shows the updates it showed before: ${safeText(why)}`];

export const count = (entries: number): string => `${entries} ${entries === 1 ? "blueprint" : "blueprints"}`;

/** How far what is shown of a catalog can be relied on. */
export function stateWords({ name, ref, state, ageMs, token }: State): string {
  if (ref === name) return "comes with Freehold";
  const asked = token ? `, asked with ${token}` : "";
  if (state === "broken") return "could not be read";
  return `${state === "cached" ? "a copy, " : ""}checked ${ago(ageMs)}${asked}`;
}

/** Why a catalog did not answer, and what to do. */
export function failureLines({ name, failure }: State, paint: Paint): string[] {
  if (!failure) return [];
  const { summary, detail, until, next } = failure;
  return [
    "",
    `${paint.warn(name)}: ${summary}${until ? `, until ${until}` : ""}`,
    ...(detail ? detail.split("\n").map((line) => `  ${line}`) : []),
    ...(next ? [`  ${paint.bold(next)}`] : []),
  ];
}
