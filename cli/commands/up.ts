/** `up`: everything is decided in the worker. */
import type { Input, Outcome } from "../command.ts";
import { faults } from "../errors.ts";
import { digests, named, refreshed, start } from "./operation.ts";

export function run(input: Input): Promise<Outcome> {
  const [ref] = input.args;
  const as = named(input, "up");
  if (as.as !== undefined && ref === undefined)
    throw faults.arguments("up", "--as names a copy of REF, and there is no REF.");
  const unsandboxed = input.flags["unsandboxed"] === true;
  const noHome = input.flags["no-home"] === true;
  return start(input, {
    operation: "up",
    ...(ref ? { ref } : {}),
    ...as,
    ...digests(input, "up"),
    ...(unsandboxed ? { unsandboxed } : {}),
    ...(noHome ? { noHome } : {}),
    ...refreshed(input),
  });
}
