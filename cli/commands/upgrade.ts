/** `upgrade`: which version is newer, and what that changes, is found in the worker. */
import { type Input, type Outcome, text } from "../command.ts";
import { findApp } from "./app.ts";
import { digests, refreshed, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const to = text(input.flags, "to");
  return start(input, {
    operation: "upgrade",
    ref: app.name,
    cloud: config.name,
    ...digests(input, "upgrade"),
    ...(to ? { to } : {}),
    ...refreshed(input),
  });
}
