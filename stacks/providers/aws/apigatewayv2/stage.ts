/** aws:apigatewayv2/stage:Stage of an HTTP API. */
import type { RouteSettings } from "@aws-sdk/client-apigatewayv2";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, map, number, object, type Properties, refusedAll, set, text } from "../schema.ts";
import { type Tags, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str, sub, subs } from "../type.ts";
import { alone, arnOf, executionArn, gateway, insideOf, orMissing, syncTagsOf } from "./calls.ts";

const token = "aws:apigatewayv2/stage:Stage";
const limits: Properties = {
  dataTraceEnabled: flag({ default: false }),
  detailedMetricsEnabled: flag({ default: false }),
  loggingLevel: text(),
  throttlingBurstLimit: number({ default: 0 }),
  throttlingRateLimit: number({ default: 0 }),
};

export const stage: ResourceType = {
  token,
  properties: {
    apiId: text({ required: true, replaces: true }),
    name: text({ replaces: true, computed: true }),
    autoDeploy: flag({ default: false }),
    // With autoDeploy the latest one is AWS's own business.
    deploymentId: text({ computed: true }),
    description: text(),
    accessLogSettings: object({ destinationArn: text({ required: true }), format: text({ required: true }) }),
    defaultRouteSettings: object(limits),
    routeSettings: set(object({ routeKey: text({ required: true }), ...limits })),
    stageVariables: map(text()),
    ...refusedAll("clientCertificateId"),
  },
  outputs: ["arn", "executionArn", "invokeUrl"],
  volatile: ["deploymentId"],
  taggable: true,
  autoname: { property: "name", maxLength: 128 },
  identity: ({ apiId, name }) =>
    typeof apiId === "string" && typeof name === "string" ? `${apiId}/${name}` : undefined,
  locate: async (call) => str(call.inputs, "name"),
  create: async (call) => {
    const { inputs } = call;
    call.label = `stage ${str(inputs, "name")}`;
    const client = await gateway(call);
    const of = { ApiId: str(inputs, "apiId"), StageName: str(inputs, "name")! };
    const Tags = inputs["tagsAll"] as Tags | undefined;
    await client.createStage({ ...of, ...settings(inputs), Tags });
    return of.StageName;
  },
  exists: ["ConflictException"],
  aspects: [
    {
      of: [
        ...["autoDeploy", "deploymentId", "description", "accessLogSettings", "defaultRouteSettings"],
        ...["routeSettings", "stageVariables"],
      ],
      sync,
    },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove: async (call) => {
    const { ApiId, id } = insideOf(call, token);
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteStage({ ApiId, StageName: id })));
  },
};

function limitsOf(said: PropertyMap): RouteSettings {
  return {
    DetailedMetricsEnabled: bool(said, "detailedMetricsEnabled"),
    // HTTP APIs have neither; whoever says them hears it from AWS.
    DataTraceEnabled: bool(said, "dataTraceEnabled") || undefined,
    LoggingLevel: str(said, "loggingLevel") as "INFO" | undefined,
    ThrottlingBurstLimit: num(said, "throttlingBurstLimit"),
    ThrottlingRateLimit: num(said, "throttlingRateLimit"),
  };
}

function settings(inputs: PropertyMap) {
  const [log, limit] = [sub(inputs, "accessLogSettings"), sub(inputs, "defaultRouteSettings")];
  const routes = subs(inputs, "routeSettings").map((one) => [str(one, "routeKey")!, limitsOf(one)]);
  return {
    AutoDeploy: bool(inputs, "autoDeploy"),
    DeploymentId: bool(inputs, "autoDeploy") ? undefined : str(inputs, "deploymentId"),
    Description: str(inputs, "description"),
    AccessLogSettings: log && { DestinationArn: str(log, "destinationArn"), Format: str(log, "format") },
    DefaultRouteSettings: limit && limitsOf(limit),
    RouteSettings: Object.fromEntries(routes) as Record<string, RouteSettings>,
    StageVariables: sub(inputs, "stageVariables") as Record<string, string> | undefined,
  };
}

async function sync(call: Call, changed: readonly string[]): Promise<void> {
  const { inputs, olds } = call;
  const client = await gateway(call);
  const of = { ApiId: str(inputs, "apiId"), StageName: call.id };
  if (changed.includes("accessLogSettings") && !sub(inputs, "accessLogSettings"))
    await orMissing(client.deleteAccessLogSettings(of));
  const kept = subs(inputs, "routeSettings").map((one) => str(one, "routeKey"));
  for (const one of subs(olds, "routeSettings"))
    if (!kept.includes(str(one, "routeKey")))
      await orMissing(client.deleteRouteSettings({ ...of, RouteKey: str(one, "routeKey") }));
  const wanted = settings(inputs);
  // A variable that is left out stays; an empty one goes.
  const gone = Object.keys(sub(olds, "stageVariables") ?? {}).map((name) => [name, ""]);
  const StageVariables = { ...Object.fromEntries(gone), ...wanted.StageVariables };
  const Description = wanted.Description ?? "";
  await alone(call, () => client.updateStage({ ...of, ...wanted, Description, StageVariables }));
}

const arn = (call: Call, apiId: string): string => arnOf(call, `/apis/${apiId}/stages/${call.id}`);

async function syncTags(call: Call): Promise<void> {
  const ApiId = str(call.inputs, "apiId")!;
  const live = await (await gateway(call)).getStage({ ApiId, StageName: call.id });
  await syncTagsOf(call, arn(call, ApiId), tagMap(live.Tags));
}

const saidLimits = (live: RouteSettings): PropertyMap =>
  compact({
    dataTraceEnabled: live.DataTraceEnabled,
    detailedMetricsEnabled: live.DetailedMetricsEnabled,
    loggingLevel: live.LoggingLevel,
    throttlingBurstLimit: live.ThrottlingBurstLimit,
    throttlingRateLimit: live.ThrottlingRateLimit,
  });

async function observe(call: Call) {
  const { ApiId, id } = insideOf(call, token);
  const client = await gateway(call);
  const live = await orMissing(client.getStage({ ApiId, StageName: id }));
  const of = live && (await orMissing(client.getApi({ ApiId })));
  if (!live || !of) return undefined;
  const log = live.AccessLogSettings;
  const variables = Object.entries(live.StageVariables ?? {}).filter(([, value]) => value !== "");
  return {
    inputs: compact({
      apiId: ApiId,
      name: live.StageName,
      autoDeploy: live.AutoDeploy ?? false,
      deploymentId: live.DeploymentId,
      description: live.Description || undefined,
      accessLogSettings: log && compact({ destinationArn: log.DestinationArn, format: log.Format }),
      defaultRouteSettings: live.DefaultRouteSettings && saidLimits(live.DefaultRouteSettings),
      routeSettings: Object.entries(live.RouteSettings ?? {}).map(([routeKey, one]) => ({
        routeKey,
        ...saidLimits(one),
      })),
      stageVariables: Object.fromEntries(variables),
      tagsAll: tagMap(live.Tags),
    }),
    outputs: {
      arn: arn(call, ApiId),
      executionArn: await executionArn(call, `${ApiId}/${id}`),
      invokeUrl: `${of.ApiEndpoint}/${id === "$default" ? "" : id}`,
    },
  };
}
