/** What is installed in a cloud: one JSON file an app, so that `ls` reads these alone. No secret setting is in them. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Origin, Reach } from "../blueprints/card.ts";
import type { Domain } from "../stacks/deploy.ts";
import type { OperationKind } from "../stacks/events.ts";
import { faults } from "./errors.ts";
import { readJson, writeJson } from "./files.ts";
import type { OwnerRules } from "./owner-rules.ts";
import { cloudDir, type Paths } from "./paths.ts";

export interface KeptData {
  kind: string;
  name: string;
  id: string;
}

/** Somebody's yes to what an app is, reaches and costs: to exactly what this digest covers. */
export interface Accepted {
  /** `sha256:…` of the consent. */
  digest: string;
  /** ISO 8601. */
  at: string;
  /** The computer's user who said it. */
  by: string;
}

/** What the owner set of one function instead of the blueprint's author, in the manifest's own words. */
export interface FunctionOverride {
  /** `512 MB` */
  memory?: string;
  /** `30 s` */
  timeout?: string;
  /** Plain values, by variable. */
  environment?: Record<string, string>;
}

/** Everything that decides how an app is: with the folder of this digest, it can be brought back. */
export interface InstalledVersion {
  version: string;
  /** `sha256:…` of the folder. */
  digest: string;
  /** What found it: a bundled name, a folder, `CATALOG/NAME`, `github:…`. */
  ref: string;
  origin: Origin;
  /** No secret one. */
  settings: Record<string, string | number | boolean>;
  functions: Record<string, FunctionOverride>;
  /** What the owner says of routes, requests and grants, where it is anything. */
  rules?: OwnerRules;
  /** ISO 8601: since when, by which operation, and the computer's user who started it. */
  at: string;
  operation: OperationKind;
  by: string;
  accepted?: Accepted;
  /** It is a version brought back by `rollback` or `undo`: the `at` of the one it is. */
  restored?: string;
}

export interface InstalledApp {
  format: 1;
  name: string;
  /** What `up NAME` reads again: a bundled name, a folder's absolute path, `CATALOG/NAME`, `github:…`. */
  ref: string;
  source: Origin["source"];
  origin: Origin;
  /** The blueprint's own name. */
  blueprint: string;
  title: string;
  version: string;
  /** `sha256:…` of the installed folder. */
  digest: string;
  url?: string;
  /** `partial`: an operation on it began and has not succeeded. `kept`: only data is left. */
  state: "running" | "partial" | "kept";
  /** While `partial`: which command began it. An earlier Freehold did not say. */
  begun?: OperationKind;
  /** While `partial`: which command is bringing back the version of this `at`; the same command goes on with that one. */
  goingBack?: { operation: OperationKind; to: string };
  kept: KeptData[];
  settings: Record<string, string | number | boolean>;
  /** By the function's name. */
  functions: Record<string, FunctionOverride>;
  rules?: OwnerRules;
  /** Names of its own, the first to be told first. */
  domains?: Domain[];
  /** What it may reach, as its card said; an earlier Freehold kept none. */
  reach?: Reach[];
  /** To what is installed now, when it had to be asked. */
  accepted?: Accepted;
  /** What was running, oldest first; the last one is what runs, or ran last. At most `versionsKept`. */
  versions: InstalledVersion[];
  /** ISO 8601. */
  installedAt: string;
  updatedAt: string;
}

export const versionsKept = 10;

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
  return read && completed(read);
}

type Written = Omit<InstalledApp, "origin" | "functions" | "versions"> & Partial<InstalledApp>;

/** An earlier Freehold kept no origin, no versions and nothing of functions. */
export function completed(app: Written): InstalledApp {
  return {
    ...app,
    origin: app.origin ?? { source: app.source },
    functions: app.functions ?? {},
    versions: app.versions ?? [],
  };
}

export function writeApp(paths: Paths, cloud: string, app: InstalledApp): void {
  writeJson(file(paths, cloud, app.name), app);
}

/** Of a local cloud that runs at this port: addresses that are shown are those that answer. */
export function atPort(paths: Paths, cloud: string, port: number): void {
  for (const app of readApps(paths, cloud)) {
    const url = app.url === undefined ? null : URL.parse(app.url);
    if (!url || url.port === String(port)) continue;
    url.port = String(port);
    writeApp(paths, cloud, { ...app, url: url.href });
  }
}

export function removeApp(paths: Paths, cloud: string, app: string): void {
  rmSync(file(paths, cloud, app), { force: true });
}

/** Whether it was brought up once, and so has a state; one that was cut off at its first time may have none. */
export function wasUp(app: InstalledApp | undefined): boolean {
  return app !== undefined && app.state !== "kept" && app.url !== undefined;
}
