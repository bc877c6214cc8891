/** Catalogs as this home has them: where they are kept, how one is asked, and when they are asked without being told to. */
import { spawn } from "node:child_process";
import { mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { freshMs, readKnown } from "../catalog/cache.ts";
import { faults } from "../catalog/catalog-faults.ts";
import { bundled, type Catalog, type CatalogHome, readCatalogs } from "../catalog/catalogs.ts";
import { isFolder } from "../catalog/folder.ts";
import { folderIndex } from "../catalog/folder-index.ts";
import type { Asking as GitHub } from "../catalog/github/asking.ts";
import type { Asking, IndexSource } from "../catalog/refresh.ts";
import { type Asker, github, signInOf } from "./github.ts";
import { distDir, type Paths } from "./paths.ts";

export const catalogHome = (paths: Paths): CatalogHome => ({
  config: paths.config,
  cache: paths.cache,
  bundledIndex: join(distDir(), "catalog.json"),
});

/** How the catalogs of this home are asked. */
export function askingOf(asker: Asker, deadlineMs?: number): Asking {
  const { paths, env } = asker;
  const asking = github(env, () => signInOf(asker));
  const open = (catalog: Catalog): IndexSource | Promise<IndexSource> =>
    isFolder(catalog.ref) ? folderIndex(catalog.ref) : onGitHub(catalog, asking, paths);
  return { home: catalogHome(paths), open, now: () => Date.now(), ...(deadlineMs && { deadlineMs }) };
}

/** Loads what talks to GitHub only where a catalog is there. */
async function onGitHub(catalog: Catalog, asking: () => Promise<GitHub>, paths: Paths): Promise<IndexSource> {
  const { githubSource } = await import("../catalog/github/source.ts");
  return githubSource(await asking(), { cache: paths.cache }, catalog);
}

const githubCatalog = /^github:[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}(@[^\s@]{1,255})?$/;

/** REF of a catalog as it is kept: a folder's is absolute. Throws `catalog-ref-invalid`, `catalog-bundled`. */
export function catalogRef(ref: string, where: { cwd: string; env: NodeJS.ProcessEnv }): string {
  if (ref === bundled.ref) throw faults.alwaysThere();
  if (githubCatalog.test(ref)) return ref;
  if (!isFolder(ref)) throw faults.badRef(ref);
  return folderAt(ref, where);
}

/** Absolute. Throws `folder-missing`. */
export function folderAt(ref: string, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): string {
  const dir = resolve(cwd, ref.replace(/^~(?=\/|$)/, env["HOME"] || homedir()));
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw faults.notAFolder(dir);
  return dir;
}

/** A catalog that did not answer is not asked again sooner, unless somebody says so. */
const againMs = 60 * 60 * 1000;

/**
 * Starts a `catalog refresh` beside this process when a copy is older than a day, and waits for nothing: what is shown
 * now is what is there. For commands and screens that list; never for `ls`.
 */
export async function refreshBeside(paths: Paths, env: NodeJS.ProcessEnv, now = Date.now()): Promise<boolean> {
  const home = catalogHome(paths);
  const old = (await readCatalogs(home)).some((catalog) => isOld(home, catalog, now));
  if (!old || !mayAsk(join(home.cache, "catalogs", "asked"), now)) return false;
  const child = spawn(process.execPath, [join(distDir(), "freehold.cjs"), "catalog", "refresh", "--quiet"], {
    detached: true,
    stdio: "ignore",
    cwd: home.cache,
    env,
  });
  // One that cannot be started is no reason to show less.
  child.on("error", () => undefined);
  child.unref();
  return true;
}

function isOld(home: CatalogHome, catalog: Catalog, now: number): boolean {
  if (catalog.ref === bundled.ref) return false;
  const { checkedAt, askedAt } = readKnown(home, catalog) ?? {};
  const age = (at: string | undefined): number => (at === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(at));
  return age(checkedAt) > freshMs && age(askedAt) > againMs;
}

/** Two commands at once start one refresh: whoever moves the mark. */
function mayAsk(mark: string, now: number): boolean {
  const stat = statSync(mark, { throwIfNoEntry: false });
  if (stat && now - stat.mtimeMs < againMs) return false;
  mkdirSync(join(mark, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(mark, "", { mode: 0o600 });
  utimesSync(mark, now / 1000, now / 1000);
  return true;
}
