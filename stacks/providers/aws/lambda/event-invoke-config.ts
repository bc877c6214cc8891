/**
 * aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig: what becomes of events that a function fails on. Its
 * id is the function's name, with `:QUALIFIER` where one is said, as in pulumi-aws.
 */
import type { PutFunctionEventInvokeConfigCommandInput } from "@aws-sdk/client-lambda";
import { number, object, text } from "../schema.ts";
import { type Call, compact, num, type ResourceType, str, sub } from "../type.ts";
import { idle, lambda, orMissing } from "./calls.ts";

const destination = () => object({ destination: text({ required: true }) });

export const functionEventInvokeConfig: ResourceType = {
  token: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  properties: {
    functionName: text({ required: true, replaces: true }),
    qualifier: text({ replaces: true }),
    maximumRetryAttempts: number({ default: 2 }),
    maximumEventAgeInSeconds: number(),
    destinationConfig: object({ onFailure: destination(), onSuccess: destination() }),
  },
  outputs: [],
  identity: (inputs) => {
    const [name, qualifier] = [str(inputs, "functionName"), str(inputs, "qualifier")];
    return name && (qualifier ? `${name}:${qualifier}` : name);
  },
  create: async (call) => {
    await put(call);
    const { FunctionName, Qualifier } = named(call);
    return Qualifier ? `${FunctionName}:${Qualifier}` : FunctionName;
  },
  aspects: [{ of: ["maximumRetryAttempts", "maximumEventAgeInSeconds", "destinationConfig"], sync: put }],
  observe,
  remove: async (call) => {
    const client = await lambda(call);
    await idle(call, () => orMissing(client.deleteFunctionEventInvokeConfig(named(call))));
  },
};

/** From the inputs, or on import from `FUNCTION`, `FUNCTION:QUALIFIER` or the function's ARN. */
function named(call: Call): { FunctionName: string; Qualifier?: string } {
  const name = str(call.inputs, "functionName");
  if (name) return { FunctionName: name, Qualifier: str(call.inputs, "qualifier") };
  const [, FunctionName = call.id, Qualifier] = /^(arn:(?:[^:]*:){5}[^:]+|[^:]+)(?::([^:]+))?$/.exec(call.id) ?? [];
  return { FunctionName, Qualifier };
}

/** The whole of it: what is no longer said is AWS's default again. */
async function put(call: Call): Promise<void> {
  const { inputs } = call;
  const destinations = sub(inputs, "destinationConfig");
  const at = (part: string): { Destination?: string } => {
    const said = destinations && sub(destinations, part);
    return said ? { Destination: str(said, "destination") } : {};
  };
  const request: PutFunctionEventInvokeConfigCommandInput = {
    ...named(call),
    MaximumRetryAttempts: num(inputs, "maximumRetryAttempts"),
    MaximumEventAgeInSeconds: num(inputs, "maximumEventAgeInSeconds"),
    DestinationConfig: { OnFailure: at("onFailure"), OnSuccess: at("onSuccess") },
  };
  const client = await lambda(call);
  await idle(call, () => client.putFunctionEventInvokeConfig(request));
}

async function observe(call: Call) {
  const of = named(call);
  const live = await orMissing((await lambda(call)).getFunctionEventInvokeConfig(of));
  if (!live) return undefined;
  const { OnFailure: failure, OnSuccess: success } = live.DestinationConfig ?? {};
  const destinations = compact({
    onFailure: failure?.Destination ? { destination: failure.Destination } : undefined,
    onSuccess: success?.Destination ? { destination: success.Destination } : undefined,
  });
  return {
    inputs: compact({
      functionName: of.FunctionName,
      qualifier: of.Qualifier,
      maximumRetryAttempts: live.MaximumRetryAttempts,
      maximumEventAgeInSeconds: live.MaximumEventAgeInSeconds,
      destinationConfig: Object.keys(destinations).length > 0 ? destinations : undefined,
    }),
    outputs: {},
  };
}
