/**
 * What the commands of one caller know of a bucket from one another: the Automation API asks by itself, after an update,
 * for what that update has just written, and each question is a round trip. Nothing that decides rests on it: an update
 * reads again once it holds the lock, and whatever is written forgets.
 */
import type { HistoryEntry } from "./backend.ts";
import type { StackRef } from "./resource.ts";
import type { StackFiles, StoredCheckpoint } from "./stack-files.ts";
import type { LockSeen, Storage } from "./storage.ts";

/** Of one stack, asked for together. */
export interface Glance {
  /** Whether there is a checkpoint, readable or not. */
  exists: Promise<boolean>;
  checkpoint: Promise<StoredCheckpoint>;
  /** Whether a journal lies beside it. */
  interrupted: Promise<boolean>;
  /** How our lock looked; absent after an update of this caller's. */
  lock?: Promise<LockSeen>;
  /** The entry that was written last, when a command of this caller wrote it. */
  newest?: HistoryEntry;
}

export class BackendMemory {
  #place: string | undefined;
  #storage: Storage | undefined;
  /** As `StackBackend` checks it. */
  layout: Promise<boolean> | undefined;
  readonly #stacks = new Map<string, Glance>();
  readonly #begun = new Set<string>();

  /** The storage of a place, open already when it was the last one that was asked for. `place`: all that tells one from another. */
  at(place: string, open: () => Storage): Storage {
    if (!this.#storage || this.#place !== place) {
      this.forget();
      this.layout = undefined;
      this.#place = place;
      this.#storage = open();
    }
    return this.#storage;
  }

  of(ref: StackRef, look: () => Glance): Glance {
    const key = keyOf(ref);
    const known = this.#stacks.get(key) ?? look();
    this.#stacks.set(key, known);
    return known;
  }

  forget(): void {
    this.#stacks.clear();
  }

  /** A stack that is made when it is first locked: until then it is as `checkpoint` says, here alone. */
  begin(ref: StackRef, checkpoint: StoredCheckpoint): void {
    const begun: Glance = {
      exists: Promise.resolve(true),
      checkpoint: Promise.resolve(checkpoint),
      interrupted: Promise.resolve(false),
      ...seenLock(this.#stacks.get(keyOf(ref))),
    };
    this.#stacks.set(keyOf(ref), begun);
    this.#begun.add(keyOf(ref));
  }

  /** Whether it is to be made now; answers so once. */
  takeBegun(ref: StackRef): boolean {
    return this.#begun.delete(keyOf(ref));
  }

  /** What an update has written, and ended with. */
  wrote(ref: StackRef, checkpoint: StoredCheckpoint, newest: HistoryEntry): void {
    const done: Glance = {
      exists: Promise.resolve(true),
      checkpoint: Promise.resolve(checkpoint),
      interrupted: Promise.resolve(false),
      newest,
    };
    this.#stacks.set(keyOf(ref), done);
  }
}

const seenLock = (glance: Glance | undefined): Pick<Glance, "lock"> => (glance?.lock ? { lock: glance.lock } : {});

const keyOf = ({ organization, project, stack }: StackRef): string => `${organization}/${project}/${stack}`;

export function glanceAt(files: StackFiles, storage: Storage): Glance {
  const finding = files.find();
  const glance = {
    exists: finding.then((found) => found !== undefined),
    checkpoint: files.read(finding),
    interrupted: storage.journals(files.keys.journal).present(),
    lock: storage.seeLock(files.keys.guard),
  };
  // Told to whoever asks for it.
  for (const one of Object.values(glance)) one.catch(() => undefined);
  return glance;
}
