/**
 * The journal's file: a line a record, each with its checksum, appended and flushed in groups. Reading drops a torn last
 * line and refuses damage before it. Knows nothing of what the records mean.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { errors } from "./errors.ts";
import { readText, syncFolder, writeAtomically } from "./files.ts";

export type JournalRecord =
  | { t: "base"; format: 1; digest: string | null }
  | { t: "begin"; op: number; type: string; resource: object; intentKey?: string }
  | { t: "done"; op?: number; resource: object | null; replaces: string | null }
  | { t: "failed"; op: number }
  | { t: "settled"; index: number }
  | { t: "fold"; digest: string };

export interface JournalFile {
  /** Written with the next flush. */
  append(record: JournalRecord): void;
  /** Durable when it resolves; calls of one turn share one fsync. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const line = (record: JournalRecord): string => {
  const text = JSON.stringify(record);
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
};

/** A new journal; the first record says which checkpoint it goes on from. */
export async function createJournalFile(file: string, digest: string | null): Promise<JournalFile> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "w", 0o600);
  const journal = new AppendedFile(handle);
  journal.append({ t: "base", format: 1, digest });
  try {
    await journal.flush();
    await syncFolder(dirname(file));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return journal;
}

class AppendedFile implements JournalFile {
  readonly #handle: FileHandle;
  #buffer = "";
  #flushing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #failure: unknown;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  append(record: JournalRecord): void {
    this.#buffer += line(record);
  }

  /** While one fsync runs, everybody who asks waits together for the next. */
  flush(): Promise<void> {
    this.#next ??= this.#flushing
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#flushing = this.#write();
        return this.#flushing;
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    // Never tried again: what the kernel dropped would look durable, and a record after a torn one reads as damage.
    if (this.#failure) throw this.#failure;
    const text = this.#buffer;
    this.#buffer = "";
    if (text === "") return;
    try {
      await this.#handle.appendFile(text);
      await this.#handle.datasync();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#handle.close();
    }
  }
}

/** Undefined when there is no journal, or only the torn beginning of one: then no call had been announced. */
export async function readJournalFile(file: string): Promise<{ records: JournalRecord[]; torn: boolean } | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const records: JournalRecord[] = [];
  let offset = 0;
  let brokenAt: number | undefined;
  for (const part of text.split("\n")) {
    const record = parse(part);
    if (record && brokenAt !== undefined) throw errors.journalDamaged(file, brokenAt);
    if (record) records.push(record);
    else if (part !== "") brokenAt ??= offset;
    offset += Buffer.byteLength(part) + 1;
  }
  const torn = brokenAt !== undefined;
  return records.length === 0 ? undefined : { records, torn };
}

/** Says in a dead process's journal which checkpoint it is about to become, so that a second death does no harm. */
export async function markFolding(file: string, records: readonly JournalRecord[], digest: string): Promise<void> {
  await writeAtomically(file, [...records, { t: "fold", digest } as const].map(line).join(""));
}

function parse(part: string): JournalRecord | undefined {
  const text = part.slice(9);
  if (!/^[0-9a-f]{8} \{/.test(part) || crc32(text) !== Number.parseInt(part.slice(0, 8), 16)) return undefined;
  return JSON.parse(text);
}
