/** Where things are kept: XDG folders, or all below FREEHOLD_HOME. Folders are made 0700; nothing else is decided here. */
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { faults } from "./errors.ts";

export interface Paths {
  config: string;
  data: string;
  cache: string;
  state: string;
}

export function findPaths(env: NodeJS.ProcessEnv): Paths {
  const home = env["FREEHOLD_HOME"];
  if (home) {
    const at = (name: string): string => join(resolve(home), name);
    return { config: at("config"), data: at("data"), cache: at("cache"), state: at("state") };
  }
  // The specification says to ignore relative values.
  const xdg = (name: string, standard: string): string => {
    const given = env[name];
    return join(given?.startsWith("/") ? given : join(env["HOME"] || homedir(), standard), "freehold");
  };
  return {
    config: xdg("XDG_CONFIG_HOME", ".config"),
    data: xdg("XDG_DATA_HOME", ".local/share"),
    cache: xdg("XDG_CACHE_HOME", ".cache"),
    state: xdg("XDG_STATE_HOME", ".local/state"),
  };
}

export const cloudDir = (paths: Paths, cloud: string): string => join(paths.data, "clouds", cloud);
/** What its setup made; not there until a setup of it has come to its end on this computer. */
export const foundationFile = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "foundation.json");
/** What the local cloud's process keeps; Pulumi's state lies beside it. */
export const storeDir = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "local");
/** Of clouds that were removed: how they were. */
export const snapshotsDir = (paths: Paths): string => join(paths.data, "snapshots");
export const operationsDir = (paths: Paths): string => join(paths.state, "operations");

/** Throws `folder-unusable`. */
export function makeFolder(dir: string): string {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw faults.folderUnusable(dir, cause);
  }
  return dir;
}

let root: string | undefined;

/** The package's own folder: `dist/` and `blueprints/` are below it, in a clone and as installed. */
export function installRoot(): string {
  if (root) return root;
  let dir = import.meta.dirname;
  while (!(existsSync(join(dir, "package.json")) && existsSync(join(dir, "blueprints")))) dir = dirname(dir);
  root = dir;
  return dir;
}

export const distDir = (): string => join(installRoot(), "dist");
/** Built code of the functions that ship with every cloud. */
export const functionsDir = (): string => join(distDir(), "functions");
