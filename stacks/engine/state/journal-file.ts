/** The journal of a running update: records gathered and written in groups, in order, to where the storage keeps them. */
import { setTimeout as delay } from "node:timers/promises";
import { encodeRecord, encodeText, type JournalRecord } from "./journal-records.ts";
import type { JournalSink } from "./storage.ts";

export interface JournalFile {
  /** Written with the next flush. */
  append(record: JournalRecord): void;
  /** The same, of a record whose JSON the caller has. */
  appendText(json: string): void;
  /** Durable when it resolves; all who wait while one write runs share the next. */
  flush(): Promise<void>;
  /** The same, of what no call waits for: with the next flush, or a moment later by itself. */
  flushSoon(): Promise<void>;
  close(): Promise<void>;
  /** Closes it without what was not flushed. */
  discard(): Promise<void>;
}

/** The first record says which checkpoint the journal goes on from. It is written with the first that announces a call. */
export function beginJournal(sink: JournalSink, digest: string | null): JournalFile {
  const journal = new GroupedJournal(sink);
  journal.append({ t: "base", format: 1, digest });
  return journal;
}

/** For so long an outcome waits for the intent of what goes on from it: a way to a bucket and back is longer. */
const soonMs = 50;

class GroupedJournal implements JournalFile {
  readonly #sink: JournalSink;
  #lines: string[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #soon: Promise<void> | null = null;
  #failure: unknown;

  constructor(sink: JournalSink) {
    this.#sink = sink;
  }

  append(record: JournalRecord): void {
    this.#lines.push(encodeRecord(record));
  }

  appendText(json: string): void {
    this.#lines.push(encodeText(json));
  }

  flush(): Promise<void> {
    this.#next ??= this.#flushing
      .catch(() => undefined)
      .then(() => (this.#sink.gatherMs ? delay(this.#sink.gatherMs) : undefined))
      .then(() => {
        this.#next = null;
        this.#flushing = this.#write();
        return this.#flushing;
      });
    return this.#next;
  }

  flushSoon(): Promise<void> {
    this.#soon ??= delay(soonMs).then(() => {
      this.#soon = null;
      return this.flush();
    });
    return this.#soon;
  }

  async #write(): Promise<void> {
    // Never tried again: what the kernel dropped would look durable, and a record after a torn one reads as damage.
    if (this.#failure) throw this.#failure;
    const text = this.#lines.join("");
    this.#lines = [];
    if (text === "") return;
    try {
      await this.#sink.write(text);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async discard(): Promise<void> {
    this.#lines = [];
    await this.close();
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#sink.close();
    }
  }
}
