/** `destroy`: asks first; data goes only where `--data delete` says so. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";
import { measuredWords } from "../ui/data.ts";
import { findApp } from "./app.ts";
import { confirm, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const all = flags["all"] === true;
  if (all === args.length > 0) throw faults.arguments("destroy", "Name the apps, or give --all.");
  const data = (text(flags, "data") ?? "keep") as "keep" | "delete";
  const what = all ? "all apps and the foundation" : args.join(", ");
  const fate = data === "delete" ? "Data is deleted for ever." : "Data is kept.";
  const counted = data === "delete" && input.interactive ? await dataOf(input) : "";
  await confirm(input, `Remove ${what}? ${fate}${counted}`, "--yes");
  return start(input, { operation: "destroy", apps: args, all, data });
}

/** What would be deleted, and how much of it, a line each. */
async function dataOf(input: Input): Promise<string> {
  const { measure } = await import("./show.ts");
  const lines: string[] = [];
  for (const name of input.args) {
    const { config, app } = await findApp({ ...input, args: [name] });
    for (const one of await measure(input, config, app)) lines.push(`\n  ${app.name}: ${safeText(measuredWords(one))}`);
  }
  return lines.length > 0 ? `${lines.join("")}\n` : "";
}
