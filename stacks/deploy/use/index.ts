/**
 * How much each part of a cloud was used this month, in the amounts that AWS charges: of a cloud in AWS by what its services
 * publish, of a local one by its own logs. Reads states, metrics and sizes; changes nothing.
 */
import type { Cloud } from "../../cloud.ts";
import { guarded } from "../clients.ts";
import type { Kept } from "../types.ts";
import { stackNames } from "../workspace.ts";
import { useByLogs } from "./logs.ts";
import { useByMetrics } from "./metrics.ts";
import { type MeasuredUse, type Part, rowsOf, rowsOfStack } from "./parts.ts";

export type { MeasuredUse } from "./parts.ts";

/** An app, `foundation` or `things`. */
export interface Asked {
  name: string;
  /** Of an app that is removed: what is left of it. */
  kept?: readonly Kept[];
  /** Milliseconds, 1970: since when it is there. */
  since?: number;
}

export interface UseOfAll {
  parts: MeasuredUse[];
  /** Metrics that were asked for: each call for them is paid. */
  metrics: number;
  /** Milliseconds, 1970: of the month in UTC. */
  from: number;
  until: number;
}

/** `now`: milliseconds, 1970. Parts without a state are left out. Faults: `denied` where metrics may not be read. */
export async function measureUse(cloud: Cloud, asked: readonly Asked[], now: number): Promise<UseOfAll> {
  const stacks = await stackNames(cloud);
  const parts: Part[] = [];
  for (const one of asked) {
    const kept = one.kept ?? [];
    if (kept.length === 0 && !stacks.includes(one.name)) continue;
    const rows = kept.length > 0 ? rowsOf(kept) : await rowsOfStack(cloud, one.name);
    parts.push({ name: one.name, rows, ...(one.since === undefined ? {} : { since: one.since }) });
  }
  const { from, until } = monthOf(now);
  const span = { from, until, now };
  const measure = cloud.target === "local" ? useByLogs : useByMetrics;
  const { measured, metrics } = await guarded(cloud, () => measure(cloud, parts, span));
  return { parts: measured, metrics, from, until };
}

/** The calendar month in UTC, as AWS charges it. */
export function monthOf(now: number): { from: number; until: number } {
  const at = new Date(now);
  const first = (month: number): number => Date.UTC(at.getUTCFullYear(), month, 1);
  return { from: first(at.getUTCMonth()), until: first(at.getUTCMonth() + 1) };
}
