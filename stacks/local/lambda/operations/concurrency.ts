/**
 * How much may run at once: reserved and provisioned concurrency, and the account's limits. Reservations are enforced
 * where functions run (execution.ts), and provisioned environments are kept ready there.
 */
import { stamp } from "../configuration.ts";
import { type Core, getFunction, page, refOf } from "../core.ts";
import { conflict, functionNotFound, invalid, noProvisionedConcurrency, notFound } from "../errors.ts";
import type { Provision } from "../execution.ts";
import { arnOf, type FunctionRef, parseFunction } from "../naming.ts";
import { type FunctionRecord, latest, type ProvisionedRecord } from "../records.ts";
import type { Request, Route } from "../router.ts";

export function concurrencyRoutes(core: Core): Route[] {
  const reservedPath = "functions/{name}/concurrency";
  const provisionedPath = "/2019-09-30/functions/{name}/provisioned-concurrency";
  const routes: [string, string, number, (request: Request) => unknown][] = [
    ["GetAccountSettings", "GET /2016-08-19/account-settings", 200, () => accountSettings(core)],
    ["PutFunctionConcurrency", `PUT /2017-10-31/${reservedPath}`, 200, (request) => reserve(core, request)],
    ["GetFunctionConcurrency", `GET /2019-09-30/${reservedPath}`, 200, (request) => reserved(core, request)],
    ["DeleteFunctionConcurrency", `DELETE /2017-10-31/${reservedPath}`, 204, (request) => unreserve(core, request)],
    ["PutProvisionedConcurrencyConfig", `PUT ${provisionedPath}`, 202, (request) => provision(core, request)],
    // ListProvisionedConcurrencyConfigs comes to the same path, with `List`.
    [
      "GetProvisionedConcurrencyConfig",
      `GET ${provisionedPath}`,
      200,
      (request) => (request.query.get("List") === "ALL" ? listProvisioned(core, request) : provisioned(core, request)),
    ],
    ["DeleteProvisionedConcurrencyConfig", `DELETE ${provisionedPath}`, 204, (request) => unprovision(core, request)],
  ];
  return routes.map(([name, at, status, run]) => ({ name, at, status, run }));
}

/** AWS keeps 100 of the account's concurrency for functions without a reservation, and all of a fresh account's 10. */
function unreservedFloor(concurrency: number): number {
  return Math.min(100, Math.max(10, Math.floor(concurrency / 10)));
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

function provisionedOf({ provisioned = {} }: FunctionRecord, except?: string): number {
  return sum(Object.entries(provisioned).map(([key, { requested }]) => (key === except ? 0 : requested)));
}

/** What of the account's concurrency any function may use. */
export function unreserved(core: Core): number {
  return core.concurrency - sum(core.functions.list().map(({ reservedConcurrency = 0 }) => reservedConcurrency));
}

/** As AWS counts what is left: provisioned concurrency of functions without a reservation is taken, too. */
function left(core: Core): number {
  const records = core.functions.list().filter(({ reservedConcurrency }) => reservedConcurrency === undefined);
  return unreserved(core) - sum(records.map((record) => provisionedOf(record)));
}

function accountSettings(core: Core): unknown {
  const records = core.functions.list();
  const layers = core.layers.list().flatMap((layer) => Object.values(layer.versions));
  const versions = records.flatMap((record) => Object.values(record.versions));
  return {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: core.concurrency,
      UnreservedConcurrentExecutions: left(core),
    },
    AccountUsage: {
      TotalCodeSize: sum([...versions, ...layers].map(({ codeSizeBytes }) => codeSizeBytes)),
      FunctionCount: records.length,
    },
  };
}

/** Reservations are a whole function's. */
function functionOnly(request: Request): FunctionRef {
  const ref = parseFunction(request.params["name"]!);
  if (ref.qualifier !== undefined)
    throw invalid(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
  return ref;
}

function change<T>(core: Core, { name }: FunctionRef, edit: (record: FunctionRecord) => T): Promise<T> {
  return core.functions.change(name, edit, () => functionNotFound(arnOf(core.cloud, name)));
}

function reserve(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const wanted = input.ReservedConcurrentExecutions as number;
  const floor = unreservedFloor(core.concurrency);
  return change(core, functionOnly(request), (record) => {
    // Nothing is no more than what was: taking a function out of service is always possible.
    if (wanted > 0 && unreserved(core) + (record.reservedConcurrency ?? 0) - wanted < floor)
      throw invalid(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${floor}].`,
      );
    const provisioned = provisionedOf(record);
    if (provisioned > wanted)
      throw invalid(
        ` ReservedConcurrentExecutions  ${wanted} should not be lower than function's total provisioned concurrency [${provisioned}].`,
      );
    record.reservedConcurrency = wanted;
    return { ReservedConcurrentExecutions: wanted };
  });
}

function reserved(core: Core, request: Request): unknown {
  const { reservedConcurrency } = getFunction(core, functionOnly(request));
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
}

function unreserve(core: Core, request: Request): Promise<void> {
  return change(core, functionOnly(request), (record) => void delete record.reservedConcurrency);
}

/** Which versions an alias or version means, with each one's share of the environments. */
function shares(record: FunctionRecord, key: string, count: number): { version: string; count: number }[] {
  const alias = Object.hasOwn(record.aliases, key) ? record.aliases[key] : undefined;
  if (!alias) return [{ version: key, count }];
  const [second] = Object.entries(alias.weights);
  if (!second) return [{ version: alias.version, count }];
  const there = Math.round(count * second[1]);
  return [
    { version: alias.version, count: count - there },
    { version: second[0], count: there },
  ].filter((share) => share.count > 0);
}

/** All environments of a function that are to be ready. */
export function provisions(record: FunctionRecord): Provision[] {
  return Object.entries(record.provisioned ?? {})
    .flatMap(([key, { requested }]) => shares(record, key, requested))
    .flatMap(({ version, count }) => {
      const found = record.versions[version];
      return found?.state === "Active" ? [{ version: found, count }] : [];
    });
}

interface Place {
  record: FunctionRecord;
  key: string;
}

/** The alias or published version a request means; it must be there. */
function placeOf(core: Core, request: Request, unpublished: string): Place {
  const { name, qualifier = "" } = refOf(request);
  if (qualifier === latest) throw invalid(unpublished);
  const record = core.functions.get(name);
  checkPlace(core, name, record, qualifier);
  return { record: record!, key: qualifier };
}

function checkPlace(core: Core, name: string, record: FunctionRecord | undefined, key: string): void {
  const arn = arnOf(core.cloud, name, key);
  if (/^\d+$/.test(key) ? !record?.versions[key] : !record) throw functionNotFound(arn);
  if (!/^\d+$/.test(key) && !Object.hasOwn(record!.aliases, key)) throw notFound(`Cannot find alias arn: ${arn}`);
}

const wrongPlace = "The function resource provided must be an alias or a published version.";

async function provision(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const wanted = input.ProvisionedConcurrentExecutions as number;
  const { record, key } = placeOf(
    core,
    request,
    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
  );
  const made: ProvisionedRecord = { requested: wanted, modified: stamp(core.cloud).lastModified };
  await change(core, { name: record.name, qualifier: undefined }, (current) => {
    checkPlace(core, current.name, current, key);
    checkProvision(core, current, key, wanted);
    checkOverlap(current, key);
    current.provisioned = { ...current.provisioned, [key]: made };
  });
  return {
    RequestedProvisionedConcurrentExecutions: wanted,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
    LastModified: made.modified,
  };
}

function checkProvision(core: Core, record: FunctionRecord, key: string, wanted: number): void {
  const { reservedConcurrency } = record;
  if (reservedConcurrency !== undefined) {
    if (reservedConcurrency < provisionedOf(record, key) + wanted)
      throw invalid(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
      );
    return;
  }
  const free = left(core) + (record.provisioned?.[key]?.requested ?? 0);
  if (wanted > free)
    throw invalid(
      `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${free}].`,
    );
  const floor = unreservedFloor(core.concurrency);
  if (free - wanted < floor)
    throw invalid(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${floor}].`,
    );
}

/** A version is provisioned by itself or by an alias, not by both. */
function checkOverlap(record: FunctionRecord, key: string): void {
  const provisioned = record.provisioned ?? {};
  const alias = Object.hasOwn(record.aliases, key) ? record.aliases[key] : undefined;
  if (alias && provisioned[alias.version])
    throw conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  if (!alias && Object.values(record.aliases).some(({ name, version }) => version === key && provisioned[name]))
    throw conflict("Version is pointed by a Provisioned Concurrency alias");
}

function showProvisioned(core: Core, record: FunctionRecord, key: string): Record<string, unknown> {
  const { requested, modified } = record.provisioned![key]!;
  let ready = 0;
  let failed = false;
  for (const { version, count } of shares(record, key, requested)) {
    const state = core.execution.readiness(record.name, record.versions[version]!);
    ready += Math.min(count, state.ready);
    failed ||= state.failed;
  }
  const status = ready >= requested ? "READY" : failed ? "FAILED" : "IN_PROGRESS";
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: ready,
    AllocatedProvisionedConcurrentExecutions: ready,
    Status: status,
    ...(status === "FAILED" && { StatusReason: "FUNCTION_ERROR_INIT_FAILURE" }),
    LastModified: modified,
  };
}

function provisioned(core: Core, request: Request): unknown {
  const { record, key } = placeOf(core, request, wrongPlace);
  if (!record.provisioned?.[key]) throw noProvisionedConcurrency();
  return showProvisioned(core, record, key);
}

function listProvisioned(core: Core, request: Request): unknown {
  const record = getFunction(core, parseFunction(request.params["name"]!));
  const { items, NextMarker } = page(Object.keys(record.provisioned ?? {}), (key) => key, request.query);
  return {
    ProvisionedConcurrencyConfigs: items.map((key) => ({
      FunctionArn: arnOf(core.cloud, record.name, key),
      ...showProvisioned(core, record, key),
    })),
    NextMarker,
  };
}

async function unprovision(core: Core, request: Request): Promise<void> {
  const { record, key } = placeOf(core, request, wrongPlace);
  await change(core, { name: record.name, qualifier: undefined }, (current) => void delete current.provisioned?.[key]);
}
