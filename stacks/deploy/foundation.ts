/** The foundation's life: its stack, what is known without it, and the end of a cloud with everything in it. */
import { join } from "node:path";
import type { OutputMap, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { digestFolder } from "../../blueprints/digest.ts";
import { Fault } from "../../blueprints/fault.ts";
import { type Cloud, foundationStack, foundationVersion } from "../cloud.ts";
import { bucketKind, tableKind } from "../components/context.ts";
import { type Domain, urlOfDomains } from "../domains.ts";
import { type FoundationInput, foundationProgram } from "../foundation.ts";
import { hostsIn, toldIn } from "../functions/shared/hosts.ts";
import { backupBucketName, backupsNoun } from "../names.ts";
import { liveBudget, plannedBudget } from "./budget.ts";
import { guarded, lambda } from "./clients.ts";
import { localFoundation } from "./derive.ts";
import { domainFaults } from "./domain-faults.ts";
import { removeToken, tokenFor } from "./domains.ts";
import { faults } from "./faults.ts";
import { sealedExport } from "./health.ts";
import { removeKept, stillThere } from "./kept.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import { removeSessionKey } from "./session-key.ts";
import type { FoundationOptions, FoundationOutputs, Kept, RunOptions } from "./types.ts";
import { findStack, lookingFirst, openStack, runStack, stackNames } from "./workspace.ts";

export async function deployFoundation(cloud: Cloud, o: FoundationOptions): Promise<FoundationOutputs> {
  const preview = o.preview ?? false;
  let known: More = { domains: o.domains ?? [] };
  const program = await programOf(cloud, o.functionsDir, () => known);
  const { stack, made } = await openStack(cloud, foundationStack, program, o.installed);
  const [backups, budget, domains] = await Promise.all([
    !made || o.backups ? backupsOf(cloud, made, o.backups ?? false) : undefined,
    plannedBudget(cloud, o.budget, made),
    o.domains ?? (made ? [] : stack.outputs().then((outputs) => parse(plain(outputs)).domains ?? [])),
  ]);
  known = {
    domains,
    cloudflareToken: await tokenFor(cloud, "signin", domains),
    ...(backups ? { backups } : {}),
    ...(budget ? { budget } : {}),
  };
  const run = { ...o, name: foundationStack, preview, next: `freehold setup --name ${cloud.name}` };
  if (preview) {
    await runStack(run, (options) => stack.preview(options));
    if (made) await stack.workspace.removeStack(cloud.name);
    return localFoundation(cloud);
  }
  const { value } = await runStack(run, (options) => stack.up({ ...options, ...lookingFirst(o) }));
  return parse(plain(value.outputs));
}

const plain = (outputs: OutputMap): Record<string, unknown> =>
  Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, output.value]));

/** What one foundation has and another has not. */
type More = Pick<FoundationInput, "backups" | "budget" | "cloudflareToken"> & { domains: readonly Domain[] };

/** `more` is asked when the program runs. */
async function programOf(cloud: Cloud, functionsDir: string, more: () => More): Promise<PulumiFn> {
  const signinDir = join(functionsDir, "signin");
  const signinDigest = await digestFolder(signinDir);
  const { target, region, accountId, port } = cloud;
  const where = { cloud: cloud.name, target, region, accountId, ...(port ? { port } : {}) };
  return () => {
    return foundationProgram({ ...where, signinDir, signinDigest, version: foundationVersion, ...more() });
  };
}

/** Where a cloud's backups are, made or not. */
export const backupBucket = (cloud: Cloud): Kept => ({
  kind: bucketKind,
  name: backupsNoun,
  id: backupBucketName({ cloud: cloud.name, accountId: cloud.accountId, region: cloud.region }),
});

/** What is in the state stays in the program; what a foundation before this one left is taken back when it is wanted. */
async function backupsOf(cloud: Cloud, made: boolean, wanted: boolean): Promise<FoundationInput["backups"]> {
  const bucket = backupBucket(cloud);
  if (!made) {
    const { deployment } = (await sealedExport(cloud, foundationStack)) as {
      deployment: { resources?: { type: string; id?: string }[] };
    };
    if (deployment.resources?.some(({ type, id }) => type === bucketKind && id === bucket.id)) return {};
  }
  if (!wanted) return undefined;
  return (await stillThere(cloud, bucket)) ? { kept: bucket.id } : {};
}

/**
 * The foundation's state as what is there in the cloud makes it; `domains`: sign-in's names, as they were last known. Changes
 * nothing. Throws `names-unknown`, `cloudflare-token-needed`.
 */
export async function rebuildFoundation(cloud: Cloud, { domains = [], ...o }: FoundationOptions): Promise<Rebuilt> {
  await refuseOtherNames(cloud, domains);
  const backups = (await stillThere(cloud, backupBucket(cloud))) ? {} : undefined;
  const budget = await liveBudget(cloud);
  const more: More = {
    domains,
    cloudflareToken: await tokenFor(cloud, "signin", domains),
    ...(backups ? { backups } : {}),
    ...(budget ? { budget } : {}),
  };
  const program = await programOf(cloud, o.functionsDir, () => more);
  return rebuild(cloud, foundationStack, program, o);
}

/** A state without a name that sign-in has would be one that takes it away, and leaves what it is made of. */
async function refuseOtherNames(cloud: Cloud, domains: readonly Domain[]): Promise<void> {
  if (cloud.target === "local") return;
  const { signinArn } = localFoundation(cloud);
  const tags = await tagsOf(cloud, signinArn).catch((error: unknown) => {
    if (error instanceof Fault && /ResourceNotFoundException/.test(error.detail ?? "")) return {};
    throw error;
  });
  const known = domains.map(({ host }) => host);
  const unknown = hostsIn(tags).filter((host) => !known.includes(host));
  if (unknown.length > 0) throw domainFaults.namesUnknown(unknown);
}

/** What apps need of the foundation when its state says nothing: names follow from the cloud, the address is asked for. */
export async function derivedFoundation(cloud: Cloud): Promise<FoundationOutputs> {
  const derived = localFoundation(cloud);
  if (derived.signinUrl !== "") return derived;
  const address = await addressOf(cloud, derived.signinFunction);
  if (address === null) return derived;
  const tags = await tagsOf(cloud, derived.signinArn);
  return { ...localFoundation(cloud, toldIn(tags) ?? address), signinHosts: hostsIn(tags) };
}

/** Sign-in by the first of these names that leads there, or its own address, whatever names it has now. */
export async function namedFoundation(cloud: Cloud, domains: readonly Domain[]): Promise<FoundationOutputs> {
  const named = urlOfDomains(domains);
  return localFoundation(cloud, named ?? (await addressOf(cloud, localFoundation(cloud).signinFunction)) ?? "");
}

/** Of a function. */
async function tagsOf(cloud: Cloud, Resource: string): Promise<Record<string, string>> {
  return guarded(cloud, async () => {
    const { sdk, client } = await lambda(cloud);
    const { Tags = {} } = await client.send(new sdk.ListTagsCommand({ Resource }));
    return Tags;
  });
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
  const stack = await sealedExport(cloud, foundationStack).catch((error: unknown) => {
    if (error instanceof Fault && error.code === "stack-not-found") return undefined;
    throw error;
  });
  const { deployment } = (stack ?? {}) as { deployment?: { resources?: { type: string; outputs?: object }[] } };
  // Nothing of them is secret.
  const outputs = deployment?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  if (!outputs || Object.keys(outputs).length === 0) return null;
  const known = parse(outputs as Record<string, unknown>);
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
    // A foundation before this one said nothing of names.
    signinHosts: (outputs["signinHosts"] as string[] | undefined) ?? [],
    domains: (outputs["domains"] as Domain[] | undefined) ?? [],
    accessTable: text("accessTable"),
    boundaryArn: text("boundaryArn"),
  };
}

/** Backups stay unless the deletion of all data is named; answers where they are. */
export async function destroyFoundation(
  cloud: Cloud,
  o: RunOptions & { data?: "delete" },
): Promise<{ backups?: string }> {
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
  await removeToken(cloud);
  const backups = backupBucket(cloud);
  if (o.data === "delete") await removeKept(cloud, backups);
  else if (await stillThere(cloud, backups)) return { backups: backups.id };
  return {};
}
