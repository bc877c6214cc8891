/** The five operations of event source mappings. Sources are streams of tables; others are refused by name. */
import { randomUUID } from "node:crypto";
import { type Core, page, resolveVersion } from "../core.ts";
import { conflict, invalid } from "../errors.ts";
import { arnOf, parseFunction } from "../naming.ts";
import type { Request, Route } from "../router.ts";
import { mappingArn, mappingMissing } from "./naming.ts";
import type { MappingRecord } from "./records.ts";
import { allActions, refusalOf } from "./role.ts";
import { defaults, settingsOf, sourceOf, tagsOf } from "./settings.ts";

const at = "/2015-03-31/event-source-mappings";

export function eventSourceRoutes(core: Core): Route[] {
  const routes: [string, string, number, (request: Request) => unknown][] = [
    ["CreateEventSourceMapping", `POST ${at}`, 202, (request) => create(core, request)],
    ["ListEventSourceMappings", `GET ${at}`, 200, (request) => list(core, request)],
    ["GetEventSourceMapping", `GET ${at}/{UUID}`, 200, (request) => show(core, get(core, request))],
    ["UpdateEventSourceMapping", `PUT ${at}/{UUID}`, 202, (request) => update(core, request)],
    ["DeleteEventSourceMapping", `DELETE ${at}/{UUID}`, 202, (request) => remove(core, request)],
  ];
  return routes.map(([name, path, status, run]) => ({ name, at: path, status, run }));
}

function get(core: Core, { params }: Request): MappingRecord {
  const found = core.mappings.get(params["UUID"]!);
  if (!found) throw mappingMissing();
  return found;
}

/** `state`: what goes on in this moment; it has settled when the answer is read. */
function show(core: Core, mapping: MappingRecord, state?: string): Record<string, unknown> {
  return {
    UUID: mapping.uuid,
    StartingPosition: mapping.startingPosition,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.windowSeconds,
    ParallelizationFactor: mapping.parallelization,
    EventSourceArn: mapping.sourceArn,
    ...(mapping.filters.length > 0 && { FilterCriteria: { Filters: mapping.filters.map((Pattern) => ({ Pattern })) } }),
    FunctionArn: functionArn(core, mapping),
    LastModified: mapping.modified,
    LastProcessingResult: mapping.result,
    State: state ?? (mapping.enabled ? "Enabled" : "Disabled"),
    StateTransitionReason: "User action",
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: mapping.maximumRecordAgeSeconds,
    BisectBatchOnFunctionError: mapping.bisect,
    MaximumRetryAttempts: mapping.maximumRetryAttempts,
    TumblingWindowInSeconds: 0,
    FunctionResponseTypes: mapping.reportsFailures ? ["ReportBatchItemFailures"] : [],
    EventSourceMappingArn: mappingArn(core, mapping.uuid),
  };
}

const functionArn = ({ cloud }: Core, { functionName, qualifier }: MappingRecord): string =>
  arnOf(cloud, functionName, qualifier || undefined);

/** The function must be there, and its role must be allowed to read the stream. */
function targetOf(core: Core, name: string, sourceArn: string): Pick<MappingRecord, "functionName" | "qualifier"> {
  const ref = parseFunction(name);
  const { version } = resolveVersion(core, ref);
  if (refusalOf(core.cloud, version.role, sourceArn, allActions))
    throw invalid(
      `Cannot access stream ${sourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    );
  return { functionName: ref.name, qualifier: ref.qualifier ?? "" };
}

async function create(core: Core, { input }: Request): Promise<unknown> {
  const sourceArn = sourceOf(input);
  const settings = settingsOf(input, defaults);
  const tags = tagsOf(input);
  const target = targetOf(core, input.FunctionName, sourceArn);
  const position = core.cloud.peers.streams?.start(sourceArn, input.StartingPosition);
  if (position === undefined) throw invalid(`Stream not found: ${sourceArn}`);
  const mapping: MappingRecord = {
    ...{ uuid: randomUUID(), ...target, sourceArn, startingPosition: input.StartingPosition, ...settings, tags },
    ...{ modified: core.cloud.clock.now() / 1000, result: "No records processed" },
  };
  const made = await core.mappings.create(mapping, position, (others) => refuseSecond(core, mapping, others));
  return show(core, made, "Creating");
}

function refuseSecond(core: Core, mapping: MappingRecord, others: MappingRecord[]): void {
  const same = others.find(
    ({ uuid, sourceArn, functionName, qualifier }) =>
      uuid !== mapping.uuid &&
      sourceArn === mapping.sourceArn &&
      functionName === mapping.functionName &&
      qualifier === mapping.qualifier,
  );
  if (!same) return;
  const shown = mapping.qualifier ? functionArn(core, mapping) : mapping.functionName;
  throw conflict(
    `The event source arn (" ${mapping.sourceArn} ") and function (" ${shown} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${same.uuid}`,
  );
}

function list(core: Core, { query }: Request): unknown {
  const name = query.get("FunctionName");
  const source = query.get("EventSourceArn");
  const ref = name === null ? undefined : parseFunction(name);
  const found = core.mappings
    .list()
    .filter(({ sourceArn }) => source === null || sourceArn === source)
    .filter(
      ({ functionName, qualifier }) =>
        !ref || (functionName === ref.name && (ref.qualifier === undefined || qualifier === ref.qualifier)),
    );
  const { items, NextMarker } = page(found, ({ uuid }) => uuid, query, 10_000);
  return { EventSourceMappings: items.map((mapping) => show(core, mapping)), NextMarker };
}

async function update(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const before = get(core, request);
  settingsOf(input, before);
  const target = input.FunctionName ? targetOf(core, input.FunctionName, before.sourceArn) : {};
  const wasEnabled = before.enabled;
  const changed = await core.mappings.change(
    before.uuid,
    (record) => {
      Object.assign(record, settingsOf(input, record), target, { modified: core.cloud.clock.now() / 1000 });
      refuseSecond(core, record, core.mappings.list());
    },
    mappingMissing,
  );
  const state = changed.enabled === wasEnabled ? "Updating" : changed.enabled ? "Enabling" : "Disabling";
  return show(core, changed, state);
}

async function remove(core: Core, request: Request): Promise<unknown> {
  return show(core, await core.mappings.remove(get(core, request).uuid, mappingMissing), "Deleting");
}
