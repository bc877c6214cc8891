/** State in a bucket, in the keys that Pulumi's own engine uses below `s3://BUCKET/PREFIX`. */
import type { Environment } from "./aws-address.ts";
import { s3Journals, shutUnbegun } from "./s3-journal.ts";
import { acquireLease, breakLease, type LeaseSeen, lookAtLease } from "./s3-lease.ts";
import { S3Objects } from "./s3-objects.ts";
import type {
  Condition,
  Entry,
  Hold,
  JournalStore,
  LockHolder,
  Locking,
  LockSeen,
  Storage,
  Stored,
} from "./storage.ts";

/** Half a minute is longer than any pause of a process that works, and short for a person who waits. */
const leaseSeconds = 30;

export function s3Storage(url: string, env: Environment, seconds = leaseSeconds): Storage {
  return new S3Storage(url, new S3Objects(url, env), seconds);
}

class S3Storage implements Storage {
  readonly url: string;
  readonly isFar = true;
  readonly #objects: S3Objects;
  readonly #leaseSeconds: number;

  constructor(url: string, objects: S3Objects, seconds: number) {
    this.url = url;
    this.#objects = objects;
    this.#leaseSeconds = seconds;
  }

  show = (key: string): string => this.#objects.show(key);

  read(key: string): Promise<Stored | undefined> {
    return this.#objects.get(key);
  }

  write(key: string, content: string | Uint8Array, condition?: Condition): Promise<string> {
    return this.#objects.put(key, content, condition);
  }

  copy(from: string, to: string): Promise<void> {
    return this.#objects.copy(from, to);
  }

  remove(key: string): Promise<void> {
    return this.#objects.remove([key]);
  }

  async list(folder: string): Promise<Entry[]> {
    const { objects, folders } = await this.#objects.list(folder, true);
    return [
      ...objects.map(({ key, modified }): Entry => ({ name: key, folder: false, modified })),
      ...folders.map((name): Entry => ({ name, folder: true, modified: 0 })),
    ];
  }

  async removeFolder(folder: string): Promise<void> {
    const { objects } = await this.#objects.list(folder, false);
    await this.#objects.remove(objects.map(({ key }) => `${folder}/${key}`));
  }

  seeLock(key: string): Promise<LockSeen> {
    return lookAtLease(this.#objects, key);
  }

  lock(key: string, holder: LockHolder, o?: Locking): Promise<Hold> {
    const shut = (epoch: number): Promise<void> => shutUnbegun(this.#objects, journalsOf(key), epoch);
    return acquireLease(this.#objects, key, holder, this.#leaseSeconds, shut, o as LeaseSeen);
  }

  breakLock(key: string): Promise<void> {
    return breakLease(this.#objects, key);
  }

  journals(key: string): JournalStore {
    return s3Journals(this.#objects, key);
  }

  async tidy(): Promise<void> {
    // An object that was not written whole is not there.
  }
}

/** The lock `STACK.lock` guards the journals in `STACK.journal`. */
const journalsOf = (lock: string): string => lock.replace(/\.lock$/, ".journal");
