/** `cloud env`: the one place where keys are shown. Starts the local cloud: what follows is going to use it. */
import { localEnvironment } from "../access.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { ensureRunning } from "../local-process.ts";

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.target !== "local") throw faults.notLocal(config.name);
  await ensureRunning(paths, config);
  const variables = localEnvironment(paths, config);
  // boto3 and version 1 of the aws CLI read only the older name.
  return { document: { ...variables, AWS_DEFAULT_REGION: config.region } };
}
