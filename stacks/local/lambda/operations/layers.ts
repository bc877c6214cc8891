/** PublishLayerVersion, GetLayerVersion(ByArn), ListLayers, ListLayerVersions, DeleteLayerVersion. */
import { check, type Rule } from "../checks.ts";
import { stamp } from "../configuration.ts";
import { type Core, page } from "../core.ts";
import { invalid, notFound, validation } from "../errors.ts";
import type { LayerRecord, LayerVersionRecord } from "../layer-records.ts";
import { layerVersionPattern, parseLayerVersion } from "../layer-use.ts";
import type { Request, Route } from "../router.ts";
import { readCode, uploadLimitBytes } from "./code-source.ts";
import { sweepCode } from "./functions.ts";

const base = "/2018-10-31/layers";
const namePattern =
  "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140})";

/** Layers may name every runtime there has ever been. */
const runtimes = [
  ...["nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x"],
  ...["nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x", "java8", "java8.al2", "java8.al2023"],
  ...["java11", "java11.al2023", "java17", "java17.al2023", "java21", "java25", "python2.7", "python3.6", "python3.7"],
  ...["python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "python3.15"],
  ...["dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8", "dotnet10"],
  ...["nodejs4.3-edge", "go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"],
  ...["provided", "provided.al2", "provided.al2023"],
];
const architectures = ["x86_64", "arm64"];

export function layerRoutes(core: Core): Route[] {
  const version = `${base}/{layer}/versions/{version}`;
  return [
    {
      name: "PublishLayerVersion",
      at: `POST ${base}/{layer}/versions`,
      status: 201,
      bodyLimitBytes: uploadLimitBytes,
      run: (request) => publish(core, request),
    },
    // GetLayerVersionByArn comes to the same path, with `find`.
    {
      name: "ListLayers",
      at: `GET ${base}`,
      status: 200,
      run: (request) => (request.query.get("find") === "LayerVersion" ? getByArn(core, request) : list(core, request)),
    },
    {
      name: "ListLayerVersions",
      at: `GET ${base}/{layer}/versions`,
      status: 200,
      run: (request) => listVersions(core, request),
    },
    { name: "GetLayerVersion", at: `GET ${version}`, status: 200, run: (request) => get(core, request) },
    { name: "DeleteLayerVersion", at: `DELETE ${version}`, status: 204, run: (request) => remove(core, request) },
  ];
}

/** The layer's name, of a name or an ARN; null for a layer of another account or region, of which none are here. */
export function layerName(core: Core, raw: string): string | null {
  check({ LayerName: raw }, [
    { at: "LayerName", maxLength: 2048, minLength: 1 },
    { at: "LayerName", pattern: namePattern },
  ]);
  if (!raw.startsWith("arn:")) return raw;
  const [, , , region, accountId, , name = ""] = raw.split(":");
  return region === core.cloud.options.region && accountId === core.cloud.options.accountId ? name : null;
}

export function layerVersionNumber(raw: string): string {
  if (!/^-?\d{1,19}$/.test(raw)) throw invalid(`${raw} is not a layer version number`);
  if (BigInt(raw) < 1n) throw invalid("Layer Version Cannot be less than 1");
  return String(BigInt(raw));
}

export function layerArn(core: Core, name: string, version?: string): string {
  const { region, accountId } = core.cloud.options;
  return `arn:aws:lambda:${region}:${accountId}:layer:${name}${version ? `:${version}` : ""}`;
}

function show(core: Core, name: string, record: LayerVersionRecord): Record<string, unknown> {
  return {
    LayerVersionArn: layerArn(core, name, String(record.version)),
    Version: record.version,
    Description: record.description,
    CreatedDate: record.created,
    CompatibleRuntimes: record.compatibleRuntimes,
    CompatibleArchitectures: record.compatibleArchitectures,
    LicenseInfo: record.licenseInfo,
  };
}

function showWhole(core: Core, name: string, record: LayerVersionRecord): Record<string, unknown> {
  return {
    ...show(core, name, record),
    LayerArn: layerArn(core, name),
    Content: {
      Location: core.codeLocation(record.codeSha256),
      CodeSha256: record.codeSha256,
      CodeSize: record.codeSizeBytes,
    },
  };
}

async function publish(core: Core, request: Request): Promise<unknown> {
  const { input } = request;
  checkLayer(input);
  const name = layerName(core, request.params["layer"]!);
  if (name === null) throw notFound("The resource you requested does not exist.");
  const code = await readCode(core, request.call, input.Content, () =>
    invalid("Please provide a source for layer content."),
  );
  return core.layers.change(name, (layer) => {
    const record: LayerVersionRecord = {
      version: layer.nextVersion,
      description: input.Description ?? "",
      ...(input.CompatibleRuntimes && { compatibleRuntimes: input.CompatibleRuntimes }),
      ...(input.CompatibleArchitectures && { compatibleArchitectures: input.CompatibleArchitectures }),
      ...(input.LicenseInfo && { licenseInfo: input.LicenseInfo }),
      ...code,
      created: stamp(core.cloud).lastModified,
    };
    layer.nextVersion++;
    layer.versions[String(record.version)] = record;
    return showWhole(core, name, record);
  });
}

const layerRules: readonly Rule[] = [
  { at: "Content", required: true },
  { at: "Description", maxLength: 256 },
  { at: "LicenseInfo", maxLength: 512 },
];

function checkLayer(input: any): void {
  check(input, layerRules);
  const problems = [
    ...listProblem("compatibleRuntimes", input.CompatibleRuntimes, runtimes, 15),
    ...listProblem("compatibleArchitectures", input.CompatibleArchitectures, architectures, 2),
  ];
  if (problems.length > 0) throw validation(problems);
}

function listProblem(at: string, value: unknown, known: readonly string[], most: number): string[] {
  if (value === undefined || value === null) return [];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const say = (constraint: string): string[] => [
    `Value '[${items.join(", ")}]' at '${at}' failed to satisfy constraint: ${constraint}`,
  ];
  if (items.length > most) return say(`Member must have length less than or equal to ${most}`);
  if (items.every((item) => known.includes(String(item)))) return [];
  return say(
    `Member must satisfy constraint: [Member must satisfy enum value set: [${known.join(", ")}], Member must not be null]`,
  );
}

const noLayer = (): Error => notFound("The resource you requested does not exist.");

function find(core: Core, name: string | null, version: string): { name: string; record: LayerVersionRecord } {
  const record = name === null ? undefined : core.layers.get(name)?.versions[version];
  if (name === null || !record) throw noLayer();
  return { name, record };
}

function get(core: Core, { params }: Request): unknown {
  const version = layerVersionNumber(params["version"]!);
  const { name, record } = find(core, layerName(core, params["layer"]!), version);
  return showWhole(core, name, record);
}

function getByArn(core: Core, { query }: Request): unknown {
  const arn = query.get("Arn") ?? "";
  const ref = parseLayerVersion(arn);
  if (!ref)
    throw validation([
      `Value '${arn}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: ${layerVersionPattern}`,
    ]);
  const { region, accountId } = core.cloud.options;
  const here = ref.region === region && ref.accountId === accountId;
  const { name, record } = find(core, here ? ref.name : null, ref.version);
  return showWhole(core, name, record);
}

/** A layer's versions that fit the filters, the newest first. */
function matching(layer: LayerRecord, query: URLSearchParams): LayerVersionRecord[] {
  const [runtime, architecture] = [query.get("CompatibleRuntime"), query.get("CompatibleArchitecture")];
  return Object.values(layer.versions)
    .filter(
      (version) =>
        (!runtime || version.compatibleRuntimes?.includes(runtime)) &&
        (!architecture || version.compatibleArchitectures?.includes(architecture)),
    )
    .sort((a, b) => b.version - a.version);
}

function checkFilters(query: URLSearchParams): void {
  const asked = {
    CompatibleRuntime: query.get("CompatibleRuntime"),
    CompatibleArchitecture: query.get("CompatibleArchitecture"),
  };
  check(asked, [
    { at: "CompatibleArchitecture", oneOf: architectures },
    { at: "CompatibleRuntime", oneOf: runtimes },
  ]);
}

function list(core: Core, { query }: Request): unknown {
  checkFilters(query);
  const found = core.layers.list().flatMap((layer) =>
    matching(layer, query)
      .slice(0, 1)
      .map((newest) => ({ name: layer.name, newest })),
  );
  const { items, NextMarker } = page(found, ({ name }) => name, query);
  return {
    Layers: items.map(({ name, newest }) => ({
      LayerName: name,
      LayerArn: layerArn(core, name),
      LatestMatchingVersion: show(core, name, newest),
    })),
    NextMarker,
  };
}

function listVersions(core: Core, { params, query }: Request): unknown {
  checkFilters(query);
  const name = layerName(core, params["layer"]!);
  const layer = name === null ? undefined : core.layers.get(name);
  const newestFirst = ({ version }: LayerVersionRecord): string =>
    String(Number.MAX_SAFE_INTEGER - version).padStart(16, "0");
  const { items, NextMarker } = page(layer ? matching(layer, query) : [], newestFirst, query);
  return { LayerVersions: items.map((record) => show(core, name!, record)), NextMarker };
}

/** Functions that have it keep it. What is not there is deleted already. */
async function remove(core: Core, { params }: Request): Promise<void> {
  const version = layerVersionNumber(params["version"]!);
  const name = layerName(core, params["layer"]!);
  if (name === null || !core.layers.get(name)?.versions[version]) return;
  await core.layers.change(name, (layer) => void delete layer.versions[version]);
  await sweepCode(core);
}
