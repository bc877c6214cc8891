/** `catalog rm` in plain text. */
import type { CatalogRemoveDocument } from "../commands/catalog-rm.ts";

export function plain({ removed, apps }: CatalogRemoveDocument): string {
  const lines = apps.map(
    ({ cloud, app }) => `  ${app} in ${cloud} came from it: it stays as it is, and hears of no newer version`,
  );
  return [`${removed.name} (${removed.ref}) is no catalog any more.`, ...lines].join("\n");
}
