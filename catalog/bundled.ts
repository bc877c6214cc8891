/** The blueprints that come with Freehold: a folder each, called by the folder's name. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { manifestFile } from "../blueprints/files.ts";
import type { Found } from "./found.ts";

/** `root` is the folder that holds them; what has no manifest is not one. */
export function bundledNames(root: string): string[] {
  return readdirSync(root).filter((name) => existsSync(join(root, name, manifestFile)));
}

export function findBundled(root: string, name: string): Found | undefined {
  return bundledNames(root).includes(name)
    ? { source: "bundled", ref: name, dir: join(root, name), origin: { source: "bundled" } }
    : undefined;
}
