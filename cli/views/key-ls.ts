/** `key ls` in plain text. */
import type { KeyListDocument, ListedKey } from "../commands/key-ls.ts";
import { verbs as every } from "../ui/access.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";
import { since, until } from "../ui/time.ts";

export function plain({ cloud, keys }: KeyListDocument, paint: Paint): string {
  if (keys.length === 0) return `There are no keys here in ${cloud}.\n  ${paint.command("freehold key new APP")}`;
  return columns(keys.map(row));
}

const row = (key: ListedKey): string[] => [
  key.app,
  key.name,
  key.id,
  reachWords(key),
  until(key.expires),
  key.used === undefined ? "never used" : `used ${since(key.used)}`,
];

/** `/api/* by GET`, `/, /api/*` */
export function reachWords({ routes, verbs }: Pick<ListedKey, "routes" | "verbs">): string {
  const by = verbs.length === every.length ? "" : ` by ${verbs.join(", ")}`;
  return `${routes.join(", ")}${by}`;
}
