/** `settings`: without values what is set; with values an `up` that has them. Secret ones are named, never shown. */
import type { Input, Outcome } from "../command.ts";
import { installedBlueprint } from "../installed.ts";
import { fieldsOf, type SettingField } from "../setting-fields.ts";
import { findApp } from "./app.ts";
import { pairs, start } from "./operation.ts";

export interface SettingsDocument {
  app: string;
  settings: Record<string, string | number | boolean>;
  /** Everything that can be set, in the order of a form. */
  fields: SettingField[];
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const given = input.args.slice(1);
  if (given.length > 0) return start(input, { operation: "up", ref: app.name, cloud: config.name }, pairs(given));
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  const fields = blueprint ? fieldsOf(blueprint.manifest, app) : [];
  return { document: { app: app.name, settings: app.settings, fields } satisfies SettingsDocument };
}
