/**
 * Events invoked asynchronously: durable in the store until they have succeeded or their retries are used up. Two
 * retries after the function's errors (a minute, then two), longer patience with throttling, as on Lambda.
 */
import { randomUUID } from "node:crypto";
import { after } from "../clock.ts";
import { ServiceError } from "../service.ts";
import { type AsyncEvent, type Core, targetOf } from "./core.ts";
import { newInvocation, readAnswer, readyVersion } from "./invoke.ts";
import { isLoop, traceFor } from "./lineage.ts";
import { arnOf, type FunctionRef, parseFunction } from "./naming.ts";
import { type EventInvokeRecord, latest } from "./records.ts";

export interface AsyncQueue {
  enqueue(event: AsyncEvent): Promise<void>;
  start(): void;
  stop(): void;
}

export interface RetryTimes {
  /** After the first and the second error, in milliseconds. */
  errorsMs: readonly [number, number];
  /** After the first throttle; doubles to five minutes. */
  throttleMs: number;
}

export const awsRetryTimes: RetryTimes = { errorsMs: [60_000, 120_000], throttleMs: 1000 };

interface Row {
  id: string;
  function: string;
  qualifier: string;
  payload: Uint8Array;
  trace: string;
  created_ms: number;
  due_ms: number;
  errors: number;
  throttles: number;
}

interface Outcome {
  error?: string;
  payload: Buffer;
  /** The version that ran. */
  version: string;
}

const maxThrottleMs = 300_000;
const maxAgeSeconds = 21_600;
/** How many queued events run at once; the rest wait, durable. */
const parallel = 8;

export function createAsyncQueue(core: Core, times: RetryTimes): AsyncQueue {
  return new DurableQueue(core, times);
}

class DurableQueue implements AsyncQueue {
  readonly #core: Core;
  readonly #times: RetryTimes;
  readonly #running = new Set<string>();
  #callOff = (): void => undefined;
  #stopped = true;

  constructor(core: Core, times: RetryTimes) {
    this.#core = core;
    this.#times = times;
  }

  async enqueue({ id, functionName, qualifier, payload, traceId }: AsyncEvent): Promise<void> {
    const now = this.#core.cloud.clock.now();
    await this.#core.cloud.store.write((db) =>
      db
        .prepare("INSERT INTO lambda_async VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)")
        .run(id, functionName, qualifier, payload, traceId, now, now),
    );
    this.#work();
  }

  start(): void {
    this.#stopped = false;
    this.#work();
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff();
  }

  /** Takes what is due, and sets the clock for what is not. */
  #work(): void {
    if (this.#stopped || this.#running.size >= parallel) return;
    const rows = this.#core.cloud.store.db
      .prepare("SELECT * FROM lambda_async ORDER BY due_ms LIMIT ?")
      .all(parallel * 2) as unknown as Row[];
    const now = this.#core.cloud.clock.now();
    for (const row of rows) {
      if (this.#running.has(row.id)) continue;
      if (row.due_ms > now) {
        this.#wakeIn(row.due_ms - now);
        return;
      }
      if (this.#running.size >= parallel) return;
      this.#running.add(row.id);
      void this.#run(row)
        .catch((error: unknown) =>
          this.#core.cloud.log(`lambda: event ${row.id} could not be settled: ${String(error)}`),
        )
        .finally(() => {
          this.#running.delete(row.id);
          this.#work();
        });
    }
  }

  #wakeIn(ms: number): void {
    this.#callOff();
    this.#callOff = after(this.#core.cloud.clock, Math.min(ms, 60_000), () => this.#work());
  }

  async #run(row: Row): Promise<void> {
    const core = this.#core;
    const ref: FunctionRef = { name: row.function, qualifier: row.qualifier || undefined };
    const payload = Buffer.from(row.payload);
    let outcome: Outcome;
    try {
      const resolved = readyVersion(core, ref);
      const { arn, recursiveLoop } = resolved.record;
      if (recursiveLoop === "Terminate" && isLoop(row.trace, arn))
        return await this.#drop(row, "RecursiveInvocationException");
      const invocation = newInvocation(core, ref, payload, row.id, row.trace);
      const answer = await readAnswer(await core.execution.run(targetOf(resolved), invocation));
      outcome = { ...answer, version: resolved.version.version };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // Gone, or not able to run now: throttling and updates pass, a deleted function does not come back.
      if (error.status === 404) await this.#settle(row);
      else await this.#later(row, { throttles: row.throttles + 1 }, this.#throttleMs(row.throttles));
      return;
    }
    if (this.#stopped) return;
    const retries = this.#config(row)?.maximumRetryAttempts ?? 2;
    if (outcome.error && row.errors < retries)
      return this.#later(row, { errors: row.errors + 1 }, this.#times.errorsMs[Math.min(row.errors, 1)]!, outcome);
    await this.#deliver(row, outcome.error ? "RetriesExhausted" : "Success", outcome);
    await this.#settle(row);
  }

  #config(row: Row): EventInvokeRecord | undefined {
    return this.#core.functions.get(row.function)?.eventInvoke[row.qualifier || latest];
  }

  #throttleMs(throttles: number): number {
    return Math.min(this.#times.throttleMs * 2 ** throttles, maxThrottleMs);
  }

  /** By then older than it may get. */
  #tooOld(row: Row, waitMs: number): boolean {
    const seconds = this.#config(row)?.maximumEventAgeSeconds ?? maxAgeSeconds;
    return this.#core.cloud.clock.now() + waitMs - row.created_ms > seconds * 1000;
  }

  async #later(
    row: Row,
    change: { errors?: number; throttles?: number },
    waitMs: number,
    outcome?: Outcome,
  ): Promise<void> {
    if (this.#tooOld(row, waitMs)) return this.#drop(row, "EventAgeExceeded", outcome);
    const due = this.#core.cloud.clock.now() + waitMs;
    await this.#core.cloud.store.write((db) =>
      db
        .prepare("UPDATE lambda_async SET due_ms = ?, errors = ?, throttles = ? WHERE id = ?")
        .run(due, change.errors ?? row.errors, change.throttles ?? row.throttles, row.id),
    );
  }

  async #settle(row: Row): Promise<void> {
    await this.#core.cloud.store.write((db) => db.prepare("DELETE FROM lambda_async WHERE id = ?").run(row.id));
  }

  /** Given up: its destination hears of it, when there is one. */
  async #drop(row: Row, condition: string, outcome?: Outcome): Promise<void> {
    await this.#deliver(row, condition, outcome);
    await this.#settle(row);
  }

  /** Destinations: the event and its outcome, to another function. */
  async #deliver(row: Row, condition: string, outcome?: Outcome): Promise<void> {
    const record = this.#core.functions.get(row.function);
    const destinations = this.#config(row)?.destinations;
    const destination = (condition === "Success" ? destinations?.OnSuccess : destinations?.OnFailure)?.Destination;
    if (!record || !destination) return;
    const ref = parseFunction(destination);
    const message = {
      version: "1.0",
      timestamp: new Date(this.#core.cloud.clock.now()).toISOString(),
      requestContext: {
        requestId: row.id,
        functionArn: `${record.arn}:${row.qualifier || latest}`,
        condition,
        approximateInvokeCount: row.errors + (outcome ? 1 : 0),
      },
      requestPayload: JSON.parse(Buffer.from(row.payload).toString("utf8")),
      ...(outcome && {
        responseContext: {
          statusCode: 200,
          executedVersion: outcome.version,
          ...(outcome.error && { functionError: "Unhandled" }),
        },
        responsePayload: JSON.parse(outcome.payload.toString("utf8") || "null"),
      }),
    };
    await this.enqueue({
      id: randomUUID(),
      functionName: ref.name,
      qualifier: ref.qualifier ?? "",
      payload: Buffer.from(JSON.stringify(message)),
      traceId: traceFor(this.#core.cloud.clock, arnOf(this.#core.cloud, ref.name), row.trace),
    });
  }
}
