/** Stacks' states looked over, mended from what is kept beside them, and put back when they had to be found again. */
import { rm } from "node:fs/promises";
import type { Cloud } from "../cloud.ts";
import { systemClock } from "../engine/clock.ts";
import {
  type Backend,
  type BackendMemory,
  openBackend,
  openStoredSecrets,
  passphraseManager,
  readPassphrase,
  type SecretsManager,
  type StackRef,
  StateError,
} from "../engine/state/index.ts";
import { asFault, faults, isOfAws } from "./faults.ts";
import { memoryOf } from "./memories.ts";
import { environmentOf, projectOf, settingsFileOf, stateAddress, stateEnvironment } from "./stack-state.ts";

export interface StackHealth {
  stack: string;
  /** `lost`: there is no checkpoint, and nothing kept beside it from which one could be put back. */
  state: "sound" | "damaged" | "lost";
  findings: { severity: "problem" | "note"; kind: string; file: string; message: string }[];
}

export interface Mending {
  /** Nothing of it is left to mend from: only what is there in the cloud can say. */
  lost: boolean;
  repaired: boolean;
  steps: readonly { action: string; says: string; loses?: string }[];
}

interface Opened {
  backend: Backend;
  ref: StackRef;
  /** Of a checkpoint that can be read. */
  manager: SecretsManager | undefined;
  env: Record<string, string>;
}

async function find(cloud: Cloud, name: string): Promise<Omit<Opened, "manager">> {
  return opened(cloud, name, await stateEnvironment(cloud, name));
}

function opened(
  cloud: Cloud,
  name: string,
  env: Record<string, string>,
  memory?: BackendMemory,
): Omit<Opened, "manager"> {
  const backend = openBackend(stateAddress(cloud), { clock: systemClock, env }, memory);
  return { backend, ref: { organization: "organization", project: projectOf(name), stack: cloud.name }, env };
}

async function open(cloud: Cloud, name: string): Promise<Opened> {
  const { backend, ref, env } = await find(cloud, name);
  const loaded = await backend.load(ref).catch((error: unknown) => {
    if (error instanceof StateError) return undefined;
    throw error;
  });
  return { backend, ref, env, manager: await openStoredSecrets(loaded?.secretsProvider, env) };
}

/** Changes nothing. */
export async function stackHealth(cloud: Cloud, name: string): Promise<StackHealth> {
  const { backend, ref, manager } = await open(cloud, name);
  try {
    const { sound, findings } = await backend.verify(ref, manager);
    return { stack: name, state: sound ? "sound" : "damaged", findings };
  } catch (error) {
    if (error instanceof StateError && error.code === "not-found") return { stack: name, state: "lost", findings: [] };
    throw told(cloud, error, name);
  }
}

/** `agree` is asked once, with everything that is about to be done, and may say no. */
export async function mendStack(
  cloud: Cloud,
  name: string,
  agree: (steps: Mending["steps"]) => Promise<boolean>,
): Promise<Mending> {
  const { backend, ref, manager } = await open(cloud, name);
  try {
    return { lost: false, ...(await backend.repair(ref, manager, agree)) };
  } catch (error) {
    if (error instanceof StateError && ["not-found", "no-copy", "lost"].includes(error.code))
      return { lost: true, repaired: false, steps: [] };
    throw told(cloud, error, name);
  }
}

/** A state that was found again takes the place of the one that is gone; what is damaged of that stays aside. */
export async function restoreStack(cloud: Cloud, name: string, deployment: unknown): Promise<void> {
  const { backend, ref, env } = await open(cloud, name);
  const passphrase = await readPassphrase(env);
  try {
    await backend.restore(ref, deployment, passphrase === undefined ? undefined : await passphraseManager(passphrase));
    // It has nothing in it but the salt of the state before.
    await rm(settingsFileOf(cloud, name), { force: true });
  } catch (error) {
    throw told(cloud, error, name);
  }
}

/** Pulumi's own deployment JSON, what is secret encrypted as it is kept. Throws `stack-not-found`. */
export async function sealedExport(cloud: Cloud, name: string): Promise<unknown> {
  // Nothing is opened of it: asking for the passphrase, and making a key of it, would take longer than all the rest.
  const { backend, ref } = opened(cloud, name, environmentOf(cloud), memoryOf(cloud));
  try {
    return await backend.exportDeployment(ref, undefined, { showSecrets: false });
  } catch (error) {
    throw error instanceof StateError && error.code === "not-found" ? faults.noStack(name) : told(cloud, error, name);
  }
}

/**
 * What a run that ended early left in a journal is taken into the checkpoint, and locks of the dead go. Answers what was
 * cut off in the middle and is not known to have come about: URNs. Throws `stack-locked`, `state-broken`.
 */
export async function settle(cloud: Cloud, name: string): Promise<{ unfinished: string[] }> {
  const { backend, ref, env } = await find(cloud, name);
  try {
    if (!(await backend.exists(ref))) return { unfinished: [] };
    const { secretsProvider } = await backend.load(ref);
    const update = await backend.openUpdate(ref, "update", await openStoredSecrets(secretsProvider, env));
    await update.abandon();
    return { unfinished: [...new Set(update.base.pendingOperations.map(({ resource }) => resource.urn))] };
  } catch (error) {
    throw told(cloud, error, name);
  }
}

function told(cloud: Cloud, error: unknown, name: string): unknown {
  const { stateBucket, endpoint } = cloud;
  if (!(error instanceof StateError)) return stateBucket && isOfAws(error) ? asFault(error, endpoint) : error;
  if (error.code === "backend" && stateBucket) return faults.homeMissing(cloud.name, stateBucket);
  if (error.code === "locked") return faults.locked(name, error.message, error);
  return faults.stateBroken(name, error.message, error);
}
