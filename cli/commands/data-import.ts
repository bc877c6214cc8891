/** `data import`: asks a worker, which checks everything before it writes. */
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const [from, into] = args as [string, string?];
  const [merge, replace] = [flags["merge"] === true, flags["replace"] === true];
  if (merge && replace) throw faults.arguments("data import", "Give --merge or --replace, not both.");
  const mode = merge ? "merge" : replace ? "replace" : undefined;
  return start(input, {
    operation: "import",
    from,
    ...(into === undefined ? {} : { into }),
    ...(mode ? { mode } : {}),
    ...(flags["dry-run"] === true ? { dryRun: true } : {}),
  });
}
