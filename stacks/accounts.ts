/**
 * The program of the stack `accounts`: member accounts that this cloud's account pays for, each as its list says. An account
 * is closed only where the list says so and the account is not protected any more; nothing else of it is ever taken away.
 */
import { Account } from "@pulumi/aws/organizations/account.js";
import type { Where } from "./components/context.ts";
import { awsProvider } from "./components/provider.ts";
import { accountsStack } from "./names.ts";

/** As AWS itself calls it where nobody says another name. */
export const usualRole = "OrganizationAccountAccessRole";

export interface Member {
  /** Of the account, and of the cloud in it. */
  name: string;
  email: string;
  /** The role in it that the management account may assume. */
  roleName: string;
}

export interface AccountsInput extends Where {
  members: readonly Member[];
  /** The one that is about to be closed. */
  closing?: string;
}

/** Says of an account, to whoever looks at it in AWS, whose it is. */
export const memberTags = (cloud: string, name: string): Record<string, string> => ({
  "freehold:cloud": cloud,
  "freehold:app": accountsStack,
  "freehold:account": name,
});

export async function accountsProgram(input: AccountsInput): Promise<void> {
  const provider = awsProvider(input);
  for (const { name, email, roleName } of input.members)
    new Account(
      name,
      {
        name,
        email,
        roleName,
        // Its owner needs this to give the account a means of payment of its own, and so to leave.
        iamUserAccessToBilling: "ALLOW",
        // Removed alone it would stay, and stay paid for, with nobody who knows of it.
        closeOnDeletion: true,
        tags: memberTags(input.cloud, name),
      },
      { provider, protect: name !== input.closing },
    );
}
