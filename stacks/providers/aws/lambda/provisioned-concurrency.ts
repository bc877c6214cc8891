/**
 * aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig: environments kept ready for an alias or a
 * version. Its id is `FUNCTION,QUALIFIER`, as in pulumi-aws. It is done when AWS says READY.
 */

import { until } from "../../kit/waiting.ts";
import { hasCode, problems } from "../errors.ts";
import { number, steering, text } from "../schema.ts";
import { bool, type Call, compact, num, type ResourceType, str } from "../type.ts";
import { idle, lambda } from "./calls.ts";

export const provisionedConcurrencyConfig: ResourceType = {
  token: "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
  properties: {
    functionName: text({ required: true, replaces: true }),
    qualifier: text({ required: true, replaces: true }),
    provisionedConcurrentExecutions: number({ required: true }),
    skipDestroy: steering(),
  },
  outputs: [],
  identity: (inputs) => {
    const [name, qualifier] = [str(inputs, "functionName"), str(inputs, "qualifier")];
    return name && qualifier && `${name},${qualifier}`;
  },
  create: async (call) => {
    const { FunctionName, Qualifier } = named(call);
    await request(call);
    // Kept in the state from here on, though it should never come to be ready.
    call.id = `${FunctionName},${Qualifier}`;
    await ready(call);
    return call.id;
  },
  aspects: [
    {
      of: ["provisionedConcurrentExecutions"],
      sync: async (call) => {
        await request(call);
        await ready(call);
      },
    },
  ],
  observe,
  remove: async (call) => {
    if (bool(call.inputs, "skipDestroy")) return;
    const client = await lambda(call);
    await idle(call, () => orNone(client.deleteProvisionedConcurrencyConfig(named(call))));
  },
};

function named(call: Call): { FunctionName: string; Qualifier: string } {
  const [name, alias] = [str(call.inputs, "functionName"), str(call.inputs, "qualifier")];
  if (name && alias) return { FunctionName: name, Qualifier: alias };
  const [FunctionName = "", Qualifier = ""] = call.id.split(",");
  return { FunctionName, Qualifier };
}

async function orNone<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (hasCode(error, "ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException")) return undefined;
    throw error;
  }
}

async function request(call: Call): Promise<void> {
  const client = await lambda(call);
  const executions = num(call.inputs, "provisionedConcurrentExecutions");
  await idle(call, () =>
    client.putProvisionedConcurrencyConfig({ ...named(call), ProvisionedConcurrentExecutions: executions }),
  );
}

async function ready(call: Call): Promise<void> {
  const client = await lambda(call);
  const of = named(call);
  const what = `provisioned concurrency of ${of.FunctionName}:${of.Qualifier}`;
  await until(call.context, { what: `${what} to be ready`, seconds: 900 }, async () => {
    const live = await orNone(client.getProvisionedConcurrencyConfig(of));
    if (live?.Status === "FAILED") throw problems.failed(what, live.StatusReason ?? "no reason given");
    return live?.Status === "READY" ? live : undefined;
  });
}

async function observe(call: Call) {
  const of = named(call);
  const live = await orNone((await lambda(call)).getProvisionedConcurrencyConfig(of));
  if (!live) return undefined;
  return {
    inputs: compact({
      functionName: of.FunctionName,
      qualifier: of.Qualifier,
      provisionedConcurrentExecutions: live.RequestedProvisionedConcurrentExecutions,
    }),
    outputs: {},
  };
}
