/** CreateFunction, GetFunction(Configuration), UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction, ListFunctions. */
import { type Call, ServiceError } from "../../service.ts";
import {
  applyConfiguration,
  checkConfiguration,
  listConfiguration,
  newVersion,
  showConfiguration,
  stamp,
} from "../configuration.ts";
import { type Core, getFunction, missing, page, refOf, resolveVersion, versionKey } from "../core.ts";
import {
  conflict,
  functionExists,
  invalid,
  notFound,
  notReady,
  notServed,
  revisionMismatch,
  updating,
} from "../errors.ts";
import { checkSize, findLayers } from "../layer-use.ts";
import { arnOf, parseFunction } from "../naming.ts";
import { checkOwnerTags } from "../owner-tags.ts";
import { type FunctionRecord, latest, type VersionRecord } from "../records.ts";
import type { Request, Route } from "../router.ts";
import { readCode, uploadLimitBytes } from "./code-source.ts";
import { publish } from "./versions.ts";

const base = "/2015-03-31/functions";

export function functionRoutes(core: Core): Route[] {
  return [
    {
      name: "CreateFunction",
      at: `POST ${base}`,
      status: 201,
      bodyLimitBytes: uploadLimitBytes,
      run: (request) => create(core, request),
    },
    { name: "ListFunctions", at: `GET ${base}`, status: 200, run: (request) => list(core, request) },
    { name: "GetFunction", at: `GET ${base}/{name}`, status: 200, run: (request) => get(core, request) },
    {
      name: "GetFunctionConfiguration",
      at: `GET ${base}/{name}/configuration`,
      status: 200,
      run: (request) => show(core, request),
    },
    {
      name: "UpdateFunctionCode",
      at: `PUT ${base}/{name}/code`,
      status: 200,
      bodyLimitBytes: uploadLimitBytes,
      run: (request) => updateCode(core, request),
    },
    {
      name: "UpdateFunctionConfiguration",
      at: `PUT ${base}/{name}/configuration`,
      status: 200,
      run: (request) => updateConfiguration(core, request),
    },
    { name: "DeleteFunction", at: `DELETE ${base}/{name}`, status: 204, run: (request) => remove(core, request) },
  ];
}

async function create(core: Core, { input, call }: Request): Promise<unknown> {
  const { cloud, functions } = core;
  if (input.PackageType !== "Image" && !(input.Runtime && input.Handler))
    throw invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  checkConfiguration(cloud, input);
  const { name } = parseFunction(String(input.FunctionName));
  if (name.length > 64)
    throw invalid(
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    );
  if (functions.get(name)) throw functionExists(name);
  checkTags(input.Tags ?? {});
  await checkOwnerTags(call, input.Tags ?? {});
  if (input.PublishTo) throw notServed("PublishTo");
  const code = await readCode(core, call, input.Code, () => invalid("Please provide a source for function code."));
  const layers = findLayers(core, input.Layers, callerOf(call));
  await checkSize(core, code.codeSha256, layers);
  const first = newVersion(cloud, name, architectures(input));
  const version: VersionRecord = { ...applyConfiguration(cloud, input, first, layers), ...code };
  const record = await functions.create(name, (existing) => {
    if (existing) throw functionExists(name);
    return newFunction(core, name, version, input.Tags ?? {});
  });
  const answered = input.Publish
    ? await functions.change(name, (made) => publish(made, {}), missing(core, { name, qualifier: undefined }))
    : version;
  void prepare(core, name);
  // The version's number is said, but not in the ARN.
  return showConfiguration(cloud, record, answered);
}

/** Who asks, in an error's words; Lambda alone in its tests knows no callers. */
function callerOf({ caller, accountId }: Call): string {
  return caller?.arn ?? `arn:aws:iam::${accountId}:root`;
}

function architectures(input: any): string[] {
  const named = input.Architectures ?? ["x86_64"];
  if (!Array.isArray(named) || named.length !== 1 || !["x86_64", "arm64"].includes(named[0]))
    throw invalid("Architectures must be one of [x86_64, arm64]");
  return named;
}

function newFunction(core: Core, name: string, version: VersionRecord, tags: Record<string, string>): FunctionRecord {
  return {
    name,
    arn: arnOf(core.cloud, name),
    versions: { [latest]: version },
    nextVersion: 1,
    aliases: {},
    urls: {},
    policies: {},
    eventInvoke: {},
    tags,
    recursiveLoop: "Terminate",
    updateRuntimeOn: {},
  };
}

export function checkTags(tags: Record<string, unknown>): void {
  if (Object.keys(tags).length > 50) throw invalid("Number of tags exceeds resource tag limit.");
  for (const [key, value] of Object.entries(tags))
    if (key.length > 128 || typeof value !== "string" || value.length > 256 || key.startsWith("aws:"))
      throw invalid(`The tag ${key.slice(0, 128)} is not valid`);
}

/** What must be on disk before a version runs. */
function contentKey({ codeSha256, layers = [] }: VersionRecord): string {
  return [codeSha256, ...layers.map((layer) => layer.codeSha256)].join();
}

const unsettled = ({ state, lastUpdateStatus }: VersionRecord): boolean =>
  state === "Pending" || lastUpdateStatus === "InProgress";

/** Extracts what unsettled versions need; then they are Active, or Failed where a zip cannot be extracted. */
export async function prepare(core: Core, name: string): Promise<void> {
  const waiting = Object.values(core.functions.get(name)?.versions ?? {}).filter(unsettled);
  const failures = new Map<string, string | undefined>();
  for (const version of waiting) failures.set(contentKey(version), await failureOf(core, name, version));
  if (waiting.length === 0) return;
  const edit = (record: FunctionRecord): void => {
    for (const version of Object.values(record.versions))
      if (failures.has(contentKey(version))) settle(version, failures.get(contentKey(version)));
  };
  await core.functions
    .change(name, edit, () => notFound(name))
    .catch((error: unknown) => core.cloud.log(`lambda: ${name} left while it was made ready: ${String(error)}`));
}

/** Takes up what an earlier process, or a write that failed, left unsettled. */
export function prepareAll(core: Core): void {
  for (const { name, versions } of core.functions.list())
    if (Object.values(versions).some(unsettled)) void prepare(core, name);
}

async function failureOf(core: Core, name: string, version: VersionRecord): Promise<string | undefined> {
  try {
    await core.code.folder(version.codeSha256);
    if (version.layers?.length) await core.code.layered(version.layers.map(({ codeSha256 }) => codeSha256));
    return undefined;
  } catch (error) {
    core.cloud.log(`lambda: code of ${name} could not be extracted: ${String(error)}`);
    return error instanceof ServiceError ? error.message : "The code could not be extracted.";
  }
}

function settle(version: VersionRecord, failure: string | undefined): void {
  const code = failure ? "InvalidZipFileException" : undefined;
  const begun = version.state === "Pending" || version.lastUpdateStatus === "InProgress";
  if (version.state === "Pending")
    Object.assign(version, { state: failure ? "Failed" : "Active", stateReason: failure, stateReasonCode: code });
  if (begun)
    Object.assign(version, {
      lastUpdateStatus: failure ? "Failed" : "Successful",
      ...{ lastUpdateReason: failure, lastUpdateReasonCode: code },
    });
}

const inProgress = {
  lastUpdateStatus: "InProgress",
  lastUpdateReason: "The function is being created.",
  lastUpdateReasonCode: "Creating",
} as const;

function list(core: Core, { query }: Request): unknown {
  // Only functions of Lambda@Edge have another master region, and there are none.
  const elsewhere = ![null, "ALL", core.cloud.options.region].includes(query.get("MasterRegion"));
  const all = query.get("FunctionVersion") === "ALL";
  const entries = (elsewhere ? [] : core.functions.list()).flatMap((record) =>
    (all ? Object.values(record.versions) : [record.versions[latest]!]).map((version) => ({ record, version })),
  );
  const keyOf = ({ record, version }: (typeof entries)[number]): string =>
    `${record.name}\0${versionKey(version.version)}`;
  const { items, NextMarker } = page(entries, keyOf, query, 10_000);
  return {
    Functions: items.map(({ record, version }) =>
      listConfiguration(core.cloud, record, version, all ? version.version : undefined),
    ),
    NextMarker,
  };
}

function show(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const { record, version } = resolveVersion(core, ref);
  return showConfiguration(core.cloud, record, version, ref.qualifier);
}

function get(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const { record, version } = resolveVersion(core, ref);
  const reserved = record.reservedConcurrency;
  return {
    Configuration: showConfiguration(core.cloud, record, version, ref.qualifier),
    Code: { RepositoryType: "S3", Location: core.codeLocation(version.codeSha256) },
    ...(Object.keys(record.tags).length > 0 && { Tags: record.tags }),
    ...(reserved !== undefined && { Concurrency: { ReservedConcurrentExecutions: reserved } }),
  };
}

function checkRevision(version: VersionRecord, revisionId: unknown): void {
  if (revisionId && revisionId !== version.revisionId) throw revisionMismatch();
}

/** Publishing and updating change $LATEST only. */
function latestOf(core: Core, request: Request): { name: string; record: FunctionRecord } {
  const ref = refOf(request);
  const record = getFunction(core, ref);
  if (ref.qualifier && ref.qualifier !== latest)
    throw invalid("Modifying published versions is not allowed: name the function without a qualifier.");
  return { name: ref.name, record };
}

/** One change of a function at a time. */
function checkIdle(core: Core, record: FunctionRecord): void {
  const { state, lastUpdateStatus } = record.versions[latest]!;
  if (state === "Pending") throw notReady(state);
  if (lastUpdateStatus === "InProgress") throw updating(arnOf(core.cloud, record.name));
}

async function updateCode(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const { name, record } = latestOf(core, request);
  checkRevision(record.versions[latest]!, input.RevisionId);
  checkIdle(core, record);
  if (input.ImageUri) throw invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
  if (input.PublishTo) throw notServed("PublishTo");
  const code = await readCode(core, request.call, input, () => invalid("Please provide a source for function code."));
  await checkSize(core, code.codeSha256, record.versions[latest]!.layers);
  if (input.DryRun) return showConfiguration(core.cloud, record, { ...record.versions[latest]!, ...code });
  const answer = await core.functions.change(
    name,
    (current) => {
      const before = current.versions[latest]!;
      checkRevision(before, input.RevisionId);
      checkIdle(core, current);
      current.versions[latest] = {
        ...before,
        ...code,
        ...stamp(core.cloud),
        ...(input.Architectures && { architectures: architectures(input) }),
        ...inProgress,
      };
      const answered = input.Publish ? publish(current, {}) : current.versions[latest]!;
      return showConfiguration(core.cloud, current, answered, input.Publish ? answered.version : undefined);
    },
    missing(core, { name, qualifier: undefined }),
  );
  void prepare(core, name).then(() => sweepCode(core));
  return answer;
}

async function updateConfiguration(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const { name, record } = latestOf(core, request);
  checkConfiguration(core.cloud, input);
  const layers = findLayers(core, input.Layers, callerOf(request.call));
  await checkSize(core, record.versions[latest]!.codeSha256, layers);
  const answer = await core.functions.change(
    name,
    (current) => {
      const before = current.versions[latest]!;
      checkRevision(before, input.RevisionId);
      checkIdle(core, current);
      current.versions[latest] = { ...applyConfiguration(core.cloud, input, before, layers), ...inProgress };
      return showConfiguration(core.cloud, current, current.versions[latest]!);
    },
    missing(core, { name, qualifier: undefined }),
  );
  void prepare(core, name);
  return answer;
}

async function remove(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  getFunction(core, ref);
  const { qualifier } = ref;
  if (qualifier === undefined) await core.functions.remove(ref.name);
  else {
    if (qualifier === latest) throw invalid("$LATEST version cannot be deleted without deleting the function.");
    if (!/^\d+$/.test(qualifier)) throw invalid("Deletion of aliases is not currently supported.");
    await core.functions.change(ref.name, (record) => removeVersion(record, qualifier), missing(core, ref));
  }
  await sweepCode(core);
}

/** With everything that is set on it. */
function removeVersion(record: FunctionRecord, version: string): void {
  const users = Object.values(record.aliases).filter((alias) => alias.version === version || alias.weights[version]);
  if (users.length > 0)
    throw conflict(
      `Unable to delete version because the following aliases reference it: [${users.map(({ name }) => name).join(", ")}]`,
    );
  const { versions, policies, eventInvoke, updateRuntimeOn, provisioned = {} } = record;
  for (const settings of [versions, policies, eventInvoke, updateRuntimeOn, provisioned]) delete settings[version];
}

/** Zips and folders that no version has any more. */
export async function sweepCode(core: Core): Promise<void> {
  const versions = core.functions.list().flatMap((record) => Object.values(record.versions));
  const published = core.layers.list().flatMap((layer) => Object.values(layer.versions));
  const used = versions.flatMap(({ layers = [] }) => layers);
  await core.code.keepOnly(
    new Set([...versions, ...published, ...used].map(({ codeSha256 }) => codeSha256)),
    versions.map(({ layers = [] }) => layers.map(({ codeSha256 }) => codeSha256)),
  );
}
