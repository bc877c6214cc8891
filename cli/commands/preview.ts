/** `preview`: up that changes nothing. */
import { type Input, type Outcome, text } from "../command.ts";
import { digests, start } from "./operation.ts";

export function run(input: Input): Promise<Outcome> {
  const as = text(input.flags, "as");
  return start(input, {
    operation: "preview",
    ref: input.args[0]!,
    ...digests(input, "preview"),
    ...(as ? { as } : {}),
  });
}
