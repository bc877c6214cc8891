/**
 * `catalog refresh`: asks catalogs for their indexes, all at once. One that fails keeps its copy, and the others go on.
 * Then home pages are told which apps have a newer version.
 */

import { exitCodes } from "../../blueprints/fault.ts";
import { bundled, findCatalog, readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogState } from "../../catalog/documents.ts";
import { refreshCatalogs } from "../../catalog/refresh.ts";
import { askingOf, catalogHome } from "../catalogs.ts";
import type { Input, Outcome } from "../command.ts";
import { type ToldUpdates, tellUpdates } from "../home-updates.ts";

export interface CatalogRefreshDocument {
  catalogs: CatalogState[];
  /** Clouds whose home page was told which apps have a newer version; those it said nothing new to are among them. */
  homePages: ToldUpdates[];
}

export async function run(input: Input): Promise<Outcome> {
  const { paths, args } = input;
  const home = catalogHome(paths);
  const meant = args[0] === undefined ? await readCatalogs(home) : [await findCatalog(home, args[0])];
  const catalogs = await refreshCatalogs(meant, askingOf({ ...input, interactive: false }));
  const asked = catalogs.filter(({ ref }) => ref !== bundled.ref);
  const failed = asked.filter(({ failure }) => failure).length;
  const exitCode = failed === 0 ? exitCodes.done : failed < asked.length ? exitCodes.someFailed : exitCodes.failed;
  const homePages = await tellUpdates(paths);
  return { document: { catalogs, homePages } satisfies CatalogRefreshDocument, exitCode };
}
