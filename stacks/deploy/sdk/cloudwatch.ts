/** CloudWatch's metrics, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
