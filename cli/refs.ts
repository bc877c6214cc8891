/**
 * What REF means: an installed app, a bundled blueprint, a folder. Catalogs and GitHub are refused with "not yet".
 * Installed from the bundled ones is a copy by digest, so that a new Freehold changes no app by itself.
 */
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { suggest } from "../blueprints/suggest.ts";
import { faults } from "./errors.ts";
import { cloudDir, installRoot, makeFolder, type Paths } from "./paths.ts";
import { type InstalledApp, readApp, readApps } from "./registry.ts";

export interface Source {
  source: "bundled" | "folder";
  /** Bundled name, or absolute folder. */
  ref: string;
  /** Where the files are now. */
  dir: string;
  /** Set when REF was an installed app's name, or one whose data is kept. */
  app?: InstalledApp;
}

export function bundledNames(): string[] {
  const dir = join(installRoot(), "blueprints");
  return readdirSync(dir).filter((name) => existsSync(join(dir, name, "blueprint.yaml")));
}

const isFolder = (ref: string): boolean => /^(\.{1,2}([/\\]|$)|~\/)/.test(ref) || isAbsolute(ref);

/** Throws `ref-unknown`, `folder-missing` (exit code 4), `ref-not-yet`. */
export function resolveRef(ref: string, where: { paths: Paths; cloud: string; cwd: string }): Source {
  if (ref.startsWith("github:")) throw faults.refNotYet(ref);
  if (isFolder(ref)) return folderSource(resolve(where.cwd, ref.replace(/^~(?=\/)/, process.env["HOME"] ?? "~")), ref);
  if (ref.includes("/")) throw faults.refNotYet(ref);
  const app = readApp(where.paths, where.cloud, ref);
  if (app) return { ...installedSource(app, where), app };
  const bundled = bundledNames();
  if (bundled.includes(ref)) return { source: "bundled", ref, dir: join(installRoot(), "blueprints", ref) };
  const known = [...bundled, ...readApps(where.paths, where.cloud).map(({ name }) => name)];
  throw faults.unknownRef(ref, suggest(ref, known));
}

function folderSource(dir: string, said: string): Source {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw faults.folderMissing(said);
  return { source: "folder", ref: dir, dir };
}

function installedSource(app: InstalledApp, where: { paths: Paths; cloud: string }): Source {
  if (app.source === "folder") return folderSource(app.ref, app.ref);
  const copy = copyDir(where.paths, where.cloud, app.digest);
  if (existsSync(copy)) return { source: "bundled", ref: app.ref, dir: copy };
  if (!bundledNames().includes(app.ref)) throw faults.unknownRef(app.ref, undefined);
  return { source: "bundled", ref: app.ref, dir: join(installRoot(), "blueprints", app.ref) };
}

function copyDir(paths: Paths, cloud: string, digest: string): string {
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
