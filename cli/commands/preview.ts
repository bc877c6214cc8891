/** `preview`: up that changes nothing. */
import type { Input, Outcome } from "../command.ts";
import { digests, named, refreshed, start } from "./operation.ts";

export function run(input: Input): Promise<Outcome> {
  return start(input, {
    operation: "preview",
    ref: input.args[0]!,
    ...named(input, "preview"),
    ...refreshed(input),
    ...digests(input, "preview"),
  });
}
