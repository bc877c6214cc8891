/** `settings`: without values the form; with values, or `--reset`, the change, in place. Secrets are named, never shown. */
import type { Blueprint } from "../../blueprints/load.ts";
import { enterCloud } from "../access.ts";
import type { CloudConfig } from "../clouds.ts";
import { type Input, list, type Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { installedBlueprint } from "../installed.ts";
import type { InstalledApp } from "../registry.ts";
import { fieldsOf, type SettingField } from "../setting-fields.ts";
import { findApp } from "./app.ts";
import { digests, pairs, start } from "./operation.ts";

export interface SettingsDocument {
  app: string;
  settings: Record<string, string | number | boolean>;
  functions: InstalledApp["functions"];
  /** Everything that can be set, in the order of a form. */
  fields: SettingField[];
}

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const given = pairs(input.args.slice(1));
  const reset = list(input.flags, "reset");
  const blueprint = await installedBlueprint(input.paths, config.name, app);
  if (Object.keys(given).length === 0 && reset.length === 0)
    return { document: { ...(await documentOf(input, config, app, blueprint)) } };
  for (const name of Object.keys(given)) if (isSecret(blueprint, name)) throw faults.secretTyped(app.name, name);
  return start(
    input,
    { operation: "settings", ref: app.name, cloud: config.name, reset, ...digests(input, "settings") },
    given,
  );
}

const isSecret = (blueprint: Blueprint | undefined, name: string): boolean =>
  blueprint !== undefined &&
  Object.hasOwn(blueprint.manifest.settings, name) &&
  blueprint.manifest.settings[name]!.type === "secret";

async function documentOf(
  { paths }: Input,
  config: CloudConfig,
  app: InstalledApp,
  blueprint: Blueprint | undefined,
): Promise<SettingsDocument> {
  const { name, settings, functions } = app;
  if (!blueprint) return { app: name, settings, functions, fields: [] };
  const hasSecrets = Object.values(blueprint.manifest.settings).some(({ type }) => type === "secret");
  const secrets = hasSecrets
    ? await (await import("../../stacks/deploy.ts")).listSecrets(await enterCloud(paths, config), name)
    : [];
  return {
    app: name,
    settings,
    functions,
    fields: fieldsOf(blueprint.manifest, app, { region: config.region, secrets }),
  };
}
