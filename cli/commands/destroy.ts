/** `destroy`: asks first; data goes only where `--data delete` says so. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { confirm, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const all = flags["all"] === true;
  if (all === args.length > 0) throw faults.arguments("destroy", "Name the apps, or give --all.");
  const data = (text(flags, "data") ?? "keep") as "keep" | "delete";
  const what = all ? "all apps and the foundation" : args.join(", ");
  const fate = data === "delete" ? "Data is deleted for ever." : "Data is kept.";
  await confirm(input, `Remove ${what}? ${fate}`, "--yes");
  return start(input, { operation: "destroy", apps: args, all, data });
}
