/**
 * The trace header that travels with an event, and the lineage in it: how often each function has been called in one
 * chain of calls. The AWS SDKs send it on from inside a function, which is how Lambda finds loops.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Clock } from "../service.ts";

/** Calls of one function in one chain; the next is stopped. */
const most = 16;
const lineageEntries = 32;

/** A header of a chain's own, or the next of the one that came in; `arn` is the function about to run. */
export function traceFor(clock: Clock, arn: string, incoming?: string): string {
  const random = randomUUID().replaceAll("-", "");
  const seconds = Math.floor(clock.now() / 1000).toString(16);
  const {
    root = `1-${seconds}-${random.slice(0, 24)}`,
    sampled = "0",
    lineage,
  } = incoming ? continued(incoming, arn) : ({ lineage: `${keyOf(arn)}:1` } as Continued);
  return `Root=${root};Parent=${random.slice(16)};Sampled=${sampled};Lineage=${lineage}`;
}

interface Continued {
  root?: string | undefined;
  /** Whoever began the chain decides whether it is traced. */
  sampled?: string | undefined;
  lineage: string;
}

/** Root, decision and lineage of a header with this call in it; without a valid root it begins anew. */
function continued(incoming: string, arn: string): Continued {
  const came = fieldsOf(incoming);
  const root = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(came["Root"] ?? "") ? came["Root"] : undefined;
  const lineage = lineageOf(root ? came["Lineage"] : undefined);
  const key = keyOf(arn);
  const count = (lineage.get(key) ?? 0) + 1;
  lineage.delete(key);
  lineage.set(key, count);
  const shown = [...lineage].slice(-lineageEntries).map(([name, calls]) => `${name}:${calls}`);
  const sampled = root && /^[01]$/.test(came["Sampled"] ?? "") ? came["Sampled"] : undefined;
  return { root, sampled, lineage: shown.join("|") };
}

/** Whether this header's chain has called the function more often than Lambda allows. */
export function isLoop(trace: string, arn: string): boolean {
  return (lineageOf(fieldsOf(trace)["Lineage"]).get(keyOf(arn)) ?? 0) > most;
}

function fieldsOf(header: string): Record<string, string | undefined> {
  return Object.fromEntries(header.split(";").map((field) => field.trim().split("=", 2) as [string, string]));
}

function lineageOf(text = ""): Map<string, number> {
  const lineage = new Map<string, number>();
  for (const [, key, count] of text.matchAll(/([0-9a-f]{8}):(\d{1,9})/g)) lineage.set(key!, Number(count));
  return lineage;
}

/** By ARN: a hash for every call would cost more than the rest of the header. */
const keys = new Map<string, string>();
const keysKept = 1000;

function keyOf(arn: string): string {
  let key = keys.get(arn);
  if (key === undefined) {
    key = createHash("sha256").update(arn).digest("hex").slice(0, 8);
    if (keys.size >= keysKept) keys.clear();
    keys.set(arn, key);
  }
  return key;
}
