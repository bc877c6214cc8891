/**
 * How calls to AWS are repeated and paced: full jitter that doubles up to 20 s, and as few calls at once as AWS takes:
 * half as many whenever it throttles, one more for each round of successes. The SDK says which failures are worth it.
 */
import { jitter, pause } from "../kit/clock.ts";

const most = 50;
const longest = 20_000;

/** Calls of one service that may be under way at once. */
export class Pace {
  #limit = most;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  get limit(): number {
    return Math.floor(this.#limit);
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#running < this.limit) this.#running++;
    // Whoever ends a wait has counted the call already.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      this.#running--;
      this.#wake();
    }
  }

  throttled(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#running) / 2);
  }

  succeeded(): void {
    this.#limit = Math.min(most, this.#limit + 1 / this.#limit);
    this.#wake();
  }

  #wake(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#running++;
      next();
    }
  }

  #next(): (() => void) | undefined {
    return this.#running < this.limit ? this.#waiting.shift() : undefined;
  }
}

interface Token {
  getRetryCount(): number;
  getRetryDelay(): number;
  getRetryCost(): number | undefined;
}

interface Failure {
  errorType: "THROTTLING" | "TRANSIENT" | "SERVER_ERROR" | "CLIENT_ERROR";
  retryAfterHint?: Date;
  error?: { name?: string; $metadata?: { httpStatusCode?: number } };
}

/** An account's quota, which the SDK takes for throttling: whoever waits for it would wait until somebody raises it. */
const quota = "LimitExceededException";

/** Whoever answers has no such operation, and will not have it later: a cloud of this computer, asked for AWS's alone. */
const notImplemented = 501;

/** First delay in milliseconds, for what is worth another attempt. */
const firstDelay: { [type in Failure["errorType"]]?: number } = { THROTTLING: 500, TRANSIENT: 100, SERVER_ERROR: 100 };

/** In the SDK's own shape. It waits by the provider's clock, so the SDK itself never has to. */
export function retryStrategy(pace: Pace, maxAttempts: number, ended: AbortSignal) {
  const token = (count: number): Token => ({
    getRetryCount: () => count,
    getRetryDelay: () => 0,
    getRetryCost: () => undefined,
  });
  return {
    mode: "standard",
    maxAttempts: async () => maxAttempts,
    acquireInitialRetryToken: async () => token(0),
    async refreshRetryTokenForRetry(last: Token, { errorType, retryAfterHint, error }: Failure): Promise<Token> {
      const isQuota = error?.name === quota;
      if (errorType === "THROTTLING" && !isQuota) pace.throttled();
      const count = last.getRetryCount() + 1;
      const first = firstDelay[errorType];
      const hopeless = first === undefined || isQuota || error?.$metadata?.httpStatusCode === notImplemented;
      if (hopeless || count >= maxAttempts) throw new Error("no attempt is left");
      const asked = retryAfterHint ? Math.min(longest, retryAfterHint.getTime() - Date.now()) : 0;
      await pause(Math.max(asked, jitter(Math.min(longest, first * 2 ** (count - 1)))), ended);
      return token(count);
    },
    recordSuccess: () => pace.succeeded(),
  };
}
