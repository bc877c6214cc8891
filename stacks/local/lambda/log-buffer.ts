/**
 * Lines of one environment on their way to the logs: handed on together, in slices, so that a function that prints
 * without end takes neither the memory nor the time of the others. What is over the limit is dropped and counted.
 */
import type { LogEvent } from "./output.ts";

/** All environments hand on at the same moments: their lines share one transaction. */
const flushMs = 75;
const sliceEvents = 1000;
const sliceBytes = 256 * 1024;
/** What one environment, and what all together, may keep waiting. */
const limitBytes = 8 * 1024 * 1024;
const limitAllBytes = 64 * 1024 * 1024;
/** What an event costs beside its text. */
const overheadBytes = 100;

let waitingAllBytes = 0;
const waiting = new Set<LogBuffer>();

/** Before the store closes: of environments that are gone, too. */
export function flushLogBuffers(): void {
  for (const buffer of waiting) buffer.flush();
}

export class LogBuffer {
  readonly #now: () => number;
  readonly #write: (events: LogEvent[]) => void;
  readonly #dropLine: (events: number, bytes: number) => string;
  #events: LogEvent[] = [];
  #bytes = 0;
  #dropped = { events: 0, bytes: 0 };
  #timer: NodeJS.Timeout | null = null;

  /** `dropLine` says what was dropped, in the function's own log. */
  constructor(
    now: () => number,
    write: (events: LogEvent[]) => void,
    dropLine: (events: number, bytes: number) => string,
  ) {
    this.#now = now;
    this.#write = write;
    this.#dropLine = dropLine;
  }

  /** Lambda's own lines, a few an invocation, are never dropped: what they say is not repeated. */
  push(message: string, droppable: boolean): void {
    const bytes = message.length + overheadBytes;
    if (!droppable) this.#keep(message, bytes);
    else if (this.#bytes + bytes > limitBytes || waitingAllBytes + bytes > limitAllBytes) {
      this.#dropped.events++;
      this.#dropped.bytes += message.length;
    } else this.#keep(message, bytes);
    this.#wake();
  }

  /** No more lines come: what is a slice goes at once, the rest of a flood goes on in slices. */
  end(): void {
    if (this.#events.length <= sliceEvents && this.#bytes <= sliceBytes) this.flush();
  }

  /** Hands on everything. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    waiting.delete(this);
    this.#sayDropped();
    this.#hand(this.#events.length);
  }

  #keep(message: string, bytes: number): void {
    this.#events.push({ timestamp: this.#now(), message });
    this.#bytes += bytes;
    waitingAllBytes += bytes;
  }

  #wake(): void {
    waiting.add(this);
    this.#timer ??= setTimeout(() => this.#slice(), flushMs - (performance.now() % flushMs)).unref();
  }

  #slice(): void {
    this.#timer = null;
    let count = 0;
    for (let bytes = 0; count < Math.min(this.#events.length, sliceEvents) && bytes < sliceBytes; count++)
      bytes += this.#events[count]!.message.length;
    this.#hand(count);
    this.#sayDropped();
    if (this.#events.length > 0) this.#wake();
    else waiting.delete(this);
  }

  #hand(count: number): void {
    if (count === 0) return;
    const events = count === this.#events.length ? this.#events : this.#events.slice(0, count);
    this.#events = count === this.#events.length ? [] : this.#events.slice(count);
    const bytes = events.reduce((sum, { message }) => sum + message.length + overheadBytes, 0);
    this.#bytes -= bytes;
    waitingAllBytes -= bytes;
    this.#write(events);
  }

  /** Behind what came before it; a flood says so once a slice. */
  #sayDropped(): void {
    const { events, bytes } = this.#dropped;
    if (events === 0) return;
    this.#dropped = { events: 0, bytes: 0 };
    const line = this.#dropLine(events, bytes);
    this.#keep(line, line.length + overheadBytes);
  }
}
