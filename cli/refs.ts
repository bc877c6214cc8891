/**
 * What REF means here: an app that is installed, or else what the catalog finds. Installed from the bundled ones is a
 * copy by digest, so that a new Freehold changes no app by itself.
 */
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Found } from "../catalog/found.ts";
import { resolveRef } from "../catalog/resolve.ts";
import { cloudDir, installRoot, makeFolder, type Paths } from "./paths.ts";
import { type InstalledApp, readApp, readApps } from "./registry.ts";

export interface Source extends Found {
  /** Set when REF was an installed app's name, or one whose data is kept. */
  app?: InstalledApp;
}

/** Throws `ref-unknown`, `folder-missing` (exit code 4), `ref-not-yet`. */
export async function findSource(ref: string, where: { paths: Paths; cloud: string; cwd: string }): Promise<Source> {
  const { paths, cloud, cwd } = where;
  const app = readApp(paths, cloud, ref);
  const copy = app?.source === "bundled" ? copyDir(paths, cloud, app.digest) : undefined;
  if (app && copy && existsSync(copy)) return { ...from(app, copy), app };
  // Installed on another computer, from a folder that is not here: what was installed is, by its digest.
  const theirs = app?.source === "folder" && !existsSync(app.ref) ? copyDir(paths, cloud, app.digest) : undefined;
  if (app && theirs && existsSync(theirs)) return { ...from(app, theirs), app };
  const found = await resolveRef(app?.ref ?? ref, {
    bundled: join(installRoot(), "blueprints"),
    cwd,
    home: process.env["HOME"] || homedir(),
    installed: () => (app ? [] : readApps(paths, cloud).map(({ name }) => name)),
  });
  return app ? { ...found, app } : found;
}

const from = ({ source, ref, origin }: InstalledApp, dir: string): Found => ({ source, ref, dir, origin });

/** Where the copy of a blueprint with this digest lies. */
export function copyDir(paths: Paths, cloud: string, digest: string): string {
  return join(cloudDir(paths, cloud), "blueprints", digest.replace(":", "-"));
}

/** Copies a bundled blueprint's folder to its place by digest; a folder stays where it is. Answers where it is. */
export function keepCopy(paths: Paths, cloud: string, { source, dir }: Source, digest: string): string {
  if (source === "folder") return dir;
  const to = copyDir(paths, cloud, digest);
  if (existsSync(to)) return to;
  makeFolder(join(cloudDir(paths, cloud), "blueprints"));
  const beside = `${to}.${process.pid}.tmp`;
  cpSync(dir, beside, { recursive: true });
  try {
    renameSync(beside, to);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  return to;
}

/** Copies that no app of the cloud uses any more go. */
export function pruneCopies(paths: Paths, cloud: string): void {
  const dir = join(cloudDir(paths, cloud), "blueprints");
  if (!existsSync(dir)) return;
  const used = new Set(readApps(paths, cloud).map(({ digest }) => digest.replace(":", "-")));
  for (const name of readdirSync(dir))
    if (!used.has(name) && !name.endsWith(".tmp")) rmSync(join(dir, name), { recursive: true, force: true });
}
