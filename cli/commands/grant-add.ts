/** `grant add`: an app may do again what it asks for beyond its own things; asked about, since it reaches further then. */
import { grantsAsked } from "../../blueprints/reach.ts";
import { accessFaults } from "../access-errors.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { installedBlueprint } from "../installed.ts";
import { findApp } from "./app.ts";
import { digests, start } from "./operation.ts";

export const run = (input: Input): Promise<Outcome> => changeGrant(input, "yes");

/** Throws `grant-unknown`, `app-not-running`, what finding an app throws. */
export async function changeGrant(input: Input, answer: "yes" | "no"): Promise<Outcome> {
  const { config, app } = await findApp(input);
  if (app.state === "kept") throw faults.notConnected(app.name);
  const what = input.args[1]!;
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  if (!blueprint) throw accessFaults.noFiles(app.name);
  const asked = grantsAsked(blueprint.manifest);
  if (!asked.includes(what)) throw accessFaults.noGrant(app.name, what, asked);
  const request = { operation: "settings", ref: app.name, cloud: config.name, ...digests(input, "grant add") } as const;
  return start(input, request, { [`grants.${what}`]: answer });
}
