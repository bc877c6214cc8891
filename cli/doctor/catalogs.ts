/** What `doctor` looks at of the catalogs: can each be used, and how old is what is known of it. Asks none of them. */
import { stateOf } from "../../catalog/cache.ts";
import { readCatalogs } from "../../catalog/catalogs.ts";
import type { CatalogState } from "../../catalog/documents.ts";
import type { Check } from "../../stacks/deploy.ts";
import { catalogHome } from "../catalogs.ts";
import type { Paths } from "../paths.ts";
import { check, type Found, found } from "./check.ts";

export async function catalogChecks(paths: Paths): Promise<Check[]> {
  const home = catalogHome(paths);
  return [
    await check("catalogs", "Catalogs", async () =>
      catalogsFound((await readCatalogs(home)).map((catalog) => stateOf(home, catalog, Date.now()))),
    ),
  ];
}

const dayMs = 24 * 3_600_000;

export function catalogsFound(catalogs: readonly CatalogState[]): Found {
  const [bad] = catalogs.filter(({ state }) => state === "broken");
  if (bad) {
    const { summary, next } = bad.failure ?? {};
    return found(
      "warn",
      `${bad.name} cannot be used: ${summary ?? "it was never read"}.`,
      next ?? `freehold catalog refresh ${bad.name}`,
    );
  }
  const old = catalogs.filter(({ state, ageMs = 0 }) => state === "cached" && ageMs > dayMs);
  if (old.length === 0) return found("ok", `${catalogs.length} can be used.`);
  const said = old.map(({ name, ageMs = 0 }) => `${name} (${Math.floor(ageMs / dayMs)} days)`);
  return found("warn", `Not asked since: ${said.join(", ")}.`, "freehold catalog refresh");
}
