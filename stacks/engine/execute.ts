/**
 * Carries out steps: intent in the journal, provider call, outcome in the journal, events around. Decides nothing;
 * plan.ts did. A failure is reported once and ends the operation when what is in flight is through.
 */
import type { Clock } from "./clock.ts";
import { Bail, messageOf } from "./diagnosis.ts";
import type { Events } from "./events.ts";
import { type Context, type PartialFailure, UnclearFailure } from "./provider.ts";
import { Slots } from "./schedule.ts";
import type { Change, Journal, JournalEntry } from "./state/journal.ts";
import type { PendingOperationType, ResourceState } from "./state/resource.ts";
import type { Step } from "./step.ts";

export interface Outcome extends Change {
  /** Changes that have to be durable with this one, such as the old half of a replacement. */
  with?: Change[];
  /** The step goes down in state, and still has failed. */
  partial?: PartialFailure;
}

/** Functions of the program around steps; absent where no program runs. */
export interface StepHooks {
  /** Rejects when one fails, which fails the step. Undefined: there is nothing to wait for. */
  before(step: Step): Promise<void> | undefined;
  /** Tells what fails, and lets nothing new begin; the step stands. Undefined: there is nothing to wait for. */
  after(step: Step): Promise<void> | undefined;
  /**
   * Runs `call`, again as long as it fails and an error hook asks for it. `failed` says what is wrong with an answer,
   * `final` that no attempt may follow a failure.
   */
  attempt<T>(
    step: Step,
    call: () => Promise<T>,
    judge: { failed: (answer: T) => string | undefined; final: (cause: unknown) => boolean },
  ): Promise<T>;
}

export class Executor {
  hooks: StepHooks | undefined;
  readonly clock: Clock;
  readonly events: Events;
  /** Absent in previews. */
  readonly journal: Journal | undefined;
  private readonly slots: Slots;
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly abort: AbortSignal;
  /** A listener each on the operation's own signal would make the cost of one grow with their number. */
  private readonly underWay = new Set<AbortController>();
  private readonly continueOnError: boolean;
  private stop: (reason: "failed" | "canceled") => void = () => undefined;
  stopped: "failed" | "canceled" | undefined;
  maybeCorrupt = false;
  /** Resolves at the first failure or cancellation; never rejects. */
  readonly stopping: Promise<void>;

  constructor(init: {
    clock: Clock;
    events: Events;
    journal?: Journal;
    parallel: number;
    signal: AbortSignal;
    continueOnError?: boolean;
  }) {
    this.clock = init.clock;
    this.events = init.events;
    this.journal = init.journal;
    this.slots = new Slots(init.parallel);
    this.abort = init.signal;
    this.abort.addEventListener("abort", () => {
      for (const control of this.underWay) control.abort(this.abort.reason);
    });
    this.continueOnError = init.continueOnError ?? false;
    this.stopping = new Promise((resolve) => {
      this.stop = (reason) => {
        this.stopped ??= reason;
        resolve();
      };
    });
  }

  cancel(): void {
    this.stop("canceled");
  }

  /** Reports a failure and lets nothing new begin. */
  fail(cause: unknown, urn?: string): void {
    if (!(cause instanceof Bail)) this.events.diagnostic({ severity: "error", message: messageOf(cause), urn });
    if (!this.continueOnError) this.stop("failed");
    else this.events.hasErrors = true;
  }

  /** Ends the operation as failed; what is wrong has been said. */
  stopFailed(): void {
    this.stop("failed");
  }

  /** Waits for what is in flight. */
  async drain(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.allSettled([...this.inFlight]);
  }

  /** Any work that must be over before the operation ends. Throws Bail when the operation has stopped. */
  track<T>(work: () => Promise<T>): Promise<T> {
    const run = this.slots.run(async () => {
      if (this.stopped) throw new Bail();
      return work();
    });
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.inFlight.add(settled);
    settled.finally(() => this.inFlight.delete(settled));
    return run;
  }

  /** A step without a provider call. */
  note(outcome: Outcome): void {
    for (const also of outcome.with ?? []) this.journal?.record(also);
    this.journal?.record({ resource: outcome.resource, replaces: outcome.replaces });
  }

  /**
   * One step with a provider call. `call` answers what to keep. In a preview there is no journal.
   * Throws Bail when it failed; the diagnostic is out by then.
   */
  async perform(
    step: Step,
    intent: {
      type: PendingOperationType;
      resource: ResourceState;
      intentKey?: string;
      timeoutSeconds?: number;
      quietFor?: string;
    },
    call: (context: Context) => Promise<Outcome>,
  ): Promise<ResourceState | null> {
    return this.track(async () => {
      let entry: JournalEntry | undefined;
      const { context, over, late } = this.context(step.urn, intent.timeoutSeconds ?? 0);
      try {
        const before = this.hooks?.before(step);
        if (before) await before;
        entry = await this.journal?.begin({
          type: intent.type,
          resource: intent.resource,
          intentKey: intent.intentKey,
        });
        const outcome = await this.attempt(step, () => call(context), late);
        await this.keep(entry, outcome);
        step.new = outcome.resource ?? undefined;
        if (outcome.partial) return this.partial(step, outcome);
        const after = this.hooks?.after(step);
        if (after) await after;
        return outcome.resource;
      } catch (cause) {
        if (cause instanceof Bail) throw cause;
        // A call cut off half way may have had its effect: its intent stays, and the next run looks.
        const unclear = cause instanceof UnclearFailure;
        const cutOff = this.abort.aborted || late() || (unclear && cause.cutOff);
        if (!cutOff) await entry?.failed();
        if (cutOff || unclear) this.maybeCorrupt = true;
        this.events.failed(step, this.abort.aborted || late());
        this.fail(
          late() ? new Error(`timed out after ${intent.timeoutSeconds} seconds: ${messageOf(cause)}`) : cause,
          step.urn,
        );
        throw new Bail();
      } finally {
        over();
      }
    });
  }

  private attempt(step: Step, call: () => Promise<Outcome>, late: () => boolean): Promise<Outcome> {
    if (!this.hooks) return call();
    // What has been made, if not well, would be made twice.
    const failed = ({ partial }: Outcome): string | undefined => (step.op === "update" ? partial?.message : undefined);
    const final = (cause: unknown): boolean =>
      this.abort.aborted || late() || (cause instanceof UnclearFailure && cause.cutOff);
    return this.hooks.attempt(step, call, { failed, final });
  }

  private async keep(entry: JournalEntry | undefined, outcome: Outcome): Promise<void> {
    for (const also of outcome.with ?? []) this.journal?.record(also);
    await entry?.done({ resource: outcome.resource, replaces: outcome.replaces });
  }

  private partial(step: Step, outcome: Outcome): never {
    this.events.failed(step, false);
    const reasons = outcome.partial!.reasons;
    this.fail(
      new Error(
        reasons.length > 1
          ? `${reasons.length} errors occurred:\n${reasons.map((r) => `\t* ${r}`).join("\n")}`
          : (reasons[0] ?? "failed"),
      ),
      step.urn,
    );
    throw new Bail();
  }

  /** What a provider is given; `late` tells whether its time ran out. */
  context(
    urn: string | undefined,
    timeoutSeconds: number,
  ): { context: Context; over: () => void; late: () => boolean } {
    let late = false;
    const control = new AbortController();
    this.underWay.add(control);
    if (this.abort.aborted) control.abort(this.abort.reason);
    const timer =
      timeoutSeconds > 0
        ? setTimeout(() => {
            late = true;
            control.abort(new Error("timed out"));
          }, timeoutSeconds * 1000)
        : undefined;
    const context: Context = {
      signal: control.signal,
      timeoutSeconds,
      status: (message) => this.events.diagnostic({ severity: "info", message, urn, ephemeral: true }),
      log: (severity, message) => this.events.diagnostic({ severity, message, urn }),
    };
    const over = (): void => {
      clearTimeout(timer);
      this.underWay.delete(control);
    };
    return { context, over, late: () => late };
  }
}
