/**
 * A setting's pattern, which a stranger wrote, against a value: within a time, because there are patterns that take
 * longer than anybody lives. Knows nothing of manifests.
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
