/** A stack's state, read and written as Pulumi has it. */
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import type { Cloud } from "../cloud.ts";
import type { Changes, HistoryItem, RunOptions } from "./types.ts";
import { needStack, runStack } from "./workspace.ts";

export async function refreshApp(cloud: Cloud, name: string, o: RunOptions): Promise<{ changes: Changes }> {
  const stack = await needStack(cloud, name);
  const run = { ...o, name, preview: false, next: `freehold up ${name}` };
  const { changes } = await runStack(run, (options) => stack.refresh(options));
  return { changes };
}

export async function exportStack(cloud: Cloud, name: string): Promise<unknown> {
  return (await needStack(cloud, name)).exportStack();
}

export async function importStack(cloud: Cloud, name: string, deployment: unknown): Promise<void> {
  await (await needStack(cloud, name)).importStack(deployment as Deployment);
}

export async function stackOutputs(cloud: Cloud, name: string): Promise<Record<string, unknown>> {
  const outputs = await (await needStack(cloud, name)).outputs();
  return Object.fromEntries(
    Object.entries(outputs).map(([key, { value, secret }]) => [key, secret ? "[secret]" : value]),
  );
}

export async function history(cloud: Cloud, name: string): Promise<HistoryItem[]> {
  const entries = await (await needStack(cloud, name)).history();
  return entries.map(({ kind, result, startTime, endTime, resourceChanges, message }) => ({
    kind,
    result,
    startTime: startTime.toISOString(),
    ...(endTime ? { endTime: endTime.toISOString() } : {}),
    changes: (resourceChanges ?? {}) as Changes,
    message,
  }));
}
