/**
 * Which installed apps have a newer version, as the copies of their catalogs' indexes say: nobody is asked. An index
 * names no tables, routes or limits, so it can tell that an app would reach further and never that it would not: that is
 * said only of a blueprint that is on this computer, compared as `upgrade` compares it.
 */
import { join } from "node:path";
import type { Reach } from "../blueprints/card.ts";
import { Fault } from "../blueprints/fault.ts";
import { bundled } from "../catalog/catalogs.ts";
import type { NewerVersion as Newer } from "../catalog/documents.ts";
import { findEntries, newerOf } from "../catalog/lookup.ts";
import { catalogHome } from "./catalogs.ts";
import type { OwnerRules } from "./owner-rules.ts";
import { installRoot, type Paths } from "./paths.ts";
import type { InstalledApp } from "./registry.ts";

/** A newer version of an installed app, and what it means for what the app may reach. */
export interface NewerVersion {
  version: string;
  reach: "unchanged" | "wider" | "narrower" | "unknown";
}

/** By the app's name. */
export async function updatesOf(paths: Paths, installed: readonly InstalledApp[]): Promise<Map<string, NewerVersion>> {
  const apps = installed.filter(({ state }) => state !== "kept");
  const updates = new Map<string, NewerVersion>();
  for (const newer of await newerOf(catalogHome(paths), apps)) {
    const app = apps.find((one) => one.name === newer.app)!;
    updates.set(app.name, { version: newer.version, reach: await compared(paths, app, newer) });
  }
  return updates;
}

/** What is installed kept no reach when an earlier Freehold installed it. */
async function compared(paths: Paths, app: InstalledApp, newer: Newer): Promise<NewerVersion["reach"]> {
  if (!app.reach) return "unknown";
  const dir = await folderOf(paths, app, newer);
  const whole = dir && (await comparedWhole(app.reach, app.rules ?? {}, dir));
  if (whole) return whole;
  const [listed] = await findEntries(catalogHome(paths), app.blueprint, newer.catalog);
  const named = new Set(
    app.reach.flatMap(({ may, what }) => (may === "host" ? [what] : may === "public" || may === "secret" ? [may] : [])),
  );
  return listed?.entry.reach.some((word) => !named.has(word)) ? "wider" : "unknown";
}

/** Where the newer version is already: with Freehold, or fetched before. */
async function folderOf({ cache }: Paths, app: InstalledApp, newer: Newer): Promise<string | undefined> {
  if (newer.catalog === bundled.name) return join(installRoot(), "blueprints", app.blueprint);
  return (await import("../catalog/shelf.ts")).onShelf({ cache }, newer.digest);
}

/** Nothing where the folder cannot be read as a blueprint: then only its index speaks. */
async function comparedWhole(
  before: readonly Reach[],
  rules: OwnerRules,
  dir: string,
): Promise<NewerVersion["reach"] | undefined> {
  const [{ loadBlueprint }, { compareReach, reachOf, widerReach }, { ruled, rulesStillThere }] = await Promise.all([
    import("../blueprints/load.ts"),
    import("../blueprints/reach.ts"),
    import("./owner-rules.ts"),
  ]);
  try {
    const { manifest } = await loadBlueprint(dir);
    const after = reachOf(ruled(manifest, rulesStillThere(rules, manifest).kept));
    if (widerReach(before, after).length > 0) return "wider";
    return compareReach(before, after).removed.length > 0 ? "narrower" : "unchanged";
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
