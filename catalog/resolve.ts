/**
 * Which blueprint a REF means, among all sources. Installed apps are the command line's and win over every source, so
 * it asks here for what is not one. Catalogs and GitHub are refused with "not yet".
 */
import { suggest } from "../blueprints/suggest.ts";
import { bundledNames, findBundled } from "./bundled.ts";
import { faults } from "./faults.ts";
import { findFolder, isFolder } from "./folder.ts";
import type { Found } from "./found.ts";

export interface Where {
  /** The folder that holds the bundled blueprints. */
  bundled: string;
  cwd: string;
  home: string;
  /** Names of installed apps, asked for when REF has to be guessed. */
  installed: () => string[];
}

/** Throws `ref-unknown`, `folder-missing` (exit code 4), `ref-not-yet` (2). */
export async function resolveRef(ref: string, where: Where): Promise<Found> {
  if (ref.startsWith("github:")) throw faults.refNotYet(ref);
  if (isFolder(ref)) return findFolder(ref, where);
  if (ref.includes("/")) throw faults.refNotYet(ref);
  const found = findBundled(where.bundled, ref);
  if (found) return found;
  throw faults.unknownRef(ref, suggest(ref, [...bundledNames(where.bundled), ...where.installed()]));
}
