/**
 * `destroy`: apps come down, from any state. Data stays and is remembered unless its deletion was named; `--all` takes
 * the foundation too, and with `--data delete` everything the cloud has on this computer.
 */
import { rmSync } from "node:fs";
import { Fault } from "../../blueprints/fault.ts";
import { suggest } from "../../blueprints/suggest.ts";
import type { Cloud } from "../../stacks/cloud.ts";
import type { ResultEvent } from "../../stacks/events.ts";
import { type CloudConfig, findCloud, forgetCloud } from "../clouds.ts";
import { faults } from "../errors.ts";
import { stopProcess } from "../local-process.ts";
import { cloudDir } from "../paths.ts";
import { pruneCopies } from "../refs.ts";
import { readApp, readApps, removeApp, writeApp } from "../registry.ts";
import { type End, emitStart, enterCloud, forgetFoundation, lockAll, type Work } from "./work.ts";

export async function destroy(work: Work): Promise<End> {
  const { request, paths } = work;
  const config = await findCloud(paths, request.cloud);
  const names = namesOf(work, config.name);
  emitStart(work, config.name, names);
  const release = await lockAll(work, config.name, request.all ? [...names, "foundation"] : names);
  try {
    const cloud = await enterCloud(work, config);
    const end = await destroyApps(work, cloud, names);
    if (request.all && end.exitCode === 0) await destroyCloud(work, cloud, config);
    return end;
  } finally {
    release();
  }
}

function namesOf({ request, paths }: Work, cloud: string): string[] {
  const known = readApps(paths, cloud).map(({ name }) => name);
  if (request.all) return known;
  const names = [...new Set(request.apps ?? [])];
  for (const name of names) if (!known.includes(name)) throw faults.unknownApp(name, suggest(name, known));
  return names;
}

async function destroyApps(work: Work, cloud: Cloud, names: string[]): Promise<End> {
  const apps: ResultEvent["apps"] = [];
  let failed = 0;
  for (const name of names) {
    try {
      apps.push({ name, kept: await destroyOne(work, cloud, name) });
    } catch (error) {
      if (names.length === 1 || !(error instanceof Fault) || work.signal.aborted) throw error;
      const { exitCode: _, ...wire } = error.toJSON();
      work.emit({ type: "error", ...wire });
      failed++;
    }
  }
  pruneCopies(work.paths, cloud.name);
  return { exitCode: failed > 0 ? 7 : 0, cloud: cloud.name, apps };
}

async function destroyOne({ deploy, paths, request, emit, signal }: Work, cloud: Cloud, name: string) {
  const app = readApp(paths, cloud.name, name);
  if (app && app.state !== "kept") writeApp(paths, cloud.name, { ...app, state: "partial" });
  const data = request.data ?? "keep";
  const { kept } = await deploy.destroyApp(cloud, name, { emit, signal, data, attach: app?.kept ?? [] });
  if (kept.length === 0 || !app) removeApp(paths, cloud.name, name);
  else {
    const { url: _, ...rest } = app;
    writeApp(paths, cloud.name, { ...rest, state: "kept", kept, updatedAt: new Date().toISOString() });
  }
  return kept;
}

async function destroyCloud({ deploy, paths, request, emit, signal }: Work, cloud: Cloud, config: CloudConfig) {
  forgetFoundation(paths, cloud.name);
  await deploy.destroyFoundation(cloud, { emit, signal });
  if (request.data !== "delete") {
    emit({ type: "note", level: "info", message: `The cloud ${cloud.name} stays, because data in it was kept.` });
    return;
  }
  if (config.target === "local") await stopProcess(config);
  await forgetCloud(paths, cloud.name);
  rmSync(cloudDir(paths, cloud.name), { recursive: true, force: true });
}
