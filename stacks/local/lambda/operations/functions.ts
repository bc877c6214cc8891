/** CreateFunction, GetFunction(Configuration), UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction, ListFunctions. */
import type { Readable } from "node:stream";
import { ServiceError } from "../../service.ts";
import { check } from "../checks.ts";
import type { StoredCode } from "../code.ts";
import { applyConfiguration, checkConfiguration, newVersion, showConfiguration, stamp } from "../configuration.ts";
import { type Core, getFunction, missing, page, refOf, resolveVersion } from "../core.ts";
import { badZip, conflict, functionExists, invalid, notFound, notServed, revisionMismatch } from "../errors.ts";
import { arnOf, parseFunction } from "../naming.ts";
import { type FunctionRecord, latest, type VersionRecord } from "../records.ts";
import type { Request, Route } from "../router.ts";
import { publish } from "./versions.ts";

const uploadLimitBytes = 70_167_211;
const objectLimitBytes = 262_144_000;
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

async function create(core: Core, { input }: Request): Promise<unknown> {
  const { cloud, functions } = core;
  check(input, [
    { at: "FunctionName", required: true },
    { at: "Code", required: true },
  ]);
  checkConfiguration(cloud, input, input.PackageType === "Image" ? ["Role"] : ["Role", "Runtime", "Handler"]);
  const { name } = parseFunction(String(input.FunctionName));
  if (name.length > 64) check({ functionName: name }, [{ at: "functionName", maxLength: 64, minLength: 1 }]);
  if (functions.get(name)) throw functionExists(name);
  checkTags(input.Tags ?? {});
  const code = await readCode(core, input.Code);
  const first = newVersion(cloud, name, architectures(input));
  const version: VersionRecord = { ...applyConfiguration(cloud, input, first), ...code };
  const record = await functions.create(name, (existing) => {
    if (existing) throw functionExists(name);
    return newFunction(core, name, version, input.Tags ?? {});
  });
  const answered = input.Publish
    ? await functions.change(name, (made) => publish(made, {}), missing(core, { name, qualifier: undefined }))
    : version;
  void prepare(core, name, code.codeSha256);
  return showConfiguration(cloud, record, answered, input.Publish ? answered.version : undefined);
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
  if (Object.keys(tags).length > 50) throw invalid("Tags must have at most 50 entries");
  for (const [key, value] of Object.entries(tags))
    if (key.length > 128 || typeof value !== "string" || value.length > 256 || key.startsWith("aws:"))
      throw invalid(`The tag ${key.slice(0, 128)} is not valid`);
}

/** Extracts the code, then the version is Active; a zip that cannot be extracted makes it Failed. */
export async function prepare(core: Core, name: string, codeSha256: string): Promise<void> {
  let failure: string | undefined;
  try {
    await core.code.folder(codeSha256);
  } catch (error) {
    failure = error instanceof ServiceError ? error.message : "The code could not be extracted.";
    core.cloud.log(`lambda: code of ${name} could not be extracted: ${String(error)}`);
  }
  const edit = (record: FunctionRecord): void => {
    for (const version of Object.values(record.versions)) {
      if (version.codeSha256 !== codeSha256) continue;
      if (version.state === "Pending") {
        version.state = failure ? "Failed" : "Active";
        version.stateReason = failure;
        version.stateReasonCode = failure ? "InvalidZipFileException" : undefined;
      }
      if (version.lastUpdateStatus === "InProgress") {
        version.lastUpdateStatus = failure ? "Failed" : "Successful";
        version.lastUpdateReason = failure;
      }
    }
  };
  await core.functions
    .change(name, edit, () => notFound(name))
    .catch((error: unknown) => core.cloud.log(`lambda: ${name} left while it was made ready: ${String(error)}`));
}

async function readCode(core: Core, code: any): Promise<StoredCode> {
  if (code.ImageUri) throw notServed("PackageType Image");
  if (typeof code.ZipFile === "string") return core.code.put(Buffer.from(code.ZipFile, "base64"));
  const { S3Bucket: bucket, S3Key: key, S3ObjectVersion: version } = code;
  if (!bucket || !key) throw invalid("Please provide a source for function code.");
  if (!core.cloud.peers.readObject) throw notServed("Code from S3");
  return core.code.put(await readObject(core, bucket, key, version));
}

async function readObject(core: Core, bucket: string, key: string, version?: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let body: Readable;
  try {
    body = await core.cloud.peers.readObject!(bucket, key, version);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalid(`Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`);
  }
  for await (const chunk of body) {
    size += chunk.length;
    if (size > objectLimitBytes) throw badZip();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function list(core: Core, { query }: Request): unknown {
  const { items, NextMarker } = page(core.functions.list(), query, 50);
  const all = query.get("FunctionVersion") === "ALL";
  return {
    Functions: items.flatMap((record) =>
      (all ? Object.values(record.versions) : [record.versions[latest]!]).map((version) =>
        showConfiguration(core.cloud, record, version, all ? version.version : undefined),
      ),
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

async function updateCode(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const { name, record } = latestOf(core, request);
  checkRevision(record.versions[latest]!, input.RevisionId);
  if (input.ImageUri) throw notServed("PackageType Image");
  const code = await readCode(core, input);
  if (input.DryRun) return showConfiguration(core.cloud, record, { ...record.versions[latest]!, ...code });
  const answer = await core.functions.change(
    name,
    (current) => {
      const before = current.versions[latest]!;
      checkRevision(before, input.RevisionId);
      current.versions[latest] = {
        ...before,
        ...code,
        ...stamp(core.cloud),
        ...(input.Architectures && { architectures: architectures(input) }),
        lastUpdateStatus: "InProgress",
        lastUpdateReason: "The function is being created.",
      };
      const answered = input.Publish ? publish(current, {}) : current.versions[latest]!;
      return showConfiguration(core.cloud, current, answered, input.Publish ? answered.version : undefined);
    },
    missing(core, { name, qualifier: undefined }),
  );
  void prepare(core, name, code.codeSha256).then(() => sweepCode(core));
  return answer;
}

async function updateConfiguration(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  const { name } = latestOf(core, request);
  checkConfiguration(core.cloud, input, []);
  return core.functions.change(
    name,
    (current) => {
      const before = current.versions[latest]!;
      checkRevision(before, input.RevisionId);
      current.versions[latest] = applyConfiguration(core.cloud, input, before);
      return showConfiguration(core.cloud, current, current.versions[latest]!);
    },
    missing(core, { name, qualifier: undefined }),
  );
}

async function remove(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  const record = getFunction(core, ref);
  const { qualifier } = ref;
  if (qualifier === undefined) {
    await core.functions.remove(ref.name);
  } else {
    if (!/^\d+$/.test(qualifier)) throw invalid("$LATEST version cannot be deleted without deleting the function.");
    const user = Object.values(record.aliases).find((alias) => alias.version === qualifier || alias.weights[qualifier]);
    if (user) throw conflict(`Version ${qualifier} is currently in use by alias ${user.name}`);
    await core.functions.change(ref.name, (current) => void delete current.versions[qualifier], missing(core, ref));
  }
  await sweepCode(core);
}

/** Zips and folders that no version has any more. */
export async function sweepCode(core: Core): Promise<void> {
  const versions = core.functions.list().flatMap((record) => Object.values(record.versions));
  await core.code.keepOnly(new Set(versions.map((version) => version.codeSha256)));
}
