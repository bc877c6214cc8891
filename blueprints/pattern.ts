/**
 * A setting's pattern, which a stranger wrote, against a value: within a time, because there are patterns that take
 * longer than anybody lives. Knows nothing of manifests.
 */
import { createContext, Script } from "node:vm";

/** A plain value and an honest pattern take a thousandth of it. */
const timeoutMs = 100;
const test = new Script("new RegExp(pattern, 'u').test(value)");

/** Whether the pattern is found in the value; `too-slow` when that cannot be said in time. Throws what RegExp throws. */
export function meetsPattern(pattern: string, value: string): boolean | "too-slow" {
  const context = createContext(Object.assign(Object.create(null), { pattern, value }));
  try {
    return test.runInContext(context, { timeout: timeoutMs }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return "too-slow";
    throw error;
  }
}
