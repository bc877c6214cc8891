/** The foundation's life: key, stack, and the end of a cloud. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { digestFolder } from "../../blueprints/digest.ts";
import type { Cloud } from "../cloud.ts";
import { foundationProgram } from "../foundation.ts";
import { localFoundation } from "./derive.ts";
import { faults } from "./faults.ts";
import { ensureSessionKey, findSessionKey, removeSessionKey } from "./session-key.ts";
import type { FoundationOptions, FoundationOutputs, RunOptions } from "./types.ts";
import { findStack, foundationStack, openStack, runStack } from "./workspace.ts";

/** Of the foundation's program; a tag of its resources. */
const foundationVersion = "1";

export async function deployFoundation(cloud: Cloud, o: FoundationOptions): Promise<FoundationOutputs> {
  const preview = o.preview ?? false;
  const publicKey = preview ? ((await findSessionKey(cloud)) ?? "") : await ensureSessionKey(cloud);
  const signinDir = join(o.functionsDir, "signin");
  const signinDigest = await digestFolder(signinDir);
  const { target, region, accountId, port } = cloud;
  const where = { cloud: cloud.name, target, region, accountId, ...(port ? { port } : {}) };
  const program = () => foundationProgram({ ...where, publicKey, signinDir, signinDigest, version: foundationVersion });
  const { stack, made } = await openStack(cloud, foundationStack, program);
  const run = { ...o, name: foundationStack, preview, next: `freehold setup --name ${cloud.name}` };
  if (preview) {
    await runStack(run, (options) => stack.preview(options));
    if (made) await stack.workspace.removeStack(cloud.name);
    return localFoundation(cloud, publicKey);
  }
  const { value } = await runStack(run, (options) => stack.up(options));
  return parse(Object.fromEntries(Object.entries(value.outputs).map(([key, output]) => [key, output.value])));
}

export async function foundationOutputs(cloud: Cloud): Promise<FoundationOutputs | null> {
  const stack = await findStack(cloud, foundationStack);
  if (!stack) return null;
  const outputs = Object.entries(await stack.outputs()).map(([key, output]) => [key, output.value]);
  return outputs.length === 0 ? null : parse(Object.fromEntries(outputs));
}

function parse(outputs: Record<string, unknown>): FoundationOutputs {
  const text = (key: keyof FoundationOutputs): string => String(outputs[key] ?? "");
  return {
    accountId: text("accountId"),
    signinFunction: text("signinFunction"),
    signinArn: text("signinArn"),
    linksTable: text("linksTable"),
    publicKey: text("publicKey"),
    boundaryArn: text("boundaryArn"),
  };
}

export async function destroyFoundation(cloud: Cloud, o: RunOptions): Promise<void> {
  const apps = await installedApps(cloud);
  if (apps.length > 0) throw faults.cloudInUse(apps);
  const stack = await findStack(cloud, foundationStack);
  if (stack) {
    const run = { ...o, name: foundationStack, preview: false, next: "freehold destroy --all" };
    await runStack(run, (options) => stack.destroy(options));
    await stack.workspace.removeStack(cloud.name);
  }
  await removeSessionKey(cloud);
}

/** By the state files of Pulumi's own layout. */
async function installedApps(cloud: Cloud): Promise<string[]> {
  const folder = join(cloud.dir, ".pulumi", "stacks");
  const prefix = "freehold-app-";
  const projects = await readdir(folder).catch((): string[] => []);
  const apps: string[] = [];
  for (const project of projects.filter((name) => name.startsWith(prefix))) {
    const files = await readdir(join(folder, project)).catch((): string[] => []);
    if (files.includes(`${cloud.name}.json`)) apps.push(project.slice(prefix.length));
  }
  return apps.sort();
}
