/**
 * The lock of ours in a bucket: one object, taken by conditional write, renewed while it is held. It is taken over when
 * its owner is provably dead, or has not renewed it for its time, measured by the bucket's clock alone. The epoch in it
 * counts up and never back.
 */
import { randomUUID } from "node:crypto";
import { errors, StateError } from "./errors.ts";
import { describeHolder, isDead } from "./process-id.ts";
import type { S3Objects, StoredObject } from "./s3-objects.ts";
import { Held, type Hold, type LockHolder, type Locking } from "./storage.ts";

interface Lease {
  version: 1;
  epoch: number;
  /** Null: free. */
  holder: LockHolder | null;
  /** How long it holds after each renewal. */
  seconds: number;
  /** Tells one write from another that says the same. */
  nonce: string;
  /** Those it was taken from, who may still live: their journals are shut before anybody goes on. */
  left: { epoch: number; lockId: string }[];
}

/** The times of the store are told in whole seconds. */
const slackMs = 2000;

interface Found {
  lease: Lease;
  tag: string;
  age: number;
}

export interface LeaseSeen extends Locking {
  seen?: Promise<Found | undefined> | undefined;
}

/** Undefined when there never was one. */
export async function lookAtLease(objects: S3Objects, key: string): Promise<Found | undefined> {
  const found = await objects.get(key);
  return found && { lease: parse(objects.show(key), found), tag: found.tag, age: found.age };
}

function parse(name: string, { bytes }: StoredObject): Lease {
  try {
    const lease = JSON.parse(bytes.toString());
    if (lease.version === 1 && Number.isSafeInteger(lease.epoch)) return lease;
  } catch {
    // Told below, as anything else that is no lock.
  }
  throw errors.badLock(name);
}

/** Throws `Held`. `shut` closes an earlier epoch's journal to its owner. */
export async function acquireLease(
  objects: S3Objects,
  key: string,
  holder: LockHolder,
  seconds: number,
  shut: (epoch: number) => Promise<void>,
  { seen, likely = () => undefined }: LeaseSeen = {},
): Promise<Hold> {
  const take = (there: Found | undefined): Promise<Hold> => {
    if (!there?.lease.holder) likely();
    return takeLease(objects, key, there, holder, seconds, shut);
  };
  // Free when it was seen, it is so most often still: the condition of the write tells.
  const early = await seen?.then(
    (there) => ({ there }),
    () => undefined,
  );
  if (early && !early.there?.lease.holder)
    try {
      return await take(early.there);
    } catch (error) {
      if (!isChanged(error)) throw error;
    }
  try {
    return await take(await lookAtLease(objects, key));
  } catch (error) {
    if (!isChanged(error)) throw error;
    throw new Held(objects.show(key), (await lookAtLease(objects, key))?.lease.holder ?? undefined);
  }
}

const isChanged = (error: unknown): boolean => error instanceof StateError && error.code === "changed";

/** Over what is `there`. Throws `Held`, `changed`. */
async function takeLease(
  objects: S3Objects,
  key: string,
  there: Found | undefined,
  holder: LockHolder,
  seconds: number,
  shut: (epoch: number) => Promise<void>,
): Promise<Hold> {
  const before = there?.lease;
  if (there && before?.holder && !isDead(before.holder) && !(there.age > before.seconds * 1000 + slackMs))
    throw new Held(objects.show(key), before.holder);
  const unsure = before?.holder && !isDead(before.holder) ? [leftBy(before, before.holder)] : [];
  const lease: Lease = {
    version: 1,
    epoch: (before?.epoch ?? 0) + 1,
    holder,
    seconds,
    nonce: randomUUID(),
    left: [...(before?.left ?? []), ...unsure],
  };
  const condition = there ? { tag: there.tag } : ({ absent: true } as const);
  const tag = await objects.put(key, JSON.stringify(lease), condition);
  const held = new HeldLease(objects, key, lease, tag);
  try {
    for (const { epoch } of lease.left) await shut(epoch);
  } catch (error) {
    await held.release().catch(() => undefined);
    throw error;
  }
  return held;
}

const leftBy = ({ epoch }: Lease, { lockId }: LockHolder): Lease["left"][number] => ({ epoch, lockId: lockId ?? "" });

/** Frees it, whoever has it; the owner's journal is shut by the next one. */
export async function breakLease(objects: S3Objects, key: string): Promise<void> {
  for (;;) {
    const there = await lookAtLease(objects, key);
    if (!there?.lease.holder) return;
    const { lease } = there;
    const freed: Lease = {
      ...lease,
      holder: null,
      nonce: randomUUID(),
      left: [...lease.left, leftBy(lease, lease.holder!)],
    };
    try {
      await objects.put(key, JSON.stringify(freed), { tag: there.tag });
      return;
    } catch (error) {
      // Renewed in this moment: looked at again.
      if (!isChanged(error)) throw error;
    }
  }
}

class HeldLease implements Hold {
  readonly everywhere = true;
  readonly epoch: number;
  readonly superseded: readonly string[];
  readonly #objects: S3Objects;
  readonly #key: string;
  readonly #timer: NodeJS.Timeout;
  readonly #lease: Lease;
  #tag: string;
  #lost: Error | undefined;
  /** By the clock that nobody sets. */
  #renewedAt = performance.now();
  #writing: Promise<void> = Promise.resolve();

  constructor(objects: S3Objects, key: string, lease: Lease, tag: string) {
    this.epoch = lease.epoch;
    this.superseded = lease.left.map(({ lockId }) => lockId);
    this.#objects = objects;
    this.#key = key;
    this.#lease = lease;
    this.#tag = tag;
    // A renewal that fails is tried again with the next; what is lost is found out by the next write at the latest.
    this.#timer = setInterval(() => void this.#renew().catch(() => undefined), (lease.seconds * 1000) / 4);
    this.#timer.unref();
  }

  async check(): Promise<void> {
    const since = performance.now() - this.#renewedAt;
    if (!this.#lost && since > (this.#lease.seconds * 1000) / 2) await this.#renew();
    if (this.#lost) throw this.#lost;
  }

  #renew(): Promise<void> {
    return this.#write(this.#lease);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write({ ...this.#lease, holder: null, left: [] });
  }

  /** One write after another: each demands the one before. */
  #write(lease: Lease): Promise<void> {
    const done = this.#writing
      .catch(() => undefined)
      .then(async () => {
        if (this.#lost) return;
        const asked = performance.now();
        try {
          const text = JSON.stringify({ ...lease, nonce: randomUUID() });
          this.#tag = await this.#objects.put(this.#key, text, { tag: this.#tag });
          this.#renewedAt = asked;
        } catch (error) {
          if (!isChanged(error)) throw error;
          clearInterval(this.#timer);
          const by = await lookAtLease(this.#objects, this.#key).catch(() => undefined);
          this.#lost = errors.lostLock(this.#objects.show(this.#key), describeHolder(by?.lease.holder ?? undefined));
        }
      });
    this.#writing = done;
    return done;
  }
}
