/**
 * `accounts keys`: an hour's keys of a role in a member account, by way of the payer's sign-in, as AWS's own tools take them
 * from a program (`credential_process`). Engines start it by themselves; where one has hidden this process's own variables,
 * it has handed over those that the payer signs in with.
 */
import { askForCode, knownCloud, payerVariable } from "../access.ts";
import { roleArn } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { payerOf } from "../operations/accounts.ts";

export async function run({ args, flags, paths, env }: Input): Promise<Outcome> {
  const arn = args[0]!;
  if (!roleArn.test(arn))
    throw faults.arguments("accounts keys", "The role is named by its ARN, arn:aws:iam::ACCOUNT:role/NAME.");
  const payer = await payerOf(paths, text(flags, "cloud"));
  if (payer.role) throw faults.arguments("accounts keys", `The cloud ${payer.name} is itself signed in to by a role.`);
  const handed = env[payerVariable];
  if (!handed) await askForCode(paths, payer);
  const known = knownCloud(paths, payer);
  const by = handed ? { ...known, environment: JSON.parse(handed) as Record<string, string> } : known;
  const accounts = await (await import("../../stacks/deploy.ts")).accounts();
  const keys = await accounts.assumeRole(by, arn);
  return {
    document: {
      Version: 1,
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: keys.expires,
    },
  };
}
