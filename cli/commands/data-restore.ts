/** `data restore`: asks a worker, which checks the backup before it writes. */
import { appNameProblem } from "../../blueprints/app-name.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { start } from "./operation.ts";

const command = "data restore";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags } = input;
  const [what = "", ...key] = args;
  const [merge, replace] = [flags["merge"] === true, flags["replace"] === true];
  if (merge && replace) throw faults.arguments(command, "Give --merge or --replace, not both.");
  if (key.length > 0 && !what.includes("/"))
    throw faults.arguments(command, "A key is of a table or bucket: APP/STORE KEY.");
  const mode = merge ? "merge" : replace ? "replace" : undefined;
  const [from, into] = [text(flags, "from"), copyIn(text(flags, "as"))];
  const moment = momentOf(text(flags, "at"));
  if (from !== undefined && moment !== undefined) throw faults.arguments(command, "Give --from or --at, not both.");
  return start(input, {
    operation: "restore",
    ref: what,
    ...(key.length > 0 ? { key } : {}),
    ...(from === undefined ? {} : { from }),
    ...(into === undefined ? {} : { into }),
    ...(moment === undefined ? {} : { moment }),
    ...(mode ? { mode } : {}),
    ...(flags["dry-run"] === true ? { dryRun: true } : {}),
  });
}

function copyIn(as: string | undefined): string | undefined {
  const problem = as === undefined ? undefined : appNameProblem(as);
  if (problem !== undefined) throw faults.badFlag(command, "--as", `cannot be this: ${problem}`);
  return as;
}

/** To the second, as AWS takes it. */
function momentOf(said: string | undefined): string | undefined {
  if (said === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\d/.test(said) ? Date.parse(said) : Number.NaN;
  if (Number.isNaN(ms)) throw faults.badFlag(command, "--at", "is a time, as 2026-11-27T14:00:00Z");
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}
