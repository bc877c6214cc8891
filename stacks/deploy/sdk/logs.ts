/** CloudWatch Logs, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
