/**
 * The requests by which `status` asked apps today, so that it does not count itself. Kept on this computer, of one day;
 * what cannot be read is begun anew. Says nothing of whether an app answers.
 */
import { join } from "node:path";
import { readJson, writeJson } from "./files.ts";
import type { Paths } from "./paths.ts";

interface Probes {
  format: 1;
  /** Its first millisecond, 1970. */
  day: number;
  ids: string[];
}

const fileOf = (paths: Paths, cloud: string): string => join(paths.state, "probes", `${cloud}.json`);

/** Adds these to the day's, and answers with all of it. Of two commands at once one may be forgotten, and is counted. */
export function rememberProbes(paths: Paths, cloud: string, day: number, ids: readonly string[]): ReadonlySet<string> {
  const file = fileOf(paths, cloud);
  const before = readJson<Probes>(file);
  const all = [...(before?.format === 1 && before.day === day ? before.ids : []), ...ids];
  if (ids.length > 0) writeJson(file, { format: 1, day, ids: all } satisfies Probes);
  return new Set(all);
}

/** The local midnight before `now`; both milliseconds, 1970. */
export const dayOf = (now: number): number => new Date(now).setHours(0, 0, 0, 0);
