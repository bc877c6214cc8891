/**
 * Who may change a stack. Between our own processes the storage's lock decides. The official engine's lock files are
 * honoured and written besides; one whose process is provably dead on this computer is taken away.
 */
import { errors } from "./errors.ts";
import type { StackKeys } from "./layout.ts";
import { describeHolder, isDead, isEngines, isOurs, thisProcess } from "./process-id.ts";
import { Held, type Hold, type LockHolder, type LockSeen, type Storage } from "./storage.ts";

export interface Lock {
  readonly hold: Hold;
  release(): Promise<void>;
}

export interface Owner {
  nowMs: number;
  uuid: string;
  username?: string;
}

export interface Taking {
  /** How our lock looked, some time before. */
  seen?: Promise<LockSeen> | undefined;
  /** Called as soon as no other process of ours has a say any more. */
  held?: () => void;
}

/** Throws the `locked` error. */
export async function acquireLock(
  storage: Storage,
  keys: StackKeys,
  owner: Owner,
  { seen, held }: Taking = {},
): Promise<Lock> {
  const me: LockHolder = { ...thisProcess(owner.nowMs, owner.username), lockId: owner.uuid };
  const own = `${keys.locks}/${owner.uuid}.json`;
  let told: Promise<unknown> | undefined;
  const tell = (): Promise<unknown> => {
    told ??= storage.write(own, JSON.stringify(me));
    return told;
  };
  const early = officialLocks(storage, keys, own).catch(() => undefined);
  const hold = await storage
    .lock(keys.guard, me, { seen, likely: () => void tell().catch(() => undefined) })
    .catch(async (cause: unknown) => {
      // Somebody else was first: what was told of us meanwhile is not so.
      if (told) await told.catch(() => undefined).then(() => storage.remove(own));
      if (!(cause instanceof Held)) throw cause;
      throw errors.locked(await describeAll(storage, keys, cause));
    });
  // Whoever is told by only one of them that it is free waits for the other, as while it was held.
  const release = async (): Promise<void> => {
    const [removed, released] = await Promise.allSettled([storage.remove(own), hold.release()]);
    for (const one of [released, removed]) if (one.status === "rejected") throw one.reason;
  };
  try {
    await storage.tidy(keys.locks);
    // What was seen before the lock was ours may have gone with it: only that nothing was there counts.
    if ((await early)?.length !== 0) await refuseOthers(storage, keys, hold, own);
    held?.();
    await tell();
    // Another engine may have written its own in the same moment; the later look decides, as in the official protocol.
    const dead = await refuseOthers(storage, keys, hold, own);
    // Only now: until our own stands there, a dead one still keeps other engines away from a checkpoint that lags.
    for (const key of dead) await storage.remove(key);
    return { hold, release };
  } catch (error) {
    await release().catch(() => undefined);
    throw error;
  }
}

/** The files of holders that are dead, or that have lost the lock of ours. */
async function refuseOthers(storage: Storage, keys: StackKeys, hold: Hold, own: string): Promise<string[]> {
  const others = await officialLocks(storage, keys, own);
  const alive: FoundLock[] = [];
  const dead: string[] = [];
  for (const other of others) {
    const lost = hold.superseded.some((id) => other.key === `${keys.locks}/${id}.json`);
    // Whoever holds our lock is us: a file of this engine is from a process that died, or that comes too late.
    const ofNobody = hold.everywhere ? isEngines(other.holder) : isOurs(other.holder);
    if (lost || ofNobody || isDead(other.holder)) dead.push(other.key);
    else alive.push(other);
  }
  if (alive.length > 0) throw errors.locked(alive.map((found) => describe(storage, found)));
  return dead;
}

export interface FoundLock {
  key: string;
  holder: LockHolder | undefined;
}

/** But for `own`. */
export async function officialLocks(storage: Storage, { locks }: StackKeys, own?: string): Promise<FoundLock[]> {
  const names = (await storage.list(locks)).flatMap(({ name, folder }) => (folder ? [] : [name]));
  const all = names.filter((name) => name.endsWith(".json")).map((name) => `${locks}/${name}`);
  const keys = all.filter((key) => key !== own);
  const found = await Promise.all(keys.map(async (key) => ({ key, stored: await storage.read(key) })));
  // One that went between the two looks was given back.
  return found.flatMap(({ key, stored }) => (stored ? [{ key, holder: parse(stored.bytes.toString()) }] : []));
}

function parse(text: string): LockHolder | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const describe = (storage: Storage, { key, holder }: FoundLock): { url: string; created: string } => ({
  url: addressOf(storage, key),
  created: describeHolder(holder),
});

const addressOf = (storage: Storage, key: string): string =>
  storage.url.startsWith("file:") ? `file://${storage.show(key)}` : storage.show(key);

async function describeAll(storage: Storage, keys: StackKeys, held: Held): Promise<{ url: string; created: string }[]> {
  const found = await officialLocks(storage, keys);
  if (found.length > 0) return found.map((one) => describe(storage, one));
  const created = held.holder ? describeHolder(held.holder) : "by a process that is starting";
  return [{ url: held.url, created }];
}

/** `pulumi cancel`: every lock goes, whoever has it. */
export async function breakLocks(storage: Storage, keys: StackKeys): Promise<void> {
  await storage.breakLock(keys.guard);
  for (const { key } of await officialLocks(storage, keys)) await storage.remove(key);
}
