/** The system's programs that fences are made of, where they are. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { systemPath } from "./fence.ts";

const names = ["bwrap", "unshare", "nsenter", "setpriv", "sandbox-exec"] as const;
export type Tools = Readonly<Partial<Record<(typeof names)[number], string>>>;

/** From the system's own folders only: not what the owner's PATH has before them. */
export function findTools(): Tools {
  return Object.fromEntries(names.flatMap((name) => found(name).map((path) => [name, path])));
}

function found(name: string): string[] {
  const paths = [...systemPath.split(":"), "/run/current-system/sw/bin", "/run/wrappers/bin"];
  return paths
    .map((folder) => join(folder, name))
    .filter(isProgram)
    .slice(0, 1);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What comes before a command so that it runs in the network of process `pid`, as that process's own root. */
export function enterNetwork({ nsenter }: Tools, pid: number | undefined): string[] {
  if (pid === undefined) return [];
  if (!nsenter) throw new Error("nsenter is not installed");
  return [nsenter, "-t", String(pid), "--user", "--net", "--preserve-credentials"];
}
