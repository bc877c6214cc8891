/** `data backup`: asks a worker; a rule that cannot be read is refused before anything is done. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const all = flags["all"] === true;
  if (all === args.length > 0) throw faults.arguments("data backup", "Name the apps, or give --all.");
  const keep = text(flags, "keep");
  if (keep !== undefined) {
    const { readRule } = await (await import("../../stacks/deploy.ts")).backups();
    if (!readRule(keep)) throw faults.badFlag("data backup", "--keep", "is a count, as 10, or days, as 30d");
  }
  return start(input, { operation: "backup", apps: args, all, ...(keep === undefined ? {} : { keep }) });
}
