/** Lines of one environment on their way to the logs: handed on together, a moment later or when there are many. */
import type { LogEvent } from "./output.ts";

const flushMs = 100;
const maxEvents = 1000;

export class LogBuffer {
  readonly #now: () => number;
  readonly #write: (events: LogEvent[]) => void;
  #events: LogEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(now: () => number, write: (events: LogEvent[]) => void) {
    this.#now = now;
    this.#write = write;
  }

  push(message: string): void {
    this.#events.push({ timestamp: this.#now(), message });
    if (this.#events.length >= maxEvents) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#write(events);
  }
}
