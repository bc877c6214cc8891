/** `catalog ls`: the catalogs of this home, and how old what is known of them is. Asks none of them. */
import { stateOf } from "../../catalog/cache.ts";
import { readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogListDocument } from "../../catalog/documents.ts";
import { catalogHome } from "../catalogs.ts";
import type { Input, Outcome } from "../command.ts";

export type { CatalogListDocument };

export async function run({ paths }: Input): Promise<Outcome> {
  const home = catalogHome(paths);
  const catalogs = (await readCatalogs(home)).map((catalog) => stateOf(home, catalog, Date.now()));
  return { document: { catalogs } satisfies CatalogListDocument };
}
