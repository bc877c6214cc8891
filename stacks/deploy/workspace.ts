/**
 * Pulumi stacks over the Automation API, on the engine that engine.ts chooses. A cloud's stacks are the projects
 * `freehold-foundation`, `freehold-things` and `freehold-app-NAME`, each with one stack called as the cloud is; where
 * their state is stack-state.ts says.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConcurrentUpdateError, StackNotFoundError } from "@pulumi/pulumi/automation/errors.js";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace, type LocalWorkspaceOptions } from "@pulumi/pulumi/automation/localWorkspace.js";
import { Fault } from "../../blueprints/fault.ts";
import { type Cloud, foundationStack } from "../cloud.ts";
import { readText, writeAtomically } from "../engine/state/files.ts";
import { beginNewStackKey } from "./begin-key.ts";
import { engineOf, projectText } from "./engine.ts";
import { credentialFault, faults } from "./faults.ts";
import { appOf, ownProjects, projectOf, stateEnvironment } from "./stack-state.ts";
import { throwaway } from "./throwaway.ts";
import type { Changes, LookingOptions, RunOptions } from "./types.ts";
import { type Watch, watchStack } from "./watch.ts";

async function optionsOf(cloud: Cloud, name: string): Promise<LocalWorkspaceOptions> {
  const workDir = join(cloud.dir, "stacks", name);
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  await keepProject(workDir, projectText(cloud, name, workDir));
  const { engine, environment } = await engineOf(cloud, name);
  return {
    workDir,
    pulumiHome: join(cloud.dir, "pulumi"),
    pulumiCommand: engine,
    envVars: {
      ...(await stateEnvironment(cloud, name)),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...environment,
    },
  };
}

/**
 * Pulumi.yaml, whole at any moment: the workspace would write it each time it is opened, and another command that opens
 * the same stack meanwhile would read half of it, or none.
 */
async function keepProject(workDir: string, content: string): Promise<void> {
  const file = join(workDir, "Pulumi.yaml");
  if ((await readText(file)) !== content) await writeAtomically(file, content);
}

/** Names of the stacks there are: `foundation`, `things`, and apps. */
export async function stackNames(cloud: Cloud): Promise<string[]> {
  const workspace = await LocalWorkspace.create(await optionsOf(cloud, foundationStack));
  const all = await workspace.listStacks({ all: true });
  // Of other projects the whole name is told: organization/PROJECT/STACK.
  const projects = all.map(({ name }) =>
    name.includes("/") ? (name.split("/").at(-2) ?? "") : projectOf(foundationStack),
  );
  return [...new Set(projects)]
    .flatMap((project) => ownProjects.find((name) => projectOf(name) === project) ?? appOf(project))
    .sort();
}

/** Made when it is not there; of what is installed it has to be. Throws `state-lost`. */
export async function openStack(
  cloud: Cloud,
  name: string,
  program: PulumiFn,
  installed = false,
): Promise<{ stack: Stack; made: boolean }> {
  const found = await findStack(cloud, name, program);
  if (found) return { stack: found, made: false };
  return { stack: await makeStack(cloud, name, program, installed), made: true };
}

/** One that was looked for. Throws `state-lost` of what is installed. */
export async function makeStack(cloud: Cloud, name: string, program: PulumiFn, installed = false): Promise<Stack> {
  if (installed) throw faults.stateLost(name);
  const args = { stackName: cloud.name, projectName: projectOf(name), program };
  return LocalWorkspace.createStack(args, await optionsOf(cloud, name));
}

/**
 * For a preview. A stack that is not there yet is one in a folder that goes with `close`: where state is kept, nothing is
 * written, and nothing has to be taken back. Throws `state-lost`.
 */
export async function openToLook(
  cloud: Cloud,
  name: string,
  program: PulumiFn,
  installed = false,
): Promise<{ stack: Stack; close(): Promise<void> }> {
  const found = await findStack(cloud, name, program);
  if (found) return { stack: found, close: async () => undefined };
  if (installed) throw faults.stateLost(name);
  const { cloud: aside, close } = await throwaway(cloud, name);
  try {
    return { stack: await makeStack(aside, name, program), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A program that is said later, or never. */
export const nothing: PulumiFn = async () => ({});

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

/** For whoever looks for it soon; one that is not there will be made, most likely. */
export async function lookForStack(cloud: Cloud, name: string): Promise<void> {
  if (!(await findStack(cloud, name))) await beginNewStackKey(cloud);
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
  tellsAddress?: boolean;
}

/** For the engine. */
export const lookingFirst = ({ refresh = false }: Pick<LookingOptions, "refresh">): { refresh?: true } =>
  refresh ? { refresh } : {};

type Options = { onEvent: Watch["onEvent"]; signal: AbortSignal; onOutput: (text: string) => void };

/** One turn of a stack, from its announcement to its summary; what goes wrong becomes a fault. */
export async function runStack<T>(
  run: Run,
  operate: (options: Options) => Promise<T>,
): Promise<{ value: T; changes: Changes }> {
  const { name, preview, emit, signal, stay, tellsAddress = false } = run;
  if (signal.aborted) throw faults.interrupted(name);
  const app = name === foundationStack ? undefined : name;
  const watch = watchStack({
    ...{ stack: name, preview, emit, tellsAddress },
    ...(app ? { app } : {}),
    ...(stay ? { stay } : {}),
  });
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
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof ConcurrentUpdateError) return faults.locked(name, holderIn(text), error);
  const causes = watch.errors.length > 0 ? watch.errors : [{ urn: undefined, message: stderrIn(text) }];
  const detail = [...new Set(causes.map(({ message }) => message))].join("\n");
  const ofWho = credentialFault(detail, error);
  if (ofWho) return ofWho;
  return faults.deployment(name, detail, causes.find(({ urn }) => urn)?.urn, next, error);
}

/** `created by user@host (pid P) at TIME` */
export function holderIn(text: string): string {
  return /created by [^\n]*/.exec(text)?.[0] ?? "by another process.";
}

/** What the engine said on stderr, out of the Automation API's report of it. */
export function stderrIn(text: string): string {
  const inside = /stderr: ([\s\S]*?)(\n\s*err\?:|$)/.exec(text)?.[1] ?? text;
  return inside.trim();
}
