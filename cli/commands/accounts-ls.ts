/** `accounts ls`: the accounts of the organization that the cloud's account pays for, and which of them were made here. */
import type { ListedAccount } from "../../stacks/deploy.ts";
import { enterCloud } from "../access.ts";
import { readClouds } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { payerOf } from "../operations/accounts.ts";

export interface AccountsDocument {
  /** The cloud whose account pays. */
  payer: string;
  /** Its id; null where there is none. */
  organization: string | null;
  accounts: (ListedAccount & {
    /** The cloud in it, where this computer knows one. */
    cloud: string | null;
  })[];
}

export async function run({ paths, flags }: Input): Promise<Outcome> {
  const payer = await payerOf(paths, text(flags, "cloud"));
  const cloud = await enterCloud(paths, payer);
  const accounts = await (await import("../../stacks/deploy.ts")).accounts();
  const organization = (await accounts.managedOrganization(cloud)) ?? null;
  const { clouds } = await readClouds(paths);
  const cloudIn = (id: string): string | null => clouds.find(({ accountId }) => accountId === id)?.name ?? null;
  const listed = organization === null ? [] : await accounts.listAccounts(cloud);
  const document: AccountsDocument = {
    payer: payer.name,
    organization,
    accounts: listed.map((one) => ({ ...one, cloud: cloudIn(one.accountId) })),
  };
  return { document };
}
