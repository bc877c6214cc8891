/**
 * How long a step usually takes: the median of the newest operations of the same cloud, from the events that are kept of
 * them anyway. What was never done before has no expectation; nothing is guessed.
 */
import { readFileSync } from "node:fs";
import type { OperationEvent, StepOp } from "../../stacks/events.ts";
import type { Paths } from "../paths.ts";
import { filesOf, operationIds } from "./request.ts";

/** Milliseconds; undefined when it was never seen. */
export type Expected = (kind: string, op: StepOp) => number | undefined;

/** As many operations are looked at: what was usual long ago is not. */
const operations = 10;

/** Reads files: call it when somebody is about to look, not before. */
export function expectedTimes(paths: Paths, cloud: string): Expected {
  const seen = new Map<string, number[]>();
  let looked = 0;
  for (const id of operationIds(paths).reverse()) {
    if (looked === operations) break;
    const events = finished(filesOf(paths, id).events);
    if (!events.some((event) => event.type === "start" && event.cloud === cloud)) continue;
    looked++;
    for (const event of events)
      if (event.type === "resource" && event.phase === "done" && event.elapsedMs !== undefined) {
        const times = seen.get(keyOf(event.kind, event.op)) ?? [];
        seen.set(keyOf(event.kind, event.op), [...times, event.elapsedMs]);
      }
  }
  return (kind, op) => median(seen.get(keyOf(kind, op)));
}

const keyOf = (kind: string, op: StepOp): string => `${op} ${kind}`;

function median(times: readonly number[] | undefined): number | undefined {
  if (!times) return undefined;
  return [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
}

/** Only the lines that say something here: an operation's file may have tens of thousands. */
function finished(file: string): OperationEvent[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Not begun, or pruned meanwhile: it says nothing.
    return [];
  }
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith('{"type":"start"') && !line.includes('"phase":"done"')) return [];
    try {
      return [JSON.parse(line) as OperationEvent];
    } catch {
      // Cut off by a kill.
      return [];
    }
  });
}
