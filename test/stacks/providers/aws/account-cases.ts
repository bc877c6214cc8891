/** Lives of what an organization's owner has: accounts of others. */
import { type Case, fresh, type Life, tags } from "./cases.ts";

export const accountCases: { [title: string]: Case } = {
  budget: async (): Promise<Life> => {
    const base = { budgetType: "COST", timeUnit: "MONTHLY", limitAmount: "5", limitUnit: "USD", tags };
    const alert = {
      ...{ comparisonOperator: "GREATER_THAN", notificationType: "ACTUAL", thresholdType: "PERCENTAGE" },
      ...{ threshold: 80, subscriberEmailAddresses: ["me@family.example"] },
    };
    const forecast = { ...alert, notificationType: "FORECASTED", threshold: 100 };
    return {
      type: "aws:budgets/budget:Budget",
      create: { ...base, notifications: [alert] },
      outputs: { arn: /^arn:aws:budgets::\d{12}:budget\/life-\w{7}$/, accountId: /^\d{12}$/ },
      steps: [
        { change: "limit", inputs: { ...base, limitAmount: "7.5", notifications: [alert] } },
        { change: "alerts", inputs: { ...base, limitAmount: "7.5", notifications: [forecast, alert] } },
        {
          change: "whom it tells",
          inputs: { ...base, notifications: [{ ...alert, subscriberEmailAddresses: ["you@family.example"] }] },
        },
        { change: "what it counts", inputs: { ...base, costTypes: { includeCredit: false } } },
        { change: "tags", inputs: { ...base, tags: { ...tags, more: "yes" } } },
        { change: "name", inputs: { ...base, name: "other" }, replaces: ["name"] },
      ],
    };
  },
  account: async (): Promise<Life> => {
    const base = { name: fresh("life"), email: `${fresh("life")}@family.example` };
    return {
      type: "aws:organizations/account:Account",
      create: { ...base, tags },
      outputs: { arn: /^arn:aws:organizations::\d{12}:account\//, status: "ACTIVE", joinedMethod: "CREATED" },
      steps: [
        { change: "tags", inputs: { ...base, tags: { ...tags, more: "yes" } } },
        { change: "what becomes of it, and no tags", inputs: { ...base, closeOnDeletion: true } },
        { change: "address", inputs: { ...base, email: "other@family.example" }, replaces: ["email"] },
      ],
    };
  },
};
