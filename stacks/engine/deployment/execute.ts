/**
 * Carries out steps: intent in the journal, provider call, outcome in the journal, events around. Decides nothing;
 * plan.ts did. A failure is reported once and ends the operation when what is in flight is through, unless the
 * operation was told to go on with what does not depend on it.
 */
import type { Clock } from "../clock.ts";
import { Bail, messageOf, StepFailure } from "../diagnosis.ts";
import type { Events, FailureStatus } from "../events.ts";
import { type Context, type PartialFailure, type Provider, UnclearFailure } from "../provider.ts";
import type { Change, Journal, JournalEntry } from "../state/journal.ts";
import type { PendingOperationType, ResourceState } from "../state/resource.ts";
import { Slots } from "./schedule.ts";
import type { Step } from "./step.ts";

export interface Outcome extends Change {
  /** Changes that have to be durable with this one, such as the old half of a replacement. */
  with?: Change[];
  /** What events show in place of what is kept. */
  shown?: ResourceState;
  /** The step goes down in state, and still has failed. */
  partial?: PartialFailure;
  /** The caller writes it down: something else has to be written first. */
  deferred?: boolean;
}

export interface Intent {
  type: PendingOperationType;
  resource: ResourceState;
  intentKey?: string;
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

/** Whether a call that failed has had its effect all the same: then its intent stays, and the next run takes it over. */
type Look = (context: Context) => Promise<boolean>;

export class Executor {
  hooks: StepHooks | undefined;
  readonly clock: Clock;
  readonly events: Events;
  /** Absent in previews. */
  readonly journal: Journal | undefined;
  readonly continueOnError: boolean;
  private readonly slots: Slots;
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly abort: AbortSignal;
  /** A listener each on the operation's own signal would make the cost of one grow with their number. */
  private readonly underWay = new Set<AbortController>();
  /** Lets nothing new begin. */
  stop: (reason: "failed" | "canceled") => void = () => undefined;
  stopped: "failed" | "canceled" | undefined;
  maybeCorrupt = false;
  /** It ended for another reason than a failed step. */
  broken = false;
  /** Outcomes are being written; from the end on, whoever closes the journal tells what could not be. */
  private writes = true;
  /** Resolves at the first failure that ends the operation, or at cancellation; never rejects. */
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
    this.continueOnError = init.continueOnError ?? false;
    this.stopping = new Promise((resolve) => {
      this.stop = (reason) => {
        this.stopped ??= reason;
        resolve();
      };
    });
    this.abort.addEventListener("abort", () => {
      for (const control of this.underWay) control.abort(this.abort.reason);
    });
  }

  cancel(): void {
    this.stop("canceled");
  }

  /** Reports a failure that no step is behind, and lets nothing new begin. */
  fail(cause: unknown, urn?: string): void {
    if (!(cause instanceof Bail)) this.events.diagnostic({ severity: "error", message: messageOf(cause), urn });
    this.stopFailed();
  }

  /** Ends the operation as failed; what is wrong has been said. */
  stopFailed(): void {
    this.broken = true;
    this.stop("failed");
  }

  /** Everything is through, and the journal is about to be closed. */
  end(): void {
    this.writes = false;
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

  /** A change of state that no step shows. */
  note(outcome: Outcome): void {
    for (const also of outcome.with ?? []) this.journal?.record(also);
    this.journal?.record({ resource: outcome.resource, replaces: outcome.replaces });
  }

  /** A step without a provider call. Throws Bail when the operation has stopped. */
  async settle(step: Step, outcome?: Outcome): Promise<void> {
    if (this.stopped) throw new Bail();
    this.events.before(step);
    const before = this.hooks?.before(step);
    if (before) await before.catch((cause: unknown) => this.stepFailed(step, messageOf(cause), "clean"));
    if (outcome) this.note(outcome);
    // A component's come when it has its outputs.
    const after = step.new ? undefined : this.hooks?.after(step);
    if (after) await after;
    this.events.after(step);
  }

  /**
   * One step with a provider call. `call` answers what to keep. In a preview there is no journal; a step that no other
   * process need know of has no intent. Throws Bail when it failed; the diagnostic is out by then.
   */
  async perform(
    step: Step,
    options: { intent?: Intent; provider?: Provider; timeoutSeconds?: number; goOn?: boolean; mayHaveLeft?: Look },
    call: (context: Context) => Promise<Outcome>,
  ): Promise<ResourceState | null> {
    return this.track(async () => {
      this.events.before(step);
      let entry: JournalEntry | undefined;
      const { context, over, late } = this.context(step.urn, options.timeoutSeconds ?? 0);
      try {
        const before = this.hooks?.before(step);
        if (before) await before;
        if (options.intent && this.journal) {
          options.provider?.prepare?.(context);
          entry = await this.journal.begin(options.intent);
        }
        const outcome = await this.attempt(step, () => call(context), late);
        this.keep(entry, outcome);
        // What a delete leaves for its successor is no new state.
        if (!step.op.startsWith("delete")) step.new = outcome.shown ?? outcome.resource ?? undefined;
        if (outcome.partial) this.stepFailed(step, partialText(outcome.partial), "partial");
        const after = this.hooks?.after(step);
        if (after) await after;
        this.events.after(step);
        return outcome.resource;
      } catch (cause) {
        if (cause instanceof Bail) throw cause;
        const goOn = options.goOn ?? this.continueOnError;
        // At once: while it is looked at and written down, others' ends would let more begin.
        if (!goOn) this.stop("failed");
        // A call cut off half way may have had its effect: its intent stays, and the next run looks.
        const cutOff = this.abort.aborted || late() || (cause instanceof UnclearFailure && cause.cutOff);
        // Of a create that failed there is nothing yet whose state could be wrong.
        const unclear = cutOff || (cause instanceof UnclearFailure && !step.op.startsWith("create"));
        const left = !cutOff && (await options.mayHaveLeft?.(context).catch(() => true));
        if (!cutOff && !left) await entry?.failed();
        if (unclear) this.maybeCorrupt = true;
        const text = late()
          ? `timed out after ${options.timeoutSeconds} seconds: ${messageOf(cause)}`
          : messageOf(cause);
        return this.stepFailed(step, text, unclear ? "unknown" : "clean", goOn);
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

  /** Nobody waits until it is durable: the next call's intent is so after it, or not at all. */
  private keep(entry: JournalEntry | undefined, outcome: Outcome): void {
    if (outcome.deferred || (!entry && outcome.resource === outcome.replaces)) return;
    if (!entry) {
      this.note(outcome);
      return;
    }
    for (const also of outcome.with ?? []) this.journal?.record(also);
    entry.done({ resource: outcome.resource, replaces: outcome.replaces }).catch((cause: unknown) => {
      // It is not tried again: all others say the same.
      if (this.writes) this.fail(cause);
      this.writes = false;
    });
  }

  /** Tells of it; others go on if they may. `goOn`: whatever the options say (a refusal that touches nothing). */
  stepFailed(step: Step, message: string, status: FailureStatus, goOn = this.continueOnError): never {
    this.events.failed(step, message, status);
    if (!goOn) this.stop("failed");
    throw goOn ? new StepFailure() : new Bail();
  }

  /** What a provider is given; `late` tells whether its time ran out. */
  context(
    urn: string | undefined,
    timeoutSeconds: number,
  ): { context: Context; over: () => void; late: () => boolean } {
    let late = false;
    let control: AbortController | undefined;
    // Most calls never ask for it.
    const controlled = (): AbortController => {
      if (control) return control;
      control = new AbortController();
      this.underWay.add(control);
      if (late) control.abort(new Error("timed out"));
      if (this.abort.aborted) control.abort(this.abort.reason);
      return control;
    };
    const timer =
      timeoutSeconds > 0
        ? setTimeout(() => {
            late = true;
            control?.abort(new Error("timed out"));
          }, timeoutSeconds * 1000)
        : undefined;
    const context: Context = {
      get signal() {
        return controlled().signal;
      },
      timeoutSeconds,
      status: (message) => this.events.diagnostic({ severity: "info", message, urn, ephemeral: true }),
      log: (severity, message) => this.events.diagnostic({ severity, message, urn }),
    };
    const over = (): void => {
      clearTimeout(timer);
      if (control) this.underWay.delete(control);
    };
    return { context, over, late: () => late };
  }
}

function partialText({ reasons }: PartialFailure): string {
  return `${reasons.length} error${reasons.length === 1 ? "" : "s"} occurred:\n${reasons.map((reason) => `\t* ${reason}`).join("\n")}`;
}
