/** `catalog refresh`: asks catalogs for their indexes, all at once. One that fails keeps its copy, and the others go on. */

import { exitCodes } from "../../blueprints/fault.ts";
import { bundled, findCatalog, readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogState } from "../../catalog/documents.ts";
import { refreshCatalogs } from "../../catalog/refresh.ts";
import { askingOf, catalogHome } from "../catalogs.ts";
import type { Input, Outcome } from "../command.ts";

export interface CatalogRefreshDocument {
  catalogs: CatalogState[];
}

export async function run(input: Input): Promise<Outcome> {
  const { paths, args } = input;
  const home = catalogHome(paths);
  const meant = args[0] === undefined ? await readCatalogs(home) : [await findCatalog(home, args[0])];
  const catalogs = await refreshCatalogs(meant, askingOf({ ...input, interactive: false }));
  const asked = catalogs.filter(({ ref }) => ref !== bundled.ref);
  const failed = asked.filter(({ failure }) => failure).length;
  const exitCode = failed === 0 ? exitCodes.done : failed < asked.length ? exitCodes.someFailed : exitCodes.failed;
  return { document: { catalogs } satisfies CatalogRefreshDocument, exitCode };
}
