/**
 * Brings a stack's state into a form that can be gone on from: what a dead run left is folded in, dead locks go, a
 * damaged checkpoint is put back from its newest whole copy, references are put right. A person is asked first, and
 * told what is lost; what is damaged is kept aside. What another engine or version wrote is never rewritten.
 */
import type { RepairResult, RepairStep } from "./backend.ts";
import { parseCheckpoint, snapshotFromDeployment } from "./checkpoint.ts";
import { unpacked } from "./compression.ts";
import { errors, StateError } from "./errors.ts";
import { decodeRecords, salvageRecords } from "./journal-records.ts";
import { mend } from "./mend.ts";
import type { Snapshot } from "./resource.ts";
import { withPending } from "./salvage.ts";
import type { SecretsManager } from "./secrets.ts";
import { nanoseconds, type StoredCheckpoint } from "./stack-files.ts";
import type { LeftJournal } from "./storage.ts";
import { fold, lockStack, type StackContext, writeSnapshot } from "./update.ts";
import { copiesOf } from "./verify.ts";

/** Asked once, with everything that is about to be done. */
type Agree = (steps: readonly RepairStep[]) => Promise<boolean>;

/** Damage that a copy heals; anything else about a checkpoint is for whoever wrote it. */
const healed = new Set(["unreadable", "not-found"]);

export async function repair(
  context: StackContext,
  manager: SecretsManager | undefined,
  agree: Agree,
): Promise<RepairResult> {
  // Dead holders' locks go with this; a living one refuses.
  const lock = await lockStack(context);
  try {
    await manager?.ready();
    const work = await plan(context, manager);
    if (work.steps.length === 0) return { repaired: false, steps: [] };
    if (!(await agree(work.steps))) return { repaired: false, steps: work.steps };
    await work.run();
    return { repaired: true, steps: work.steps };
  } finally {
    await lock.release();
  }
}

interface Work {
  steps: RepairStep[];
  run(): Promise<void>;
}

async function plan(context: StackContext, manager: SecretsManager | undefined): Promise<Work> {
  const { storage, files, clock } = context;
  const journals = storage.journals(files.keys.journal);
  const left = await journals.read();
  const found = await readOrFindCopy(context, left);
  const steps: RepairStep[] = [...found.steps];
  const stamp = `damaged-${nanoseconds(clock.now())}`;
  const foldable = left && isFoldable(journals.name, left, found.checkpoint);
  const base = snapshotFromDeployment(found.checkpoint.deployment, manager);
  if (foldable) {
    steps.push({ action: "fold", says: `what an interrupted run wrote down in ${journals.name} is taken in` });
    return {
      steps,
      async run() {
        await found.restore?.(stamp);
        await fold(context, manager);
      },
    };
  }
  const salvaged = left ? salvage(journals.name, left, base, manager, steps) : base;
  const mended = mend(salvaged);
  for (const says of mended.says) steps.push({ action: "mend", says });
  return {
    steps,
    async run() {
      const before = (await found.restore?.(stamp)) ?? found.checkpoint;
      if (left || mended.says.length > 0) await writeSnapshot(context, mended.snapshot, manager, before);
      await left?.setAside(stamp);
    },
  };
}

interface FoundCheckpoint {
  checkpoint: Pick<StoredCheckpoint, "deployment" | "digest"> & StoredCheckpoint;
  steps: RepairStep[];
  /** Puts the copy in the checkpoint's place; the damaged one stays aside under `name`. */
  restore?(name: string): Promise<StoredCheckpoint>;
}

async function readOrFindCopy(context: StackContext, left: LeftJournal | undefined): Promise<FoundCheckpoint> {
  const { storage, files, clock } = context;
  try {
    return { checkpoint: await files.read(), steps: [] };
  } catch (error) {
    if (!(error instanceof StateError) || !healed.has(error.code)) throw error;
    const copy = await bestCopy(context, left);
    if (!copy) throw error.code === "not-found" ? error : errors.noCopy(error.message);
    const damaged = await files.find();
    const { time } = copy.deployment?.["manifest"] ?? {};
    const says = `the checkpoint is put back from ${storage.show(copy.key)}${time ? `, written ${time}` : ""}`;
    const loses = `what was changed after that and is in no journal; run refresh, and import what state does not know`;
    return {
      checkpoint: copy,
      steps: [{ action: "restore", says, loses }],
      async restore(name) {
        if (damaged) {
          await storage.copy(damaged.key, `${files.keys.checkpoint}.${name}`);
          await storage.remove(damaged.key);
        }
        await files.write(copy.text, undefined, clock.now());
        return files.read();
      },
    };
  }
}

/** The one that the journal goes on from, else the newest that is whole. */
async function bestCopy(
  { storage, files }: StackContext,
  left: LeftJournal | undefined,
): Promise<StoredCheckpoint | undefined> {
  const wanted = left && /"t":"base","format":1,"digest":"([0-9a-f]+)"/.exec(left.text)?.[1];
  let newest: StoredCheckpoint | undefined;
  for (const key of await copiesOf({ storage, files })) {
    const stored = await storage.read(key);
    if (!stored) continue;
    try {
      const file = storage.show(key);
      const text = await unpacked(file, stored.bytes);
      const one = { ...parseCheckpoint(file, text), key, text, tag: stored.tag };
      newest ??= one;
      if (wanted === undefined || one.digest === wanted) return one;
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
    }
  }
  return newest;
}

function isFoldable(name: string, left: LeftJournal, { digest }: { digest: string }): boolean {
  try {
    const { records } = decodeRecords(name, left.text) ?? { records: [] };
    return records.length === 0 || records.some((record) => "digest" in record && record.digest === digest);
  } catch (error) {
    if (error instanceof StateError) return false;
    throw error;
  }
}

function salvage(
  name: string,
  left: LeftJournal,
  base: Snapshot,
  manager: SecretsManager | undefined,
  steps: RepairStep[],
): Snapshot {
  const { before, after } = salvageRecords(left.text);
  const { snapshot, added } = withPending(base, [...before, ...after], manager);
  const looked = added.length > 0 ? `: ${added.join(", ")}` : "";
  steps.push({
    action: "salvage",
    says: `${name} cannot be folded and is set aside; the resources it speaks of are looked for by the next run${looked}`,
    loses: "updates and deletions that only this journal knew of; run refresh",
  });
  return snapshot;
}
