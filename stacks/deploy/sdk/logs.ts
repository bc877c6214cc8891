/** CloudWatch Logs, behind a module of ours: a bundler gives a dynamic import of a CommonJS package its default alone. */
export {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
