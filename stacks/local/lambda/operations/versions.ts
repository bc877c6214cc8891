/** PublishVersion, ListVersionsByFunction, and aliases with their weights. */
import { randomUUID } from "node:crypto";
import { listConfiguration, sameness, showConfiguration } from "../configuration.ts";
import { type Core, getFunction, missing, page, refOf, versionKey } from "../core.ts";
import {
  conflict,
  functionNotFound,
  invalid,
  notFound,
  notReady,
  notServed,
  revisionMismatch,
  validation,
} from "../errors.ts";
import { arnOf } from "../naming.ts";
import { type AliasRecord, type FunctionRecord, latest, type VersionRecord } from "../records.ts";
import type { Request, Route } from "../router.ts";

const base = "/2015-03-31/functions/{name}";

export function versionRoutes(core: Core): Route[] {
  return [
    {
      name: "PublishVersion",
      at: `POST ${base}/versions`,
      status: 201,
      run: (request) => publishVersion(core, request),
    },
    {
      name: "ListVersionsByFunction",
      at: `GET ${base}/versions`,
      status: 200,
      run: (request) => listVersions(core, request),
    },
    { name: "CreateAlias", at: `POST ${base}/aliases`, status: 201, run: (request) => createAlias(core, request) },
    { name: "ListAliases", at: `GET ${base}/aliases`, status: 200, run: (request) => listAliases(core, request) },
    { name: "GetAlias", at: `GET ${base}/aliases/{alias}`, status: 200, run: (request) => getAlias(core, request) },
    {
      name: "UpdateAlias",
      at: `PUT ${base}/aliases/{alias}`,
      status: 200,
      run: (request) => updateAlias(core, request),
    },
    {
      name: "DeleteAlias",
      at: `DELETE ${base}/aliases/{alias}`,
      status: 204,
      run: (request) => deleteAlias(core, request),
    },
  ];
}

/** $LATEST as a numbered version; the last number again when nothing changed since. */
export function publish(
  record: FunctionRecord,
  asked: { codeSha256?: string; revisionId?: string; description?: string },
): VersionRecord {
  const source = record.versions[latest]!;
  if (asked.codeSha256 && asked.codeSha256 !== source.codeSha256)
    throw invalid(
      `CodeSHA256 (${asked.codeSha256}) is different from current CodeSHA256 in $LATEST (${source.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    );
  if (asked.revisionId && asked.revisionId !== source.revisionId) throw revisionMismatch();
  const last = record.versions[String(record.nextVersion - 1)];
  if (
    last &&
    sameness(last) === sameness(source) &&
    (last.descriptionBefore ?? last.description) === source.description
  )
    return last;
  const starting = source.state === "Active" && source.lastUpdateStatus === "InProgress";
  const version: VersionRecord = {
    ...source,
    version: String(record.nextVersion),
    description: asked.description ?? source.description,
    revisionId: randomUUID(),
    ...(asked.description !== undefined && { descriptionBefore: source.description }),
    lastUpdateStatus: source.state === "Active" && !starting ? "Successful" : undefined,
    lastUpdateReason: undefined,
    lastUpdateReasonCode: undefined,
    ...(starting && {
      ...{ state: "Pending" as const, stateReason: "The function is being created.", stateReasonCode: "Creating" },
    }),
  };
  record.versions[version.version] = version;
  record.nextVersion++;
  return version;
}

function publishVersion(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { CodeSha256: codeSha256, RevisionId: revisionId, Description: description, PublishTo } = request.input;
  if (PublishTo) throw notServed("PublishTo");
  return core.functions.change(
    ref.name,
    (record) => {
      if (record.versions[latest]!.state === "Pending") throw notReady("Pending");
      const version = publish(record, { codeSha256, revisionId, description });
      return showConfiguration(core.cloud, record, version, version.version);
    },
    missing(core, ref),
  );
}

function listVersions(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  const { items, NextMarker } = page(Object.keys(record.versions), versionKey, request.query, 10_000);
  return {
    Versions: items.map((key) => listConfiguration(core.cloud, record, record.versions[key]!, key)),
    NextMarker,
  };
}

function showAlias(core: Core, name: string, alias: AliasRecord): Record<string, unknown> {
  return {
    AliasArn: arnOf(core.cloud, name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(Object.keys(alias.weights).length > 0 && { RoutingConfig: { AdditionalVersionWeights: alias.weights } }),
    RevisionId: alias.revisionId,
  };
}

function checkAlias(core: Core, record: FunctionRecord, alias: AliasRecord): void {
  if (!record.versions[alias.version]) throw functionNotFound(arnOf(core.cloud, record.name, alias.version));
  const weights = Object.entries(alias.weights);
  if (weights.length > 1) throw invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
  for (const [version, weight] of weights) {
    checkWeight(version, weight);
    if (version === alias.version)
      throw invalid(
        `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
      );
    if (alias.version === latest)
      throw invalid("$LATEST is not supported for an alias pointing to more than 1 version");
    const second = record.versions[version];
    if (!second) throw functionNotFound(arnOf(core.cloud, record.name, version));
    if (second.role !== record.versions[alias.version]!.role)
      throw invalid(`The versions ${alias.version} and ${version} of an alias must have the same execution role`);
  }
}

function checkWeight(version: string, weight: unknown): void {
  const problem = (constraint: string): Error =>
    validation([
      `Value '{${version}=${Number.isInteger(weight) ? Number(weight).toFixed(1) : String(weight)}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: ${constraint}`,
    ]);
  if (typeof weight !== "number" || !(weight >= 0 && weight <= 1))
    throw problem(
      "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
    );
  if (!/^[0-9]{1,1024}$/.test(version))
    throw problem(
      "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
    );
}

function createAlias(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { input } = request;
  return core.functions.change(
    ref.name,
    (record) => {
      if (Object.hasOwn(record.aliases, input.Name))
        throw conflict(`Alias already exists: ${arnOf(core.cloud, record.name, input.Name)}`);
      const alias: AliasRecord = {
        name: input.Name,
        version: String(input.FunctionVersion),
        description: input.Description ?? "",
        weights: input.RoutingConfig?.AdditionalVersionWeights ?? {},
        revisionId: randomUUID(),
      };
      checkAlias(core, record, alias);
      record.aliases[alias.name] = alias;
      return showAlias(core, record.name, alias);
    },
    missing(core, ref),
  );
}

function aliasOf(core: Core, record: FunctionRecord, name: string): AliasRecord {
  const alias = Object.hasOwn(record.aliases, name) ? record.aliases[name] : undefined;
  if (!alias) throw notFound(`Cannot find alias arn: ${arnOf(core.cloud, record.name, name)}`);
  return alias;
}

function getAlias(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  return showAlias(core, record.name, aliasOf(core, record, request.params["alias"]!));
}

function listAliases(core: Core, request: Request): unknown {
  const record = getFunction(core, refOf(request));
  const wanted = request.query.get("FunctionVersion");
  const aliases = Object.values(record.aliases).filter((alias) => !wanted || alias.version === wanted);
  const { items, NextMarker } = page(aliases, ({ name }) => name, request.query, 10_000);
  return { Aliases: items.map((alias) => showAlias(core, record.name, alias)), NextMarker };
}

function updateAlias(core: Core, request: Request): Promise<unknown> {
  const ref = refOf(request);
  const { input } = request;
  return core.functions.change(
    ref.name,
    (record) => {
      const name = request.params["alias"]!;
      const before = Object.hasOwn(record.aliases, name) ? record.aliases[name] : undefined;
      if (!before) throw notFound(`Alias not found: ${arnOf(core.cloud, record.name, name)}`);
      if (input.RevisionId && input.RevisionId !== before.revisionId) throw revisionMismatch();
      const alias: AliasRecord = {
        ...before,
        version: input.FunctionVersion ?? before.version,
        description: input.Description ?? before.description,
        weights: input.RoutingConfig ? (input.RoutingConfig.AdditionalVersionWeights ?? {}) : before.weights,
        revisionId: randomUUID(),
      };
      checkAlias(core, record, alias);
      record.aliases[alias.name] = alias;
      return showAlias(core, record.name, alias);
    },
    missing(core, ref),
  );
}

function deleteAlias(core: Core, request: Request): Promise<void> {
  const ref = refOf(request);
  return core.functions.change(
    ref.name,
    (record) => {
      const name = request.params["alias"]!;
      delete record.aliases[name];
      delete record.urls[name];
      delete record.policies[name];
      delete record.eventInvoke[name];
      delete record.provisioned?.[name];
    },
    missing(core, ref),
  );
}
