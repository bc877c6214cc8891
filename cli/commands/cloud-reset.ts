/** `cloud reset`: empties a local cloud. Its name, port and account stay; apps, data, keys and state go. */

import { rmSync } from "node:fs";
import { foundationStack } from "../../stacks/cloud.ts";
import { findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { ensureRunning, stopProcess } from "../local-process.ts";
import { holderOf, lockName } from "../lock.ts";
import { cloudDir } from "../paths.ts";
import { readApps } from "../registry.ts";
import { statusOf } from "./cloud-status.ts";
import { confirm } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { paths, flags, typed } = input;
  const config = await findCloud(paths, text(flags, "cloud"));
  if (config.target !== "local") throw faults.notLocal(config.name);
  const question = `Delete every app of ${config.name} and all their data, for ever?`;
  // `--yes` alone never means that data may go.
  if (text(flags, "data") !== "delete" && (flags["yes"] === true || !input.interactive))
    throw faults.answer(question, `${typed} --data delete${flags["yes"] === true ? "" : " --yes"}`);
  await confirm(input, question, "--yes");
  for (const name of [foundationStack, ...readApps(paths, config.name).map((app) => app.name)]) {
    const holder = holderOf(paths.state, lockName(config.name, name));
    if (holder) throw faults.held(`${config.name}: ${name}`, holder);
  }
  await stopProcess(config);
  rmSync(cloudDir(paths, config.name), { recursive: true, force: true });
  const { health } = await ensureRunning(paths, config);
  return { document: await statusOf(paths, config, health) };
}
