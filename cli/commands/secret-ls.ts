/** `secret ls`: names only. */
import { enterCloud } from "../access.ts";
import type { Input, Outcome } from "../command.ts";
import { findApp } from "./app.ts";
import type { SecretDocument } from "./secret-set.ts";

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const cloud = await enterCloud(input.paths, config);
  const { listSecrets } = await import("../../stacks/deploy.ts");
  return { document: { app: app.name, secrets: await listSecrets(cloud, app.name) } satisfies SecretDocument };
}
