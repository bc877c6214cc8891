/** Asking again where the cloud said to come back later; what is wrong for good goes through at once. */
import { setTimeout as wait } from "node:timers/promises";

const throttled =
  /^(ProvisionedThroughputExceededException|RequestLimitExceeded|Throttling(Exception)?|ThrottledException|TooManyRequestsException|SlowDown|LimitExceededException)$/;
/** A syntax error is of an answer that was cut off. */
const passing =
  /^(InternalServerError|InternalError|InternalFailure|ServiceUnavailable(Exception)?|TimeoutError|SyntaxError)$/;
const broken = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"]);

export const isThrottled = (error: unknown): boolean => throttled.test((error as Error).name);

export const mayPass = (error: unknown): boolean => {
  const { name = "", code = "" } = error as { name?: string; code?: string };
  return throttled.test(name) || passing.test(name) || broken.has(code) || broken.has(name);
};

/** Milliseconds before each new attempt, on top of the SDK's own three: about a minute in all. */
export const waitsMs: readonly number[] = [200, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** `again`: attempts after the first; their waits are of `waits`. Throws what the last one threw. */
export async function patiently<T>(signal: AbortSignal, call: () => Promise<T>, waits = waitsMs): Promise<T> {
  for (const ms of waits) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      await wait(ms, undefined, { signal });
    }
  }
  return call();
}
