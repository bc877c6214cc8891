/** `up`: everything is decided in the worker. */
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { digests, start } from "./operation.ts";

export function run(input: Input): Promise<Outcome> {
  const [ref] = input.args;
  const as = text(input.flags, "as");
  if (as !== undefined && ref === undefined)
    throw faults.arguments("up", "--as names a copy of REF, and there is no REF.");
  const unsandboxed = input.flags["unsandboxed"] === true;
  const noHome = input.flags["no-home"] === true;
  return start(input, {
    operation: "up",
    ...(ref ? { ref } : {}),
    ...(as ? { as } : {}),
    ...digests(input, "up"),
    ...(unsandboxed ? { unsandboxed } : {}),
    ...(noHome ? { noHome } : {}),
  });
}
