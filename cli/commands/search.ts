/** `search`: the list of blueprints in the catalogs this home knows, from their copies. Waits for nobody. */
import { findCatalog } from "../../catalog/catalogs.ts";
import type { SearchDocument } from "../../catalog/documents.ts";
import { reachFilters } from "../../catalog/search.ts";
import { catalogHome, refreshBeside } from "../catalogs.ts";
import { findCloud, readClouds } from "../clouds.ts";
import { type Input, list, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { type InstalledApp, readApps } from "../registry.ts";
import { loadSearch } from "../searching.ts";

export type { SearchDocument };

const usualLimit = 50;

export async function run(input: Input): Promise<Outcome> {
  const { paths, args, flags, env } = input;
  const limit = limitOf(text(flags, "limit"));
  const tags = list(flags, "tag");
  const filters = {
    ...(tags.length > 0 ? { tags } : {}),
    ...named("license", text(flags, "license")),
    ...named("runtime", text(flags, "runtime")),
    ...named("reach", reachOf(text(flags, "reach"))),
    ...named("catalog", text(flags, "catalog")),
  };
  if (filters.catalog !== undefined) await findCatalog(catalogHome(paths), filters.catalog);
  const search = await loadSearch(paths);
  const document = search(args.join(" "), filters, limit, await appsOf(input));
  await refreshBeside(paths, env);
  return { document: document satisfies SearchDocument };
}

const named = <Name extends string>(name: Name, value: string | undefined): { [name in Name]?: string } =>
  value === undefined ? {} : ({ [name]: value } as { [name in Name]?: string });

/** A word that means something, or a host: of anything else nothing would be found, and nobody would know why. */
function reachOf(said: string | undefined): string | undefined {
  if (said === undefined || said.includes(".") || (reachFilters as readonly string[]).includes(said)) return said;
  throw faults.badFlag("search", "--reach", `is one of ${reachFilters.join(", ")}, or a host, as api.example.com`);
}

function limitOf(said: string | undefined): number {
  if (said === undefined) return usualLimit;
  if (!/^[1-9]\d{0,5}$/.test(said)) throw faults.badFlag("search", "--limit", "is a number from 1 on");
  return Number(said);
}

/** Of the current cloud, if there is one. */
async function appsOf({ paths, flags }: Input): Promise<InstalledApp[]> {
  const wanted = text(flags, "cloud");
  if (wanted === undefined && (await readClouds(paths)).clouds.length === 0) return [];
  return readApps(paths, (await findCloud(paths, wanted)).name);
}
