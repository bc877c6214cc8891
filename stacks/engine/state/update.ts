/**
 * An update of one stack: the lock, what a dead run left folded in, the journal, and at the end the checkpoint in one
 * write. The checkpoint is never written from anything but a journal or a whole import.
 */
import type { Update, UpdateInfo, UpdateKind } from "./backend.ts";
import {
  checkpointText,
  deploymentFromSnapshot,
  digestOf,
  featuresOf,
  holdsSecrets,
  manifestOf,
  snapshotFromDeployment,
} from "./checkpoint.ts";
import { errors, StateError } from "./errors.ts";
import type { StoredEntry } from "./history.ts";
import { verifyIntegrity } from "./integrity.ts";
import { openJournal, replay } from "./journal.ts";
import { beginJournal } from "./journal-file.ts";
import { decodeRecords, encodeRecord, type JournalRecord } from "./journal-records.ts";
import { acquireLock, type Lock, type Taking } from "./lock.ts";
import { mend } from "./mend.ts";
import { formatRef } from "./refs.ts";
import type { Snapshot } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";
import type { StackFiles, StoredCheckpoint } from "./stack-files.ts";
import type { LeftJournal, LockSeen, Storage } from "./storage.ts";

export interface StackContext {
  storage: Storage;
  files: StackFiles;
  /** The text of a checkpoint that is not there yet: who locks the stack writes it first. */
  begins?: string;
  clock: { now(): number; uuid(): string };
  username?: string;
}

export function lockStack({ storage, files, clock, username }: StackContext, taking?: Taking): Promise<Lock> {
  return acquireLock(storage, files.keys, { nowMs: clock.now(), uuid: clock.uuid(), username }, taking);
}

/** What an update begins from, asked for together: in a bucket each question is a way to it and back. */
interface Look {
  left: Promise<LeftJournal | undefined>;
  checkpoint: Promise<StoredCheckpoint>;
}

/** Makes a stack, for who holds its lock. Throws `exists`, `lost`. */
export async function makeStack({ files, clock }: Pick<StackContext, "files" | "clock">, text: string): Promise<void> {
  const [there] = await Promise.all([files.find(), files.refuseLost()]);
  if (there) throw errors.exists(files.ref);
  await files.write(text, undefined, clock.now());
}

function lookAt(context: StackContext): Look {
  const { storage, files, begins } = context;
  const made = begins === undefined ? undefined : makeStack(context, begins);
  const left = made ? made.then(() => undefined) : storage.journals(files.keys.journal).read();
  const checkpoint = made ? made.then(() => files.written()!) : files.read();
  const look = { left, checkpoint };
  // Whoever waits is told; a lock that was refused leaves nobody to wait.
  for (const one of Object.values(look)) one.catch(() => undefined);
  return look;
}

export async function openUpdate(
  context: StackContext,
  kind: UpdateKind,
  manager: SecretsManager | undefined,
  seen?: Promise<LockSeen>,
): Promise<Omit<Update, "finish"> & { finish(info: UpdateInfo): Promise<StoredEntry> }> {
  const { storage, files, clock } = context;
  let look: Look | undefined;
  const lock = await lockStack(context, {
    seen,
    held: () => {
      look = lookAt(context);
    },
  });
  try {
    const startTime = Math.floor(clock.now() / 1000);
    const { recovered, notes, found } = await fold(context, manager, look?.left);
    const before = await (found ? files.read() : (look?.checkpoint ?? files.read()));
    if (holdsSecrets(before.text)) await manager?.ready();
    const base = snapshotFromDeployment(before.deployment, manager);
    const store = storage.journals(files.keys.journal);
    let text = before.text;
    const journal = openJournal({
      base,
      file: beginJournal(await store.create(lock.hold), before.digest),
      manager,
      async write(snapshot, changed, fold) {
        const same = !changed && unchangedText(context, before, manager);
        text = same || textOf(context, snapshot, manager);
        // What is as it was leaves the previous one alone: that is the last that was different.
        await Promise.all([same ? undefined : files.keepPrevious(before), fold(digestOf(text))]);
        await files.write(text, before, clock.now());
      },
    });
    const end = async <T>(then: () => Promise<T>): Promise<T> => {
      let clear = async (): Promise<void> => undefined;
      try {
        await journal.close();
        // Each is over or not by itself: a past without a journal, or the other way round, is gone on from.
        const past = then();
        await Promise.allSettled([store.remove(lock.hold), past]).then(([removed]) => {
          if (removed.status === "rejected") throw removed.reason;
          clear = removed.value;
        });
        return await past;
      } finally {
        // What is not cleared away now, the end of a later update clears away.
        await Promise.all([lock.release(), clear().catch(() => undefined)]);
      }
    };
    return {
      base,
      recovered,
      notes,
      journal,
      finish: (info: UpdateInfo) => end(() => files.remember({ kind, startTime, ...info }, text, clock.now())),
      abandon: () => end(async () => undefined),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Nothing was done: what is there is written again as it stands, under a new time. Undefined when it cannot be. */
function unchangedText(
  { files, clock }: StackContext,
  { deployment, features }: StoredCheckpoint,
  manager: SecretsManager | undefined,
): string | undefined {
  const stored = deployment?.["secrets_providers"];
  const own = manager && { type: manager.type, state: manager.state };
  if (!deployment || (own && JSON.stringify(stored) !== JSON.stringify(own))) return undefined;
  return checkpointText(formatRef(files.ref), { ...deployment, manifest: manifestOf(clock.now()) }, features);
}

/** The checkpoint of a snapshot that was found whole. */
export function textOf(
  { files, clock }: StackContext,
  snapshot: Snapshot,
  manager: SecretsManager | undefined,
): string {
  verifyIntegrity(snapshot);
  const deployment = deploymentFromSnapshot(snapshot, manager, { kind: "ciphertext", manager }, clock.now());
  return checkpointText(formatRef(files.ref), deployment, featuresOf(snapshot));
}

/** Writes a whole new state. Only for who holds the lock, and has folded. */
export async function writeSnapshot(
  context: StackContext,
  snapshot: Snapshot,
  manager: SecretsManager | undefined,
  before: StoredCheckpoint,
): Promise<string> {
  const text = textOf(context, snapshot, manager);
  await context.files.keepPrevious(before);
  await context.files.write(text, before, context.clock.now());
  return text;
}

export interface Folded {
  recovered: boolean;
  notes: string[];
  /** There was a journal, whatever it said. */
  found: boolean;
}

/** Takes into the checkpoint what dead processes' journals say. Only for who holds the lock, and read `first` under it. */
export async function fold(
  context: StackContext,
  manager: SecretsManager | undefined,
  first?: Promise<LeftJournal | undefined>,
): Promise<Folded> {
  const { storage, files } = context;
  await storage.tidy(files.keys.folder, `${files.ref.stack}.`);
  const journals = storage.journals(files.keys.journal);
  const done: Folded = { recovered: false, notes: [], found: false };
  for (let reading = first ?? journals.read(); ; reading = journals.read()) {
    const left = await reading;
    if (!left) return done;
    done.found = true;
    const read = decodeRecords(journals.name, left.text);
    await manager?.ready();
    const one = await foldOne(context, journals.name, left, read?.records ?? [], manager, done.notes);
    // Its owner wrote once more, or ended after all: then the journal says more now.
    if (one === "again") continue;
    await left.remove();
    done.recovered ||= one === "recovered";
    if (read?.torn)
      done.notes.push(
        `the last record of ${journals.name} was cut off and is left out: it announced nothing that was done`,
      );
  }
}

/** A run that ended between two records that belong together leaves references to what is gone. */
function whole(snapshot: Snapshot, notes: string[]): Snapshot {
  const mended = mend(snapshot);
  notes.push(...mended.says.map((said) => `mended after an interrupted run: ${said}`));
  return mended.snapshot;
}

async function foldOne(
  context: StackContext,
  name: string,
  left: LeftJournal,
  records: readonly JournalRecord[],
  manager: SecretsManager | undefined,
  notes: string[],
): Promise<"again" | "recovered" | "nothing"> {
  const before = await context.files.read();
  const lines = records.map(encodeRecord).join("");
  const folded = records.some((record) => record.t === "fold" && record.digest === before.digest);
  const base = records[0];
  if (base && !folded && (base.t !== "base" || base.digest !== before.digest)) throw errors.journalForeign(name);
  const said = records.some(({ t }) => t !== "base" && t !== "fold");
  if (folded || !said)
    return (await left.shut(lines, encodeRecord({ t: "fold", digest: before.digest }))) ? "nothing" : "again";
  const snapshot = whole(replay(snapshotFromDeployment(before.deployment, manager), records, manager), notes);
  const text = textOf(context, snapshot, manager);
  await context.files.keepPrevious(before);
  if (!(await left.shut(lines, encodeRecord({ t: "fold", digest: digestOf(text) })))) return "again";
  try {
    await context.files.write(text, before, context.clock.now());
  } catch (error) {
    if (error instanceof StateError && error.code === "changed") return "again";
    throw error;
  }
  return "recovered";
}
