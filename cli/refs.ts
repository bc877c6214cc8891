/**
 * What REF means here: an app that is installed, or else what the catalogs find. Installed is a copy by digest, so that
 * neither a new Freehold nor anybody's repository changes an app by itself.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Found } from "../catalog/found.ts";
import { resolveRef, type Where } from "../catalog/resolve.ts";
import { copyDir } from "./copies.ts";
import { installRoot, type Paths } from "./paths.ts";
import { type InstalledApp, readApp, readApps } from "./registry.ts";

export interface Source extends Found {
  /** Set when REF was an installed app's name, or one whose data is kept. */
  app?: InstalledApp;
}

/** Throws `ref-unknown`, `folder-missing` (exit code 4), `ref-not-yet`. */
export async function findSource(ref: string, where: { paths: Paths; cloud: string; cwd: string }): Promise<Source> {
  const { paths, cloud, cwd } = where;
  const app = readApp(paths, cloud, ref);
  // What was installed, whatever its catalog has now; of a folder of the owner's, only where that folder is not.
  const copy = app && !(app.source === "folder" && existsSync(app.ref)) ? copyDir(paths, cloud, app.digest) : undefined;
  if (app && copy && existsSync(copy)) return { ...from(app, copy), app };
  const installed = () => (app ? [] : readApps(paths, cloud).map(({ name }) => name));
  const found = await resolveRef(app?.ref ?? ref, whereOf(cwd, installed));
  return app ? { ...found, app } : found;
}

/** Where a REF leads now, whatever is installed. Throws what resolving throws. */
export function findAfresh(ref: string, cwd: string): Promise<Found> {
  return resolveRef(
    ref,
    whereOf(cwd, () => []),
  );
}

const whereOf = (cwd: string, installed: () => string[]): Where => ({
  bundled: join(installRoot(), "blueprints"),
  cwd,
  home: process.env["HOME"] || homedir(),
  installed,
});

const from = ({ source, ref, origin }: InstalledApp, dir: string): Found => ({ source, ref, dir, origin });
