/**
 * The stack of things goes up, from a list. Which list is wanted, and which one there was, is the caller's; what a list
 * has no more goes, but what the caller named to stay. What came in by `adopt` goes only where that was said, too.
 */
import { join } from "node:path";
import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import { digestFolder } from "../../blueprints/digest.ts";
import type { Cloud } from "../cloud.ts";
import { bucketKind, tableKind } from "../components/context.ts";
import { thingsStack } from "../things/physical.ts";
import type { Thing } from "../things/thing.ts";
import { type ThingsInput, thingsProgram } from "../things.ts";
import { ensureIdentityKey, removeIdentityKey } from "./identity-key.ts";
import { removeKept, stillThere } from "./kept.ts";
import { ownerArns } from "./owner.ts";
import { collectPlan } from "./planned.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import type { Changes, FoundationOutputs, Kept, LookingOptions, RunOptions } from "./types.ts";
import { findStack, lookingFirst, openStack, runStack } from "./workspace.ts";

export { adoptable } from "./things-adopt.ts";
export { scan } from "./things-scan.ts";

export interface Wanted {
  /** All that are to be there, and what is kept of others. */
  things: readonly Thing[];
  /** Data that an earlier removal kept, and that comes back. */
  attach?: readonly Kept[];
  /** Of those that come in now, their ids by their names. */
  importing?: ReadonlyMap<string, string>;
  /** Where the cloud keeps what things are made of, and built code of the functions of every cloud. */
  filesDir: string;
  functionsDir: string;
  /** The one that is taken out: what becomes of it is said already. */
  leaving?: string;
  /** They were up before: then their state has to be there. */
  installed?: boolean;
}

export interface ThingsResult {
  changes: Changes;
  /** By the thing's name. */
  ids: Readonly<Record<string, string>>;
  /** Of functions with an address. */
  url?: string;
  /** What would be done, of a preview. */
  steps: { name: string; kind: string; op: string }[];
}

/** `preview: true` changes nothing. */
export async function deployThings(
  cloud: Cloud,
  foundation: FoundationOutputs,
  wanted: Wanted,
  o: LookingOptions & { preview?: boolean },
): Promise<ThingsResult> {
  const preview = o.preview ?? false;
  const attach = await toAttach(cloud, wanted.attach ?? []);
  const input = await inputOf(cloud, foundation, wanted);
  const program = (withAttached: boolean) => () =>
    thingsProgram({ ...input, attach: withAttached ? attach : new Map() });
  if (!preview && input.things.some(({ shape, state }) => shape === "function" && state === "running"))
    await ensureIdentityKey(cloud, thingsStack);
  const { stack, made } = await openStack(cloud, thingsStack, program(true), wanted.installed);
  const run = { ...o, name: thingsStack, preview, next: "freehold up" };
  if (preview) return await previewThings(cloud, stack, made, run);
  if (!made) await releaseUnfinished(stack, wanted);
  const first = await runStack(run, (options) => stack.up({ ...options, ...lookingFirst(o) }));
  let { outputs } = first.value;
  if (attach.size > 0) {
    // Imported as it was; now as it is wanted.
    stack.workspace.program = program(false);
    ({ outputs } = (await runStack(run, (options) => stack.up(options))).value);
  }
  const url = outputs["url"]?.value as string | undefined;
  const ids = (outputs["ids"]?.value ?? {}) as Record<string, string>;
  return { changes: first.changes, ids, steps: [], ...(url ? { url } : {}) };
}

async function previewThings(
  cloud: Cloud,
  stack: Stack,
  made: boolean,
  run: Parameters<typeof runStack>[0],
): Promise<ThingsResult> {
  const plan = collectPlan();
  const before = made ? [] : resourcesOf(await stack.exportStack());
  try {
    const { changes } = await runStack(run, (options) =>
      stack.preview({
        ...options,
        onEvent: (event) => {
          plan.onEvent(event);
          options.onEvent(event);
        },
      }),
    );
    const steps = plan.resources().filter(({ kind, op }) => op !== "same" && kind.startsWith("aws:"));
    const ids = Object.fromEntries(before.map(({ urn, id }) => [nameIn(urn), id ?? ""]));
    return { changes, ids, steps: steps.map(({ name, kind, op }) => ({ name, kind, op })) };
  } finally {
    if (made) await stack.workspace.removeStack(cloud.name);
  }
}

async function inputOf(
  cloud: Cloud,
  foundation: FoundationOutputs,
  wanted: Wanted,
): Promise<Omit<ThingsInput, "attach">> {
  const { target, region, accountId, port, endpoint } = cloud;
  const gateDir = join(wanted.functionsDir, "gate");
  return {
    ...{ cloud: cloud.name, target, region, accountId, foundation, gateDir },
    ...(port ? { port } : {}),
    plainHttp: target === "aws" && endpoint !== undefined && !endpoint.startsWith("https:"),
    things: wanted.things,
    filesDir: wanted.filesDir,
    gateDigest: await digestFolder(gateDir),
    owner: await ownerArns(cloud),
    ...(wanted.importing ? { importing: wanted.importing } : {}),
  };
}

/** What was kept and is gone meanwhile is made anew. */
async function toAttach(cloud: Cloud, attach: readonly Kept[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kept of attach) if (await stillThere(cloud, kept)) found.set(`${kept.kind} ${kept.name}`, kept.id);
  return found;
}

interface ResourceJson {
  urn: string;
  type: string;
  parent?: string;
  id?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  deletedWith?: string;
}

const nameIn = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);
const resourcesOf = (exported: Deployment): ResourceJson[] =>
  ((exported.deployment as { resources?: ResourceJson[] }).resources ?? []) as ResourceJson[];

/** Those whose creation was cut off: what is there of them is found by the next operation. */
const creating = ({ deployment }: Deployment): ResourceJson[] =>
  ((deployment as { pending_operations?: { type: string; resource: ResourceJson }[] }).pending_operations ?? [])
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource);

/** The thing a resource is of: the name of what is outermost around it. Nothing for the stack itself and its provider. */
function ownersOf(resources: readonly ResourceJson[]): Map<string, string> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const owner = (resource: ResourceJson): string => {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return parent && parent.type !== "pulumi:pulumi:Stack" ? owner(parent) : nameIn(resource.urn);
  };
  const own = resources.filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
  return new Map(own.map((resource) => [resource.urn, owner(resource)]));
}

/** What was begun, did not come up and is not wanted any more goes whole: nothing in it was ever anybody's. */
async function releaseUnfinished(stack: Stack, { things, leaving }: Wanted): Promise<void> {
  const exported = await stack.exportStack();
  const resources = [...resourcesOf(exported), ...creating(exported)];
  const owners = ownersOf(resources);
  const listed = new Set(things.filter(({ state }) => state === "running").map(({ name }) => name));
  if (leaving !== undefined) listed.add(leaving);
  const loose = resources.filter(
    ({ urn, retainOnDelete }) => retainOnDelete && owners.has(urn) && !listed.has(owners.get(urn)!),
  );
  if (loose.length === 0) return;
  for (const resource of loose) delete resource.retainOnDelete;
  await stack.importStack(exported);
}

/** Of what is going: is it kept, deleted with what is in it, or, of what was adopted, left alone. */
export type Fate = "keep" | "delete";

/**
 * Takes one out, from any state it is in. `left` is the list without it. With `keep` its tables and buckets stay and are
 * named, and what was adopted stays as it is; with `delete` it goes with what is in it.
 */
export async function removeThing(
  cloud: Cloud,
  foundation: FoundationOutputs,
  name: string,
  o: RunOptions & { fate: Fate; adopted: boolean; kept: readonly Kept[]; left: Wanted },
): Promise<{ kept: Kept[]; changes: Changes; ids: ThingsResult["ids"]; url?: string }> {
  const stack = await findStack(cloud, thingsStack);
  const kept = new Map(o.kept.map((one) => [one.id, one]));
  if (stack) {
    const exported = await stack.exportStack();
    for (const one of await settle(stack, exported, name, o)) kept.set(one.id, one);
  }
  const rest = o.left.things.some(({ state }) => state === "running");
  let end: Pick<ThingsResult, "changes" | "ids" | "url"> = { changes: {}, ids: {} };
  if (rest) end = await deployWithout(cloud, foundation, { ...o.left, leaving: name }, o);
  else if (stack) end = { ...(await endStack(cloud, stack, o)), ids: {} };
  if (o.fate === "keep") {
    const checked = await Promise.all(
      [...kept.values()].map(async (one) => ((await stillThere(cloud, one)) ? [one] : [])),
    );
    return { ...end, kept: checked.flat() };
  }
  for (const one of kept.values()) await removeKept(cloud, one);
  return { ...end, kept: [] };
}

const deployWithout = (cloud: Cloud, foundation: FoundationOutputs, left: Wanted, o: RunOptions) =>
  deployThings(cloud, foundation, left, { signal: o.signal, emit: o.emit });

/** The last one goes, and with it the gate and the stack. */
async function endStack(cloud: Cloud, stack: Stack, o: RunOptions): Promise<{ changes: Changes }> {
  const { signal, emit } = o;
  const run = { signal, emit, name: thingsStack, preview: false, next: "freehold ls" };
  const stay = staying(resourcesOf(await stack.exportStack()));
  const { changes } = await runStack({ ...run, stay }, (options) => stack.destroy(options));
  await stack.workspace.removeStack(cloud.name);
  await removeIdentityKey(cloud, thingsStack);
  return { changes };
}

/** What is gone only when its bucket is, and so stays with a bucket that stays. */
function staying(resources: readonly ResourceJson[]): ReadonlySet<string> {
  const kept = new Set(resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ urn }) => urn));
  return new Set(resources.filter(({ deletedWith }) => deletedWith && kept.has(deletedWith)).map(({ urn }) => urn));
}

/** The state says first what becomes of it, so that what goes is what the state says may go. Answers the data it has. */
async function settle(
  stack: Stack,
  exported: Deployment,
  name: string,
  { fate, adopted }: { fate: Fate; adopted: boolean },
): Promise<Kept[]> {
  const resources = [...resourcesOf(exported), ...creating(exported)];
  const owners = ownersOf(resources);
  const own = resources.filter(({ urn }) => owners.get(urn) === name);
  for (const resource of own) {
    delete resource.protect;
    delete resource.retainOnDelete;
    if (fate === "keep" && (adopted || isData(resource))) resource.retainOnDelete = true;
    if (fate === "delete" && resource.type === bucketKind) {
      resource.inputs = { ...resource.inputs, forceDestroy: true };
      resource.outputs = { ...resource.outputs, forceDestroy: true };
    }
  }
  if (own.length > 0) await stack.importStack(exported);
  // What was there before is nobody's of ours again.
  if (adopted) return [];
  return own.flatMap((one) => {
    const id = one.id || one.inputs?.[one.type === tableKind ? "name" : "bucket"];
    return isData(one) && typeof id === "string" ? [{ kind: one.type, name, id }] : [];
  });
}

const isData = ({ type }: ResourceJson): boolean => type === tableKind || type === bucketKind;

/** The list that came up last, as the stack itself says it; null when there is none. */
export async function listedThings(cloud: Cloud): Promise<Thing[] | null> {
  const stack = await findStack(cloud, thingsStack);
  const said = stack ? (await stack.outputs())["things"]?.value : undefined;
  return typeof said === "string" ? (JSON.parse(said) as Thing[]) : null;
}

/** Finds by their names what listed things are made of. Changes nothing. */
export async function rebuildThings(
  cloud: Cloud,
  foundation: FoundationOutputs,
  wanted: Wanted,
  o: RunOptions,
): Promise<Rebuilt> {
  const input = await inputOf(cloud, foundation, wanted);
  return rebuild(cloud, thingsStack, () => thingsProgram({ ...input, attach: new Map() }), o);
}
