/** An app goes up: settings, secrets, program, and kept data taken back. */
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { appNameProblem } from "../../blueprints/app-name.ts";
import { cloudUse, dataUse } from "../../blueprints/cloud-grant.ts";
import { digestFiles, digestFolder } from "../../blueprints/digest.ts";
import { filesBelow } from "../../blueprints/files.ts";
import type { Blueprint } from "../../blueprints/load.ts";
import { grantsAsked, secretSettings } from "../../blueprints/reach.ts";
import { type AppInput, appProgram } from "../app.ts";
import type { Cloud } from "../cloud.ts";
import { bucketKind, tableKind } from "../components/context.ts";
import { localHost, longestTogether, namesFit } from "../names.ts";
import { judge } from "../rules/index.ts";
import { tokenFor } from "./domains.ts";
import { faults } from "./faults.ts";
import { hasIdentityKey, makeIdentityKey } from "./identity-key.ts";
import { stillThere } from "./kept.ts";
import { ownerArns } from "./owner.ts";
import { collectPlan } from "./planned.ts";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import { listSecrets, putSecret } from "./secrets.ts";
import { resolveSettings } from "./settings.ts";
import type { App, AppResult, FoundationOutputs, JudgedPlan, LookingOptions, RunOptions } from "./types.ts";
import { findStack, lookingFirst, makeStack, nothing, openToLook, runStack } from "./workspace.ts";

export async function deployApp(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: LookingOptions & { preview?: boolean; ready?: Promise<unknown> },
): Promise<AppResult> {
  if (o.preview) return previewApp(cloud, foundation, app, o);
  checkName(cloud, app.name);
  // What is only read is asked for at once; each of these is a way to AWS and back, or several.
  const [settings, attach, found, hasKey] = await allOver([
    settingsOf(cloud, app),
    toAttach(cloud, app, o),
    findStack(cloud, app.name),
    hasIdentityKey(cloud, app.name),
    o.ready,
  ]);
  const secrets = Object.entries(app.secrets);
  const [input, stack] = await allOver([
    inputOf(cloud, foundation, app, settings),
    found ?? makeStack(cloud, app.name, nothing, app.installed),
    hasKey ? undefined : makeIdentityKey(cloud, app.name),
    ...secrets.map(([name, value]) => putSecret(cloud, app.name, name, value)),
  ]);
  stack.workspace.program = () => appProgram({ ...input, attach });
  const next = `freehold up ${app.name}`;
  // A local cloud is done before anybody could have used the address.
  const run = { ...o, name: app.name, preview: false, next, tellsAddress: cloud.target === "aws" };
  const first = await runStack(run, (options) => stack.up({ ...options, ...lookingFirst(o) }));
  let outputs = plainOutputs(first.value.outputs);
  if (attach.size > 0) {
    // Imported as it was; now as this version of the blueprint says.
    stack.workspace.program = () => appProgram({ ...input, attach: new Map() });
    const second = await runStack(run, (options) => stack.up(options));
    outputs = plainOutputs(second.value.outputs);
  }
  return { changes: first.changes, url: urlOf(cloud, app.name, outputs), outputs };
}

/** As `Promise.all`, but what has begun is over when it throws: nothing is written behind an operation that has failed. */
async function allOver<T extends readonly unknown[]>(
  work: [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

type Previewed = AppResult & Pick<JudgedPlan, "resources">;

async function previewApp(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: LookingOptions,
): Promise<Previewed> {
  checkName(cloud, app.name);
  const settings = await settingsOf(cloud, app);
  const attach = await toAttach(cloud, app, o);
  const input = await inputOf(cloud, foundation, app, settings);
  const { stack, close } = await openToLook(cloud, app.name, () => appProgram({ ...input, attach }), app.installed);
  const run = { ...o, name: app.name, preview: true, next: `freehold up ${app.name}` };
  try {
    let plan = collectPlan();
    const { changes } = await runStack(run, (options) =>
      stack.preview({ ...watched(options, plan), ...lookingFirst(o) }),
    );
    if (attach.size > 0) {
      // What is taken back comes as it is at first; what it is to be is what has to be looked at.
      stack.workspace.program = () => appProgram({ ...input, attach: new Map() });
      plan = collectPlan();
      const unheard = { ...run, emit: () => undefined };
      await runStack(unheard, (options) => stack.preview(watched(options, plan)));
    }
    const outputs = plainOutputs(await stack.outputs());
    return { changes, url: urlOf(cloud, app.name, outputs), outputs, resources: plan.resources() };
  } finally {
    await close();
  }
}

function watched<T extends { onEvent(event: EngineEvent): void }>(options: T, plan: ReturnType<typeof collectPlan>): T {
  return {
    ...options,
    onEvent: (event: EngineEvent) => {
      plan.onEvent(event);
      options.onEvent(event);
    },
  };
}

/** A preview, and what the rules have against what would be. */
export async function judgePlan(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: LookingOptions,
): Promise<JudgedPlan> {
  const previewed = await previewApp(cloud, foundation, app, o);
  const preciousTables = Object.entries(app.blueprint.manifest.tables)
    .filter(([, { data }]) => data === "precious")
    .map(([noun]) => noun);
  const { resources } = previewed;
  const { boundaryArn } = foundation;
  const { name, accountId } = cloud;
  const asked = grantsAsked(app.blueprint.manifest);
  const [readsCloud, readsData] = [cloudUse, dataUse].map((one) => asked.includes(one)) as [boolean, boolean];
  const about = {
    ...{ cloud: name, app: app.name, accountId, boundaryArn, preciousTables, readsCloud, readsData },
    plainHttp: isPlainHttp(cloud),
  };
  return { ...previewed, findings: judge({ resources, about }) };
}

/** Plain settings, complete. Throws what resolveSettings throws. */
async function settingsOf(cloud: Cloud, app: App): Promise<AppInput["settings"]> {
  const { manifest } = app.blueprint;
  const known = secretSettings(manifest).length > 0 ? await listSecrets(cloud, app.name) : [];
  return resolveSettings(app, manifest, known);
}

/** What the program is made from, but for the data it takes back. */
async function inputOf(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  settings: AppInput["settings"],
): Promise<Omit<AppInput, "attach">> {
  const { target, region, accountId, port } = cloud;
  const gateDir = join(app.functionsDir, "gate");
  return {
    cloud: cloud.name,
    target,
    region,
    accountId,
    ...(port ? { port } : {}),
    plainHttp: isPlainHttp(cloud),
    app: app.name,
    blueprint: app.blueprint,
    codeDigests: await codeDigests(app.blueprint),
    gateDigest: await digestFolder(gateDir),
    gateDir,
    settings,
    budget: app.budget,
    domains: app.domains ?? [],
    cloudflareToken: await tokenFor(cloud, app.name, app.domains),
    owner: await ownerArns(cloud),
    foundation,
  };
}

const isPlainHttp = ({ target, endpoint }: Cloud): boolean =>
  target === "aws" && endpoint !== undefined && !endpoint.startsWith("https:");

/** The app's state as what is there in the cloud makes it. Changes nothing. */
export async function rebuildApp(
  cloud: Cloud,
  foundation: FoundationOutputs,
  app: App,
  o: RunOptions,
): Promise<Rebuilt> {
  const input = await inputOf(cloud, foundation, app, await settingsOf(cloud, app));
  return rebuild(cloud, app.name, () => appProgram({ ...input, attach: new Map() }), o);
}

function checkName(cloud: Cloud, name: string): void {
  const problem = appNameProblem(name);
  if (problem !== undefined) throw faults.badName(name, problem);
  if (!namesFit(cloud.name, name))
    throw faults.badName(name, `with the cloud's name, ${cloud.name}, it has more than ${longestTogether} characters`);
}

async function codeDigests({ manifest, files }: Blueprint): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [name, { code }] of Object.entries(manifest.functions))
    digests[name] = await digestFiles(filesBelow(code, files));
  return digests;
}

/** Tables and buckets that are still there, by `KIND NAME`; secrets need no import. */
async function toAttach(cloud: Cloud, app: App, { emit }: RunOptions): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kept of app.attach ?? []) {
    if (kept.kind !== tableKind && kept.kind !== bucketKind) continue;
    if (await stillThere(cloud, kept)) found.set(`${kept.kind} ${kept.name}`, kept.id);
    else {
      const message = `${kept.id} was kept, and is not there any more; a new one is made in its place.`;
      emit({ type: "note", level: "warning", message, stack: app.name });
    }
  }
  return found;
}

function plainOutputs(outputs: Record<string, { value: unknown; secret?: boolean }>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, { value, secret }]) => [key, secret ? "[secret]" : value]),
  );
}

function urlOf(cloud: Cloud, app: string, outputs: Record<string, unknown>): string | undefined {
  if (cloud.target === "local") return `http://${localHost(cloud.name, app)}:${cloud.port}/`;
  return typeof outputs["url"] === "string" ? outputs["url"] : undefined;
}
