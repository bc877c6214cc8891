/** `secret rm`: the value is gone; functions go without it from their next call. */
import { suggest } from "../../blueprints/suggest.ts";
import { enterCloud } from "../access.ts";
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { findApp } from "./app.ts";
import type { SecretDocument } from "./secret-set.ts";

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const name = input.args[1]!;
  const cloud = await enterCloud(input.paths, config);
  const { listSecrets, putSecret } = await import("../../stacks/deploy.ts");
  const known = await listSecrets(cloud, app.name);
  if (!known.includes(name)) throw faults.unknownSecret(app.name, name, suggest(name, known));
  await putSecret(cloud, app.name, name, null);
  return { document: { app: app.name, secrets: known.filter((one) => one !== name) } satisfies SecretDocument };
}
