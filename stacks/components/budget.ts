/**
 * The budget of a cloud: what its account may cost a month before AWS mails somebody. It stops nothing. It counts the whole
 * account: AWS counts by tags only once somebody has switched that on in the payer's billing console, and nothing until then.
 */
import { Budget } from "@pulumi/aws/budgets/budget.js";
import { type Context, nameOf, tagsOf } from "./context.ts";

export const budgetKind = "aws:budgets/budget:Budget";

/** As the foundation's program calls it. */
export const budgetNoun = "budget";

export interface AccountBudget {
  /** US dollars, for all that the account is charged in a calendar month. */
  perMonth: number;
  /** Whom AWS mails. */
  email: string;
}

/** Per cent of the budget, of what was spent; and of what AWS expects by the end of the month. */
export const alertsAt = { actual: [50, 80, 100], forecast: [100] } as const;

export function accountBudget(context: Context, { perMonth, email }: AccountBudget): void {
  const tells = (notificationType: string) => (threshold: number) => ({
    comparisonOperator: "GREATER_THAN",
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    subscriberEmailAddresses: [email],
  });
  new Budget(
    budgetNoun,
    {
      name: nameOf(context, budgetNoun, "budget"),
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(perMonth),
      limitUnit: "USD",
      // Credits and refunds would hide what is used up until they are gone.
      costTypes: { includeCredit: false, includeRefund: false },
      notifications: [...alertsAt.actual.map(tells("ACTUAL")), ...alertsAt.forecast.map(tells("FORECASTED"))],
      tags: tagsOf(context, { budget: 1 }),
    },
    { provider: context.provider },
  );
}
