/** Reads an operation's events as they are appended, from the first to its result. Reads only; whoever watches may go. */
import { closeSync, existsSync, type FSWatcher, fstatSync, openSync, readSync, watch } from "node:fs";
import { dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { OperationEvent, ResultEvent } from "../../stacks/events.ts";

export interface TailOptions {
  onEvent(event: OperationEvent): void;
  /** Whether the writer may still append. */
  alive(): boolean;
  signal?: AbortSignal;
  /** A change may be missed by the watcher; this often it looks anyway. Milliseconds. */
  pollMs?: number;
}

/** The result; undefined when the writer ended without one, or the signal came first. */
export async function tailEvents(file: string, options: TailOptions): Promise<ResultEvent | undefined> {
  const reader = new LineReader(file);
  const bell = new Bell(dirname(file), options.signal);
  try {
    for (;;) {
      // Asked before reading: what a writer appended before it ended is then always read.
      const last = !options.alive();
      for (const line of reader.read()) {
        const event = parse(line);
        if (!event) continue;
        options.onEvent(event);
        if (event.type === "result") return event;
      }
      if (last || options.signal?.aborted) return undefined;
      await bell.rings(options.pollMs ?? 200);
    }
  } finally {
    bell.close();
    reader.close();
  }
}

/** A line cut off by a kill is no event. */
function parse(line: string): OperationEvent | undefined {
  try {
    return JSON.parse(line) as OperationEvent;
  } catch {
    return undefined;
  }
}

class LineReader {
  readonly #file: string;
  readonly #decoder = new StringDecoder("utf8");
  readonly #buffer = Buffer.alloc(65_536);
  #handle: number | undefined;
  #offset = 0;
  #rest = "";

  constructor(file: string) {
    this.#file = file;
  }

  read(): string[] {
    if (this.#handle === undefined) {
      if (!existsSync(this.#file)) return [];
      this.#handle = openSync(this.#file, "r");
    }
    const end = fstatSync(this.#handle).size;
    while (this.#offset < end) {
      const count = readSync(this.#handle, this.#buffer, 0, this.#buffer.length, this.#offset);
      if (count === 0) break;
      this.#offset += count;
      this.#rest += this.#decoder.write(this.#buffer.subarray(0, count));
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line !== "");
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
  }
}

/** Rings when something in the folder changes, or after a while. */
class Bell {
  #watcher: FSWatcher | undefined;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(dir: string, signal: AbortSignal | undefined) {
    const ring = (): void => {
      this.#rung = true;
      this.#wake?.();
    };
    signal?.addEventListener("abort", ring, { once: true });
    try {
      this.#watcher = watch(dir, ring);
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // No watcher to be had (limits, network folders): looking now and then does it.
    }
  }

  async rings(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }

  close(): void {
    this.#watcher?.close();
  }
}
