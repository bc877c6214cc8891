/**
 * `up` and `preview`: from REF to a running app. Everything that can be wrong with what was asked is found before the
 * first change; the registry says `partial` before the first resource is made.
 */

import { digestFiles } from "../../blueprints/digest.ts";
import { exitCodes, Fault } from "../../blueprints/fault.ts";
import { loadBlueprint } from "../../blueprints/load.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { App, FoundationOutputs } from "../../stacks/deploy.ts";
import type { ResultEvent } from "../../stacks/events.ts";
import { type CloudConfig, findCloud, newLocalCloud, readClouds } from "../clouds.ts";
import { faults } from "../errors.ts";
import { sandboxOf, startNew } from "../local-process.ts";
import { functionsDir } from "../paths.ts";
import { findSource, keepCopy, pruneCopies, type Source } from "../refs.ts";
import { type InstalledApp, readApp, readApps, wasUp } from "../registry.ts";
import { admitSource, needsSandbox } from "../sandbox-policy.ts";
import { atHome, keepInstalled, pruneBlueprints } from "./home.ts";
import { splitSettings } from "./settings.ts";
import { defaultRegion } from "./setup.ts";
import { type End, emitStart, ensureFoundation, enterCloud, knownFoundation, lockAll, type Work } from "./work.ts";

interface Plan {
  app: App;
  source: Source;
}

type AppOutcome = ResultEvent["apps"][number];

export async function up(work: Work): Promise<End> {
  const { config: chosen, isNew } = await chooseCloud(work);
  const config = await atHome(work, chosen);
  const plans = await Promise.all(
    (await sourcesOf(work, config.name)).map((source) => plan(work, config.name, source)),
  );
  const names = plans.map(({ app }) => app.name);
  emitStart(work, config.name, names);
  const release = await lockAll(work, config.name, names);
  try {
    const cloud = await enterCloud(work, isNew ? await keepNew(work, config) : config);
    await admitSources(work, config, plans);
    if (work.request.operation === "preview") return await previewAll(work, cloud, plans);
    return await upAll(work, cloud, await ensureFoundation(work, cloud), plans);
  } finally {
    release();
  }
}

/** Before anything of a stranger's runs: whether something holds it back. */
async function admitSources({ request, emit }: Work, config: CloudConfig, plans: readonly Plan[]): Promise<void> {
  const strange = plans.filter(({ source }) => needsSandbox(source.source));
  if (strange.length === 0 || config.target !== "local") return;
  const sandbox = await sandboxOf(config);
  for (const { source } of strange) {
    const message = admitSource(source.source, source.ref, sandbox, request.unsandboxed === true);
    if (message) emit({ type: "note", level: "warning", message });
  }
}

/** The first `up` of a home makes the local cloud `home`. */
async function chooseCloud({ paths, request }: Work): Promise<{ config: CloudConfig; isNew: boolean }> {
  const { clouds } = await readClouds(paths);
  if (clouds.length > 0 || request.cloud !== undefined)
    return { config: await findCloud(paths, request.cloud), isNew: false };
  return { config: await newLocalCloud(paths, "home", defaultRegion), isNew: true };
}

/** Two first `up`s may run at once: who comes second uses the first one's cloud. */
async function keepNew(work: Work, config: CloudConfig): Promise<CloudConfig> {
  const release = await lockAll({ ...work, request: { ...work.request, waitMs: -1 } }, config.name, ["setup"]);
  try {
    const there = (await readClouds(work.paths)).clouds.find(({ name }) => name === config.name);
    return there ?? (await startNew(work.paths, config));
  } finally {
    release();
  }
}

async function sourcesOf({ request, paths }: Work, cloud: string): Promise<Source[]> {
  const where = { paths, cloud, cwd: request.cwd };
  if (request.ref !== undefined) return [await findSource(request.ref, where)];
  const installed = readApps(paths, cloud).filter(({ state }) => state !== "kept");
  if (installed.length === 0) throw faults.answer("What to install; nothing is installed yet.", "freehold up notes");
  return Promise.all(installed.map(({ name }) => findSource(name, where)));
}

async function plan({ request, answers, paths }: Work, cloud: string, source: Source): Promise<Plan> {
  const blueprint = await loadBlueprint(source.dir);
  const { manifest } = blueprint;
  // `up diary` means diary; `up notes --as diary` a copy, even when notes is installed.
  const name = request.as ?? source.app?.name ?? manifest.name;
  const before = readApp(paths, cloud, name);
  if (before && before.blueprint !== manifest.name) throw faults.nameTaken(name, before.blueprint);
  const { settings, secrets } = splitSettings(name, manifest, answers.settings, before?.settings ?? {}, !!before);
  const digest = await digestFiles(blueprint.files);
  const attach = before?.kept ?? [];
  const app: App = { name, blueprint, digest, settings, secrets, attach, functionsDir: functionsDir() };
  return { source, app: { ...app, installed: wasUp(before) } };
}

async function previewAll(work: Work, cloud: Cloud, plans: Plan[]): Promise<End> {
  const { emit, signal, deploy } = work;
  const options = { emit, signal, preview: true };
  const foundation =
    knownFoundation(work, cloud) ??
    (await deploy.deployFoundation(cloud, { ...options, functionsDir: functionsDir() }));
  const apps: AppOutcome[] = [];
  for (const { app } of plans) {
    const { url } = await deploy.deployApp(cloud, foundation, app, options);
    apps.push({ name: app.name, version: app.blueprint.manifest.version, ...(url ? { url } : {}) });
  }
  return { exitCode: 0, cloud: cloud.name, apps };
}

/** One alone throws what went wrong with it; of several, each is tried, and 7 says that some failed. */
async function upAll(work: Work, cloud: Cloud, foundation: FoundationOutputs, plans: Plan[]): Promise<End> {
  const apps: AppOutcome[] = [];
  let failed = 0;
  for (const one of plans) {
    try {
      apps.push(await upOne(work, cloud, foundation, one));
    } catch (error) {
      if (plans.length === 1 || !(error instanceof Fault) || work.signal.aborted) throw error;
      const { exitCode: _, ...wire } = error.toJSON();
      work.emit({ type: "error", ...wire });
      failed++;
    }
  }
  pruneCopies(work.paths, cloud.name);
  await pruneBlueprints(work, cloud);
  return { exitCode: failed > 0 ? 7 : 0, cloud: cloud.name, apps };
}

async function upOne(work: Work, cloud: Cloud, foundation: FoundationOutputs, one: Plan): Promise<AppOutcome> {
  const { paths, emit, signal, deploy } = work;
  const { app, source } = one;
  const entry = entryOf(one, readApp(paths, cloud.name, app.name));
  const dir = keepCopy(paths, cloud.name, source, app.digest);
  const takeBack = await keepInstalled(work, cloud, entry);
  const blueprint = dir === app.blueprint.dir ? app.blueprint : await loadBlueprint(dir);
  const { url } = await deploy
    .deployApp(cloud, foundation, { ...app, blueprint }, { emit, signal })
    .catch(async (error) => {
      // Somebody else is at it: what is installed is theirs to say.
      if (error instanceof Fault && error.exitCode === exitCodes.locked) await takeBack();
      throw error;
    });
  const now = new Date().toISOString();
  await keepInstalled(work, cloud, { ...entry, state: "running", kept: [], updatedAt: now, ...(url ? { url } : {}) });
  const link = url ? await deploy.mintLink(cloud, foundation, app.name, url) : undefined;
  return { name: app.name, version: entry.version, ...(url ? { url } : {}), ...(link ? { link } : {}) };
}

function entryOf({ app, source }: Plan, before: InstalledApp | undefined): InstalledApp {
  const { manifest } = app.blueprint;
  const now = new Date().toISOString();
  return {
    format: 1,
    name: app.name,
    ref: source.ref,
    source: source.source,
    origin: { source: source.source },
    blueprint: manifest.name,
    title: manifest.title ?? manifest.name,
    version: manifest.version,
    digest: app.digest,
    ...(before?.url ? { url: before.url } : {}),
    state: "partial",
    kept: before?.kept ?? [],
    settings: { ...app.settings },
    functions: before?.functions ?? {},
    versions: before?.versions ?? [],
    installedAt: before && before.state !== "kept" ? before.installedAt : now,
    updatedAt: now,
  };
}
