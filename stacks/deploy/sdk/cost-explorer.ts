/** Cost Explorer, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { CostExplorerClient, GetCostAndUsageCommand } from "@aws-sdk/client-cost-explorer";
