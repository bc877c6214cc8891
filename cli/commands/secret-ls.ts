/** `secret ls`: names only. */

import type { Cloud } from "../../stacks/cloud.ts";
import { enterCloud } from "../access.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { findApp } from "./app.ts";
import type { SecretDocument } from "./secret-set.ts";

export async function run(input: Input): Promise<Outcome> {
  const { app, secrets } = await secretsOf(input);
  return { document: { app, secrets } satisfies SecretDocument };
}

/** Of an app that is not installed, too, when some are set. Throws what findApp throws. */
export async function secretsOf(input: Input): Promise<{ cloud: Cloud; app: string; secrets: string[] }> {
  const cloud = await enterCloud(input.paths, await findCloud(input.paths, text(input.flags, "cloud")));
  const { listSecrets } = await import("../../stacks/deploy.ts");
  const app = input.args[0]!;
  const secrets = /^[a-z][a-z0-9-]*$/.test(app) ? await listSecrets(cloud, app) : [];
  if (secrets.length === 0) await findApp(input);
  return { cloud, app, secrets };
}
