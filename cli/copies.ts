/**
 * The exact folders of what is installed, by digest, in the cloud's own folder: from these an app is brought up, rolled
 * back and read, whatever became of where it came from. What is kept is what was compared with its digest.
 */
import { constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestFolder, digestName } from "../blueprints/digest.ts";
import { Fault } from "../blueprints/fault.ts";
import type { Blueprint } from "../blueprints/load.ts";
import { faults } from "./errors.ts";
import { cloudDir, makeFolder, type Paths } from "./paths.ts";
import { type InstalledApp, readApps } from "./registry.ts";

const folder = (paths: Paths, cloud: string): string => join(cloudDir(paths, cloud), "blueprints");

/** Where the copy of a blueprint with this digest lies, or would. */
export function copyDir(paths: Paths, cloud: string, digest: string): string {
  return join(folder(paths, cloud), digestName(digest));
}

/**
 * Answers where the copy is; one that is not what its name says is made anew. Throws `folder-changed` when the files are
 * no more what the digest was taken of.
 */
export async function keepCopy(paths: Paths, cloud: string, blueprint: Blueprint, digest: string): Promise<string> {
  const to = copyDir(paths, cloud, digest);
  if (blueprint.dir === to || (await isWhole(to, digest))) return to;
  rmSync(to, { recursive: true, force: true });
  const beside = `${to}.${process.pid}.tmp`;
  try {
    makeFolder(beside);
    for (const { path, absolute, executable } of blueprint.files) {
      const file = join(beside, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      await copyFile(absolute, file, constants.COPYFILE_FICLONE).catch((cause: NodeJS.ErrnoException) => {
        throw cause.code === "ENOENT" && !existsSync(absolute) ? faults.folderChanged(blueprint.dir) : cause;
      });
      await chmod(file, executable ? 0o700 : 0o600);
    }
    if ((await digestFolder(beside)) !== digest) throw faults.folderChanged(blueprint.dir);
    rename(beside, to);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return to;
}

async function isWhole(dir: string, digest: string): Promise<boolean> {
  if (!existsSync(dir)) return false;
  try {
    return (await digestFolder(dir)) === digest;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** Another operation may have been first with the same. */
function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** Of an app that is installed, and of what it can go back to. */
export const digestsOf = ({ digest, versions }: InstalledApp): string[] => [
  digest,
  ...versions.map((version) => version.digest),
];

/** Copies that no app of the cloud is of, or can go back to, go. */
export function pruneCopies(paths: Paths, cloud: string): void {
  const dir = folder(paths, cloud);
  if (!existsSync(dir)) return;
  const used = new Set(readApps(paths, cloud).flatMap(digestsOf).map(digestName));
  for (const name of readdirSync(dir))
    if (!used.has(name) && !name.endsWith(".tmp")) rmSync(join(dir, name), { recursive: true, force: true });
}
