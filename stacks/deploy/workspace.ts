/**
 * Pulumi stacks over the Automation API, and the one place where an engine is chosen. A cloud's stacks are the projects
 * `freehold-foundation` and `freehold-app-NAME`, each with one stack called as the cloud is; their state lies below the
 * cloud's folder in Pulumi's own layout, their settings in `stacks/NAME/` beside it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConcurrentUpdateError, StackNotFoundError } from "@pulumi/pulumi/automation/errors.js";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace, type LocalWorkspaceOptions } from "@pulumi/pulumi/automation/localWorkspace.js";
import type { Cloud } from "../cloud.ts";
import { embeddedEngine } from "../engine/index.ts";
import { createAwsProvider } from "../providers/aws/index.ts";
import { faults, isCredentialFailure } from "./faults.ts";
import type { Changes, RunOptions } from "./types.ts";
import { type Watch, watchStack } from "./watch.ts";

export const foundationStack = "foundation";

function projectOf(name: string): string {
  return name === foundationStack ? "freehold-foundation" : `freehold-app-${name}`;
}

function environmentOf(cloud: Cloud): Record<string, string> {
  return {
    ...cloud.environment,
    AWS_REGION: cloud.region,
    ...(cloud.endpoint ? { AWS_ENDPOINT_URL: cloud.endpoint } : {}),
  };
}

async function optionsOf(cloud: Cloud, name: string): Promise<LocalWorkspaceOptions> {
  const workDir = join(cloud.dir, "stacks", name);
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  const environment = environmentOf(cloud);
  return {
    workDir,
    pulumiHome: join(cloud.dir, "pulumi"),
    pulumiCommand: embeddedEngine({
      providers: (pkg) => (pkg === "aws" ? createAwsProvider({ environment }) : undefined),
    }),
    projectSettings: { name: projectOf(name), runtime: "nodejs", main: workDir },
    envVars: {
      ...environment,
      PULUMI_BACKEND_URL: pathToFileURL(cloud.dir).href,
      PULUMI_CONFIG_PASSPHRASE_FILE: cloud.passphraseFile,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
}

/** Made when it is not there. */
export async function openStack(
  cloud: Cloud,
  name: string,
  program: PulumiFn,
): Promise<{ stack: Stack; made: boolean }> {
  const found = await findStack(cloud, name, program);
  if (found) return { stack: found, made: false };
  const args = { stackName: cloud.name, projectName: projectOf(name), program };
  return { stack: await LocalWorkspace.createStack(args, await optionsOf(cloud, name)), made: true };
}

const nothing: PulumiFn = async () => ({});

/** Null when there is no such stack. */
export async function findStack(cloud: Cloud, name: string, program: PulumiFn = nothing): Promise<Stack | null> {
  const args = { stackName: cloud.name, projectName: projectOf(name), program };
  try {
    return await LocalWorkspace.selectStack(args, await optionsOf(cloud, name));
  } catch (error) {
    if (error instanceof StackNotFoundError) return null;
    throw error;
  }
}

export async function needStack(cloud: Cloud, name: string): Promise<Stack> {
  const stack = await findStack(cloud, name);
  if (!stack) throw faults.noStack(name);
  return stack;
}

export interface Run extends RunOptions {
  /** `foundation` or an app's name. */
  name: string;
  preview: boolean;
  /** The command that goes on from where a failure stops. */
  next: string;
  /** As of watchStack. */
  stay?: ReadonlySet<string>;
}

type Options = { onEvent: Watch["onEvent"]; signal: AbortSignal; onOutput: (text: string) => void };

/** One turn of a stack, from its announcement to its summary; what goes wrong becomes a fault. */
export async function runStack<T>(
  run: Run,
  operate: (options: Options) => Promise<T>,
): Promise<{ value: T; changes: Changes }> {
  const { name, preview, emit, signal, stay } = run;
  if (signal.aborted) throw faults.interrupted(name);
  const app = name === foundationStack ? undefined : name;
  const watch = watchStack({ stack: name, preview, emit, ...(app ? { app } : {}), ...(stay ? { stay } : {}) });
  // The SDK takes a stack trace for every promise it makes: more than half of what a short run costs (2026-11-24).
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const value = await operate({ onEvent: watch.onEvent, signal, onOutput: () => undefined });
    watch.end("succeeded");
    return { value, changes: watch.changes };
  } catch (error) {
    watch.end(signal.aborted ? "canceled" : "failed");
    throw faultOf(error, run, watch);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function faultOf(error: unknown, { name, signal, next }: Run, watch: Watch): unknown {
  if (signal.aborted) return faults.interrupted(name);
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ConcurrentUpdateError) return faults.locked(name, holderIn(text), error);
  const causes = watch.errors.length > 0 ? watch.errors : [{ urn: undefined, message: stderrIn(text) }];
  const detail = [...new Set(causes.map(({ message }) => message))].join("\n");
  if (isCredentialFailure(detail)) return faults.credentials(detail, error);
  return faults.deployment(name, detail, causes.find(({ urn }) => urn)?.urn, next, error);
}

/** `created by user@host (pid P) at TIME` */
function holderIn(text: string): string {
  return /created by [^\n]*/.exec(text)?.[0] ?? "by another process.";
}

/** What the engine said on stderr, out of the Automation API's report of it. */
function stderrIn(text: string): string {
  const inside = /stderr: ([\s\S]*?)(\n\s*err\?:|$)/.exec(text)?.[1] ?? text;
  return inside.trim();
}
