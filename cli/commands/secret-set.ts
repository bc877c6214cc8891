/**
 * `secret set`: the value comes from a hidden question or stdin, never from the command line. An app that is not installed
 * yet may have its secrets set: one that requires them does not come up without.
 */
import { suggest } from "../../blueprints/suggest.ts";
import { enterCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { installedBlueprint } from "../installed.ts";
import { type InstalledApp, readApp, readApps } from "../registry.ts";

export interface SecretDocument {
  app: string;
  /** Names of those that are set. */
  secrets: string[];
  /** The app is not there: its first `up` finds them. `near`: an installed app that was perhaps meant. */
  waiting?: { near?: string };
}

export async function run(input: Input): Promise<Outcome> {
  const config = await findCloud(input.paths, text(input.flags, "cloud"));
  const [app = "", name = ""] = input.args;
  const installed = readApp(input.paths, config.name, app);
  const { checkName, check } = await checksOf(input, config, installed);
  checkName(app, name);
  const piped = await input.readStdin();
  if (piped === undefined && !input.interactive) throw faults.answer(`The value of ${name}.`, `${input.typed} < FILE`);
  const value = piped?.replace(/\r?\n$/, "") ?? (await input.ask(`${name}: `, { hidden: true }));
  if (value === "") throw faults.answer(`The value of ${name}.`, `${input.typed} < FILE`);
  check(name, value);
  const cloud = await enterCloud(input.paths, config);
  const { putSecret, listSecrets } = await import("../../stacks/deploy.ts");
  await putSecret(cloud, app, name, value);
  const near = suggest(
    app,
    readApps(input.paths, config.name).map((one) => one.name),
  );
  const waiting = installed ? {} : { waiting: near ? { near } : {} };
  return { document: { app, secrets: await listSecrets(cloud, app), ...waiting } satisfies SecretDocument };
}

/** As the installed manifest has it; of what is not in it, or not here, only names are looked at. */
async function checksOf(input: Input, config: CloudConfig, installed: InstalledApp | undefined) {
  const [{ appNameProblem }, { typedValue }] = await Promise.all([
    import("../../blueprints/app-name.ts"),
    import("../operations/settings.ts"),
  ]);
  const blueprint = installed && (await installedBlueprint(input.paths, config.name, installed));
  const settings = blueprint?.manifest.settings ?? {};
  const definition = (name: string) => (Object.hasOwn(settings, name) ? settings[name] : undefined);
  return {
    checkName(app: string, name: string): void {
      if (appNameProblem(app)) throw faults.arguments("secret set", "APP is no app's name.");
      if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw faults.arguments("secret set", "NAME is no setting's name.");
      const type = definition(name)?.type ?? "secret";
      if (type !== "secret") throw faults.settingWrong(name, `is not secret: freehold settings ${app} ${name}=VALUE`);
    },
    check(name: string, value: string): void {
      const found = definition(name);
      if (found) typedValue(name, found, value);
    },
  };
}
