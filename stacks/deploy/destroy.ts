/**
 * An app comes down. Its data stays unless the person said otherwise: then the state is told first, in a step of its
 * own, so that what goes is what the state says may go.
 */
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Cloud } from "../cloud.ts";
import { bucketKind, parameterKind, tableKind } from "../components/context.ts";
import { secretParameter } from "../names.ts";
import { faults } from "./faults.ts";
import { removeIdentityKey } from "./identity-key.ts";
import { removeKept, stillThere } from "./kept.ts";
import { listSecrets } from "./secrets.ts";
import type { Changes, DestroyOptions, Kept } from "./types.ts";
import { findStack, runStack } from "./workspace.ts";

interface ResourceJson {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  retainOnDelete?: boolean;
  deletedWith?: string;
}

interface DeploymentJson {
  resources?: ResourceJson[];
  pending_operations?: { resource: ResourceJson; type: string }[];
}

export async function destroyApp(
  cloud: Cloud,
  name: string,
  o: DestroyOptions,
): Promise<{ kept: Kept[]; changes: Changes }> {
  const stack = await findStack(cloud, name);
  // Taken for gone, everything it is made of would stay for ever.
  if (!stack && o.installed) throw faults.stateLost(name);
  const data = new Map((o.attach ?? []).map((kept) => [`${kept.kind} ${kept.id}`, kept]));
  let changes: Changes = {};
  if (stack) {
    const exported = await stack.exportStack();
    for (const kept of dataIn(exported.deployment as DeploymentJson)) data.set(`${kept.kind} ${kept.id}`, kept);
    if (o.data === "delete") await releaseData(stack, exported);
    const stay = staying(exported.deployment as DeploymentJson);
    const run = { ...o, name, stay, preview: false, next: `freehold destroy ${name}` };
    ({ changes } = await runStack(run, (options) => stack.destroy(options)));
    await o.leaving?.([...data.values()]);
    await stack.workspace.removeStack(cloud.name);
  }
  await removeIdentityKey(cloud, name);
  for (const kept of await secretsOf(cloud, name)) data.set(`${kept.kind} ${kept.id}`, kept);
  if (o.data === "keep") return { kept: await there(cloud, [...data.values()]), changes };
  for (const kept of data.values()) await removeKept(cloud, kept);
  return { kept: [], changes };
}

/** Tables and buckets that `destroy` leaves, those whose creation was cut off included. */
function dataIn({ resources = [], pending_operations = [] }: DeploymentJson): Kept[] {
  const begun = pending_operations.filter(({ type }) => type === "creating").map(({ resource }) => resource);
  return [...resources, ...begun].flatMap((resource) => {
    const { type, urn, inputs } = resource;
    if ((type !== tableKind && type !== bucketKind) || !resource.retainOnDelete) return [];
    const id = resource.id ?? inputs?.[type === tableKind ? "name" : "bucket"];
    return typeof id === "string" && id !== "" ? [{ kind: type, name: urn.slice(urn.lastIndexOf("::") + 2), id }] : [];
  });
}

/** What is gone only when its bucket is, and so stays with a bucket that stays: walls, encryption, CORS. */
function staying({ resources = [] }: DeploymentJson): ReadonlySet<string> {
  const kept = new Set(resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ urn }) => urn));
  return new Set(resources.filter(({ deletedWith }) => deletedWith && kept.has(deletedWith)).map(({ urn }) => urn));
}

/** The state says now that data may go, full buckets included. */
async function releaseData(stack: Stack, exported: Deployment): Promise<void> {
  const deployment = exported.deployment as DeploymentJson;
  for (const resource of deployment.resources ?? []) {
    if (!resource.retainOnDelete) continue;
    delete resource.retainOnDelete;
    if (resource.type !== bucketKind) continue;
    resource.inputs = { ...resource.inputs, forceDestroy: true };
    resource.outputs = { ...resource.outputs, forceDestroy: true };
  }
  await stack.importStack(exported);
}

async function secretsOf(cloud: Cloud, app: string): Promise<Kept[]> {
  const names = await listSecrets(cloud, app);
  return names.map((name) => ({ kind: parameterKind, name, id: secretParameter(cloud.name, app, name) }));
}

async function there(cloud: Cloud, all: Kept[]): Promise<Kept[]> {
  const checked = await Promise.all(
    all.map(async (kept) => kept.kind === parameterKind || (await stillThere(cloud, kept))),
  );
  return all.filter((_, index) => checked[index]);
}
