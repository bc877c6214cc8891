/**
 * Which of the versions that ran here `rollback` and `undo` mean. Only looks: `versions` of the registry is a log, oldest
 * first, in which going back is one more line that says which one it brought back.
 */
import type { InstalledApp, InstalledVersion } from "./registry.ts";

type Configured = Pick<InstalledVersion, "digest" | "settings" | "functions" | "rules">;

/** The same folder, set the same. */
export function sameVersion(one: Configured, other: Configured): boolean {
  const of = ({ digest, settings, functions, rules = {} }: Configured): string =>
    JSON.stringify([digest, settings, functions, rules], sorted);
  return of(one) === of(other);
}

function sorted(_: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where in the log what runs now stands; its length when what is installed never came up whole. */
function placeOf({ versions, ...app }: InstalledApp): number {
  const last = versions.at(-1);
  if (!last || !sameVersion(last, app)) return versions.length;
  if (last.restored === undefined) return versions.length - 1;
  return Math.max(
    0,
    versions.findIndex(({ at }) => at === last.restored),
  );
}

/** The version that this command was bringing back when it was cut off. */
function cutOff({ state, goingBack, versions }: InstalledApp, operation: "rollback" | "undo") {
  if (state !== "partial" || goingBack?.operation !== operation) return undefined;
  return versions.findLast(({ at }) => at === goingBack.to);
}

/**
 * The newest one before this with another folder; with `to`, the newest one of that version. One that was being brought
 * back already is gone on with.
 */
export function rollbackTarget(app: InstalledApp, to?: string): InstalledVersion | undefined {
  const begun = cutOff(app, "rollback");
  if (begun && (to === undefined || begun.version === to)) return begun;
  const candidates = to === undefined ? app.versions.slice(0, placeOf(app)) : app.versions;
  return candidates.findLast(({ digest, version }) => digest !== app.digest && (to === undefined || version === to));
}

/** The one before this, whatever made the difference. */
export const undoTarget = (app: InstalledApp): InstalledVersion | undefined =>
  cutOff(app, "undo") ?? app.versions[placeOf(app) - 1];

/** What a version that is brought back is recorded as. */
export const rootOf = ({ at, restored }: InstalledVersion): string => restored ?? at;
