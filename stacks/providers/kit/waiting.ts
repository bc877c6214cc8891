/**
 * Waiting for a cloud: dense probes that grow, one visible reason, a bounded time. Throttling, 5xx and broken connections are
 * the session's and never count against the time given here to eventual consistency: only the waits between probes do, as
 * they are given here.
 */
import type { Context } from "../../engine/provider.ts";
import { pause } from "./clock.ts";
import { common } from "./errors.ts";

export interface Wait {
  /** Reads on from "waiting for": `role notes-api to be assumable by Lambda`. */
  what: string;
  /** Seconds; the step's own timeout wins when the program gave one. */
  seconds: number;
  /** Probes may come this often in the first twenty seconds; milliseconds, 300 when left out. */
  everyMs?: number;
}

/**
 * Milliseconds until the next probe: 50, 75, 113, ... up to 300, and up to two seconds of what takes longer than a role
 * or a table: until then whoever waits is waiting for the probe, too.
 */
function next(delay: number, waited: number, { everyMs = 300 }: Wait): number {
  return Math.min(delay * 1.5, waited < 20_000 ? everyMs : 2_000);
}

/** Probes until `probe` answers something. */
export async function until<T>(context: Context, wait: Wait, probe: () => Promise<T | undefined>): Promise<T> {
  const seconds = context.timeoutSeconds || wait.seconds;
  for (let [delay, waited] = [50, 0]; ; waited += delay, delay = next(delay, waited, wait)) {
    const found = await probe();
    if (found !== undefined) return found;
    if (waited > seconds * 1_000) throw common.waitedTooLong(wait.what, seconds);
    await told(context, wait, waited, delay);
  }
}

/** Repeats `attempt` while it fails in the way `again` recognises as the cloud not being ready yet. */
export async function retried<T>(
  context: Context,
  wait: Wait,
  again: (error: unknown) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  const seconds = context.timeoutSeconds || wait.seconds;
  for (let [delay, waited] = [50, 0]; ; waited += delay, delay = next(delay, waited, wait)) {
    const began = performance.now();
    try {
      return await attempt();
    } catch (error) {
      if (!again(error)) throw error;
      if (waited > seconds * 1_000) throw common.waitedTooLong(wait.what, seconds, error);
      // From one attempt's begin to the next one's: a refusal that takes AWS most of a second has been waited for already.
      await told(context, wait, waited, Math.max(50, delay - (performance.now() - began)));
    }
  }
}

async function told(context: Context, wait: Wait, waited: number, delay: number): Promise<void> {
  const seconds = Math.round(waited / 1_000);
  context.status(`waiting for ${wait.what}${seconds > 0 ? ` (${seconds} s)` : ""}`);
  await pause(delay, context.signal);
}
