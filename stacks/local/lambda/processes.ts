/**
 * The process group of one environment: ended whole, frozen between calls as on Lambda, measured. Signals reach what
 * the function started, too. Knows no invocation.
 */
import type { ChildProcess } from "node:child_process";
import { peakKbOf, type Usage, usageOf } from "../sandbox/index.ts";

/**
 * Only where the kernel ends children with their parent: a frozen process would not see that its parent is gone.
 */
const freezes = process.platform === "linux";

export class ProcessGroup {
  readonly #child: ChildProcess;
  #frozen = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** No timer of the function runs on, and no processor is used, until `thaw`. */
  freeze(): void {
    if (!freezes || this.#frozen) return;
    this.#frozen = true;
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#signal("SIGCONT");
  }

  kill(): void {
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
