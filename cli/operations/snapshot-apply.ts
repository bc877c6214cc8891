/**
 * `snapshot apply`: what a snapshot has and the cloud has not comes up, just as it was. It is shown first, and somebody says
 * yes to the whole of it by the file's digest: a file says of itself whose code it is, so nothing of it is taken on trust.
 * What is there and is otherwise is only told, unless `--update` says so. The same command goes on where it stopped.
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Fault } from "../../blueprints/fault.ts";
import { addCatalog } from "../../catalog/catalogs.ts";
import { isFolder } from "../../catalog/folder.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import { catalogHome } from "../catalogs.ts";
import { type CloudConfig, checkCloudName, findCloud, newLocalCloud, readClouds, saveCloud } from "../clouds.ts";
import { startNew } from "../local-process.ts";
import {
  parseSnapshot,
  type Snapshot,
  type SnapshotApp,
  type SnapshotThing,
  snapshotAt,
  snapshotDigest,
} from "../snapshot.ts";
import { snapshotFaults } from "../snapshot-errors.ts";
import { shellWord } from "../ui/shell-word.ts";
import { admitSources } from "./bring-up.ts";
import { type AppOutcome, carryOut } from "./carry-out.ts";
import { consentTo } from "./consent.ts";
import { eachApp } from "./each-app.ts";
import { findingsOf } from "./findings.ts";
import { atHome } from "./home.ts";
import { checkNeeded } from "./needed.ts";
import { type Plan, planOf } from "./plan.ts";
import { type Compared, compared, versionOf } from "./snapshot-compared.ts";
import { bringData, checkData, dataIsHere, openData, tellData } from "./snapshot-data.ts";
import { comesWithFreehold, sourceOfApp } from "./snapshot-sources.ts";
import { bringThing, inOrder } from "./snapshot-things.ts";
import { tellCompared, tellDoors } from "./snapshot-told.ts";
import { lockOfThings } from "./things.ts";
import { type End, emitStart, ensureFoundation, enterCloud, lockAll, type Work } from "./work.ts";

/** Ten times what `snapshot` writes at most. */
const mostBytes = 400 * 1024 ** 2;

export async function applySnapshot(work: Work): Promise<End> {
  const { request, paths } = work;
  const at = await snapshotAt(resolve(request.cwd, request.from ?? ""));
  const bytes = await bytesOf(at);
  const digest = snapshotDigest(bytes);
  if (request.expect !== undefined && request.expect !== digest) throw snapshotFaults.other(at);
  const said = parseSnapshot(bytes, at);
  const data = await openData(work, at, said);
  const here = await knownCloud(work);
  const names = [...said.apps.map(({ name }) => name), ...said.things.map(({ name }) => `things/${name}`)];
  emitStart(work, here?.name ?? said.cloud.name, names);
  // Every byte, before a cloud is made or asked.
  if (data) await checkData(work, data);
  const config = await atHome(work, here ?? (await newCloud(work, said)));
  const release = await lockAll(work, config.name, [...said.apps.map(({ name }) => name), lockOfThings, "snapshot"]);
  try {
    const found = await compared(paths, config.name, said);
    const chosen = choose(request.update === true, found);
    const cloud = await enterCloud(work, config);
    const plans = await plansOf(work, config, cloud, said, chosen.apps);
    tellCompared(work, config, said, found);
    const nothing = chosen.apps.length + chosen.things.length + found.absent.catalogs.length === 0;
    const end: End = { exitCode: 0, cloud: config.name, apps: [] };
    const there = nothing && data && (await dataIsHere(work, cloud, data));
    if (nothing && (there || !data)) {
      const stays = there ? there.stores.some((one) => one.stays) : false;
      const message = stays ? "Nothing was changed." : "Nothing of it is missing here. Nothing was changed.";
      work.emit({ type: "note", level: "info", message });
      return there ? { ...end, data: there } : end;
    }
    if (data && request.accept !== digest) tellData(work, data);
    if (request.dryRun || request.accept !== digest) await show(work, cloud, plans);
    if (request.dryRun) return end;
    const again = `freehold snapshot apply ${shellWord(request.from ?? at, "FILE")}${request.update ? " --update" : ""} --accept ${digest}`;
    if (request.accept !== undefined && request.accept !== digest) throw snapshotFaults.other(at);
    if (request.accept === undefined) throw snapshotFaults.unagreed(at, digest, again);
    await checkSecrets(work, cloud, said, plans);
    await takeFacts(work, config, said, found);
    if (!data) return await carryAllOut(work, cloud, said, plans, chosen.things);
    return await bringData(work, cloud, data, said, () => carryAllOut(work, cloud, said, plans, chosen.things));
  } finally {
    release();
  }
}

/** Throws `snapshot-missing`, `snapshot-broken`. */
async function bytesOf(at: string): Promise<Buffer> {
  try {
    if ((await stat(at)).size > mostBytes) throw snapshotFaults.tooBig(at);
    return await readFile(at);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw snapshotFaults.missing(at, error);
  }
}

/** The one that is meant; undefined where there is none at all. */
async function knownCloud({ paths, request }: Work): Promise<CloudConfig | undefined> {
  const { clouds } = await readClouds(paths);
  return clouds.length > 0 || request.cloud !== undefined ? findCloud(paths, request.cloud) : undefined;
}

/** Of the snapshot's name, on this computer. */
async function newCloud({ paths }: Work, { cloud }: Snapshot): Promise<CloudConfig> {
  if (cloud.target === "aws") throw snapshotFaults.inAws(cloud.name, cloud.region);
  const made = await newLocalCloud(paths, checkCloudName(cloud.name), cloud.region);
  return startNew(paths, { ...made, timeZone: zoneOf(cloud.timeZone) ?? made.timeZone });
}

/** One that this computer knows. */
function zoneOf(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone && name;
  } catch {
    return undefined;
  }
}

function choose(update: boolean, { absent, differs }: Compared): { apps: SnapshotApp[]; things: SnapshotThing[] } {
  if (!update) return absent;
  return { apps: [...absent.apps, ...differs.apps], things: [...absent.things, ...differs.things] };
}

/** Everything that can be wrong with an app of it is found here, before anything is changed. */
async function plansOf(
  work: Work,
  config: CloudConfig,
  cloud: Cloud,
  said: Snapshot,
  apps: readonly SnapshotApp[],
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const app of apps) {
    const { name } = app;
    const source = await sourceOfApp(work, cloud, said, app);
    const { settings, functions, rules = {} } = versionOf(app);
    const base = { settings, functions, rules };
    const plan = await planOf(withSecretsOf(work, name), config.name, { source, name, base });
    plans.push({ ...plan, agreed: true });
    const trusted = source.source !== "bundled" || (await comesWithFreehold(app)) !== undefined;
    // What only says that it comes with Freehold is held back as a stranger's is.
    const judged = trusted ? plan : { ...plan, source: { ...source, source: "catalog" as const } };
    await admitSources(work, config, [judged]);
  }
  return plans;
}

/** Answers are kept by `APP/NAME`: two apps may have a secret of the same name. */
function withSecretsOf(work: Work, app: string): Work {
  const own = Object.entries(work.answers.secrets ?? {}).flatMap(([key, value]) =>
    key.startsWith(`${app}/`) ? [[key.slice(app.length + 1), value] as const] : [],
  );
  // What is expected is of the file, and of no folder.
  const { expect: _, ...request } = work.request;
  return { ...work, request, answers: { settings: {}, secrets: Object.fromEntries(own) } };
}

/** The card of each app, as `preview` has it. */
async function show(work: Work, cloud: Cloud, plans: readonly Plan[]): Promise<void> {
  const looking: Work = { ...work, request: { ...work.request, operation: "preview" } };
  for (const plan of plans) await consentTo(looking, cloud, plan, await findingsOf(looking, cloud, withStandIns(plan)));
}

/** A plan is judged before its secrets are asked for, with any text in their place; judging writes none. */
function withStandIns(plan: Plan): Plan {
  const { app } = plan;
  const { manifest } = app.blueprint;
  const settings = { ...manifest.settings };
  const secrets = { ...app.secrets };
  for (const [name, { pattern: _, ...rest }] of Object.entries(settings)) {
    if (rest.type !== "secret" || !rest.required || name in secrets) continue;
    settings[name] = rest;
    secrets[name] = "-";
  }
  return { ...plan, app: { ...app, secrets, blueprint: { ...app.blueprint, manifest: { ...manifest, settings } } } };
}

/** Emits `secrets-needed`. Throws `snapshot-secrets` where one is missing that an app cannot be without. */
async function checkSecrets(work: Work, cloud: Cloud, said: Snapshot, plans: readonly Plan[]): Promise<void> {
  const missing: { app: string; secret: string; required: boolean }[] = [];
  for (const { app } of plans) {
    const { settings } = app.blueprint.manifest;
    const names = said.apps.find(({ name }) => name === app.name)?.secrets ?? [];
    const known = await work.deploy.listSecrets(cloud, app.name);
    for (const secret of names.filter((one) => settings[one]?.type === "secret"))
      if (!known.includes(secret) && work.answers.secrets?.[`${app.name}/${secret}`] === undefined)
        missing.push({ app: app.name, secret, required: settings[secret]?.required === true });
  }
  const needed = missing.filter(({ required }) => required);
  if (missing.length > 0) work.emit({ type: "secrets-needed", secrets: missing });
  // Who is there to be asked is asked for the others, too, once.
  const asks = work.request.ask === true && work.answers.secrets === undefined && missing.length > 0;
  if (needed.length > 0 || asks) throw snapshotFaults.secrets(missing);
  for (const { app, secret } of missing) {
    const message = `${app} had the secret ${secret}, which it goes without until: freehold secret set ${app} ${secret} < FILE`;
    work.emit({ type: "note", level: "warning", message, stack: app });
  }
}

/** What is the home's and the cloud's: catalogs, and of a cloud with nothing in it the time zone. */
async function takeFacts({ paths, emit }: Work, config: CloudConfig, said: Snapshot, found: Compared): Promise<void> {
  for (const { name, ref } of found.absent.catalogs) {
    if (!isFolder(ref) || existsSync(ref)) await addCatalog(catalogHome(paths), { name, ref });
    else
      emit({ type: "note", level: "warning", message: `The catalog ${name} is the folder ${ref}, which is not here.` });
  }
  const timeZone = zoneOf(said.cloud.timeZone);
  if (found.empty && config.target === "local" && timeZone !== undefined && timeZone !== config.timeZone)
    await saveCloud(paths, { ...config, timeZone });
}

type One = { plan: Plan } | { thing: SnapshotThing };

/** One after the other; what fails leaves the others to come up, and is tried again by the same command. */
async function carryAllOut(
  work: Work,
  cloud: Cloud,
  said: Snapshot,
  plans: readonly Plan[],
  things: readonly SnapshotThing[],
): Promise<End> {
  const all: One[] = [...plans.map((plan) => ({ plan })), ...inOrder(things).map((thing) => ({ thing }))];
  const end = await eachApp(work, cloud, all, (one) =>
    "plan" in one ? bringApp(work, cloud, one.plan) : bringThing(work, cloud, said, one.thing),
  );
  tellDoors(
    work,
    said,
    plans.map(({ app }) => app.name),
  );
  return end;
}

async function bringApp(work: Work, cloud: Cloud, plan: Plan): Promise<AppOutcome> {
  const own = withSecretsOf(work, plan.app.name);
  const upAlone = { ...own.request, operation: "up" as const, ref: plan.source.ref, as: plan.app.name };
  await checkNeeded({ ...own, request: upAlone, emit: () => undefined }, cloud, plan);
  const agreed = await consentTo(own, cloud, plan, await findingsOf(own, cloud, plan));
  return carryOut(own, cloud, await ensureFoundation(work, cloud), plan, agreed);
}
