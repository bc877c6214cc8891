/** `setup`: asks nothing yet that has no default but the region of an AWS cloud, which the worker misses by name. */
import { type Input, type Outcome, text } from "../command.ts";
import { start } from "./operation.ts";

export function run(input: Input): Promise<Outcome> {
  const target = text(input.flags, "target") as "local" | "aws" | undefined;
  const region = text(input.flags, "region");
  const cloud = text(input.flags, "name");
  return start(input, {
    operation: "setup",
    ...(target ? { target } : {}),
    ...(region ? { region } : {}),
    ...(cloud ? { cloud } : {}),
  });
}
