/** What is installed in a cloud: one JSON file an app, so that `ls` reads these alone. No secret setting is in them. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./errors.ts";
import { readJson, writeJson } from "./files.ts";
import { cloudDir, type Paths } from "./paths.ts";

export interface KeptData {
  kind: string;
  name: string;
  id: string;
}

export interface InstalledApp {
  format: 1;
  name: string;
  /** What `up NAME` reads again: a bundled name, or a folder's absolute path. */
  ref: string;
  source: "bundled" | "folder";
  /** The blueprint's own name. */
  blueprint: string;
  title: string;
  version: string;
  /** `sha256:…` of the installed folder. */
  digest: string;
  url?: string;
  /** `partial`: an operation on it began and has not succeeded. `kept`: only data is left. */
  state: "running" | "partial" | "kept";
  kept: KeptData[];
  settings: Record<string, string | number | boolean>;
  /** ISO 8601. */
  installedAt: string;
  updatedAt: string;
}

const folder = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "apps");
const file = (paths: Paths, cloud: string, app: string): string => join(folder(paths, cloud), `${app}.json`);

/** Sorted by name; those with nothing but kept data included. */
export function readApps(paths: Paths, cloud: string): InstalledApp[] {
  return names(folder(paths, cloud)).flatMap((name) => readApp(paths, cloud, name) ?? []);
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -5))
      .sort();
  } catch {
    return [];
  }
}

export function readApp(paths: Paths, cloud: string, app: string): InstalledApp | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(app)) return undefined;
  const read = readJson<InstalledApp>(file(paths, cloud, app));
  if (read && read.format !== 1)
    throw faults.fileBroken(file(paths, cloud, app), "it was written by a newer Freehold.");
  return read;
}

export function writeApp(paths: Paths, cloud: string, app: InstalledApp): void {
  writeJson(file(paths, cloud, app.name), app);
}

export function removeApp(paths: Paths, cloud: string, app: string): void {
  rmSync(file(paths, cloud, app), { force: true });
}

/** Whether it was brought up once, and so has a state; one that was cut off at its first time may have none. */
export function wasUp(app: InstalledApp | undefined): boolean {
  return app !== undefined && app.state !== "kept" && app.url !== undefined;
}
