/** Budgets, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  BudgetsClient,
  DescribeBudgetCommand,
  DescribeNotificationsForBudgetCommand,
  DescribeSubscribersForNotificationCommand,
} from "@aws-sdk/client-budgets";
