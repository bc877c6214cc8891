/** The blueprint an installed app is of, as it was installed: for queries. Nothing is fetched. */
import { existsSync } from "node:fs";
import { Fault } from "../blueprints/fault.ts";
import type { Blueprint } from "../blueprints/load.ts";
import { copyDir } from "./copies.ts";
import type { Paths } from "./paths.ts";
import type { InstalledApp } from "./registry.ts";

/** The copy that is kept, or else the owner's folder as it is now. Nothing when neither is there, or can be read. */
export async function installedBlueprint(
  paths: Paths,
  cloud: string,
  app: Pick<InstalledApp, "digest" | "source" | "ref">,
): Promise<Blueprint | undefined> {
  const copy = copyDir(paths, cloud, app.digest);
  const dir = existsSync(copy) ? copy : app.source === "folder" ? app.ref : undefined;
  if (dir === undefined) return undefined;
  const { loadBlueprint } = await import("../blueprints/load.ts");
  try {
    return await loadBlueprint(dir);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
