/** `undo`: says which change it takes back, and asks. */
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { undoTarget } from "../versions.ts";
import { findApp } from "./app.ts";
import { changedKeys } from "./history.ts";
import { confirm, digests, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const target = undoTarget(app);
  if (!target) throw faults.nothingToUndo(app.name);
  const what = [
    ...(target.digest === app.digest ? [] : [`version ${app.version} goes back to ${target.version}`]),
    ...changedKeys(target, app).map((key) => `${key} goes back`),
  ];
  await confirm(input, `${app.name} as it was at ${target.at}: ${what.join(", ")}. Data stays. Do it?`, "--yes");
  return start(input, { operation: "undo", ref: app.name, cloud: config.name, ...digests(input, "undo") }, {});
}
