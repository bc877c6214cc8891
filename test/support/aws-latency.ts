/**
 * AWS's latency for a test's cloud: a role is known eight seconds after it was made. Nobody waits them: each call that
 * came too early moves the cloud's clock on, as it would have gone on by itself before the caller asks again.
 */
import type { Observer } from "../../stacks/local/index.ts";
import { movableClock } from "./clock.ts";

const roleDelayMs = 8_000;

/** `options` are for startTestCloud; `early` are the calls that came too early. */
export function awsLatency() {
  const clock = movableClock();
  const early: string[] = [];
  const observe: Observer = ({ service, method, path }, outcome) => {
    const words = outcome instanceof Error ? outcome.message : String(outcome.body);
    if (!/cannot be assumed by Lambda|perform: sts:AssumeRole/.test(words)) return;
    early.push(`${service} ${method} ${path}`);
    clock.move(roleDelayMs / 4);
  };
  return { early, options: { roleDelayMs, clock, observe } };
}
