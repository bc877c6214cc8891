/**
 * A setting's pattern, which a stranger wrote, against a value: within a time, because there are patterns that take
 * longer than anybody lives; and what it asks for in words. Knows nothing of manifests.
 */
import { createContext, Script } from "node:vm";

/** What a look may take, and how much of that has to have been work: a busy computer's pauses say nothing of a pattern. */
const timeoutMs = 100;
const workMs = 50;
const test = new Script("new RegExp(pattern, 'u').test(value)");

/** Whether the pattern is found in the value; `too-slow` when that cannot be said in time. Throws what RegExp throws. */
export function meetsPattern(pattern: string, value: string): boolean | "too-slow" {
  const context = createContext(Object.assign(Object.create(null), { pattern, value }));
  for (let worked = 0; worked < workMs; ) {
    const before = process.threadCpuUsage();
    try {
      return test.runInContext(context, { timeout: timeoutMs }) as boolean;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      const { user, system } = process.threadCpuUsage(before);
      // At least one millisecond, so that this ends where the clock of work stands still.
      worked += Math.max(1, (user + system) / 1000);
    }
  }
  return "too-slow";
}

/** A range up to here is found; what goes beyond has no words. */
const largest = 100_001;
/**
 * What a pattern of a simple form asks for, to stand behind "has to be": `one of 1, 7, 30`, `a whole number from 1 to 60`,
 * `1 to 80 characters`. Undefined for any other form.
 */
export function patternWords(pattern: string): string | undefined {
  const [, grouped, plain] = /^\^(?:\((?:\?:)?([^()]*)\)|([^()|]*))\$$/.exec(pattern) ?? [];
  const body = grouped ?? plain;
  if (body === undefined) return undefined;
  const [, from, to] = /^\.\{(\d+),(\d+)\}$/.exec(body) ?? [];
  if (from !== undefined) return `${from} to ${to} characters`;
  const words = body.split("|");
  if (words.length > 1 && words.every((word) => /^[\p{L}\d _-]+$/u.test(word))) return `one of ${words.join(", ")}`;
  // Digits and how many of them: nothing that could take long.
  if (!/^[\d[\]{},|-]+$/.test(body) || words.some((word) => longest(word) > String(largest).length)) return undefined;
  const found = rangeOf(new RegExp(pattern, "u"));
  return found && `a whole number from ${found.first} to ${found.last}`;
}

/** First and last of the numbers that fit, when those are all between them. */
function rangeOf(fits: RegExp): { first: number; last: number } | undefined {
  let first = -1;
  let last = -1;
  for (let number = 0; number <= largest; number++) {
    if (!fits.test(String(number))) continue;
    if (first === -1) first = number;
    else if (last !== number - 1) return undefined;
    last = number;
  }
  return first < last && last < largest ? { first, last } : undefined;
}

/** How many digits it lets through at most. */
function longest(alternative: string): number {
  let digits = 0;
  for (const [, least, most] of alternative.matchAll(/(?:\d|\[[\d-]+\])(?:\{(\d+)(?:,(\d*))?\})?/g))
    digits += least === undefined ? 1 : most === "" ? Number.POSITIVE_INFINITY : Number(most ?? least);
  return digits;
}

/**
 * Why a value does not fit, to stand behind the setting's name: the rule in words and what its author says of it. The
 * pattern itself only where there is nothing else to say.
 */
export function whyNot({ pattern, help, label }: { pattern: string; help?: string; label?: string }): string {
  const words = patternWords(pattern);
  const rule = words === undefined ? `does not meet ${pattern}` : `has to be ${words}`;
  if (words === undefined && help !== undefined) return `does not fit: ${help.replace(/\.$/, "")}`;
  return label === undefined ? rule : `${rule} (${label})`;
}
