/**
 * Who may change a stack. Between our own processes the storage's lock decides. The official engine's lock files are
 * honoured and written besides; one whose process is provably dead on this computer is taken away.
 */
import { errors } from "./errors.ts";
import type { StackKeys } from "./layout.ts";
import { describeHolder, isDead, isOurs, thisProcess } from "./process-id.ts";
import { Held, type Hold, type LockHolder, type Storage } from "./storage.ts";

export interface Lock {
  readonly hold: Hold;
  release(): Promise<void>;
}

export interface Owner {
  nowMs: number;
  uuid: string;
  username?: string;
}

/** Throws the `locked` error. `held` is called as soon as no other process of ours has a say any more. */
export async function acquireLock(
  storage: Storage,
  keys: StackKeys,
  owner: Owner,
  held: () => void = () => undefined,
): Promise<Lock> {
  const me: LockHolder = { ...thisProcess(owner.nowMs, owner.username), lockId: owner.uuid };
  const early = officialLocks(storage, keys).catch(() => undefined);
  const hold = await storage.lock(keys.guard, me).catch(async (cause: unknown) => {
    if (!(cause instanceof Held)) throw cause;
    throw errors.locked(await describeAll(storage, keys, cause));
  });
  const own = `${keys.locks}/${owner.uuid}.json`;
  const release = async (): Promise<void> => {
    try {
      await storage.remove(own);
    } finally {
      await hold.release();
    }
  };
  try {
    await storage.tidy(keys.locks);
    // What was seen before the lock was ours may have gone with it: only that nothing was there counts.
    if ((await early)?.length !== 0) await refuseOthers(storage, keys, hold);
    held();
    await storage.write(own, JSON.stringify(me));
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
async function refuseOthers(storage: Storage, keys: StackKeys, hold: Hold, own?: string): Promise<string[]> {
  const others = (await officialLocks(storage, keys)).filter(({ key }) => key !== own);
  const alive: FoundLock[] = [];
  const dead: string[] = [];
  for (const other of others) {
    const lost = hold.superseded.some((id) => other.key === `${keys.locks}/${id}.json`);
    // Whoever holds our lock is us: a file of this engine on this computer is from a process that died.
    if (lost || isOurs(other.holder) || isDead(other.holder)) dead.push(other.key);
    else alive.push(other);
  }
  if (alive.length > 0) throw errors.locked(alive.map((found) => describe(storage, found)));
  return dead;
}

export interface FoundLock {
  key: string;
  holder: LockHolder | undefined;
}

export async function officialLocks(storage: Storage, { locks }: StackKeys): Promise<FoundLock[]> {
  const names = (await storage.list(locks)).flatMap(({ name, folder }) => (folder ? [] : [name]));
  const keys = names.filter((name) => name.endsWith(".json")).map((name) => `${locks}/${name}`);
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
