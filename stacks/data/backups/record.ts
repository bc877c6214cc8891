/**
 * What a backup says of itself, `backup.json` beside its manifest: written when every byte of it was read back, so that one
 * without it is not whole. What a rule of keeping says goes, and what it never lets go. Asks nobody.
 */
import { randomInt } from "node:crypto";
import { z } from "zod";

export const recordFile = "backup.json";
export const ruleFile = "keep.json";

const count = z.number().int().nonnegative();
const time = z.iso.datetime();

export const backupRecord = z.object({
  format: z.literal("freehold-backup/1"),
  app: z.string(),
  id: z.string(),
  /** What it was made for. */
  why: z.enum(["asked", "upgrade", "moment"]),
  /** Of a table as it was at some time: that time. */
  moment: time.optional(),
  /** Of the app that ran then. */
  version: z.string().optional(),
  digest: z.string().optional(),
  begun: time,
  /** Each item and file is as it was at some time between these. */
  from: time,
  until: time,
  /** When every byte had been read back. */
  verified: time,
  /** In the bucket. */
  sizeBytes: count,
  /** SHA-256 of the manifest. */
  manifest: z.string().regex(/^[0-9a-f]{64}$/),
  stores: z.array(z.object({ name: z.string(), kind: z.enum(["table", "bucket"]), count, sizeBytes: count })),
});
export type BackupRecord = z.infer<typeof backupRecord>;

/** One that was interrupted: nothing is restored from it. */
export interface UnfinishedBackup {
  app: string;
  id: string;
  begun: string;
}

export type Backup = BackupRecord | UnfinishedBackup;

export const isWhole = (backup: Backup): backup is BackupRecord => "verified" in backup;

/** Sorts by time, to the millisecond. `20261127-031500-807f` */
export function newBackupId(now: Date): string {
  const [date, time = ""] = now
    .toISOString()
    .replace(/[-:.Z]/g, "")
    .split("T");
  return `${date}-${time.slice(0, 6)}-${time.slice(6)}${randomInt(16).toString(16)}`;
}

const idPattern = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{3})[0-9a-f]$/;
export const isBackupId = (text: string): boolean => idPattern.test(text);

export const begunOf = (id: string): string => id.replace(idPattern, "$1-$2-$3T$4:$5:$6.$7Z");

/** How many, or how long. */
export type KeepRule = { count: number } | { days: number };

export const keptRule = z.object({
  rule: z.union([z.object({ count: z.number().int().positive() }), z.object({ days: z.number().int().positive() })]),
  /** When it was last applied. */
  at: time,
});
export type KeptRule = z.infer<typeof keptRule>;

/** `10` or `30d`; undefined of anything else. */
export function readRule(text: string): KeepRule | undefined {
  const [, number = "", unit] = /^([1-9]\d{0,4})(d?)$/.exec(text) ?? [];
  if (number === "") return undefined;
  return unit === "d" ? { days: Number(number) } : { count: Number(number) };
}

export const ruleWords = (rule: KeepRule): string =>
  "count" in rule ? `the newest ${rule.count}` : `${rule.days} day${rule.days === 1 ? "" : "s"}`;

const dayMs = 86_400_000;

/** Of one app's, in any order: those a rule lets go. The newest that is whole always stays. */
export function goneBy(rule: KeepRule, backups: readonly Backup[], now: Date): Backup[] {
  const newestFirst = [...backups].sort((a, b) => (a.id < b.id ? 1 : -1));
  const whole = newestFirst.filter(isWhole);
  const [newest] = whole;
  if (!newest) return [];
  const oldest = "days" in rule ? now.getTime() - rule.days * dayMs : undefined;
  const over = whole.filter((one, at) =>
    oldest === undefined ? at >= (rule as { count: number }).count : at > 0 && Date.parse(one.until) < oldest,
  );
  // One that was interrupted, and is followed by a whole one, never goes on.
  const halves = newestFirst.filter((one) => !isWhole(one) && one.id < newest.id);
  return [...over, ...halves];
}
