/**
 * Which installed apps have a newer version, as the copies of their catalogs' indexes say: nobody is asked. What it means
 * for their reach is what an index says of it: public routes, secrets, hosts. `upgrade` compares all of it.
 */
import { findEntries, newerOf } from "../catalog/lookup.ts";
import { catalogHome } from "./catalogs.ts";
import type { Paths } from "./paths.ts";
import type { InstalledApp } from "./registry.ts";

/** A newer version of an installed app, and what it means for what the app may reach. */
export interface NewerVersion {
  version: string;
  reach: "unchanged" | "wider" | "narrower" | "unknown";
}

/** By the app's name. */
export async function updatesOf(paths: Paths, installed: readonly InstalledApp[]): Promise<Map<string, NewerVersion>> {
  const home = catalogHome(paths);
  const apps = installed.filter(({ state }) => state !== "kept");
  const updates = new Map<string, NewerVersion>();
  for (const { app: name, catalog, version } of await newerOf(home, apps)) {
    const app = apps.find((one) => one.name === name)!;
    const [listed] = await findEntries(home, app.blueprint, catalog);
    updates.set(name, { version, reach: compared(app.reach, listed?.entry.reach) });
  }
  return updates;
}

function compared(reach: InstalledApp["reach"], newer: readonly string[] | undefined): NewerVersion["reach"] {
  if (!reach || !newer) return "unknown";
  const now = new Set(
    reach.flatMap(({ may, what }) => (may === "host" ? [what] : may === "public" || may === "secret" ? [may] : [])),
  );
  if (newer.some((word) => !now.has(word))) return "wider";
  return newer.length < now.size ? "narrower" : "unchanged";
}
