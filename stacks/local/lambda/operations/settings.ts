/** Tags, runtime management, recursion, and what providers read of every function: code signing. */
import { randomUUID } from "node:crypto";
import { runtimeVersionArn } from "../configuration.ts";
import { type Core, getFunction, missing, refOf, resolveVersion } from "../core.ts";
import { invalid, notServed, validation } from "../errors.ts";
import { mappingMissing } from "../event-sources/naming.ts";
import { arnOf, type FunctionRef, parseFunction } from "../naming.ts";
import { checkOwnerTags } from "../owner-tags.ts";
import { type FunctionRecord, latest } from "../records.ts";
import type { Request, Route } from "../router.ts";
import { checkTags } from "./functions.ts";

export function settingRoutes(core: Core): Route[] {
  const functions = "functions/{name}";
  const tags = "/2017-03-31/tags/{resource}";
  const routes: [string, string, number, (request: Request) => unknown][] = [
    ["ListTags", `GET ${tags}`, 200, (request) => ({ Tags: tagsOf(core, request) })],
    ["TagResource", `POST ${tags}`, 204, (request) => tag(core, request)],
    ["UntagResource", `DELETE ${tags}`, 204, (request) => untag(core, request)],
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
  ];
  return routes.map(([name, at, status, run]) => ({ name, at, status, run }));
}

function edit<T>(core: Core, ref: FunctionRef, change: (record: FunctionRecord) => T): Promise<T> {
  return core.functions.change(ref.name, change, missing(core, ref));
}

const taggablePattern =
  "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})";
const taggableExpression = new RegExp(`^(?:${taggablePattern})$`);

/** The event source mapping that the request's ARN names. */
function mappingOf({ params }: Request): string | undefined {
  return /^arn:[\w-]+:lambda:[\w-]+:\d{12}:event-source-mapping:([0-9a-fA-F-]{36})$/.exec(params["resource"]!)?.[1];
}

function tagsOf(core: Core, request: Request): Record<string, string> {
  const uuid = mappingOf(request);
  if (uuid === undefined) return getFunction(core, taggable(request)).tags;
  const mapping = core.mappings.get(uuid);
  if (!mapping) throw mappingMissing();
  return mapping.tags;
}

/** Tags are on functions, too, named by their ARN. */
function taggable({ params }: Request): FunctionRef {
  const resource = params["resource"]!;
  if (!taggableExpression.test(resource))
    throw validation([
      `Value '${resource}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: ${taggablePattern}`,
    ]);
  if (resource.split(":")[5] !== "function") throw notServed(`Tagging ${resource.split(":")[5]}`);
  const ref = parseFunction(resource);
  if (ref.qualifier !== undefined)
    throw invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  return ref;
}

/** Tags are part of what a function's revision is of. */
async function retag(core: Core, request: Request, change: (tags: Record<string, string>) => void): Promise<void> {
  const changed = (before: Record<string, string>): Record<string, string> => {
    const tags = { ...before };
    change(tags);
    checkTags(tags);
    return tags;
  };
  const uuid = mappingOf(request);
  if (uuid !== undefined) {
    const edited = (record: { tags: Record<string, string> }) =>
      void Object.assign(record, { tags: changed(record.tags) });
    await core.mappings.change(uuid, edited, mappingMissing);
    return;
  }
  await edit(core, taggable(request), (record) => {
    record.tags = changed(record.tags);
    record.versions[latest]!.revisionId = randomUUID();
  });
}

async function tag(core: Core, request: Request): Promise<void> {
  const { Tags: added } = request.input;
  if (mappingOf(request) === undefined) taggable(request);
  if (Object.keys(added).length === 0) throw invalid("An error occurred and the request cannot be processed.");
  await checkOwnerTags(request.call, added);
  await retag(core, request, (tags) => void Object.assign(tags, added));
}

async function untag(core: Core, request: Request): Promise<void> {
  const keys = request.query.getAll("tagKeys");
  await retag(core, request, (tags) => {
    for (const key of keys) delete tags[key];
  });
}

function showRuntimeManagement(core: Core, record: FunctionRecord, key: string): Record<string, unknown> {
  const set = record.updateRuntimeOn[key];
  return {
    UpdateRuntimeOn: set?.updateOn ?? "Auto",
    FunctionArn: arnOf(core.cloud, record.name, key),
    ...(set?.runtimeVersionArn && { RuntimeVersionArn: set.runtimeVersionArn }),
  };
}

function runtimeManagement(core: Core, request: Request): unknown {
  const ref = refOf(request);
  const { record } = resolveVersion(core, ref);
  return showRuntimeManagement(core, record, ref.qualifier ?? latest);
}

/** A runtime has one version here, the one that runs: each mode keeps it, and no other can be asked for. */
async function putRuntimeManagement(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { UpdateRuntimeOn: updateOn, RuntimeVersionArn: arn } = request.input;
  if (updateOn === "Manual" && !arn)
    throw invalid("RuntimeVersionArn must be specified when UpdateRuntimeOn is set to Manual.");
  if (updateOn !== "Manual" && arn)
    throw invalid("RuntimeVersionArn can only be specified when UpdateRuntimeOn is set to Manual.");
  const { version } = resolveVersion(core, ref);
  if (arn && arn !== runtimeVersionArn(core.cloud, version.runtime)) throw notServed(`The runtime version ${arn}`);
  const key = ref.qualifier ?? latest;
  return edit(core, ref, (record) => {
    record.updateRuntimeOn[key] = { updateOn, ...(arn && { runtimeVersionArn: arn }) };
    return showRuntimeManagement(core, record, key);
  });
}

async function putRecursion(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  return edit(core, refOf(request), (record) => {
    record.recursiveLoop = input.RecursiveLoop;
    return { RecursiveLoop: record.recursiveLoop };
  });
}
