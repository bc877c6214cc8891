/** `grant ls`: what each app asks to do beyond its own things, and whether it may. */
import { grantMeans } from "../../blueprints/cloud-grant.ts";
import { grantsAsked } from "../../blueprints/reach.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { installedBlueprint } from "../installed.ts";
import { holdsGrant } from "../owner-rules.ts";
import { readApps } from "../registry.ts";
import { findApp } from "./app.ts";

export interface GrantListDocument {
  cloud: string;
  grants: { app: string; what: string; means: string; held: boolean }[];
}

export async function run(input: Input): Promise<Outcome> {
  const named = input.args.length > 0 ? await findApp(input) : undefined;
  const { name: cloud } = named?.config ?? (await findCloud(input.paths, text(input.flags, "cloud")));
  const apps = named ? [named.app] : readApps(input.paths, cloud);
  const grants: GrantListDocument["grants"] = [];
  for (const app of apps.filter(({ state }) => state !== "kept")) {
    const blueprint = await installedBlueprint(input.paths, cloud, app);
    for (const what of blueprint ? grantsAsked(blueprint.manifest) : []) {
      const held = holdsGrant(app.rules ?? {}, what);
      grants.push({ app: app.name, what, means: `reads ${grantMeans[what]}`, held });
    }
  }
  return { document: { cloud, grants } satisfies GrantListDocument };
}
