/**
 * When GitHub says not now: trouble of its own is asked again after a moment, a limit is waited for when that is short,
 * and otherwise said with its end. Follows https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../../blueprints/fault.ts";
import { faults } from "./faults.ts";

const tries = 4;
/** Longer than this nobody waits before a screen. */
const longestWaitMs = 5_000;
/** Of limits that say nothing: their documentation asks for a minute at least. */
const unsaidMs = 60_000;

/** Carries `once` out until its answer is one to use. Throws faults. */
export async function patiently(once: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === tries;
    const response = await once().catch((error: unknown) => {
      if (last || !(error instanceof Fault) || error.code !== "github-unreachable") throw error;
      return undefined;
    });
    if (response && response.status < 500) {
      const limit = await limitOf(response);
      if (!limit) return response;
      await response.body?.cancel();
      if (last || limit.waitMs > longestWaitMs) throw faults.limited(limit);
      await delay(limit.waitMs, undefined, { signal });
      continue;
    }
    await response?.body?.cancel();
    if (response && last) throw faults.failing("It", response.status);
    await delay(pauseMs(attempt), undefined, { signal });
  }
}

/** Doubles, and falls where it likes in the upper half, so that many who failed together do not come back together. */
const pauseMs = (attempt: number): number => randomInt(100 * 2 ** attempt, 200 * 2 ** attempt);

interface Limit {
  waitMs: number;
  /** ISO 8601. */
  until?: string;
}

/** Whether an answer is a limit, of requests an hour or of too many at once. Other refusals are none. */
async function limitOf(response: Response): Promise<Limit | undefined> {
  const { status, headers } = response;
  if (status !== 403 && status !== 429) return undefined;
  const after = seconds(headers.get("retry-after"));
  if (after !== undefined) return ending(Date.now() + after * 1000);
  const reset = seconds(headers.get("x-ratelimit-reset"));
  if (headers.get("x-ratelimit-remaining") === "0" && reset !== undefined) return ending(reset * 1000);
  if (status === 429 || /secondary rate limit|abuse detection/i.test(await response.clone().text()))
    return { waitMs: unsaidMs };
  return undefined;
}

/** An hour's limit never ends later; a clock that is wrong, here or there, must not keep anybody for days. */
function ending(at: number): Limit {
  const waitMs = Math.min(Math.max(at - Date.now(), 0), 3_600_000);
  return { waitMs: waitMs + 100, until: new Date(Date.now() + waitMs).toISOString() };
}

function seconds(value: string | null): number | undefined {
  return value !== null && /^\d{1,12}$/.test(value.trim()) ? Number(value) : undefined;
}
