/** How asynchronous invocations end: retries, age, destinations. Destinations are functions; others are refused. */
import { check } from "../checks.ts";
import { type Core, getFunction, missing, page, refOf, resolveVersion } from "../core.ts";
import { notFound, notServed } from "../errors.ts";
import { arnOf, type FunctionRef, parseFunction } from "../naming.ts";
import { type EventInvokeRecord, type FunctionRecord, latest } from "../records.ts";
import type { Request, Route } from "../router.ts";

const at = "/2019-09-25/functions/{name}/event-invoke-config";

export function eventInvokeRoutes(core: Core): Route[] {
  return [
    {
      name: "PutFunctionEventInvokeConfig",
      at: `PUT ${at}`,
      status: 200,
      run: (request) => putEventInvoke(core, request, false),
    },
    {
      name: "UpdateFunctionEventInvokeConfig",
      at: `POST ${at}`,
      status: 200,
      run: (request) => putEventInvoke(core, request, true),
    },
    {
      name: "GetFunctionEventInvokeConfig",
      at: `GET ${at}`,
      status: 200,
      run: (request) => getEventInvoke(core, request),
    },
    {
      name: "DeleteFunctionEventInvokeConfig",
      at: `DELETE ${at}`,
      status: 204,
      run: (request) => deleteEventInvoke(core, request),
    },
    {
      name: "ListFunctionEventInvokeConfigs",
      at: `GET ${at}/list`,
      status: 200,
      run: (request) => listEventInvoke(core, request),
    },
  ];
}

function edit<T>(core: Core, request: Request, change: (record: FunctionRecord) => T): Promise<T> {
  const ref = refOf(request);
  return core.functions.change(ref.name, change, missing(core, ref));
}

function showEventInvoke(core: Core, record: FunctionRecord, key: string): Record<string, unknown> {
  const config = record.eventInvoke[key]!;
  return {
    LastModified: config.modified,
    FunctionArn: arnOf(core.cloud, record.name, key),
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: config.destinations.OnSuccess ?? {},
      OnFailure: config.destinations.OnFailure ?? {},
    },
  };
}

function checkDestination(core: Core, destination: string | undefined): void {
  if (!destination) return;
  if (!destination.includes(":lambda:")) throw notServed("A destination other than a function");
  const ref: FunctionRef = parseFunction(destination);
  resolveVersion(core, ref);
}

function putEventInvoke(core: Core, request: Request, keep: boolean): Promise<unknown> {
  const { input } = request;
  const ref = refOf(request);
  check(input, [
    { at: "MaximumRetryAttempts", min: 0, max: 2 },
    { at: "MaximumEventAgeInSeconds", min: 60, max: 21_600 },
  ]);
  const destinations = input.DestinationConfig;
  checkDestination(core, destinations?.OnSuccess?.Destination);
  checkDestination(core, destinations?.OnFailure?.Destination);
  resolveVersion(core, ref);
  const key = ref.qualifier ?? latest;
  return edit(core, request, (record) => {
    const before = record.eventInvoke[key];
    if (keep && !before) throw noEventInvoke(core, record, key);
    const base: EventInvokeRecord = (keep && before) || { destinations: {}, modified: 0 };
    record.eventInvoke[key] = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? base.maximumRetryAttempts,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? base.maximumEventAgeSeconds,
      destinations: destinations ?? base.destinations,
      modified: core.cloud.clock.now() / 1000,
    };
    return showEventInvoke(core, record, key);
  });
}

function noEventInvoke(core: Core, record: FunctionRecord, key: string): Error {
  return notFound(`The function ${arnOf(core.cloud, record.name, key)} doesn't have an EventInvokeConfig`);
}

function getEventInvoke(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const record = getFunction(core, ref);
  const key = ref.qualifier ?? latest;
  if (!record.eventInvoke[key]) throw noEventInvoke(core, record, key);
  return showEventInvoke(core, record, key);
}

function deleteEventInvoke(core: Core, request: Request): Promise<void> {
  const key = refOf(request).qualifier ?? latest;
  return edit(core, request, (record) => {
    if (!record.eventInvoke[key]) throw noEventInvoke(core, record, key);
    delete record.eventInvoke[key];
  });
}

function listEventInvoke(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  const { items, NextMarker } = page(Object.keys(record.eventInvoke), (key) => key, request.query);
  return { FunctionEventInvokeConfigs: items.map((key) => showEventInvoke(core, record, key)), NextMarker };
}
