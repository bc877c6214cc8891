/**
 * aws:apigatewayv2/integration:Integration of an HTTP API. Two may be alike in everything, so what an interrupted create
 * left cannot be told apart; it answers nobody without a route, and goes with its API.
 */
import type { PropertyMap } from "../../../engine/value.ts";
import { map, number, refused, refusedAll, text } from "../schema.ts";
import { type Call, compact, num, type ResourceType, str, sub } from "../type.ts";
import { alone, gateway, insideOf, orMissing } from "./calls.ts";

const socket = "It is of WebSocket APIs, which need the official engine.";
const token = "aws:apigatewayv2/integration:Integration";

export const integration: ResourceType = {
  token,
  properties: {
    apiId: text({ required: true, replaces: true }),
    integrationType: text({ required: true, replaces: true, oneOf: ["AWS_PROXY", "HTTP_PROXY"] }),
    integrationSubtype: text({ replaces: true }),
    integrationUri: text(),
    integrationMethod: text({ computed: true }),
    connectionType: text({ default: "INTERNET", oneOf: ["INTERNET"] }),
    credentialsArn: text(),
    description: text(),
    passthroughBehavior: text({ default: "WHEN_NO_MATCH", oneOf: ["WHEN_NO_MATCH"] }),
    payloadFormatVersion: text({ default: "1.0", oneOf: ["1.0", "2.0"] }),
    requestParameters: map(text()),
    timeoutMilliseconds: number({ computed: true }),
    connectionId: refused("VPC links need the official engine."),
    tlsConfig: refused("VPC links need the official engine."),
    contentHandlingStrategy: refused(socket),
    requestTemplates: refused(socket),
    templateSelectionExpression: refused(socket),
    ...refusedAll("responseParameters"),
  },
  outputs: ["integrationResponseSelectionExpression"],
  // Nothing finds it again: it is forgotten, and another one made.
  intent: (inputs) => `${str(inputs, "apiId")} ${str(inputs, "integrationUri")}`,
  create: async (call) => {
    const { inputs } = call;
    const IntegrationType = str(inputs, "integrationType") as "AWS_PROXY";
    const IntegrationSubtype = str(inputs, "integrationSubtype");
    const client = await gateway(call);
    const of = { ApiId: str(inputs, "apiId"), IntegrationType, IntegrationSubtype };
    const made = await alone(call, () => client.createIntegration({ ...of, ...settings(inputs) }));
    return made.IntegrationId!;
  },
  aspects: [
    {
      of: [
        ...["integrationUri", "integrationMethod", "credentialsArn", "description", "payloadFormatVersion"],
        ...["requestParameters", "timeoutMilliseconds"],
      ],
      sync,
    },
  ],
  observe,
  remove: async (call) => {
    const { ApiId, id } = insideOf(call, token);
    const client = await gateway(call);
    await alone(call, () => orMissing(client.deleteIntegration({ ApiId, IntegrationId: id })));
  },
};

function settings(inputs: PropertyMap) {
  return {
    IntegrationUri: str(inputs, "integrationUri"),
    IntegrationMethod: str(inputs, "integrationMethod"),
    ConnectionType: "INTERNET" as const,
    CredentialsArn: str(inputs, "credentialsArn"),
    Description: str(inputs, "description"),
    PayloadFormatVersion: str(inputs, "payloadFormatVersion"),
    RequestParameters: sub(inputs, "requestParameters") as Record<string, string> | undefined,
    TimeoutInMillis: num(inputs, "timeoutMilliseconds"),
  };
}

async function sync(call: Call): Promise<void> {
  const { inputs, olds } = call;
  const client = await gateway(call);
  const wanted = settings(inputs);
  // A parameter that is left out stays; an empty one goes.
  const gone = Object.keys(sub(olds, "requestParameters") ?? {}).map((name) => [name, ""]);
  const request = {
    ...{ ...wanted, Description: wanted.Description ?? "", CredentialsArn: wanted.CredentialsArn ?? undefined },
    RequestParameters: { ...Object.fromEntries(gone), ...wanted.RequestParameters },
  };
  const of = { ApiId: str(inputs, "apiId"), IntegrationId: call.id };
  await alone(call, () => client.updateIntegration({ ...of, ...request }));
}

async function observe(call: Call) {
  const { ApiId, id } = insideOf(call, token);
  const live = await orMissing((await gateway(call)).getIntegration({ ApiId, IntegrationId: id }));
  if (!live) return undefined;
  const parameters = Object.entries(live.RequestParameters ?? {}).filter(([, value]) => value !== "");
  return {
    inputs: compact({
      apiId: ApiId,
      integrationType: live.IntegrationType,
      integrationSubtype: live.IntegrationSubtype,
      integrationUri: live.IntegrationUri,
      integrationMethod: live.IntegrationMethod,
      connectionType: live.ConnectionType,
      credentialsArn: live.CredentialsArn || undefined,
      description: live.Description || undefined,
      payloadFormatVersion: live.PayloadFormatVersion,
      requestParameters: parameters.length > 0 ? Object.fromEntries(parameters) : undefined,
      timeoutMilliseconds: live.TimeoutInMillis,
    }),
    outputs: { integrationResponseSelectionExpression: live.IntegrationResponseSelectionExpression ?? "" },
  };
}
