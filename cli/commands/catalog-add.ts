/** `catalog add`: reads a catalog, shows what it is, and keeps it. What cannot be read is not added; nothing is installed. */

import { faults } from "../../catalog/catalog-faults.ts";
import { readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogState } from "../../catalog/documents.ts";
import { learnCatalog } from "../../catalog/refresh.ts";
import { askingOf, catalogHome, catalogRef } from "../catalogs.ts";
import { type Input, type Outcome, text } from "../command.ts";

export interface CatalogAddDocument {
  added: CatalogState;
}

/** Somebody may be asked whether gh's sign-in may be used. */
const patienceMs = 120_000;

export async function run(input: Input): Promise<Outcome> {
  const { paths, args, flags } = input;
  const ref = catalogRef(args[0]!, input);
  const known = (await readCatalogs(catalogHome(paths))).find((catalog) => catalog.ref === ref);
  if (known) throw faults.known(known.name, ref);
  const added = await learnCatalog(ref, text(flags, "name"), askingOf(input, patienceMs));
  return { document: { added } satisfies CatalogAddDocument };
}
