/**
 * Where state lies: named texts below one root, in folders or in a bucket. The backend's rules are written once, over
 * this; file-storage.ts and s3-storage.ts carry it out. Keys are slash paths without a leading slash.
 */

export interface Stored {
  bytes: Buffer;
  /** Names this content: a later write can demand that it is still the one. */
  tag: string;
}

export interface Entry {
  /** The last part of its key. */
  name: string;
  folder: boolean;
  /** Milliseconds since 1970 by the storage's own clock; 0 for folders. */
  modified: number;
}

/** `absent`: nothing is there yet. `tag`: what is there is still that content. Else the write throws `changed`. */
export type Condition = { absent: true } | { tag: string };

/** Who a lock is for, as other processes are told. */
export interface LockHolder {
  pid: number;
  username: string;
  hostname: string;
  /** RFC 3339. */
  timestamp: string;
  /** By these three a process on this computer is known to be dead; empty where the system does not say. */
  bootId?: string;
  startTime?: string;
  pidNamespace?: string;
  /** Names the official lock file that goes with it. */
  lockId?: string;
}

/** The lock of ours, held. */
export interface Hold {
  /** Between all computers that reach this storage, or between the processes of one. */
  readonly everywhere: boolean;
  /** Counts up with every holder: what an earlier holder still writes carries its own number. */
  readonly epoch: number;
  /** Official lock files of holders it was taken from: their owners may live, and have no say any more. */
  readonly superseded: readonly string[];
  /** Rejects with `lost` once another process has taken the lock. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** What a storage of this kind knows of a lock; it decides nothing. */
export type LockSeen = object | undefined;

export interface Locking {
  /** Saves looking again while it is still so. */
  seen?: Promise<LockSeen> | undefined;
  /** Called while it is being taken and looks free: what is begun then has to be taken back when `lock` throws. */
  likely?: () => void;
}

/** Thrown by `lock` when somebody else has it. */
export class Held extends Error {
  /** Undefined when nobody can say who. */
  readonly holder: LockHolder | undefined;
  readonly url: string;
  constructor(url: string, holder: LockHolder | undefined) {
    super(`${url} is held`);
    this.name = "Held";
    this.url = url;
    this.holder = holder;
  }
}

/** What a journal is appended to. Each write is durable, whole and in order when it resolves. */
export interface JournalSink {
  /** A write takes so long that one waits for what else comes in the same moment; milliseconds. */
  readonly gatherMs?: number;
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The journals of one stack. There is one at most but for the moment in which a dead one is folded. */
export interface JournalStore {
  /** For messages. */
  readonly name: string;
  /** A new one, of the lock's holder. */
  create(hold: Hold): Promise<JournalSink>;
  /** What a run left that did not end; undefined when there is nothing. */
  read(): Promise<LeftJournal | undefined>;
  /** Is anything there that `read` would have to look at? */
  present(): Promise<boolean>;
  /**
   * Ends what the holder wrote: nobody reads it any more. Answers how what is left of it, and of others that were folded,
   * is cleared away, which hurts nobody who holds the lock by then.
   */
  remove(hold: Hold): Promise<() => Promise<void>>;
}

export interface LeftJournal {
  text: string;
  /**
   * Appends `line` durably to `whole`, the text without a torn end, and shuts the journal for the process that wrote it,
   * should it still live: of its further writes none arrives. False when it wrote once more meanwhile: read again.
   */
  shut(whole: string, line: string): Promise<boolean>;
  remove(): Promise<void>;
  /** Out of the way, for a person to look at; answers where it is now. */
  setAside(name: string): Promise<string>;
}

export interface Storage {
  /** As it was given. */
  readonly url: string;
  readonly isFar: boolean;
  /** A key as a person can find it. */
  show(key: string): string;
  /** Undefined when it is not there. */
  read(key: string): Promise<Stored | undefined>;
  /** Whole or not at all, durable when it resolves. Answers the new content's tag. */
  write(key: string, content: string | Uint8Array, condition?: Condition): Promise<string>;
  copy(from: string, to: string): Promise<void>;
  /** Done already when it is not there. */
  remove(key: string): Promise<void>;
  /** What is directly in a folder, in no order; none when there is no such folder. */
  list(folder: string): Promise<Entry[]>;
  removeFolder(folder: string): Promise<void>;
  /** How the lock of ours looks: for `lock`, some time later. */
  seeLock(key: string): Promise<LockSeen>;
  /** Takes the lock of ours or throws `Held`. */
  lock(key: string, holder: LockHolder, o?: Locking): Promise<Hold>;
  /** Takes it away from whoever has it. */
  breakLock(key: string): Promise<void>;
  journals(key: string): JournalStore;
  /** Removes what processes that died while they wrote have left in a folder. Only for who holds the lock. */
  tidy(folder: string, beginning?: string): Promise<void>;
}
