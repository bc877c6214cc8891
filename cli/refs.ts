/**
 * What REF means here: an app that is installed, or else what the catalogs find. Installed is a copy by digest, so that
 * neither a new Freehold nor anybody's repository changes an app by itself.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { bundled } from "../catalog/catalogs.ts";
import type { Found } from "../catalog/found.ts";
import type { SignIn } from "../catalog/github/asking.ts";
import { type Hit, resolveRef, type Where } from "../catalog/resolve.ts";
import { catalogHome } from "./catalogs.ts";
import { copyDir } from "./copies.ts";
import { github } from "./github.ts";
import { installRoot, type Paths } from "./paths.ts";
import { type InstalledApp, readApp, readApps } from "./registry.ts";

export interface Source extends Found {
  /** Set when REF was an installed app's name, or one whose data is kept. */
  app?: InstalledApp;
}

export interface RefWhere {
  paths: Paths;
  cloud: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Asked only for what GitHub shows nobody who is not signed in. */
  signIn: () => Promise<SignIn | undefined>;
  signal?: AbortSignal;
  /** A REF that something was installed from is what was installed then: only `upgrade` changes a version. */
  pinned?: true;
}

/** Throws what resolveRef does; a word on what could not be asked anew is the answer's `note`. */
export async function findSource(ref: string, where: RefWhere): Promise<Source> {
  const { paths, cloud } = where;
  const app = readApp(paths, cloud, ref);
  // What was installed, whatever its catalog has now; of a folder of the owner's, only where that folder is not.
  const copy = app && !(app.source === "folder" && existsSync(app.ref)) ? copyDir(paths, cloud, app.digest) : undefined;
  if (app && copy && existsSync(copy)) return { ...from(app, copy), app };
  const first = app || !where.pinned ? undefined : installedFrom(ref, where);
  if (first) return first;
  const installed = () => (app ? [] : readApps(paths, cloud).map(({ name }) => name));
  const found = await resolveRef(app?.ref ?? ref, whereOf(where, installed));
  return app ? { ...found, app } : found;
}

/** Of a stranger's: the copy that was kept at the first install. The owner's folders and what is bundled are read again. */
function installedFrom(ref: string, { paths, cloud }: RefWhere): Found | undefined {
  for (const app of readApps(paths, cloud)) {
    const copy = copyDir(paths, cloud, app.digest);
    const pins = app.ref === ref && (app.source === "github" || app.source === "catalog") && app.state !== "kept";
    if (pins && existsSync(copy)) return from(app, copy);
  }
  return undefined;
}

/** Where a REF leads now, whatever is installed. Throws what resolving throws. */
export function findAfresh(ref: string, where: RefWhere): Promise<Found> {
  return resolveRef(
    ref,
    whereOf(where, () => []),
  );
}

/** Of an app that is installed: the REF of what is newer, or of `version`; of catalogs it is the same one. */
export async function newerRef({ ref, source, origin }: InstalledApp, version: string | undefined, where: RefWhere) {
  if (source !== "github") return ref;
  const { newestRef } = await import("../catalog/github/newer.ts");
  const asking = await github(where.env, where.signIn, where.signal)();
  return newestRef(asking, ref, { repositoryId: origin.repositoryId, version });
}

function whereOf({ paths, cloud, cwd, env, signIn, signal }: RefWhere, installed: () => string[]): Where {
  return {
    bundled: join(installRoot(), "blueprints"),
    cwd,
    home: env["HOME"] || homedir(),
    installed,
    entries: (name, only) => entriesOf(paths, name, only),
    shelf: { cache: paths.cache },
    github: github(env, signIn, signal),
    origins: () =>
      readApps(paths, cloud).flatMap(({ origin, digest, versions }) => [
        { origin, digest },
        ...versions.map((version) => ({ origin: version.origin, digest: version.digest })),
      ]),
  };
}

/** Of all catalogs but the bundled one, whose folders are here themselves. */
async function entriesOf(paths: Paths, name: string, only: string | undefined): Promise<Hit[]> {
  const { findEntries } = await import("../catalog/lookup.ts");
  return (await findEntries(catalogHome(paths), name, only)).filter(({ catalog }) => catalog.ref !== bundled.ref);
}

const from = ({ source, ref, origin }: InstalledApp, dir: string): Found => ({ source, ref, dir, origin });
