/** aws:apigatewayv2/route:Route of an HTTP API. An API has one route of a key. */
import type { PropertyMap } from "../../../engine/value.ts";
import { refused, set, text } from "../schema.ts";
import { type Call, compact, type ResourceType, str, strs } from "../type.ts";
import { alone, gateway, insideOf, orMissing } from "./calls.ts";

const socket = refused("It is of WebSocket APIs, which need the official engine.");
const token = "aws:apigatewayv2/route:Route";

export const route: ResourceType = {
  token,
  properties: {
    apiId: text({ required: true, replaces: true }),
    routeKey: text({ required: true }),
    target: text(),
    authorizationType: text({ default: "NONE", oneOf: ["NONE", "JWT", "AWS_IAM", "CUSTOM"] }),
    authorizationScopes: set(text()),
    authorizerId: text(),
    operationName: text(),
    apiKeyRequired: socket,
    modelSelectionExpression: socket,
    requestModels: socket,
    requestParameters: socket,
    routeResponseSelectionExpression: socket,
  },
  outputs: [],
  identity: ({ apiId, routeKey }) =>
    typeof apiId === "string" && typeof routeKey === "string" ? `${apiId}/${routeKey}` : undefined,
  create: async (call) => {
    call.label = `route ${str(call.inputs, "routeKey")}`;
    const client = await gateway(call);
    const made = await client.createRoute({ ApiId: str(call.inputs, "apiId"), ...settings(call.inputs) });
    return made.RouteId!;
  },
  // Also what is said while another change is under way: then there is none of the key, and the error stands.
  exists: ["ConflictException"],
  locate,
  aspects: [
    {
      of: ["routeKey", "target", "authorizationType", "authorizationScopes", "authorizerId", "operationName"],
      sync: async (call) => {
        const client = await gateway(call);
        const of = { ApiId: str(call.inputs, "apiId"), RouteId: call.id };
        await alone(call, () => client.updateRoute({ ...of, ...settings(call.inputs) }));
      },
    },
  ],
  observe,
  remove: async (call) => {
    const { ApiId, id } = insideOf(call, token);
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteRoute({ ApiId, RouteId: id })));
  },
};

function settings(inputs: PropertyMap) {
  return {
    RouteKey: str(inputs, "routeKey")!,
    Target: str(inputs, "target"),
    AuthorizationType: str(inputs, "authorizationType") as "NONE" | undefined,
    AuthorizationScopes: strs(inputs, "authorizationScopes"),
    AuthorizerId: str(inputs, "authorizerId"),
    OperationName: str(inputs, "operationName"),
  };
}

async function locate(call: Call): Promise<string | undefined> {
  const client = await gateway(call);
  let NextToken: string | undefined;
  do {
    const page = await orMissing(client.getRoutes({ ApiId: str(call.inputs, "apiId"), NextToken }));
    const found = page?.Items?.find(({ RouteKey }) => RouteKey === str(call.inputs, "routeKey"));
    if (found) return found.RouteId;
    NextToken = page?.NextToken;
  } while (NextToken);
  return undefined;
}

async function observe(call: Call) {
  const { ApiId, id } = insideOf(call, token);
  const live = await orMissing((await gateway(call)).getRoute({ ApiId, RouteId: id }));
  return (
    live && {
      inputs: compact({
        apiId: ApiId,
        routeKey: live.RouteKey,
        target: live.Target,
        authorizationType: live.AuthorizationType,
        authorizationScopes: live.AuthorizationScopes,
        authorizerId: live.AuthorizerId,
        operationName: live.OperationName,
      }),
      outputs: {},
    }
  );
}
