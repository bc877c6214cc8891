/**
 * A cloud's budget outside its program: what was asked for together with what the foundation's state says, what is there in
 * the account, and whether these credentials may have one at all. Changes nothing.
 */
import type { Cloud } from "../cloud.ts";
import { type AccountBudget, budgetKind, budgetNoun } from "../components/budget.ts";
import { nameLimits, physicalName } from "../names.ts";
import { budgets, guarded, type Reach } from "./clients.ts";
import { faults } from "./faults.ts";
import { sealedExport } from "./health.ts";
import { budgetRights } from "./needed-rights.ts";
import { foundationStack } from "./stack-state.ts";
import type { SaidBudget } from "./types.ts";

type Owned = Reach & Pick<Cloud, "name" | "accountId">;

const budgetName = (cloud: string): string => physicalName(cloud, foundationStack, budgetNoun, nameLimits.budget);

/** `fresh`: there is no state yet. An amount without an address keeps the one that is there; throws `budget-nobody`. */
export async function plannedBudget(
  cloud: Cloud,
  said: SaidBudget | undefined,
  fresh: boolean,
): Promise<AccountBudget | undefined> {
  if (said === "none") return undefined;
  if (said?.email !== undefined) return { perMonth: said.perMonth, email: said.email };
  const before = fresh ? undefined : await budgetInState(cloud);
  if (said === undefined) return before;
  if (!before) throw faults.budgetForNobody(cloud.name, said.perMonth);
  return { ...before, perMonth: said.perMonth };
}

interface Kept {
  type: string;
  inputs?: { limitAmount?: string; notifications?: { subscriberEmailAddresses?: string[] }[] };
}

/** The one that the foundation has; none where it has none, or is not there. */
export async function budgetInState(cloud: Cloud): Promise<AccountBudget | undefined> {
  const { deployment } = (await sealedExport(cloud, foundationStack)) as { deployment: { resources?: Kept[] } };
  const { inputs } = deployment.resources?.find(({ type }) => type === budgetKind) ?? {};
  const email = inputs?.notifications?.[0]?.subscriberEmailAddresses?.[0];
  return inputs?.limitAmount && email ? { perMonth: Number(inputs.limitAmount), email } : undefined;
}

/** The one that is there in the account by its name. */
export async function liveBudget(cloud: Cloud): Promise<AccountBudget | undefined> {
  if (cloud.target === "local") return undefined;
  return guarded(cloud, async () => {
    const { sdk, client } = await budgets(cloud);
    const of = { AccountId: cloud.accountId, BudgetName: budgetName(cloud.name) };
    try {
      const { Budget } = await client.send(new sdk.DescribeBudgetCommand(of));
      const { Notifications = [] } = await client.send(new sdk.DescribeNotificationsForBudgetCommand(of));
      const [Notification] = Notifications;
      if (!Budget || !Notification) return undefined;
      const asked = new sdk.DescribeSubscribersForNotificationCommand({ ...of, Notification });
      const email = (await client.send(asked)).Subscribers?.find(({ SubscriptionType: by }) => by === "EMAIL")?.Address;
      return email ? { perMonth: Number(Budget.BudgetLimit?.Amount), email } : undefined;
    } catch (error) {
      // Who was never given the rights has none; an AWS without budgets has none, either.
      if (/NotFound|AccessDenied|Unknown|NotImplemented|InternalFailure/.test((error as Error).name)) return undefined;
      throw error;
    } finally {
      client.destroy();
    }
  });
}

/** Throws `budget-denied` where AWS does not let these credentials see budgets, before anything is made. */
export async function refuseBudget(cloud: Owned, next: string): Promise<void> {
  await guarded(cloud, async () => {
    const { sdk, client } = await budgets(cloud);
    const of = { AccountId: cloud.accountId, BudgetName: budgetName(cloud.name) };
    try {
      await client.send(new sdk.DescribeBudgetCommand(of));
    } catch (error) {
      const { name, message } = error as Error;
      if (name === "NotFoundException") return;
      if (!/AccessDenied/.test(name)) throw error;
      const rights = budgetRights(cloud).flatMap(({ actions }) => actions);
      throw faults.budgetDenied(rights, message, next, error);
    } finally {
      client.destroy();
    }
  });
}
