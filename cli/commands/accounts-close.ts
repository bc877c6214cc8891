/** `accounts close`: the name has to be typed, or given by --confirm; a yes to everything is none to this. */

import { enterCloud } from "../access.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { payerOf } from "../operations/accounts.ts";
import { start } from "./operation.ts";

const meaning =
  "Its data is exported first. AWS suspends it for 90 days and then deletes it; of an organization's accounts it closes a tenth, at least 10, in 30 days.";

export async function run(input: Input): Promise<Outcome> {
  const { args, flags, typed, paths } = input;
  const name = args[0]!;
  const payer = await payerOf(paths, text(flags, "cloud"));
  const cloud = await enterCloud(paths, payer);
  const accounts = await (await import("../../stacks/deploy.ts")).accounts();
  const { accountId } = await accounts.madeAccount(cloud, name);
  const said = text(flags, "confirm") ?? (await typedName(input, `Close the AWS account ${name} (${accountId})?`));
  if (said !== name) throw faults.badFlag("accounts close", "--confirm", `is the account's name, ${name}`);
  const to = text(flags, "to");
  const account = { name, email: "", roleName: "" };
  return start(input, { operation: "close", cloud: payer.name, account, ...(to === undefined ? {} : { to }) });

  async function typedName({ interactive, ask }: Input, question: string): Promise<string> {
    if (!interactive) throw faults.answer(`${question} ${meaning}`, `${typed} --confirm ${name}`);
    return (await ask(`${question} ${meaning}\nType its name to close it: `)).trim();
  }
}
