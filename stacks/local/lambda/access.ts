/** What each operation of Lambda needs: IAM action, ARNs of functions and layers, condition keys, their policies. */
import { anywhere, listOf, requestTags, resourceTags, tagKeys, textOf } from "../access/rows.ts";
import { type CompiledPolicy, compilePolicy, type PolicyDocument } from "../iam/policy/index.ts";
import type { AccessRow, AccessTable, LocalCloud, Need } from "../service.ts";
import type { Core } from "./core.ts";
import { mappingArn } from "./event-sources/naming.ts";
import { parseLayerVersion } from "./layer-use.ts";
import { arnOf, parseFunction } from "./naming.ts";
import { type FunctionRecord, latest, type PolicyStatement } from "./records.ts";
import type { Request } from "./router.ts";

type Keys = ReturnType<NonNullable<Need["keys"]>>;
type Row = AccessRow<Request>;

/** A policy is compiled once for each list of its statements, which is replaced when it changes. */
const compiled = new WeakMap<readonly PolicyStatement[], CompiledPolicy>();

function policyOf(statements: readonly PolicyStatement[] | undefined): CompiledPolicy | undefined {
  if (!statements || statements.length === 0) return undefined;
  const known = compiled.get(statements);
  if (known) return known;
  const made = compilePolicy("function-policy", { Version: "2012-10-17", Statement: statements } as PolicyDocument);
  compiled.set(statements, made);
  return made;
}

/** Of a record, which every change replaces; by action and qualifier. */
const kept = new WeakMap<FunctionRecord, Map<string, Need>>();
/** Qualifiers are the caller's words: there is no end of them. */
const mostKept = 100;

/** One need on a function, a version or an alias. A name that cannot be one is for the operation to refuse. */
export function functionNeed(
  { cloud, functions }: Pick<Core, "cloud" | "functions">,
  action: string,
  name: string,
  qualifier?: string,
  keys?: () => Keys,
): Need {
  const record = functions.get(name);
  const needs = !keys && record ? (kept.get(record) ?? new Map<string, Need>()) : undefined;
  const which = `${action} ${qualifier ?? ""}`;
  const known = needs?.get(which);
  if (known) return known;
  const need: Need = {
    action: `lambda:${action}`,
    resource: arnOf(cloud, name, qualifier),
    policy: () => policyOf(functions.get(name)?.policies[qualifier ?? latest]?.statements),
    keys: () => ({
      "lambda:FunctionArn": arnOf(cloud, name, qualifier),
      ...resourceTags(record?.tags),
      ...keys?.(),
    }),
  };
  if (!needs || needs.size >= mostKept) return need;
  kept.set(record!, needs.set(which, { ...need, kept: true }));
  return needs.get(which)!;
}

export function lambdaAccess(core: Pick<Core, "cloud" | "functions" | "layers" | "mappings">): AccessTable<Request> {
  const { cloud } = core;
  const on =
    (action: string, keys?: (request: Request) => Keys): Row =>
    (request) => {
      const { name, qualifier } = refOrText(request.params["name"] ?? "", request.query.get("Qualifier"));
      return [functionNeed(core, action, name, qualifier, keys && (() => keys(request)))];
    };
  const mapping =
    (
      action: string,
      uuidOf = ({ params }: Request): string => params["UUID"] ?? "",
      keys?: (request: Request) => Keys,
    ): Row =>
    (request) => [mappingNeed(core, action, uuidOf(request), () => keys?.(request) ?? {})];
  const tags =
    (action: string, keys: (request: Request) => Keys = () => ({})): Row =>
    (request, call) => {
      const [, uuid] = (request.params["resource"] ?? "").split(":event-source-mapping:");
      if (uuid !== undefined) return mapping(action, () => uuid, keys)(request, call);
      return [
        functionNeed(core, action, refOrText(request.params["resource"] ?? "", null).name, undefined, () =>
          keys(request),
        ),
      ];
    };
  const url = (action: string): Row => on(action, ({ input }) => ({ "lambda:FunctionUrlAuthType": authType(input) }));
  const layer =
    (action: string): Row =>
    ({ params }) => [layerNeed(core, action, params["layer"] ?? "", params["version"])];
  const ofAlias =
    (action: string): Row =>
    ({ params }) => [functionNeed(core, action, refOrText(params["name"] ?? "", null).name)];

  return {
    CreateFunction: (request) => {
      const { name } = refOrText(textOf(request.input.FunctionName), null);
      const asked = (): Keys => ({ ...requestTags(request.input.Tags), ...layerKeys(request.input) });
      return [
        functionNeed(core, "CreateFunction", name, undefined, asked),
        ...(Object.keys(request.input.Tags ?? {}).length > 0
          ? [functionNeed(core, "TagResource", name, undefined, () => requestTags(request.input.Tags))]
          : []),
        ...passed(cloud, request.input.Role, name),
        ...used(core, request.input),
      ];
    },
    ListFunctions: anywhere("lambda:ListFunctions"),
    GetFunction: on("GetFunction"),
    GetFunctionConfiguration: on("GetFunctionConfiguration"),
    UpdateFunctionCode: on("UpdateFunctionCode"),
    UpdateFunctionConfiguration: (request) => {
      const { name } = refOrText(request.params["name"] ?? "", null);
      return [
        functionNeed(core, "UpdateFunctionConfiguration", name, undefined, () => layerKeys(request.input)),
        ...passed(cloud, request.input.Role, name),
        ...used(core, request.input),
      ];
    },
    DeleteFunction: on("DeleteFunction"),
    Invoke: on("InvokeFunction"),
    InvokeWithResponseStream: on("InvokeFunction"),
    PublishVersion: on("PublishVersion"),
    ListVersionsByFunction: on("ListVersionsByFunction"),
    CreateAlias: ofAlias("CreateAlias"),
    ListAliases: ofAlias("ListAliases"),
    GetAlias: ofAlias("GetAlias"),
    UpdateAlias: ofAlias("UpdateAlias"),
    DeleteAlias: ofAlias("DeleteAlias"),
    CreateFunctionUrlConfig: url("CreateFunctionUrlConfig"),
    GetFunctionUrlConfig: on("GetFunctionUrlConfig"),
    UpdateFunctionUrlConfig: url("UpdateFunctionUrlConfig"),
    DeleteFunctionUrlConfig: on("DeleteFunctionUrlConfig"),
    ListFunctionUrlConfigs: on("ListFunctionUrlConfigs"),
    AddPermission: on("AddPermission", ({ input }) => ({
      "lambda:Principal": textOf(input.Principal) || undefined,
      "lambda:FunctionUrlAuthType": textOf(input.FunctionUrlAuthType) || undefined,
    })),
    GetPolicy: on("GetPolicy"),
    RemovePermission: on("RemovePermission"),
    GetAccountSettings: anywhere("lambda:GetAccountSettings"),
    PutFunctionConcurrency: on("PutFunctionConcurrency"),
    GetFunctionConcurrency: on("GetFunctionConcurrency"),
    DeleteFunctionConcurrency: on("DeleteFunctionConcurrency"),
    PutProvisionedConcurrencyConfig: on("PutProvisionedConcurrencyConfig"),
    GetProvisionedConcurrencyConfig: (request, call) =>
      on(request.query.get("List") === "ALL" ? "ListProvisionedConcurrencyConfigs" : "GetProvisionedConcurrencyConfig")(
        request,
        call,
      ),
    DeleteProvisionedConcurrencyConfig: on("DeleteProvisionedConcurrencyConfig"),
    PutFunctionEventInvokeConfig: on("PutFunctionEventInvokeConfig"),
    UpdateFunctionEventInvokeConfig: on("UpdateFunctionEventInvokeConfig"),
    GetFunctionEventInvokeConfig: on("GetFunctionEventInvokeConfig"),
    DeleteFunctionEventInvokeConfig: on("DeleteFunctionEventInvokeConfig"),
    ListFunctionEventInvokeConfigs: on("ListFunctionEventInvokeConfigs"),
    ListTags: tags("ListTags"),
    TagResource: tags("TagResource", ({ input }) => requestTags(input.Tags)),
    UntagResource: tags("UntagResource", ({ query }) => tagKeys(query.getAll("tagKeys"))),
    GetFunctionCodeSigningConfig: on("GetFunctionCodeSigningConfig"),
    GetRuntimeManagementConfig: on("GetRuntimeManagementConfig"),
    PutRuntimeManagementConfig: on("PutRuntimeManagementConfig"),
    GetFunctionRecursionConfig: on("GetFunctionRecursionConfig"),
    PutFunctionRecursionConfig: on("PutFunctionRecursionConfig"),
    CreateEventSourceMapping: ({ input }) => {
      const target = { "lambda:FunctionArn": functionArnOf(cloud, input.FunctionName) };
      return [
        {
          action: "lambda:CreateEventSourceMapping",
          resource: "*",
          keys: () => ({ ...target, ...requestTags(input.Tags) }),
        },
        ...(Object.keys(input.Tags ?? {}).length > 0
          ? [mappingNeed(core, "TagResource", "*", () => requestTags(input.Tags))]
          : []),
      ];
    },
    GetEventSourceMapping: mapping("GetEventSourceMapping"),
    UpdateEventSourceMapping: mapping("UpdateEventSourceMapping"),
    DeleteEventSourceMapping: mapping("DeleteEventSourceMapping"),
    ListEventSourceMappings: anywhere("lambda:ListEventSourceMappings"),
    PublishLayerVersion: layer("PublishLayerVersion"),
    ListLayers: (request) =>
      request.query.get("find") === "LayerVersion"
        ? [layerVersionNeed(core, request.query.get("Arn") ?? "")]
        : [{ action: "lambda:ListLayers", resource: "*" }],
    ListLayerVersions: layer("ListLayerVersions"),
    GetLayerVersion: layer("GetLayerVersion"),
    DeleteLayerVersion: layer("DeleteLayerVersion"),
    AddLayerVersionPermission: layer("AddLayerVersionPermission"),
    GetLayerVersionPolicy: layer("GetLayerVersionPolicy"),
    RemoveLayerVersionPermission: layer("RemoveLayerVersionPermission"),
  };
}

/** A mapping by its UUID, with its function in the keys. */
function mappingNeed(
  { cloud, mappings }: Pick<Core, "cloud" | "mappings">,
  action: string,
  uuid: string,
  keys: () => Keys,
): Need {
  const found = mappings.get(uuid);
  return {
    action: `lambda:${action}`,
    resource: mappingArn({ cloud }, uuid),
    keys: () => ({
      ...(found && { "lambda:FunctionArn": arnOf(cloud, found.functionName, found.qualifier || undefined) }),
      ...resourceTags(found?.tags),
      ...keys(),
    }),
  };
}

function functionArnOf(cloud: LocalCloud, raw: unknown): string {
  const { name, qualifier } = refOrText(textOf(raw), null);
  return arnOf(cloud, name, qualifier);
}

function refOrText(raw: string, qualifier: string | null): { name: string; qualifier: string | undefined } {
  try {
    return parseFunction(raw, qualifier);
  } catch {
    return { name: raw, qualifier: qualifier ?? undefined };
  }
}

const authType = (input: any): string => (input.AuthType === undefined ? "NONE" : textOf(input.AuthType));

const layerKeys = ({ Layers }: any): Keys => {
  const arns = listOf(Layers).map(textOf);
  return arns.length === 0 ? {} : { "lambda:Layer": arns };
};

/** Whoever gives a function a role hands over that role's permissions. */
export function passed(cloud: LocalCloud, role: unknown, functionName: string): Need[] {
  if (typeof role !== "string") return [];
  return [
    {
      action: "iam:PassRole",
      resource: role,
      keys: () => ({
        "iam:PassedToService": "lambda.amazonaws.com",
        "iam:AssociatedResourceArn": arnOf(cloud, functionName),
      }),
    },
  ];
}

/** Layers that a function takes in are read by whoever says so. */
function used(core: Pick<Core, "cloud" | "layers">, { Layers }: any): Need[] {
  return listOf(Layers)
    .map(textOf)
    .filter((arn) => parseLayerVersion(arn)?.accountId === core.cloud.options.accountId)
    .map((arn) => layerVersionNeed(core, arn));
}

function layerVersionNeed(core: Pick<Core, "cloud" | "layers">, arn: string): Need {
  const at = arn.lastIndexOf(":");
  return layerNeed(core, "GetLayerVersion", arn.slice(0, at), arn.slice(at + 1));
}

function layerNeed({ cloud, layers }: Pick<Core, "cloud" | "layers">, action: string, layer: string, version?: string) {
  const { region, accountId } = cloud.options;
  const arn = layer.startsWith("arn:") ? layer : `arn:aws:lambda:${region}:${accountId}:layer:${layer}`;
  const name = arn.split(":")[6] ?? "";
  return {
    action: `lambda:${action}`,
    resource: version === undefined ? arn : `${arn}:${version}`,
    policy: () => policyOf(version === undefined ? undefined : layers.get(name)?.versions[version]?.policy?.statements),
  };
}
