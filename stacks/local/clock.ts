/**
 * The cloud's time: what it says the time is, and what it does later. Everything that waits for longer than a call does
 * waits here (retries, expiry, retention, idle environments), so that tests can move the time instead of sleeping.
 */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs once, this many milliseconds later; answers how to call it off. A clock without it waits for real time. */
  after?(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Timers of Node overflow beyond 24 days. */
const longestMs = 2 ** 31 - 1;

/** Runs once, later by the cloud's clock; does not keep the process alive. */
export function after(clock: Clock, ms: number, run: () => void): () => void {
  if (clock.after) return clock.after(ms, run);
  const timer = setTimeout(run, Math.min(ms, longestMs)).unref();
  return () => clearTimeout(timer);
}

/** Again and again, by the cloud's clock; a clock that is moved over many turns takes one. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = after(clock, ms, () => {
      arm();
      run();
    });
  };
  arm();
  return () => cancel();
}
