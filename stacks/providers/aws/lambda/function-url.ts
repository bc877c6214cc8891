/**
 * aws:lambda/functionUrl:FunctionUrl. With authorization NONE the two grants that make it public come with it, as with
 * pulumi-aws; since October 2025 AWS wants both.
 */
import type { Cors, CreateFunctionUrlConfigCommandInput } from "@aws-sdk/client-lambda";
import { hasCode, isUnreadable } from "../errors.ts";
import { flag, number, object, set, text } from "../schema.ts";
import { bool, type Call, compact, num, type ResourceType, str, strs, sub } from "../type.ts";
import { idle, lambda, orMissing } from "./calls.ts";

export const functionUrl: ResourceType = {
  token: "aws:lambda/functionUrl:FunctionUrl",
  properties: {
    functionName: text({ required: true, replaces: true }),
    qualifier: text({ replaces: true }),
    authorizationType: text({ required: true, oneOf: ["NONE", "AWS_IAM"] }),
    invokeMode: text({ default: "BUFFERED", oneOf: ["BUFFERED", "RESPONSE_STREAM"] }),
    cors: object({
      allowCredentials: flag({ default: false }),
      allowHeaders: set(text()),
      allowMethods: set(text()),
      allowOrigins: set(text()),
      exposeHeaders: set(text()),
      maxAge: number({ default: 0 }),
    }),
  },
  outputs: ["functionArn", "functionUrl", "urlId"],
  identity: (inputs) => {
    const [name, qualifier] = [str(inputs, "functionName"), str(inputs, "qualifier")];
    return name && (qualifier ? `${name}/${qualifier}` : name);
  },
  exists: ["ResourceConflictException"],
  create: async (call) => {
    const client = await lambda(call);
    const of = named(call);
    await idle(call, () => client.createFunctionUrlConfig({ ...of, ...settings(call) }));
    return of.Qualifier ? `${of.FunctionName}/${of.Qualifier}` : of.FunctionName;
  },
  aspects: [
    { of: ["authorizationType"], afterCreate: true, untold: true, sync: syncGrants },
    { of: ["authorizationType", "invokeMode", "cors"], sync },
  ],
  observe,
  remove: async (call) => {
    const client = await lambda(call);
    if (str(call.inputs, "authorizationType") === "NONE") await revoke(call);
    await idle(call, () => orMissing(client.deleteFunctionUrlConfig(named(call))));
  },
};

function named(call: Call): { FunctionName: string; Qualifier?: string } {
  const name = str(call.inputs, "functionName");
  if (name) return { FunctionName: name, Qualifier: str(call.inputs, "qualifier") };
  const [FunctionName = "", Qualifier] = call.id.split("/");
  return { FunctionName, Qualifier };
}

function settings(call: Call) {
  const cors = sub(call.inputs, "cors");
  return {
    AuthType: str(call.inputs, "authorizationType") as CreateFunctionUrlConfigCommandInput["AuthType"],
    InvokeMode: (str(call.inputs, "invokeMode") ?? "BUFFERED") as "BUFFERED",
    Cors: cors && corsOf(cors),
  };
}

function corsOf(cors: NonNullable<ReturnType<typeof sub>>): Cors {
  return {
    AllowCredentials: bool(cors, "allowCredentials"),
    AllowHeaders: strs(cors, "allowHeaders"),
    AllowMethods: strs(cors, "allowMethods"),
    AllowOrigins: strs(cors, "allowOrigins"),
    ExposeHeaders: strs(cors, "exposeHeaders"),
    MaxAge: num(cors, "maxAge"),
  };
}

async function sync(call: Call): Promise<void> {
  const client = await lambda(call);
  const request = { ...named(call), ...settings(call) };
  await idle(call, () => client.updateFunctionUrlConfig({ ...request, Cors: request.Cors ?? {} }));
}

/** The statements AWS's console and pulumi-aws write for a public URL. */
const grants = [
  {
    StatementId: "FunctionURLAllowPublicAccess",
    Action: "lambda:InvokeFunctionUrl",
    Principal: "*",
    FunctionUrlAuthType: "NONE" as const,
  },
  {
    StatementId: "FunctionURLInvokeAllowPublicAccess",
    Action: "lambda:InvokeFunction",
    Principal: "*",
    InvokedViaFunctionUrl: true,
  },
];

async function syncGrants(call: Call): Promise<void> {
  if (str(call.inputs, "authorizationType") !== "NONE") {
    if (call.olds["authorizationType"] === "NONE") await revoke(call);
    return;
  }
  const client = await lambda(call);
  for (const grant of grants)
    try {
      await idle(call, () => client.addPermission({ ...named(call), ...grant }));
    } catch (error) {
      // The statement is there already, from an earlier attempt or this one.
      if (!hasCode(error, "ResourceConflictException") && !isUnreadable(error)) throw error;
    }
}

async function revoke(call: Call): Promise<void> {
  const client = await lambda(call);
  for (const { StatementId } of grants) await orMissing(client.removePermission({ ...named(call), StatementId }));
}

async function observe(call: Call) {
  const of = named(call);
  const live = await orMissing((await lambda(call)).getFunctionUrlConfig(of));
  if (!live) return undefined;
  const cors = live.Cors;
  const url = live.FunctionUrl ?? "";
  return {
    inputs: compact({
      functionName: of.FunctionName,
      qualifier: of.Qualifier,
      authorizationType: live.AuthType,
      invokeMode: live.InvokeMode,
      cors:
        cors &&
        compact({
          allowCredentials: cors.AllowCredentials,
          allowHeaders: cors.AllowHeaders,
          allowMethods: cors.AllowMethods,
          allowOrigins: cors.AllowOrigins,
          exposeHeaders: cors.ExposeHeaders,
          maxAge: cors.MaxAge,
        }),
    }),
    outputs: {
      functionArn: live.FunctionArn ?? "",
      functionUrl: url,
      urlId: /^https?:\/\/([^./:]+)/.exec(url)?.[1] ?? "",
    },
  };
}
