/**
 * One stack's files in a storage: its checkpoint in whichever form it lies, the previous one, history and backups.
 * Knows the order in which they are written, so that a crash between two leaves what can be gone on from.
 */
import type { UpdateInfo, UpdateKind } from "./backend.ts";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { type Packing, packed, packings, unpacked } from "./compression.ts";
import { errors } from "./errors.ts";
import { historyFiles, type StoredEntry, writeHistory } from "./history.ts";
import { keysOf, type StackKeys } from "./layout.ts";
import type { StackRef } from "./resource.ts";
import type { Condition, Storage } from "./storage.ts";
import type { BackendVariables } from "./variables.ts";

export interface StoredCheckpoint extends Checkpoint {
  key: string;
  text: string;
  tag: string;
}

/** The checkpoint that was read last: one command looks at it several times, and reading it costs by its size. */
export interface CheckpointMemory {
  last?: StoredCheckpoint;
  /** What was written last. */
  written?: Pick<StoredCheckpoint, "key" | "text" | "tag">;
}

export class StackFiles {
  readonly ref: StackRef;
  readonly keys: StackKeys;
  readonly #storage: Storage;
  readonly #variables: BackendVariables;
  readonly #memory: CheckpointMemory;

  constructor(storage: Storage, ref: StackRef, variables: BackendVariables, memory: CheckpointMemory = {}) {
    this.ref = ref;
    this.keys = keysOf(ref);
    this.#storage = storage;
    this.#variables = variables;
    this.#memory = memory;
  }

  show = (key: string): string => this.#storage.show(key);

  /** Where the checkpoint lies: of several forms the newest, as the official engine chooses. */
  async find(): Promise<{ key: string; packing: Packing } | undefined> {
    const entries = await this.#storage.list(this.keys.folder);
    let newest: { key: string; packing: Packing; modified: number } | undefined;
    for (const packing of packings) {
      const entry = entries.find(({ name, folder }) => !folder && name === `${this.ref.stack}.json${packing}`);
      if (entry && !(newest && entry.modified < newest.modified))
        newest = { key: this.keys.checkpoint + packing, packing, modified: entry.modified };
    }
    return newest;
  }

  /** Throws `not-found`, or what makes it unreadable. */
  async read(finding = this.find()): Promise<StoredCheckpoint> {
    // Where it lies nearly always is looked at while it is looked for.
    const likely = this.keys.checkpoint + this.#variables.packing;
    const [found, guessed] = await Promise.all([finding, this.#storage.read(likely)]);
    const { key } = found ?? {};
    const there = key === likely ? guessed : undefined;
    const stored = key === undefined ? undefined : (there ?? (await this.#storage.read(key)));
    if (key === undefined || !stored) throw errors.notFound(this.ref);
    const { last } = this.#memory;
    if (last?.key === key && last.tag === stored.tag) return last;
    const file = this.show(key);
    const text = await unpacked(file, stored.bytes);
    const checkpoint = parseCheckpoint(file, text);
    this.#refuseForeign(file, checkpoint);
    this.#memory.last = { ...checkpoint, key, text, tag: stored.tag };
    return this.#memory.last;
  }

  /** What this one wrote last, as a reader has it. */
  written(): StoredCheckpoint | undefined {
    const { written } = this.#memory;
    return written && { ...parseCheckpoint(this.show(written.key), written.text), ...written };
  }

  /** What is written nowhere yet, as a reader would have it. */
  asRead(text: string): StoredCheckpoint {
    const key = this.keys.checkpoint + this.#variables.packing;
    return { ...parseCheckpoint(this.show(key), text), key, text, tag: "" };
  }

  /**
   * The official engine renames a stack without writing the new name into its checkpoint, and its older files have the
   * short name alone: what the resources are called decides then.
   */
  #refuseForeign(file: string, { stack, deployment }: Checkpoint): void {
    if (stack === undefined) return;
    const named = stack.split("/");
    if (named.at(-1) === this.ref.stack && (named.length !== 3 || named[1] === this.ref.project)) return;
    const resources: { urn?: string }[] = deployment?.["resources"] ?? [];
    const own = `urn:pulumi:${this.ref.stack}::${this.ref.project}::`;
    if (resources.length > 0 && resources.every(({ urn }) => urn?.startsWith(own))) return;
    throw errors.foreignCheckpoint(file, stack, this.ref);
  }

  /** `before` is what the text was made from: the write is refused when something else is there now. */
  async write(text: string, before: { key: string; tag: string } | undefined, nowMs: number): Promise<void> {
    const { packing, retain } = this.#variables;
    const key = this.keys.checkpoint + packing;
    const content = await packed(text, packing);
    const condition: Condition = before?.key === key ? { tag: before.tag } : { absent: true };
    const tag = await this.#storage.write(key, content, condition);
    this.#memory.written = { key, text, tag };
    if (before && before.key !== key) await this.#storage.remove(before.key);
    if (retain) await this.#storage.write(`${key}.${nanoseconds(nowMs)}`, content);
  }

  /** The checkpoint as it is now stays as the previous one. */
  async keepPrevious(before: { key: string }): Promise<void> {
    await this.#storage.copy(before.key, `${before.key}.bak`);
  }

  /** History and backup of an operation that is over; `text` is the checkpoint it ended with. Answers the entry. */
  async remember(
    info: UpdateInfo & { kind: UpdateKind; startTime: number },
    text: string | undefined,
    nowMs: number,
  ): Promise<StoredEntry> {
    const { packing, backups } = this.#variables;
    const entry: StoredEntry = { ...info, endTime: Math.floor(nowMs / 1000), version: 0 };
    const content = text === undefined ? undefined : await packed(text, packing);
    const backup = `${this.keys.backups}/${this.ref.stack}.${nanoseconds(nowMs)}.json${packing}`;
    await Promise.all([
      writeHistory(this.#storage, this.keys.history, this.ref.stack, entry, content, packing, nowMs),
      backups && content !== undefined ? this.#storage.write(backup, content) : undefined,
    ]);
    return entry;
  }

  /** A checkpoint that is gone while its past is here was not removed: made anew, everything would be made twice. */
  async refuseLost(): Promise<void> {
    const [past, present] = await Promise.all([
      historyFiles(this.#storage, this.keys.history, this.ref.stack),
      this.#storage.journals(this.keys.journal).present(),
    ]);
    if (past.length > 0 || present) throw errors.lost(this.show(this.keys.checkpoint), this.show(this.keys.history));
  }
}

export const nanoseconds = (ms: number): string => String(BigInt(Math.floor(ms)) * 1_000_000n);
