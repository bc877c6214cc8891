/**
 * AWS as it is, in front of one that is not: a proxy that adds AWS's latency, what `aws-nature.ts` does between a call
 * and its effect, and its weather: throttling with and without Retry-After, answers lost or spoilt after the call was
 * carried out. `seed` is a day's weather: calls that are under way at once draw in the order in which they come, so that a
 * day is much the same again, and not the very same. `scale` makes its seconds shorter. Planned faults come on top
 * (`plan`, `cutAt`).
 */
import { type AwsCall, awsCall } from "./aws-call.ts";
import { awsNature, type Delays, typical } from "./aws-nature.ts";
import { type Answer, answerOf, type Nature, type Refusal, startFaultProxy } from "./fault-proxy.ts";

export interface ScriptedOptions {
  seed: number;
  /** Real seconds that one of AWS's takes. */
  scale: number;
  delays?: Delays;
  /** Of all calls, from 0 to 1. */
  throttled?: number;
  /** Carried out, and the answer is an error, cut off, not readable, or none. */
  lost?: number;
}

/** A call as the bench counts it: `ms` since the start, of the real clock. */
export interface Timed extends AwsCall {
  at: number;
  ended: number;
  /** 0: none came. */
  status: number;
  /** Carried out, and not told so. */
  lost: boolean;
  /** A look at a table that was told, and told that it is not ready. */
  creating: boolean;
}

/**
 * Milliseconds of one call, assumed: a round trip from nearby, more where others saw a service do something before it
 * answers.
 */
const usual = 60;
const longer: Record<string, number> = {
  "iam CreateRole": 200,
  "iam CreatePolicy": 200,
  "lambda CreateFunction": 700,
  "lambda UpdateFunctionCode": 400,
  "s3 CreateBucket": 500,
};
export const latencyMs = ({ service, operation }: Pick<AwsCall, "service" | "operation">): number =>
  longer[`${service} ${operation}`] ?? usual;

/** Deterministic for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const throttles: Record<string, Omit<Refusal, "kind" | "message">> = {
  lambda: { status: 429, code: "TooManyRequestsException", form: "json" },
  s3: { status: 503, code: "SlowDown", form: "xml" },
  iam: { status: 400, code: "Throttling", form: "xml" },
  sts: { status: 400, code: "Throttling", form: "xml" },
};
const throttle: Omit<Refusal, "kind" | "message"> = { status: 400, code: "ThrottlingException", form: "json" };
const formOf = (service: string): "json" | "xml" => throttles[service]?.form ?? "json";

/** How an answer is lost after the call was carried out. A file that is cut off is short of its Content-Length: broken. */
const broken = (): "reset" => "reset";
const losses: readonly ((call: AwsCall, answer: Answer) => Answer | "reset")[] = [
  broken,
  ({ service }) =>
    answerOf({ kind: "answer", status: 500, code: "InternalFailure", message: "oops", form: formOf(service) }),
  (_call, answer) => ({ ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) }),
  (_call, answer) => ({ ...answer, body: Buffer.from("<html>bad gateway") }),
];
/** Nobody asks more often than three times what is not the provider's: a call has two bad moments in a row at most. */
const mostInARow = 2;

export async function startScriptedAws(endpoint: string, options: ScriptedOptions) {
  const { seed, scale, delays = typical, throttled = 0, lost = 0 } = options;
  const random = seeded(seed);
  const started = performance.now();
  const nature = awsNature(delays, () => (performance.now() - started) / 1_000 / scale, random);
  const log: Timed[] = [];
  const inARow = new Map<string, number>();
  const bad = (call: AwsCall, chance: number): boolean => {
    const key = `${call.service} ${call.operation} ${call.name}`;
    const before = inARow.get(key) ?? 0;
    const is = before < mostInARow && random() < chance;
    if (is) inARow.set(key, before + 1);
    return is;
  };
  const throttledNow = (call: AwsCall): Refusal => ({
    kind: "answer",
    message: "Rate exceeded",
    ...(throttles[call.service] ?? throttle),
    ...(random() < 0.5 && { retryAfter: 2 * scale }),
  });

  const answered = async (
    call: AwsCall,
    carryOut: () => Promise<Answer>,
  ): Promise<{ answer: Answer | "reset"; lost?: true }> => {
    await new Promise((resolve) => setTimeout(resolve, latencyMs(call) * scale));
    if (bad(call, throttled)) return { answer: answerOf(throttledNow(call)) };
    const refusal = nature.refuses(call);
    if (refusal) return { answer: answerOf(refusal) };
    const told = nature.tells(call, await carryOut());
    if (told.status < 300 && bad(call, lost)) {
      const loss = call.operation === "GetObject" ? broken : losses[Math.floor(random() * losses.length)]!;
      return { answer: loss(call, told), lost: true };
    }
    inARow.delete(`${call.service} ${call.operation} ${call.name}`);
    return { answer: told };
  };
  const asAws: Nature = async (request, body, carryOut) => {
    const call = awsCall(request, body);
    const at = performance.now() - started;
    const { answer, lost = false } = await answered(call, carryOut);
    const status = answer === "reset" ? 0 : answer.status;
    const creating = call.operation === "DescribeTable" && !lost && tableIsYoung(answer);
    log.push({ ...call, at, ended: performance.now() - started, status, lost, creating });
    return answer;
  };
  return { ...(await startFaultProxy(endpoint, asAws)), log };
}

const tableIsYoung = (answer: Answer | "reset"): boolean =>
  answer !== "reset" && answer.body.includes('"TableStatus":"CREATING"');

export type ScriptedAws = Awaited<ReturnType<typeof startScriptedAws>>;
