/** A stack's state, read and written as Pulumi has it. */
import { ConcurrentUpdateError } from "@pulumi/pulumi/automation/errors.js";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import type { Cloud } from "../cloud.ts";
import { faults } from "./faults.ts";
import { sealedExport } from "./health.ts";
import type { Changes, HistoryItem } from "./types.ts";
import { findStack, holderIn, needStack, openStack, stderrIn } from "./workspace.ts";

/** `showSecrets`: what is secret stands there in plain; otherwise as it is kept. */
export async function exportStack(cloud: Cloud, name: string, showSecrets: boolean): Promise<unknown> {
  // The Automation API's own export always shows them.
  return showSecrets ? (await needStack(cloud, name)).exportStack() : sealedExport(cloud, name);
}

/** Throws `deployment-refused` on what is no deployment, broken, newer, or another stack's; then nothing was changed. */
export async function importStack(cloud: Cloud, name: string, deployment: unknown): Promise<void> {
  const { stack, made } = await openStack(cloud, name, async () => ({}));
  try {
    await stack.importStack(deployment as Deployment);
  } catch (error) {
    if (made) await stack.workspace.removeStack(cloud.name);
    throw refusal(error, name);
  }
}

function refusal(error: unknown, name: string): unknown {
  if (error instanceof ConcurrentUpdateError) return faults.locked(name, holderIn(String(error)), error);
  return faults.deploymentRefused(name, stderrIn(String((error as Error).message)), error);
}

/** What a file says, and what it would put in the place of what. Changes nothing. */
export async function compareImport(
  cloud: Cloud,
  name: string,
  deployment: unknown,
): Promise<{ now: number | null; after: number }> {
  const counted = (json: unknown): number =>
    ((json as Deployment | undefined)?.deployment?.resources ?? []).filter(({ custom }: { custom?: boolean }) => custom)
      .length;
  const stack = await findStack(cloud, name);
  return { now: stack ? counted(await stack.exportStack()) : null, after: counted(deployment) };
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
