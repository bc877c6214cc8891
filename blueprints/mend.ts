/**
 * A manifest that the schema refuses, without what it refuses: so that what is left can be checked for its meaning, and
 * a person is told everything at once. The result is only ever checked, never installed.
 */
import type { z } from "zod";

type Path = readonly PropertyKey[];

/**
 * `near` says which known key a misspelt one was meant to be. Undefined when a whole part of the manifest would have to
 * go: what refers to it would then look wrong, too.
 */
export function mended(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  near: (path: Path, key: string) => string | undefined,
): unknown {
  const copy = structuredClone(value);
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) rename(at(copy, issue.path), key, near(issue.path, key));
    else if (issue.path.length < 3 || !remove(copy, issue.path)) return undefined;
  }
  return copy;
}

function at(value: unknown, path: Path): any {
  return path.reduce<any>(
    (inner, part) => (inner === null || typeof inner !== "object" ? undefined : inner[part]),
    value,
  );
}

function rename(holder: any, key: string, to: string | undefined): void {
  if (holder === null || typeof holder !== "object") return;
  if (to !== undefined && !Object.hasOwn(holder, to)) holder[to] = holder[key];
  delete holder[key];
}

/** False when it was not there to begin with: something required is missing, and stays so. */
function remove(value: unknown, path: Path): boolean {
  const holder = at(value, path.slice(0, -1));
  const last = path.at(-1);
  if (holder === null || typeof holder !== "object" || last === undefined || !Object.hasOwn(holder, last)) return false;
  delete holder[last];
  return true;
}
