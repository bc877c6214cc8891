/** The foundation's life: its stack, what is known without it, and the end of a cloud with everything in it. */
import { join } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { digestFolder } from "../../blueprints/digest.ts";
import { type Cloud, foundationVersion } from "../cloud.ts";
import { tableKind } from "../components/context.ts";
import { foundationProgram } from "../foundation.ts";
import { guarded, lambda } from "./clients.ts";
import { localFoundation } from "./derive.ts";
import { faults } from "./faults.ts";
import { removeKept } from "./kept.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import { removeSessionKey } from "./session-key.ts";
import type { FoundationOptions, FoundationOutputs, RunOptions } from "./types.ts";
import { findStack, foundationStack, openStack, runStack, stackNames } from "./workspace.ts";

export async function deployFoundation(cloud: Cloud, o: FoundationOptions): Promise<FoundationOutputs> {
  const preview = o.preview ?? false;
  const program = await programOf(cloud, o.functionsDir);
  const { stack, made } = await openStack(cloud, foundationStack, program, o.installed);
  const run = { ...o, name: foundationStack, preview, next: `freehold setup --name ${cloud.name}` };
  if (preview) {
    await runStack(run, (options) => stack.preview(options));
    if (made) await stack.workspace.removeStack(cloud.name);
    return localFoundation(cloud);
  }
  const { value } = await runStack(run, (options) => stack.up(options));
  return parse(Object.fromEntries(Object.entries(value.outputs).map(([key, output]) => [key, output.value])));
}

async function programOf(cloud: Cloud, functionsDir: string): Promise<PulumiFn> {
  const signinDir = join(functionsDir, "signin");
  const signinDigest = await digestFolder(signinDir);
  const { target, region, accountId, port } = cloud;
  const where = { cloud: cloud.name, target, region, accountId, ...(port ? { port } : {}) };
  return () => foundationProgram({ ...where, signinDir, signinDigest, version: foundationVersion });
}

/** The foundation's state as what is there in the cloud makes it. Changes nothing. */
export async function rebuildFoundation(cloud: Cloud, o: FoundationOptions): Promise<Rebuilt> {
  const program = await programOf(cloud, o.functionsDir);
  return rebuild(cloud, foundationStack, program, o);
}

/** What apps need of the foundation when its state says nothing: names follow from the cloud, the address is asked for. */
export async function derivedFoundation(cloud: Cloud): Promise<FoundationOutputs> {
  const derived = localFoundation(cloud);
  if (derived.signinUrl !== "") return derived;
  return localFoundation(cloud, (await addressOf(cloud, derived.signinFunction)) ?? "");
}

/** A function's own address; null while it has none. */
async function addressOf(cloud: Cloud, FunctionName: string): Promise<string | null> {
  return guarded(cloud, async () => {
    const { sdk, client } = await lambda(cloud);
    const asked = client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName }));
    return asked.then(
      ({ FunctionUrl }) => FunctionUrl?.replace(/\/?$/, "/") ?? null,
      (error: unknown) => {
        if ((error as Error).name === "ResourceNotFoundException") return null;
        throw error;
      },
    );
  });
}

export async function foundationOutputs(cloud: Cloud): Promise<FoundationOutputs | null> {
  const stack = await findStack(cloud, foundationStack);
  if (!stack) return null;
  const outputs = Object.entries(await stack.outputs()).map(([key, output]) => [key, output.value]);
  if (outputs.length === 0) return null;
  const known = parse(Object.fromEntries(outputs));
  // The port of a local cloud is what it is now.
  return cloud.target === "local" ? { ...known, signinUrl: localFoundation(cloud).signinUrl } : known;
}

function parse(outputs: Record<string, unknown>): FoundationOutputs {
  const text = (key: keyof FoundationOutputs): string => String(outputs[key] ?? "");
  return {
    accountId: text("accountId"),
    signinFunction: text("signinFunction"),
    signinArn: text("signinArn"),
    signinUrl: text("signinUrl"),
    accessTable: text("accessTable"),
    boundaryArn: text("boundaryArn"),
  };
}

export async function destroyFoundation(cloud: Cloud, o: RunOptions): Promise<void> {
  const apps = (await stackNames(cloud)).filter((name) => name !== foundationStack);
  if (apps.length > 0) throw faults.cloudInUse(apps);
  const stack = await findStack(cloud, foundationStack);
  if (stack) {
    const run = { ...o, name: foundationStack, preview: false, next: "freehold destroy --all" };
    await runStack(run, (options) => stack.destroy(options));
    await stack.workspace.removeStack(cloud.name);
  }
  // Kept by the stack, whatever happens to it; with the cloud it goes.
  const id = localFoundation(cloud).accessTable;
  await removeKept(cloud, { kind: tableKind, name: "access", id });
  await removeSessionKey(cloud);
}
