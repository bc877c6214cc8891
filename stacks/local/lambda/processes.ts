/**
 * The process group of one environment: ended whole, frozen between calls as on Lambda, measured. Signals reach what
 * the function started, too. Knows no invocation.
 */
import type { ChildProcess } from "node:child_process";
import { hasBegun, peakKbOf, type Usage, usageOf } from "../sandbox/index.ts";

/**
 * Only where the kernel ends children with their parent: a frozen process would not see that its parent is gone.
 */
const freezes = process.platform === "linux";

/**
 * Stopping and waking a process with all its threads costs about as much as a call: one call after another is not
 * stopped in between. Who was woken again that soon waits longer the next time.
 */
const freezeAfterMs = { seldom: 10, often: 100 };

export class ProcessGroup {
  readonly #child: ChildProcess;
  #begun = false;
  #frozen = false;
  #frozenAt = 0;
  #afterMs = freezeAfterMs.seldom;
  #idleSince = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** In a moment, unless it is thawed before: no timer of the function runs on, and no processor is used. */
  freeze(): void {
    if (!freezes) return;
    this.#idleSince = performance.now();
    this.#timer ??= setTimeout(() => this.#freezeIdle(), this.#afterMs).unref();
  }

  /** For a call: the time of beginning is over. */
  thaw(): void {
    if (!this.#begun) hasBegun(this.#child);
    this.#begun = true;
    this.#idleSince = Number.POSITIVE_INFINITY;
    if (!this.#frozen) return;
    this.#frozen = false;
    const soon = performance.now() - this.#frozenAt < freezeAfterMs.often;
    this.#afterMs = soon ? freezeAfterMs.often : freezeAfterMs.seldom;
    this.#signal("SIGCONT");
  }

  /** One timer for many calls: it looks again as long as the last one is too near. */
  #freezeIdle(): void {
    this.#timer = null;
    const leftMs = this.#idleSince + this.#afterMs - performance.now();
    if (leftMs > this.#afterMs || this.#ended) return;
    if (leftMs > 1) {
      this.#timer = setTimeout(() => this.#freezeIdle(), leftMs).unref();
      return;
    }
    this.#frozen = true;
    this.#frozenAt = performance.now();
    this.#signal("SIGSTOP");
  }

  kill(): void {
    this.#ended = true;
    this.#signal("SIGKILL");
  }

  /** What all of its processes use now. Linux only; elsewhere the limit is V8's heap. */
  async usage(mostProcesses: number): Promise<Usage | undefined> {
    const { pid } = this.#child;
    return pid === undefined ? undefined : usageOf(pid, mostProcesses);
  }

  /** The most resident memory so far that one of its processes had, in KiB. */
  peakKb(): number | undefined {
    const { pid } = this.#child;
    return pid === undefined ? undefined : peakKbOf(pid);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // No such group: it is gone already, or this system has none and the process stands alone.
      this.#child.kill(signal);
    }
  }
}
