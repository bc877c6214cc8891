/** aws:apigatewayv2/api:Api, an HTTP API. */
import type { Cors } from "@aws-sdk/client-apigatewayv2";
import type { PropertyMap } from "../../../engine/value.ts";
import { flag, isEmpty, number, object, refused, refusedAll, set, text } from "../schema.ts";
import { identityTags, isOurs, type Tags, tagMap } from "../tags.ts";
import { bool, type Call, compact, num, type ResourceType, str, strs, sub } from "../type.ts";
import { alone, arnOf, executionArn, gateway, orMissing, syncTagsOf } from "./calls.ts";

const routes = refused("Say routes, integrations and stages as resources of their own.");

export const api: ResourceType = {
  token: "aws:apigatewayv2/api:Api",
  properties: {
    name: text({ computed: true }),
    protocolType: text({ required: true, replaces: true, oneOf: ["HTTP"] }),
    description: text(),
    version: text(),
    disableExecuteApiEndpoint: flag({ default: false }),
    ipAddressType: text({ computed: true, oneOf: ["ipv4", "dualstack"] }),
    corsConfiguration: object({
      allowCredentials: flag({ default: false }),
      allowHeaders: set(text()),
      allowMethods: set(text()),
      allowOrigins: set(text()),
      exposeHeaders: set(text()),
      maxAge: number({ default: 0 }),
    }),
    apiKeySelectionExpression: text({ default: "$request.header.x-api-key" }),
    routeSelectionExpression: text({ default: "$request.method $request.path" }),
    body: routes,
    credentialsArn: routes,
    routeKey: routes,
    target: routes,
    ...refusedAll("failOnWarnings"),
  },
  outputs: ["apiEndpoint", "arn", "executionArn"],
  taggable: true,
  autoname: { property: "name", maxLength: 128 },
  create,
  locate,
  aspects: [
    { of: ["corsConfiguration"], sync: syncCors },
    {
      of: [
        ...["name", "description", "version", "disableExecuteApiEndpoint", "ipAddressType"],
        ...["apiKeySelectionExpression", "routeSelectionExpression"],
      ],
      sync: async (call) => {
        const client = await gateway(call);
        // What is left out stays as it was: saying nothing is said.
        const said = { Description: "", Version: "", ...settings(call.inputs) };
        await alone(call, () => client.updateApi({ ApiId: call.id, ...said }));
      },
    },
    { of: ["tagsAll"], sync: syncTags },
  ],
  observe,
  remove: async (call) => {
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteApi({ ApiId: call.id })));
  },
};

function settings(inputs: PropertyMap) {
  return {
    Name: str(inputs, "name")!,
    ...(str(inputs, "description") === undefined ? {} : { Description: str(inputs, "description") }),
    ...(str(inputs, "version") === undefined ? {} : { Version: str(inputs, "version") }),
    DisableExecuteApiEndpoint: bool(inputs, "disableExecuteApiEndpoint") ?? false,
    IpAddressType: str(inputs, "ipAddressType") as "ipv4" | undefined,
    ApiKeySelectionExpression: str(inputs, "apiKeySelectionExpression"),
    RouteSelectionExpression: str(inputs, "routeSelectionExpression"),
  };
}

function corsOf(cors: PropertyMap): Cors {
  return {
    AllowCredentials: bool(cors, "allowCredentials"),
    AllowHeaders: strs(cors, "allowHeaders"),
    AllowMethods: strs(cors, "allowMethods"),
    AllowOrigins: strs(cors, "allowOrigins"),
    ExposeHeaders: strs(cors, "exposeHeaders"),
    MaxAge: num(cors, "maxAge"),
  };
}

async function create(call: Call): Promise<string> {
  const { inputs } = call;
  call.label = str(inputs, "name")!;
  const cors = sub(inputs, "corsConfiguration");
  const client = await gateway(call);
  const made = await client.createApi({
    ...settings(inputs),
    ProtocolType: "HTTP",
    CorsConfiguration: cors && corsOf(cors),
    Tags: inputs["tagsAll"] as Tags | undefined,
  });
  // AWS makes as many of a name as it is asked for: an answer that was lost left another one, which has no route yet.
  if ((made.$metadata.attempts ?? 1) > 1)
    for (const ApiId of await ours(call))
      if (ApiId !== made.ApiId && (await client.getRoutes({ ApiId })).Items?.length === 0)
        await alone(call, () => orMissing(client.deleteApi({ ApiId })));
  return made.ApiId!;
}

async function locate(call: Call): Promise<string | undefined> {
  const found = await ours(call);
  return found.length === 1 ? found[0] : undefined;
}

/** Names are not unique: only those with our tags are what an interrupted create left. */
async function ours(call: Call): Promise<string[]> {
  const tagsAll = (call.inputs["tagsAll"] ?? {}) as Tags;
  if (identityTags(tagsAll).length === 0) return [];
  const client = await gateway(call);
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.getApis({ NextToken });
    for (const one of page.Items ?? [])
      if (one.Name === str(call.inputs, "name") && isOurs(tagMap(one.Tags), tagsAll)) found.push(one.ApiId!);
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

async function syncCors(call: Call): Promise<void> {
  const client = await gateway(call);
  const cors = sub(call.inputs, "corsConfiguration");
  if (isEmpty(cors)) await orMissing(client.deleteCorsConfiguration({ ApiId: call.id }));
  else await alone(call, () => client.updateApi({ ApiId: call.id, CorsConfiguration: corsOf(cors!) }));
}

async function syncTags(call: Call): Promise<void> {
  const live = await (await gateway(call)).getApi({ ApiId: call.id });
  await syncTagsOf(call, arnOf(call, `/apis/${call.id}`), tagMap(live.Tags));
}

async function observe(call: Call) {
  const live = await orMissing((await gateway(call)).getApi({ ApiId: call.id }));
  if (!live) return undefined;
  const cors = live.CorsConfiguration;
  return {
    inputs: compact({
      name: live.Name,
      protocolType: live.ProtocolType,
      description: live.Description || undefined,
      version: live.Version || undefined,
      disableExecuteApiEndpoint: live.DisableExecuteApiEndpoint ?? false,
      ipAddressType: live.IpAddressType,
      apiKeySelectionExpression: live.ApiKeySelectionExpression,
      routeSelectionExpression: live.RouteSelectionExpression,
      corsConfiguration:
        cors &&
        compact({
          allowCredentials: cors.AllowCredentials,
          allowHeaders: cors.AllowHeaders,
          allowMethods: cors.AllowMethods,
          allowOrigins: cors.AllowOrigins,
          exposeHeaders: cors.ExposeHeaders,
          maxAge: cors.MaxAge,
        }),
      tagsAll: tagMap(live.Tags),
    }),
    outputs: {
      apiEndpoint: live.ApiEndpoint ?? "",
      arn: arnOf(call, `/apis/${call.id}`),
      executionArn: await executionArn(call, call.id),
    },
  };
}
