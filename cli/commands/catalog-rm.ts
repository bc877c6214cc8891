/** `catalog rm`: a catalog is not asked any more. Apps that came from it stay as they are. */
import { forget } from "../../catalog/cache.ts";
import { removeCatalog } from "../../catalog/catalogs.ts";
import { catalogHome } from "../catalogs.ts";
import { readClouds } from "../clouds.ts";
import type { Input, Outcome } from "../command.ts";
import { readApps } from "../registry.ts";

export interface CatalogRemoveDocument {
  removed: { name: string; ref: string };
  /** Installed from it: they run on, and hear of no newer version. */
  apps: { cloud: string; app: string }[];
}

export async function run({ paths, args }: Input): Promise<Outcome> {
  const home = catalogHome(paths);
  const { name, ref } = await removeCatalog(home, args[0]!);
  forget(home, name);
  const { clouds } = await readClouds(paths);
  const apps = clouds.flatMap(({ name: cloud }) =>
    readApps(paths, cloud)
      .filter(({ origin }) => origin.source === "catalog" && origin.catalog === name)
      .map((app) => ({ cloud, app: app.name })),
  );
  return { document: { removed: { name, ref }, apps } satisfies CatalogRemoveDocument };
}
