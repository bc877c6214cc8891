/** What can go wrong with accounts that are made for others, and whose move it is. */
import { exitCodes, Fault } from "../../blueprints/fault.ts";

const { usage, notFound, answerNeeded, credentials } = exitCodes;

export const accountFaults = {
  noOrganization: (accountId: string, next: string) =>
    new Fault({
      code: "organization-needed",
      summary: "This account has no organization yet",
      detail: `Accounts for others are members of an organization, which account ${accountId} would manage and pay for. To make one is free, and changes nothing of what runs in the account; an account that is in one cannot be on AWS's free plan.`,
      next,
      exitCode: answerNeeded,
    }),
  notManaging: (accountId: string, managedBy: string) =>
    new Fault({
      code: "organization-managed-elsewhere",
      summary: "Another account manages this organization",
      detail: `Account ${accountId} is a member; only ${managedBy} can make accounts, and pays for them. A cloud in that account can do this.`,
      next: "freehold setup --target aws --name NAME --profile PROFILE",
      exitCode: credentials,
    }),
  billingOnly: () =>
    new Fault({
      code: "organization-billing-only",
      summary: "The organization shares its bill and nothing else",
      detail:
        "Accounts can be looked after only in an organization with all features. Each member is asked by AWS first.",
      next: "aws organizations enable-all-features",
      exitCode: usage,
    }),
  unknownToUs: (why: string) =>
    new Fault({
      code: "organization-unknown",
      summary: "The organization could not be looked at",
      detail: `${why}. docs/using/accounts.md has a policy with the rights that this needs. Nothing was changed.`,
      next: "aws organizations describe-organization",
      exitCode: credentials,
    }),
  emailUsed: (email: string, by: string) =>
    new Fault({
      code: "account-email-used",
      summary: "Another account of the organization has this e-mail address",
      detail: `${email} is of ${by}. AWS wants one of its own for each account; many mail services take NAME+WORD@.`,
      exitCode: usage,
    }),
  emailDiffers: (name: string, email: string) =>
    new Fault({
      code: "account-differs-here",
      summary: "There is an account of this name with another address",
      detail: `${name} was made, or begun, with ${email}. Nothing was changed.`,
      next: `freehold accounts new ${name} --email ${email}`,
      exitCode: usage,
    }),
  full: (has: number, most: number) =>
    new Fault({
      code: "accounts-full",
      summary: "The organization may have no more accounts",
      detail: `It has ${has}, closed ones among them, of ${most}. AWS gives more for the asking, in a day or two.`,
      next: "aws service-quotas request-service-quota-increase --region us-east-1 --service-code organizations --quota-code L-E619E033 --desired-value NUMBER",
      exitCode: usage,
    }),
  regionNotThere: (region: string, status: string) =>
    new Fault({
      code: "region-off",
      summary: "A new account does not have this region",
      detail: `${region} has to be switched on in each account (here it is ${status}); a new one begins without. Nothing was changed.`,
      next: "freehold accounts new NAME --email E --region eu-central-1",
      exitCode: usage,
    }),
  roleRefused: (role: string, waitedSeconds: number, why: string, cause: unknown) =>
    new Fault({
      code: "account-role-refused",
      summary: "The new account does not let us in",
      detail: `AWS made the account, but for ${waitedSeconds} s it did not let its role ${role} be assumed: ${why} The same command goes on.`,
      exitCode: credentials,
      cause,
    }),
  notReady: (accountId: string, waitedSeconds: number, why: string) =>
    new Fault({
      code: "account-not-ready",
      summary: "AWS is still getting the new account ready",
      detail: `Account ${accountId} is there, but for ${waitedSeconds} s not all of its services answered: ${why} AWS can take hours, rarely a day. The same command goes on.`,
    }),
  unknown: (name: string, near: string | undefined) =>
    new Fault({
      code: "account-unknown",
      summary: "No account of this name was made here",
      detail: `This cloud made no account ${name}.${near ? ` Did you mean ${near}?` : ""} Accounts that came about otherwise are AWS's to close.`,
      next: "freehold accounts ls",
      exitCode: notFound,
    }),
  remain: (cloud: string, names: readonly string[]) =>
    new Fault({
      code: "accounts-remain",
      summary: "This cloud pays for accounts",
      detail: `${cloud} pays for ${names.join(", ")}, and is where that is recorded. They are closed first, or leave. Nothing was removed.`,
      next: `freehold accounts close ${names[0]} --cloud ${cloud}`,
      exitCode: usage,
    }),
  notOpen: (name: string, state: string) =>
    new Fault({
      code: "account-closed",
      summary: "This account is not open",
      detail: `AWS says that the account ${name} is ${state}. Its name and address are not free before AWS has removed it, 90 days after it was closed.`,
      next: "freehold accounts ls",
      exitCode: usage,
    }),
};
