/** Two runs of one program side by side: each difference is one line that names where and what. */
import type { Seen } from "./drive.ts";
import { callItems, eventItems, type Item, races, stateItems, stderrOf } from "./normalise.ts";
import { disorder } from "./order.ts";

export interface Comparison {
  differences: string[];
  operations: number;
  events: number;
  calls: number;
}

export function compare(official: Seen[], own: Seen[]): Comparison {
  const differences = official.flatMap((one, at) => {
    const other = own[at];
    const where = `${at + 1} ${one.op}`;
    if (!other) return [`${where}: was not run`];
    return compareOperation(one, other).map((line) => `${where}: ${line}`);
  });
  const total = (count: (seen: Seen) => number) => official.reduce((sum, seen) => sum + count(seen), 0);
  return {
    differences,
    operations: official.length,
    events: total(({ events }) => eventItems(events).length),
    calls: total(({ calls }) => calls.length),
  };
}

function compareOperation(official: Seen, own: Seen): string[] {
  const lines: string[] = [];
  if (official.failed !== own.failed) lines.push(`result: official ${word(official)}, own ${word(own)}`);
  const [theirs, ours] = [stderrOf(official.stderr), stderrOf(own.stderr)];
  if (theirs !== ours) lines.push(`stderr: official ${JSON.stringify(theirs)}, own ${JSON.stringify(ours)}`);
  const raced = (line: string): boolean => official.failed && own.failed && races.some(({ what }) => what.test(line));
  return [
    ...lines,
    ...items("event", eventItems(official.events), eventItems(own.events)).filter((line) => !raced(line)),
    ...items("call", callItems(official.calls), callItems(own.calls)),
    ...items("state", stateItems(official.state), stateItems(own.state)),
    ...disorder(official).map((line) => `order of the official engine: ${line}`),
    ...disorder(own).map((line) => `order: ${line}`),
  ];
}

const word = ({ failed }: Seen): string => (failed ? "failed" : "succeeded");

/** Items of one name are matched equal ones first, the rest in order. */
function items(kind: string, official: Item[], own: Item[]): string[] {
  const names = [...new Set([...official, ...own].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [left, right] = [official, own].map((all) =>
      all.filter((item) => item.name === name).map(({ value }) => value),
    );
    const [theirs, ours] = withoutEqual(left!, right!);
    return Array.from({ length: Math.max(theirs.length, ours.length) }, (_, at) => {
      if (at >= ours.length) return [`${kind} ${name}: only official`];
      if (at >= theirs.length) return [`${kind} ${name}: only own`];
      return fields(theirs[at], ours[at], "").map((line) => `${kind} ${name}: ${line}`);
    }).flat();
  });
}

function withoutEqual(left: unknown[], right: unknown[]): [unknown[], unknown[]] {
  const rest = right.map((value) => JSON.stringify(value));
  const unmatched = left.filter((value) => {
    const at = rest.indexOf(JSON.stringify(value));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [unmatched, rest.map((value) => JSON.parse(value) as unknown)];
}

function fields(official: unknown, own: unknown, path: string): string[] {
  if (JSON.stringify(official) === JSON.stringify(own)) return [];
  if (!isObject(official) || !isObject(own))
    return [`${path || "value"}: official ${JSON.stringify(official)}, own ${JSON.stringify(own)}`];
  const keys = [...new Set([...Object.keys(official), ...Object.keys(own)])].sort();
  return keys.flatMap((key) => fields(official[key], own[key], path ? `${path}.${key}` : key));
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
