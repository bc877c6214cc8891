/**
 * One lane of a mapping: takes the records of its share of keys in order, a batch at a time, and does not go on before a
 * batch has succeeded or been given up. Idle, it waits for a write to wake it; no timer runs.
 */
import { randomUUID } from "node:crypto";
import { after } from "../../clock.ts";
import { ServiceError, type StreamEvent } from "../../service.ts";
import { type Core, type Resolved, resolveVersion, targetOf } from "../core.ts";
import { newInvocation, readAnswer, readyVersion } from "../invoke.ts";
import { traceFor } from "../lineage.ts";
import type { FunctionRef } from "../naming.ts";
import { type Batch, emptyBatch, gather } from "./gather.ts";
import { firstFailure } from "./outcome.ts";
import type { MappingRecord } from "./records.ts";
import { pollActions, type Refusal, refusalOf } from "./role.ts";

/** Before the first repetition, in milliseconds; doubles to a minute. */
const firstWaitMs = 500;
const longestWaitMs = 60_000;
/** How long a table's stream keeps a record. */
const retentionSeconds = 24 * 60 * 60;

/** What `LastProcessingResult` says. */
const results = {
  ok: "OK",
  failed: "PROBLEM: Function call failed",
  noFunction: "PROBLEM: Function call failed: the function does not exist or cannot run now",
  noStream: "PROBLEM: Stream not found",
  role: "PROBLEM: Lambda failed to assume your function execution role.",
  stream:
    "PROBLEM: Cannot access stream. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.",
} as const;

/** Sent together; `attempts`: how often these very records have failed. */
interface Segment {
  events: StreamEvent[];
  attempts: number;
}

type Sent = { kind: "answered"; failedFrom: number } | { kind: "failed" } | { kind: "unreached" } | { kind: "stopped" };

export class Lane {
  readonly #core: Core;
  readonly #uuid: string;
  readonly #index: number;
  #running = false;
  #again = false;
  #closed = false;
  /** Ends the wait under way. By a write only one that is for more records. */
  #interrupt: ((cause: "write" | "change") => void) | undefined;

  constructor(core: Core, uuid: string, index: number) {
    this.#core = core;
    this.#uuid = uuid;
    this.#index = index;
  }

  /** Records may have come. */
  wake(): void {
    this.#rouse("write");
  }

  /** The mapping or its function is another. */
  changed(): void {
    this.#rouse("change");
  }

  close(): void {
    this.#closed = true;
    this.#interrupt?.("change");
  }

  #rouse(cause: "write" | "change"): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      this.#interrupt?.(cause);
      return;
    }
    this.#running = true;
    void this.#run()
      .catch((error: unknown) => {
        if (!this.#closed) this.#core.cloud.log(`lambda: event source mapping ${this.#uuid}: ${String(error)}`);
      })
      .finally(() => {
        this.#running = false;
        if (this.#again) this.#rouse("change");
      });
  }

  async #run(): Promise<void> {
    let waits = 0;
    do {
      this.#again = false;
      const mapping = this.#mapping();
      if (!mapping) return;
      const problem = await this.#batch(mapping);
      if (problem === undefined) {
        waits = 0;
        continue;
      }
      await this.#core.mappings.note(this.#uuid, results[problem]);
      await this.#wait(waitMs(waits++), true);
      this.#again = true;
    } while (this.#again && !this.#closed);
  }

  /** Undefined: nothing more is to be done. */
  #mapping(): MappingRecord | undefined {
    const mapping = this.#closed ? undefined : this.#core.mappings.get(this.#uuid);
    return mapping?.enabled ? mapping : undefined;
  }

  /** One batch, from reading to its end. Answers what was in the way of reading. */
  async #batch(mapping: MappingRecord): Promise<Refusal | "noStream" | "noFunction" | undefined> {
    const reader = this.#core.cloud.peers.streams;
    const begun = this.#core.mappings.position(this.#uuid, this.#index);
    const batch = emptyBatch(begun);
    let windowEnd: number | undefined;
    for (;;) {
      const problem = this.#problem(mapping);
      if (problem) return problem;
      if (!reader || !gather(reader, mapping, this.#index, batch)) return "noStream";
      if (batch.events.length === 0 || batch.full || mapping.windowSeconds === 0) break;
      const now = this.#core.cloud.clock.now();
      windowEnd ??= now + mapping.windowSeconds * 1000;
      if (now >= windowEnd) break;
      await this.#wait(windowEnd - now, true);
      // With other settings it is another batch.
      if (this.#mapping() !== mapping) {
        this.#again = true;
        return undefined;
      }
    }
    if (batch.events.length > 0) await this.#deliver(mapping, batch);
    // What the filters passed over at the end needs no function to be done with.
    else if (batch.position > begun) await this.#advance(batch.position);
    this.#again ||= batch.events.length > 0;
    return undefined;
  }

  #problem({ sourceArn, ...mapping }: MappingRecord): Refusal | "noFunction" | undefined {
    try {
      const { version } = resolveVersion(this.#core, refOf(mapping));
      return refusalOf(this.#core.cloud, version.role, sourceArn, pollActions);
    } catch (error) {
      if (error instanceof ServiceError) return "noFunction";
      throw error;
    }
  }

  /** Segments in order: what fails is split, sent again or given up before anything behind it is sent. */
  async #deliver(mapping: MappingRecord, batch: Batch): Promise<void> {
    const segments: Segment[] = [{ events: batch.events, attempts: 0 }];
    let waits = 0;
    for (let segment = segments.shift(); segment; segment = segments.shift()) {
      const fresh = this.#fresh(mapping, segment.events);
      if (fresh.length < segment.events.length) this.#givenUp(segment.events.length - fresh.length, "too old");
      const sent =
        fresh.length === 0 ? ({ kind: "answered", failedFrom: 0 } as const) : await this.#send(mapping, fresh);
      if (sent.kind === "stopped") return;
      if (sent.kind === "answered" && sent.failedFrom === fresh.length) {
        const end = segments.length === 0 ? batch.position : segment.events.at(-1)!.position;
        await Promise.all([this.#advance(end), this.#core.mappings.note(this.#uuid, results.ok)]);
        waits = 0;
      } else {
        const problem = sent.kind === "unreached" ? results.noFunction : results.failed;
        await this.#core.mappings.note(this.#uuid, problem);
        const failedFrom = sent.kind === "answered" ? sent.failedFrom : 0;
        if (failedFrom > 0) await this.#advance(fresh[failedFrom - 1]!.position);
        const left = { events: fresh.slice(failedFrom), attempts: segment.attempts };
        const next = sent.kind === "unreached" ? [left] : repeated(mapping, left, failedFrom > 0);
        if (next.length === 0) {
          this.#givenUp(left.events.length, "sent too often");
          await this.#advance(segments.length === 0 ? batch.position : segment.events.at(-1)!.position);
        }
        segments.unshift(...next);
        // What was split, or has come further, is tried at once.
        const moves = next.length !== 1 || failedFrom > 0;
        if (!moves) await this.#wait(waitMs(waits++), false);
      }
      // Settings, or that it is disabled, count from the next call on.
      if (this.#mapping() !== mapping) {
        this.#again = true;
        return;
      }
    }
  }

  /** Nothing is sent again that its stream would not have any more. */
  #fresh({ maximumRecordAgeSeconds: age }: MappingRecord, events: StreamEvent[]): StreamEvent[] {
    const seconds = age < 0 ? retentionSeconds : Math.min(age, retentionSeconds);
    const oldest = this.#core.cloud.clock.now() - seconds * 1000;
    return events.filter(({ at }) => at >= oldest);
  }

  async #send(mapping: MappingRecord, events: StreamEvent[]): Promise<Sent> {
    const core = this.#core;
    const ref = refOf(mapping);
    let resolved: Resolved;
    let answer: Awaited<ReturnType<typeof readAnswer>>;
    try {
      resolved = readyVersion(core, ref);
      const payload = Buffer.from(`{"Records":[${events.map(({ text }) => text).join(",")}]}`);
      const trace = traceFor(core.cloud.clock, resolved.record.arn);
      const invocation = newInvocation(core, ref, payload, randomUUID(), trace);
      answer = await readAnswer(await core.execution.run(targetOf(resolved), invocation));
    } catch (error) {
      if (this.#closed) return { kind: "stopped" };
      if (error instanceof ServiceError) return { kind: "unreached" };
      throw error;
    }
    if (this.#closed) return { kind: "stopped" };
    if (answer.error) return { kind: "failed" };
    const failedFrom = mapping.reportsFailures ? firstFailure(events, answer.payload) : events.length;
    return { kind: "answered", failedFrom };
  }

  async #advance(position: number): Promise<void> {
    if (!this.#closed) await this.#core.mappings.advance(this.#uuid, this.#index, position);
  }

  #givenUp(count: number, why: string): void {
    this.#core.cloud.log(`lambda: event source mapping ${this.#uuid}: ${count} records given up: ${why}`);
  }

  /** Until the time is over, or something is other; a write ends it where more records are waited for. */
  #wait(ms: number, forRecords: boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#interrupt = undefined;
        resolve();
      };
      const cancel = after(this.#core.cloud.clock, ms, done);
      this.#interrupt = (cause) => {
        if (cause === "change" || forRecords) done();
      };
      if (this.#closed) done();
    });
  }
}

const refOf = ({ functionName, qualifier }: Pick<MappingRecord, "functionName" | "qualifier">): FunctionRef => ({
  name: functionName,
  qualifier: qualifier || undefined,
});

const waitMs = (waits: number): number => Math.min(firstWaitMs * 2 ** waits, longestWaitMs);

/** What is sent next of records that failed: nothing when their retries are used up. A split is no retry. */
function repeated(
  { bisect, maximumRetryAttempts: most }: MappingRecord,
  { events, attempts }: Segment,
  isRest: boolean,
): Segment[] {
  if (isRest) return [{ events, attempts: 0 }];
  if (bisect && events.length > 1) {
    const middle = Math.ceil(events.length / 2);
    return [events.slice(0, middle), events.slice(middle)].map((half) => ({ events: half, attempts }));
  }
  return most >= 0 && attempts >= most ? [] : [{ events, attempts: attempts + 1 }];
}
