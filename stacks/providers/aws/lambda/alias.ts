/** aws:lambda/alias:Alias; its id is `FUNCTION/ALIAS` on import and its ARN otherwise, as in pulumi-aws. */
import { map, number, object, text } from "../schema.ts";
import { type Call, compact, type ResourceType, str, sub } from "../type.ts";
import { idle, lambda, orMissing } from "./calls.ts";
import { invokeArn } from "./function.ts";

export const alias: ResourceType = {
  token: "aws:lambda/alias:Alias",
  properties: {
    name: text({ replaces: true, computed: true }),
    functionName: text({ required: true, replaces: true }),
    functionVersion: text({ required: true }),
    description: text({ default: "" }),
    routingConfig: object({ additionalVersionWeights: map(number()) }),
  },
  outputs: ["arn", "invokeArn"],
  autoname: { property: "name", maxLength: 128 },
  identity: (inputs) => {
    const [name, alias] = [str(inputs, "functionName"), str(inputs, "name")];
    return name && alias ? `${name}/${alias}` : undefined;
  },
  exists: ["ResourceConflictException"],
  create: async (call) => {
    const client = await lambda(call);
    const answer = await idle(call, () => client.createAlias({ ...named(call), ...settings(call) }));
    return answer.AliasArn!;
  },
  aspects: [{ of: ["functionVersion", "description", "routingConfig"], sync }],
  observe,
  remove: async (call) => {
    await orMissing((await lambda(call)).deleteAlias(named(call)));
  },
};

function named(call: Call): { FunctionName: string; Name: string } {
  const [name, alias] = [str(call.inputs, "functionName"), str(call.inputs, "name")];
  if (name && alias) return { FunctionName: name, Name: alias };
  const arn = /^arn:.*:function:([^:]+):([^:]+)$/.exec(call.id);
  const [FunctionName = "", Name = ""] = arn ? arn.slice(1) : call.id.split("/");
  return { FunctionName, Name };
}

function settings(call: Call) {
  const routing = sub(call.inputs, "routingConfig");
  return {
    FunctionVersion: str(call.inputs, "functionVersion"),
    Description: str(call.inputs, "description") ?? "",
    RoutingConfig: {
      AdditionalVersionWeights: (routing && (sub(routing, "additionalVersionWeights") as Record<string, number>)) ?? {},
    },
  };
}

async function sync(call: Call): Promise<void> {
  const client = await lambda(call);
  await idle(call, () => client.updateAlias({ ...named(call), ...settings(call) }));
}

async function observe(call: Call) {
  const of = named(call);
  const live = await orMissing((await lambda(call)).getAlias(of));
  if (!live) return undefined;
  const weights = live.RoutingConfig?.AdditionalVersionWeights;
  call.id = live.AliasArn ?? call.id;
  return {
    inputs: compact({
      name: live.Name,
      functionName: of.FunctionName,
      functionVersion: live.FunctionVersion,
      description: live.Description,
      routingConfig: weights && Object.keys(weights).length > 0 ? { additionalVersionWeights: weights } : undefined,
    }),
    outputs: { arn: live.AliasArn ?? "", invokeArn: invokeArn(live.AliasArn ?? "") },
  };
}
