/**
 * `accounts new`: looks first whether it can be, asks, and starts the operation. What is there already is only gone on with,
 * so nobody is asked about it again.
 */
import { enterCloud } from "../access.ts";
import { checkCloudName } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { faults } from "../errors.ts";
import { payerOf, refuseOther } from "../operations/accounts.ts";
import type { AccountRequest } from "../operations/request.ts";
import { confirm, start } from "./operation.ts";

export async function run(input: Input): Promise<Outcome> {
  const wanted = wantedBy(input);
  const payer = await payerOf(input.paths, text(input.flags, "cloud"));
  const cloud = await enterCloud(input.paths, payer);
  const accounts = await (await import("../../stacks/deploy.ts")).accounts();
  const region = wanted.region ?? cloud.region;
  const organization = await accounts.managedOrganization(cloud);
  if (organization === undefined && !wanted.createOrganization) {
    const missing = accounts.accountFaults.noOrganization(cloud.accountId, `${input.typed} --create-organization`);
    if (!input.interactive) throw missing;
    input.note?.(`${missing.summary}. ${missing.detail}`);
    const answer = await input.ask(`Make an organization that account ${cloud.accountId} pays for? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw faults.declined();
    wanted.createOrganization = true;
  }
  const there = organization === undefined ? undefined : await accounts.checkNew(cloud, { ...wanted, region });
  await refuseOther(input.paths, wanted, there?.accountId);
  if (!there) {
    const question = `Make an AWS account ${wanted.name} with the address ${wanted.email}, paid for by account ${cloud.accountId}, and a cloud in it, in ${region}? An account cannot be taken back, only closed.`;
    await confirm(input, question, "--yes");
  }
  return start(input, { operation: "vend", cloud: payer.name, account: wanted });
}

/** Throws `cloud-name-invalid`, `flag-invalid`, `answer-needed`. */
function wantedBy({ args, flags, typed }: Input): AccountRequest {
  const name = checkCloudName(args[0]!);
  const [email, region] = [text(flags, "email"), text(flags, "region")];
  const roleName = text(flags, "role") ?? "OrganizationAccountAccessRole";
  if (email === undefined)
    throw faults.answer(
      "The e-mail address that the account is to have, one that no AWS account has.",
      `${typed} --email E`,
    );
  if (!/^[^\s@]{1,62}@[^\s@.]+(\.[^\s@.]+)+$/.test(email) || email.length < 6 || email.length > 64)
    throw faults.badFlag("accounts new", "--email", "is an e-mail address of at most 64 characters");
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region))
    throw faults.badFlag("accounts new", "--region", "is a region of AWS, as eu-central-1");
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw faults.badFlag("accounts new", "--role", "is a name that IAM takes for a role");
  const createOrganization = flags["create-organization"] === true;
  return {
    name,
    email,
    roleName,
    ...(region ? { region } : {}),
    ...(createOrganization ? { createOrganization } : {}),
  };
}
