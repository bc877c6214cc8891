/** What a request says of a mapping, judged: AWS's defaults, its limits for streams of tables, and what is refused by name. */
import { invalid, notServed } from "../errors.ts";
import { checkTags } from "../operations/functions.ts";
import { compilePattern, PatternError } from "./pattern.ts";
import type { MappingRecord } from "./records.ts";

export type Settings = Pick<
  MappingRecord,
  | "enabled"
  | "batchSize"
  | "windowSeconds"
  | "parallelization"
  | "bisect"
  | "maximumRetryAttempts"
  | "maximumRecordAgeSeconds"
  | "reportsFailures"
  | "filters"
>;

/** AWS's, for streams of tables. */
export const defaults: Settings = {
  enabled: true,
  batchSize: 100,
  windowSeconds: 0,
  parallelization: 1,
  bisect: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeSeconds: -1,
  reportsFailures: false,
  filters: [],
};

const youngestSeconds = 60;
const mostFilters = 5;

/** What the request says; the rest is as before. Ranges that the model has were judged already. */
export function settingsOf(input: any, before: Settings): Settings {
  const { MaximumRecordAgeInSeconds: age, TumblingWindowInSeconds: tumbling, DestinationConfig: destination } = input;
  if (age !== undefined && age !== null && age !== -1 && age < youngestSeconds)
    throw invalid("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  if (tumbling) throw notServed("TumblingWindowInSeconds");
  if (destination?.OnFailure?.Destination) throw notServed("DestinationConfig.OnFailure");
  if (destination?.OnSuccess?.Destination)
    throw invalid("OnSuccess destinations are not supported for event source mappings of streams.");
  const types: string[] | undefined = input.FunctionResponseTypes ?? undefined;
  return {
    enabled: input.Enabled ?? before.enabled,
    batchSize: input.BatchSize ?? before.batchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds ?? before.windowSeconds,
    parallelization: input.ParallelizationFactor ?? before.parallelization,
    bisect: input.BisectBatchOnFunctionError ?? before.bisect,
    maximumRetryAttempts: input.MaximumRetryAttempts ?? before.maximumRetryAttempts,
    maximumRecordAgeSeconds: age ?? before.maximumRecordAgeSeconds,
    reportsFailures: types ? types.includes("ReportBatchItemFailures") : before.reportsFailures,
    filters: input.FilterCriteria ? filtersOf(input.FilterCriteria) : before.filters,
  };
}

function filtersOf({ Filters }: { Filters?: { Pattern?: string }[] | null }): string[] {
  const patterns = (Filters ?? []).map(({ Pattern = "" }) => Pattern);
  if (patterns.length > mostFilters) throw invalid(`The number of filters exceeds the limit of ${mostFilters}.`);
  for (const pattern of patterns)
    try {
      compilePattern(pattern);
    } catch (error) {
      if (error instanceof PatternError) throw invalid("Invalid filter pattern definition.");
      throw error;
    }
  return patterns;
}

export function tagsOf({ Tags }: any): Record<string, string> {
  checkTags(Tags ?? {});
  return Tags ?? {};
}

/** Other sources, by the service in their ARN. */
const otherSources: Readonly<Record<string, string>> = {
  sqs: "an Amazon SQS queue",
  kinesis: "an Amazon Kinesis stream",
  kafka: "an Amazon MSK cluster",
  mq: "an Amazon MQ broker",
  rds: "an Amazon DocumentDB change stream",
};

/** The stream's ARN. */
export function sourceOf({ EventSourceArn: arn, StartingPosition: position, ...input }: any): string {
  const service = typeof arn === "string" ? (arn.split(":")[2] ?? "") : "";
  if (Object.hasOwn(otherSources, service)) throw notServed(`An event source mapping of ${otherSources[service]}`);
  if (service !== "dynamodb" || !/:table\/[^/]+\/stream\/[^/]+$/.test(arn)) throw invalid("Unrecognized event source.");
  if (!position)
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  if (position === "AT_TIMESTAMP" || input.StartingPositionTimestamp)
    throw invalid("AT_TIMESTAMP is not a starting position of DynamoDB streams.");
  return arn;
}
