/** The provider's only clock and its only chance: waiting is here so that it can be cancelled everywhere. */
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves after `ms` milliseconds; rejects with AbortError when the operation is cancelled. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** Full jitter: anywhere between nothing and `ms`. */
export const jitter = (ms: number): number => Math.random() * ms;

/** Milliseconds. */
export const patience = {
  /** A connection that says nothing for so long is dead; a slow upload still moves bytes. */
  silence: 60_000,
};
