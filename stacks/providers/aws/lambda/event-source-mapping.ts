/**
 * aws:lambda/eventSourceMapping:EventSourceMapping: a stream that a function is fed from. Its id is the UUID that AWS
 * gives it. Sources with brokers, clusters and keys of their own are refused.
 */
import type {
  CreateEventSourceMappingCommandInput,
  EventSourceMappingConfiguration,
  UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import type { PropertyMap } from "../../../engine/value.ts";
import { retried, until } from "../../kit/waiting.ts";
import { hasCode } from "../errors.ts";
import { flag, number, object, refusedAll, set, text } from "../schema.ts";
import { type Tags, tagChanges, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str, strs, sub, subs } from "../type.ts";
import { lambda, orMissing } from "./calls.ts";

export const eventSourceMapping: ResourceType = {
  token: "aws:lambda/eventSourceMapping:EventSourceMapping",
  properties: {
    functionName: text({ required: true }),
    eventSourceArn: text({ required: true, replaces: true }),
    startingPosition: text({ replaces: true, oneOf: ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] }),
    startingPositionTimestamp: text({ replaces: true }),
    enabled: flag({ default: true }),
    batchSize: number({ computed: true }),
    maximumBatchingWindowInSeconds: number({ default: 0 }),
    parallelizationFactor: number({ computed: true }),
    maximumRetryAttempts: number({ computed: true }),
    maximumRecordAgeInSeconds: number({ computed: true }),
    bisectBatchOnFunctionError: flag({ default: false }),
    tumblingWindowInSeconds: number({ default: 0 }),
    functionResponseTypes: set(text({ oneOf: ["ReportBatchItemFailures"] })),
    filterCriteria: object({ filters: set(object({ pattern: { kind: "json" } })) }),
    destinationConfig: object({ onFailure: object({ destinationArn: text({ required: true }) }) }),
    scalingConfig: object({ maximumConcurrency: number() }),
    ...refusedAll(
      "amazonManagedKafkaEventSourceConfig documentDbEventSourceConfig kmsKeyArn metricsConfig provisionedPollerConfig " +
        "queues selfManagedEventSource selfManagedKafkaEventSourceConfig sourceAccessConfigurations topics " +
        "useResourceTimeoutForPropagation",
    ),
  },
  outputs: ["arn", "functionArn", "lastModified", "lastProcessingResult", "state", "stateTransitionReason", "uuid"],
  volatile: ["functionArn", "lastModified", "lastProcessingResult", "state", "stateTransitionReason"],
  taggable: true,
  exists: ["ResourceConflictException"],
  locate,
  create,
  aspects: [
    {
      of: [
        ...["functionName", "enabled", "batchSize", "maximumBatchingWindowInSeconds", "parallelizationFactor"],
        ...["maximumRetryAttempts", "maximumRecordAgeInSeconds", "bisectBatchOnFunctionError", "scalingConfig"],
        ...["tumblingWindowInSeconds", "functionResponseTypes", "filterCriteria", "destinationConfig"],
      ],
      sync,
    },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove,
};

/** `NAME` or `NAME:QUALIFIER`, of a name or any form of the ARN. */
const functionOf = (said: string): string =>
  said.replace(/^(arn:[^:]+:lambda:[^:]+:\d{12}:function:|\d{12}:(function:)?)/, "");

/** A function has one mapping of a source at most. */
async function locate(call: Call): Promise<string | undefined> {
  const [name, EventSourceArn] = [str(call.inputs, "functionName"), str(call.inputs, "eventSourceArn")];
  if (!name || !EventSourceArn) return undefined;
  const client = await lambda(call);
  let Marker: string | undefined;
  do {
    const page = await orMissing(client.listEventSourceMappings({ FunctionName: name, EventSourceArn, Marker }));
    const found = page?.EventSourceMappings?.find(
      ({ FunctionArn = "" }) => functionOf(FunctionArn) === functionOf(name),
    );
    if (found) return found.UUID;
    Marker = page?.NextMarker;
  } while (Marker);
  return undefined;
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  const client = await lambda(call);
  const at = str(inputs, "startingPositionTimestamp");
  const request: CreateEventSourceMappingCommandInput = {
    ...settings(inputs),
    FunctionName: str(inputs, "functionName")!,
    EventSourceArn: str(inputs, "eventSourceArn"),
    StartingPosition: str(inputs, "startingPosition") as CreateEventSourceMappingCommandInput["StartingPosition"],
    StartingPositionTimestamp: at === undefined ? undefined : new Date(at),
    Tags: inputs["tagsAll"] as Tags | undefined,
  };
  const made = await accepted(call, () => client.createEventSourceMapping(request));
  call.id = made.UUID!;
  await settled(call);
  return call.id;
}

/** What create and update say alike; nothing said is AWS's default again. */
function settings(inputs: PropertyMap): Partial<UpdateEventSourceMappingCommandInput> & PropertyMap {
  const filters = sub(inputs, "filterCriteria");
  const failure = sub(sub(inputs, "destinationConfig") ?? {}, "onFailure");
  const scaling = sub(inputs, "scalingConfig");
  return {
    Enabled: bool(inputs, "enabled") ?? true,
    BatchSize: num(inputs, "batchSize"),
    MaximumBatchingWindowInSeconds: num(inputs, "maximumBatchingWindowInSeconds"),
    ParallelizationFactor: num(inputs, "parallelizationFactor"),
    MaximumRetryAttempts: num(inputs, "maximumRetryAttempts"),
    MaximumRecordAgeInSeconds: num(inputs, "maximumRecordAgeInSeconds"),
    BisectBatchOnFunctionError: bool(inputs, "bisectBatchOnFunctionError"),
    TumblingWindowInSeconds: num(inputs, "tumblingWindowInSeconds") || undefined,
    FunctionResponseTypes: strs(inputs, "functionResponseTypes") as ["ReportBatchItemFailures"] | undefined,
    FilterCriteria: filters && {
      Filters: subs(filters, "filters").map((one) => ({ Pattern: str(one, "pattern") })),
    },
    DestinationConfig: failure && { OnFailure: { Destination: str(failure, "destinationArn") } },
    ScalingConfig: scaling && { MaximumConcurrency: num(scaling, "maximumConcurrency") },
  } as never;
}

/** IAM takes a while to tell Lambda what a role may read; AWS says so in the same words as when it may not. */
async function accepted<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: "the function's role to be allowed to read the stream", seconds: 120 };
  const early = (error: unknown): boolean =>
    hasCode(error, "InvalidParameterValueException") &&
    /cannot access stream|cannot be assumed|does not have permissions|ensure the role can perform/i.test(
      (error as Error).message,
    );
  return await retried(call.context, wait, early, () => idle(call, attempt));
}

/** One change of a mapping at a time. */
async function idle<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
  const wait = { what: `another change of event source mapping ${call.id} to end`, seconds: 300 };
  return await retried(call.context, wait, (error) => hasCode(error, "ResourceInUseException"), attempt);
}

const live = async (call: Call): Promise<EventSourceMappingConfiguration | undefined> =>
  await orMissing((await lambda(call)).getEventSourceMapping({ UUID: call.id }));

async function settled(call: Call): Promise<void> {
  const wait = { what: `event source mapping ${call.id} to be settled`, seconds: 600 };
  await until(call.context, wait, async () => {
    const found = await live(call);
    return found && /^(Enabled|Disabled)$/.test(found.State ?? "") ? found : undefined;
  });
}

/** Settings that were said before and are not any more are said to be AWS's. */
async function sync(call: Call, changed: readonly string[]): Promise<void> {
  const client = await lambda(call);
  const FunctionName = changed.includes("functionName") ? str(call.inputs, "functionName") : undefined;
  const request = { UUID: call.id, FunctionName, ...settings(call.inputs) };
  const cleared: UpdateEventSourceMappingCommandInput = { ...request };
  if (changed.includes("filterCriteria")) cleared.FilterCriteria ??= { Filters: [] };
  if (changed.includes("functionResponseTypes")) cleared.FunctionResponseTypes ??= [];
  if (changed.includes("destinationConfig")) cleared.DestinationConfig ??= { OnFailure: {} };
  if (changed.includes("scalingConfig")) cleared.ScalingConfig ??= {};
  if (changed.includes("tumblingWindowInSeconds")) cleared.TumblingWindowInSeconds ??= 0;
  await accepted(call, () => client.updateEventSourceMapping(cleared));
  await settled(call);
}

async function syncTags(call: Call): Promise<void> {
  const client = await lambda(call);
  const Resource = (await live(call))?.EventSourceMappingArn ?? "";
  const { Tags: tags } = await client.listTags({ Resource });
  const { set: added, remove: TagKeys } = tagChanges(tagMap(tags), call.inputs["tagsAll"] as Tags);
  if (TagKeys.length > 0) await client.untagResource({ Resource, TagKeys });
  if (Object.keys(added).length > 0) await client.tagResource({ Resource, Tags: added });
}

async function observe(call: Call) {
  const found = await live(call);
  if (!found || found.State === "Deleting") return undefined;
  const tags = await orMissing((await lambda(call)).listTags({ Resource: found.EventSourceMappingArn }));
  const [said, known] = [str(call.inputs, "functionName") ?? "", found.FunctionArn ?? ""];
  return {
    // In the program's own words, where they name the same function.
    inputs: compact({
      ...inputsOf(found),
      functionName: functionOf(said) === functionOf(known) ? said : functionOf(known),
      tagsAll: tagMap(tags?.Tags),
    }),
    outputs: compact({
      arn: found.EventSourceMappingArn ?? "",
      functionArn: known,
      lastModified: found.LastModified?.toISOString(),
      lastProcessingResult: found.LastProcessingResult ?? "",
      state: found.State ?? "",
      stateTransitionReason: found.StateTransitionReason ?? "",
      uuid: found.UUID ?? "",
    }),
  };
}

function inputsOf(found: EventSourceMappingConfiguration): PropertyMap {
  const filters = found.FilterCriteria?.Filters ?? [];
  const failure = found.DestinationConfig?.OnFailure?.Destination;
  const most = found.ScalingConfig?.MaximumConcurrency;
  return compact({
    eventSourceArn: found.EventSourceArn,
    startingPosition: found.StartingPosition,
    startingPositionTimestamp: found.StartingPositionTimestamp?.toISOString(),
    enabled: !/^(Disabled|Disabling)$/.test(found.State ?? ""),
    batchSize: found.BatchSize,
    maximumBatchingWindowInSeconds: found.MaximumBatchingWindowInSeconds,
    parallelizationFactor: found.ParallelizationFactor,
    maximumRetryAttempts: found.MaximumRetryAttempts,
    maximumRecordAgeInSeconds: found.MaximumRecordAgeInSeconds,
    bisectBatchOnFunctionError: found.BisectBatchOnFunctionError,
    tumblingWindowInSeconds: found.TumblingWindowInSeconds,
    functionResponseTypes: found.FunctionResponseTypes,
    filterCriteria:
      filters.length > 0 ? { filters: filters.map(({ Pattern }) => compact({ pattern: Pattern })) } : undefined,
    destinationConfig: failure ? { onFailure: { destinationArn: failure } } : undefined,
    scalingConfig: most === undefined ? undefined : { maximumConcurrency: most },
  });
}

async function remove(call: Call): Promise<void> {
  const client = await lambda(call);
  await idle(call, () => orMissing(client.deleteEventSourceMapping({ UUID: call.id })));
  const wait = { what: `event source mapping ${call.id} to be gone`, seconds: 600 };
  await until(call.context, wait, async () => ((await live(call)) ? undefined : true));
}
