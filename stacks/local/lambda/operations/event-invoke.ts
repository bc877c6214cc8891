/** How asynchronous invocations end: retries, age, destinations. Destinations are functions; others are refused. */
import { type Core, page, refOf } from "../core.ts";
import { invalid, notFound, notServed, validation } from "../errors.ts";
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

const noFunction = (): Error => notFound("The function doesn't exist.");

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

const destinationPattern =
  "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)";
const destinationExpression = new RegExp(`^(?:${destinationPattern})$`);
/** Real on AWS and not here. */
const otherServices = ["sqs", "sns", "events", "s3"];

function checkDestinations(core: Core, name: string, config: EventInvokeRecord["destinations"] | undefined): void {
  const [success, failure] = [config?.OnSuccess?.Destination, config?.OnFailure?.Destination];
  const known =
    checkDestination(core, name, "onSuccess", success) && checkDestination(core, name, "onFailure", failure);
  const said = (part: string, arn?: string): string => (arn ? `${part}(destination=${arn})` : "null");
  if (!known)
    throw invalid(
      `The provided destination config DestinationConfig(onSuccess=${said("OnSuccess", success)}, onFailure=${said("OnFailure", failure)}) is invalid.`,
    );
}

/** False where it is of a service that can be no destination. */
function checkDestination(core: Core, name: string, part: string, destination: string | undefined): boolean {
  if (!destination) return true;
  if (!destinationExpression.test(destination))
    throw validation([
      `Value '${destination}' at 'destinationConfig.${part}.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: ${destinationPattern}`,
    ]);
  const service = destination.startsWith("kafka:") ? "kafka" : destination.split(":")[2]!;
  if (service === "kafka" || otherServices.includes(service)) throw notServed("A destination other than a function");
  if (service !== "lambda") return false;
  const ref = parseFunction(destination);
  const record = core.functions.get(ref.name);
  if (!record || !has(record, ref)) throw invalid(`The destination ARN ${destination} is invalid.`);
  if (ref.name === name) throw invalid("You can't specify the function as a destination for itself.");
  return true;
}

function has(record: FunctionRecord, { qualifier }: FunctionRef): boolean {
  return (
    qualifier === undefined || Object.hasOwn(record.versions, qualifier) || Object.hasOwn(record.aliases, qualifier)
  );
}

function putEventInvoke(core: Core, request: Request, keep: boolean): Promise<unknown> {
  const { input } = request;
  const ref = refOf(request);
  const destinations = input.DestinationConfig;
  if ([input.MaximumRetryAttempts, input.MaximumEventAgeInSeconds, destinations].every((said) => said == null))
    throw invalid("You must specify at least one of error handling or destination setting.");
  if (!core.functions.get(ref.name)) throw noFunction();
  checkDestinations(core, ref.name, destinations);
  const key = ref.qualifier ?? latest;
  return edit(core, ref, noFunction, (record) => {
    if (!has(record, ref)) throw noFunction();
    const before = record.eventInvoke[key];
    if (keep && !before) throw noEventInvoke(core, record.name, key);
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

function edit<T>(
  core: Core,
  { name }: FunctionRef,
  missing: () => Error,
  change: (record: FunctionRecord) => T,
): Promise<T> {
  return core.functions.change(name, change, missing);
}

function noEventInvoke(core: Core, name: string, key: string): Error {
  return notFound(`The function ${arnOf(core.cloud, name, key)} doesn't have an EventInvokeConfig`);
}

function getEventInvoke(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const record = core.functions.get(ref.name);
  const key = ref.qualifier ?? latest;
  if (!record || !Object.hasOwn(record.eventInvoke, key)) throw noEventInvoke(core, ref.name, key);
  return showEventInvoke(core, record, key);
}

function deleteEventInvoke(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  const key = ref.qualifier ?? latest;
  const missing = (): Error => noEventInvoke(core, ref.name, key);
  return edit(core, ref, missing, (record) => {
    if (!Object.hasOwn(record.eventInvoke, key)) throw missing();
    delete record.eventInvoke[key];
  });
}

function listEventInvoke(core: Core, request: Request): unknown {
  const record = core.functions.get(refOf(request).name);
  if (!record) throw noFunction();
  const { items, NextMarker } = page(Object.keys(record.eventInvoke), (key) => key, request.query);
  return { FunctionEventInvokeConfigs: items.map((key) => showEventInvoke(core, record, key)), NextMarker };
}
