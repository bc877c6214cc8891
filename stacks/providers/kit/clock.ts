/** The providers' only clock and their only chance: waiting is here so that it can be cancelled everywhere. */
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
  /** What a call under way still gets when the operation is cancelled: a service that shuts down waits about so long. */
  drain: 10_000,
};

/**
 * A call that is under way when the operation is cancelled may end: cut off, nobody would know what became of it. The
 * signal it gets comes `patience.drain` later than `signal`.
 */
export async function drained<T>(signal: AbortSignal, call: (late: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => control.abort(signal.reason), patience.drain);
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  try {
    return await call(control.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", begin);
  }
}
