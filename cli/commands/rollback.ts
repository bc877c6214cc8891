/** `rollback`: the version before, from the copy that is kept; with `--data` its data, too. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
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
      ...dataIn(input),
    },
    {},
  );
}

/** `--data`, and the yes to what would be lost by it. Throws `flag-invalid`. */
function dataIn({ flags }: Input): { withData?: true; lose?: string } {
  const lose = text(flags, "lose");
  if (lose !== undefined && !/^sha256:[0-9a-f]{64}$/.test(lose))
    throw faults.badFlag("rollback", "--lose", "is a digest, sha256: and 64 hex digits");
  if (lose !== undefined && flags["data"] !== true) throw faults.arguments("rollback", "--lose is of --data.");
  return { ...(flags["data"] === true ? { withData: true } : {}), ...(lose === undefined ? {} : { lose }) };
}
