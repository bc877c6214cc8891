/** What `doctor` looks at on this computer, whatever cloud is meant: Node, the home's folders, the disk. Changes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Check } from "../../stacks/deploy.ts";
import type { Paths } from "../paths.ts";
import { check, type Found, found } from "./check.ts";

const neededNode = 24;
const mb = 1024 ** 2;
const scarceBytes = 1024 * mb;
const fullBytes = 100 * mb;

export async function machineChecks(paths: Paths, clouds: readonly string[]): Promise<Check[]> {
  return [
    await check("node-version", "Node", () => nodeOf(process.versions.node)),
    await check("home-folders", "Folders of this home", () => foldersOf(paths)),
    await check("secret-files", "Files with secrets", () => secretsOf(paths, clouds)),
    await check("disk-space", "Room on the disk", () => roomAt(paths.data)),
  ];
}

export function nodeOf(version: string): Found {
  if (Number(version.split(".")[0]) >= neededNode) return found("ok", `Node ${version}.`);
  return found(
    "fail",
    `Node ${version}; Freehold needs ${neededNode}.`,
    `Install Node ${neededNode}: https://nodejs.org`,
  );
}

/** What is kept here is its owner's, and can be written. */
function foldersOf(paths: Paths): Found {
  for (const dir of Object.values(paths)) {
    if (!existsSync(dir)) continue;
    try {
      accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return found("fail", `${dir} cannot be read and written by you.`, `sudo chown -R "$USER" ${dir}`);
    }
    if (isOpen(dir)) return found("warn", `Others on this computer may look into ${dir}.`, `chmod 700 ${dir}`);
  }
  return found("ok", "Yours alone, and can be written.");
}

function secretsOf(paths: Paths, clouds: readonly string[]): Found {
  const files = clouds.flatMap((cloud) => {
    const dir = join(paths.data, "clouds", cloud);
    return [join(dir, "passphrase"), join(dir, "local", "keys.json")];
  });
  const open = files.filter((file) => existsSync(file) && isOpen(file));
  if (open.length > 0)
    return found("fail", `Others on this computer may read ${open.join(", ")}.`, `chmod 600 ${open.join(" ")}`);
  return found("ok", "Yours alone to read.");
}

/** Windows has no such bits; its folders of a user are the user's. */
const isOpen = (path: string): boolean => process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;

function roomAt(dir: string): Found {
  let there = dir;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return roomOf(bavail * bsize, there);
}

export function roomOf(bytes: number, at: string): Found {
  const says = `${Math.floor(bytes / mb)} MB are free at ${at}.`;
  const next = "Make room: freehold's own cache can be deleted at any time";
  if (bytes < fullBytes) return found("fail", says, next);
  return bytes < scarceBytes ? found("warn", says, next) : found("ok", says);
}
