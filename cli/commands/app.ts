/** The app a command names: installed in the cloud it names. */
import { suggest } from "../../blueprints/suggest.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, text } from "../command.ts";
import { faults } from "../errors.ts";
import { type InstalledApp, readApp, readApps } from "../registry.ts";

/** Throws `cloud-missing`, `cloud-unknown`, `app-unknown` (exit code 4). */
export async function findApp({ paths, flags, args }: Input): Promise<{ config: CloudConfig; app: InstalledApp }> {
  const config = await findCloud(paths, text(flags, "cloud"));
  const name = args[0]!;
  const app = readApp(paths, config.name, name);
  if (app) return { config, app };
  const known = readApps(paths, config.name).map((one) => one.name);
  throw faults.unknownApp(name, suggest(name, known));
}
