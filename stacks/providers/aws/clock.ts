/** The provider's only clock and its only chance: waiting is here so that it can be cancelled everywhere. */
import { setTimeout as sleep } from "node:timers/promises";

export const now = (): number => performance.now();

/** Resolves after `ms` milliseconds; rejects with AbortError when the operation is cancelled. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** Full jitter: anywhere between nothing and `ms`. */
export const jitter = (ms: number): number => Math.random() * ms;
