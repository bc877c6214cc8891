/** `rollback`: the version before, from the copy that is kept. */
import { type Input, type Outcome, text } from "../command.ts";
import { findApp } from "./app.ts";
import { digests, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { config, app } = await findApp(input);
  const to = text(input.flags, "to");
  return start(
    input,
    {
      operation: "rollback",
      ref: app.name,
      cloud: config.name,
      ...digests(input, "rollback"),
      ...(to ? { to } : {}),
    },
    {},
  );
}
