/** `data export`: asks a worker; where to is decided there. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const all = flags["all"] === true;
  if (all === args.length > 0) throw faults.arguments("data export", "Name the apps, or give --all.");
  const to = text(flags, "to");
  return start(input, { operation: "export", apps: args, all, ...(to === undefined ? {} : { to }) });
}
