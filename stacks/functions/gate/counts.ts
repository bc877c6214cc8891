/**
 * How many requests an app had, by hour and by day (UTC), and its budget of them. Counted here and written into the app's
 * own table at most once a second, while the app is at work: no answer waits for it, and no place of the ten that run at
 * a time is held for it. A gate learns what others counted with each write, so that a budget is kept to within a second.
 */
import { awsJson } from "../shared/aws-call.ts";
import { config } from "./config.ts";

/**
 * `n` came through to the app or its site; `denied` is what the log calls refused; `failed` of all ended with a status of
 * 5xx. Who was led to sign-in is in none of them.
 */
type Counts = Record<"n" | "denied" | "failed", number>;
const none = (): Counts => ({ n: 0, denied: 0, failed: 0 });

const everyMs = 1000;
const day = 86_400;
/** Rows of hours are for charts; those of days for as long as the log is kept, and more. */
const kept = { hour: 40 * day, day: 400 * day };

/** Not written yet, by hour. */
const waiting = new Map<string, Counts>();
let writtenAt = 0;
/** What the table said of a day when it was last written. */
let known = { day: "", n: 0 };

/** `2026-11-26T14` */
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13);
const dayOf = (hour: string): string => hour.slice(0, 10);

/** Seconds until the next day when the budget of this one is used up. */
export function overBudget(nowMs: number): number | null {
  const today = dayOf(hourOf(nowMs));
  let n = known.day === today ? known.n : 0;
  for (const [hour, counts] of waiting) if (dayOf(hour) === today) n += counts.n;
  return n < config.budget ? null : Math.max(1, day - (Math.floor(nowMs / 1000) % day));
}

export function count(what: keyof Counts, nowMs: number): void {
  const hour = hourOf(nowMs);
  const counts = waiting.get(hour) ?? none();
  waiting.set(hour, counts);
  counts[what]++;
}

/** Rejects when the table does not take them; they are kept for the next time. */
export async function writeCounts(nowMs: number): Promise<void> {
  if (waiting.size === 0 || nowMs - writtenAt < everyMs) return;
  writtenAt = nowMs;
  for (const [hour, now] of [...waiting]) {
    const counts = { ...now };
    const [total] = await Promise.all([
      add(`requests/${dayOf(hour)}`, counts, nowMs / 1000 + kept.day),
      add(`requests/${hour}`, counts, nowMs / 1000 + kept.hour),
    ]);
    known = { day: dayOf(hour), n: total };
    for (const name of Object.keys(counts) as (keyof Counts)[]) now[name] -= counts[name];
    if (Object.values(now).every((left) => left === 0)) waiting.delete(hour);
  }
}

/** The row's `n` afterwards. */
async function add(id: string, counts: Counts, expires: number): Promise<number> {
  const { Attributes } = await awsJson("dynamodb", "UpdateItem", {
    TableName: config.limits,
    Key: { id: { S: id } },
    UpdateExpression: "ADD #n :n, #denied :denied, #failed :failed SET #expires = if_not_exists(#expires, :expires)",
    ExpressionAttributeNames: { "#n": "n", "#denied": "denied", "#failed": "failed", "#expires": "expires" },
    ExpressionAttributeValues: {
      ":n": { N: String(counts.n) },
      ":denied": { N: String(counts.denied) },
      ":failed": { N: String(counts.failed) },
      ":expires": { N: String(Math.floor(expires)) },
    },
    ReturnValues: "UPDATED_NEW",
  });
  return Number((Attributes as { n?: { N?: string } } | undefined)?.n?.N ?? 0);
}
