/**
 * Tags, reserved concurrency, runtime management, recursion, and what providers read of every
 * function: code signing, scaling, provisioned concurrency, account settings.
 */
import { check } from "../checks.ts";
import { runtimeVersionArn } from "../configuration.ts";
import { type Core, getFunction, missing, refOf, resolveVersion } from "../core.ts";
import { invalid, notFound } from "../errors.ts";
import { arnOf } from "../naming.ts";
import { type FunctionRecord, latest } from "../records.ts";
import type { Request, Route } from "../router.ts";
import { checkTags } from "./functions.ts";

/** AWS keeps 100 of the account's concurrency for functions without a reservation; a small account keeps a tenth. */
function unreservedFloor(concurrency: number): number {
  return Math.min(100, Math.floor(concurrency / 10));
}

export function settingRoutes(core: Core): Route[] {
  const functions = "functions/{name}";
  const routes: [string, string, number, (request: Request) => unknown][] = [
    ["ListTags", "GET /2017-03-31/tags/{name}", 200, (request) => ({ Tags: getFunction(core, refOf(request)).tags })],
    ["TagResource", "POST /2017-03-31/tags/{name}", 204, (request) => tag(core, request)],
    ["UntagResource", "DELETE /2017-03-31/tags/{name}", 204, (request) => untag(core, request)],
    ["GetAccountSettings", "GET /2016-08-19/account-settings", 200, () => accountSettings(core)],
    ["PutFunctionConcurrency", `PUT /2017-10-31/${functions}/concurrency`, 200, (request) => reserve(core, request)],
    ["GetFunctionConcurrency", `GET /2019-09-30/${functions}/concurrency`, 200, (request) => reserved(core, request)],
    [
      "DeleteFunctionConcurrency",
      `DELETE /2017-10-31/${functions}/concurrency`,
      204,
      (request) => edit(core, request, (record) => void delete record.reservedConcurrency),
    ],
    [
      "GetFunctionCodeSigningConfig",
      `GET /2020-06-30/${functions}/code-signing-config`,
      200,
      (request) => ({ FunctionName: getFunction(core, refOf(request)).name, CodeSigningConfigArn: "" }),
    ],
    [
      "GetRuntimeManagementConfig",
      `GET /2021-07-20/${functions}/runtime-management-config`,
      200,
      (request) => runtimeManagement(core, request),
    ],
    [
      "PutRuntimeManagementConfig",
      `PUT /2021-07-20/${functions}/runtime-management-config`,
      200,
      (request) => putRuntimeManagement(core, request),
    ],
    [
      "GetFunctionRecursionConfig",
      `GET /2024-08-31/${functions}/recursion-config`,
      200,
      (request) => ({ RecursiveLoop: getFunction(core, refOf(request)).recursiveLoop }),
    ],
    [
      "PutFunctionRecursionConfig",
      `PUT /2024-08-31/${functions}/recursion-config`,
      200,
      (request) => putRecursion(core, request),
    ],
    [
      "ProvisionedConcurrency",
      `GET /2019-09-30/${functions}/provisioned-concurrency`,
      200,
      (request) => provisioned(core, request),
    ],
    ["ListEventSourceMappings", "GET /2015-03-31/event-source-mappings", 200, () => ({ EventSourceMappings: [] })],
  ];
  return routes.map(([name, at, status, run]) => ({ name, at, status, run }));
}

function edit<T>(core: Core, request: Request, change: (record: FunctionRecord) => T): Promise<T> {
  const ref = refOf(request);
  return core.functions.change(ref.name, change, missing(core, ref));
}

function tag(core: Core, request: Request): Promise<void> {
  const added = request.input.Tags ?? {};
  return edit(core, request, (record) => {
    const tags = { ...record.tags, ...added };
    checkTags(tags);
    record.tags = tags;
  });
}

function untag(core: Core, request: Request): Promise<void> {
  const keys = request.query.getAll("tagKeys");
  return edit(core, request, (record) => {
    for (const key of keys) delete record.tags[key];
  });
}

function sumReserved(core: Core, except?: string): number {
  const others = core.functions.list().filter((record) => record.name !== except);
  return others.reduce((sum, record) => sum + (record.reservedConcurrency ?? 0), 0);
}

function accountSettings(core: Core): unknown {
  const records = core.functions.list();
  const versions = records.flatMap((record) => Object.values(record.versions));
  return {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: core.concurrency,
      UnreservedConcurrentExecutions: core.concurrency - sumReserved(core),
    },
    AccountUsage: {
      TotalCodeSize: versions.reduce((sum, version) => sum + version.codeSizeBytes, 0),
      FunctionCount: records.length,
    },
  };
}

function reserve(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  check(input, [
    { at: "ReservedConcurrentExecutions", required: true },
    { at: "ReservedConcurrentExecutions", min: 0 },
  ]);
  const wanted = input.ReservedConcurrentExecutions as number;
  const floor = unreservedFloor(core.concurrency);
  return edit(core, request, (record) => {
    if (core.concurrency - sumReserved(core, record.name) - wanted < floor)
      throw invalid(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${floor}].`,
      );
    record.reservedConcurrency = wanted;
    return { ReservedConcurrentExecutions: wanted };
  });
}

function reserved(core: Core, request: Request): unknown {
  const { reservedConcurrency } = getFunction(core, refOf(request));
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
}

function showRuntimeManagement(core: Core, record: FunctionRecord, key: string): Record<string, unknown> {
  const version = record.versions[key] ?? record.versions[latest]!;
  const set = record.updateRuntimeOn[key];
  return {
    UpdateRuntimeOn: set?.updateOn ?? "Auto",
    FunctionArn: arnOf(core.cloud, record.name, key),
    ...(set?.updateOn === "Manual" && { RuntimeVersionArn: runtimeVersionArn(core.cloud, version.runtime) }),
  };
}

function runtimeManagement(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const { record } = resolveVersion(core, ref);
  return showRuntimeManagement(core, record, ref.qualifier ?? latest);
}

function putRuntimeManagement(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  check(request.input, [
    { at: "UpdateRuntimeOn", required: true },
    { at: "UpdateRuntimeOn", oneOf: ["Auto", "Manual", "FunctionUpdate"] },
  ]);
  resolveVersion(core, ref);
  const key = ref.qualifier ?? latest;
  return edit(core, request, (record) => {
    record.updateRuntimeOn[key] = { updateOn: request.input.UpdateRuntimeOn };
    return showRuntimeManagement(core, record, key);
  });
}

function putRecursion(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  check(input, [
    { at: "RecursiveLoop", required: true },
    { at: "RecursiveLoop", oneOf: ["Terminate", "Allow"] },
  ]);
  return edit(core, request, (record) => {
    record.recursiveLoop = input.RecursiveLoop;
    return { RecursiveLoop: record.recursiveLoop };
  });
}

function provisioned(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  if (request.query.get("List") === "ALL") return { ProvisionedConcurrencyConfigs: [] };
  throw Object.assign(notFound(`No Provisioned Concurrency Config found for function: ${record.arn}`), {
    code: "ProvisionedConcurrencyConfigNotFoundException",
  });
}
