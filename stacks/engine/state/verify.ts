/** Looks a stack's state over and says what is wrong with it. Changes nothing and takes no lock. */
import type { Finding, Verification } from "./backend.ts";
import { magicOf, parseCheckpoint, resourceFromJson, snapshotFromDeployment } from "./checkpoint.ts";
import { unpacked } from "./compression.ts";
import { errors, StateError } from "./errors.ts";
import { historyFiles } from "./history.ts";
import { verifyIntegrity } from "./integrity.ts";
import { decodeRecords } from "./journal-records.ts";
import { officialLocks } from "./lock.ts";
import { describeHolder, isDead } from "./process-id.ts";
import type { SecretsManager } from "./secrets.ts";
import type { StoredCheckpoint } from "./stack-files.ts";
import type { StackContext } from "./update.ts";

export async function verify(context: StackContext, manager: SecretsManager | undefined): Promise<Verification> {
  const findings: Finding[] = [];
  const checkpoint = await findCheckpoint(context, findings);
  if (checkpoint) await verifyContent(context, checkpoint, manager, findings);
  await verifyJournal(context, checkpoint, findings);
  await verifyLocks(context, findings);
  await verifyCopies(context, findings);
  return { ref: context.files.ref, sound: findings.every(({ severity }) => severity !== "problem"), findings };
}

async function findCheckpoint(
  { storage, files }: StackContext,
  findings: Finding[],
): Promise<StoredCheckpoint | undefined> {
  try {
    return await files.read();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const past = await historyFiles(storage, files.keys.history, files.ref.stack);
    const before = await storage.read(`${files.keys.checkpoint}.bak`);
    if (error.code === "not-found" && past.length === 0 && !before) throw error;
    const told =
      error.code === "not-found"
        ? errors.lost(files.show(files.keys.checkpoint), files.show(files.keys.history))
        : error;
    findings.push(problem(told.code, files.show(files.keys.checkpoint), told.message));
    return undefined;
  }
}

const problem = (kind: string, file: string, message: string): Finding => ({
  severity: "problem",
  kind,
  file,
  message,
});
const note = (kind: string, file: string, message: string): Finding => ({ severity: "note", kind, file, message });

async function verifyContent(
  { files }: StackContext,
  { key, deployment }: StoredCheckpoint,
  manager: SecretsManager | undefined,
  findings: Finding[],
): Promise<void> {
  const file = files.show(key);
  if (!deployment) return;
  const { magic, version } = deployment["manifest"] ?? {};
  if (version && magic !== magicOf(version))
    findings.push(problem("integrity", file, "magic cookie mismatch; possible tampering/corruption detected"));
  try {
    verifyIntegrity({ resources: (deployment["resources"] ?? []).map(withoutValues), pendingOperations: [] });
  } catch (error) {
    findings.push(problem("integrity", file, (error as Error).message));
  }
  if (!manager) return;
  try {
    await manager.ready();
    snapshotFromDeployment(deployment, manager);
  } catch (error) {
    findings.push(problem("secrets", file, (error as Error).message));
  }
  const waiting = deployment["pending_operations"]?.length ?? 0;
  if (waiting > 0) findings.push(note("pending", file, `${waiting} operations were interrupted; the next run looks`));
}

/** References say whether a state is whole; what is secret need not be opened for that. */
const withoutValues = (json: Record<string, unknown>) =>
  resourceFromJson({ ...json, inputs: {}, outputs: {}, replacementTrigger: undefined }, undefined);

async function verifyJournal(
  { storage, files }: StackContext,
  checkpoint: StoredCheckpoint | undefined,
  findings: Finding[],
): Promise<void> {
  const { name, ...journals } = storage.journals(files.keys.journal);
  try {
    const left = await journals.read();
    if (!left) return;
    const { records = [], torn = false } = decodeRecords(name, left.text) ?? {};
    const [base] = records;
    const known = new Set(records.flatMap((record) => ("digest" in record ? [record.digest] : [])));
    if (base && checkpoint && !known.has(checkpoint.digest)) throw errors.journalForeign(name);
    findings.push(note("journal", name, "a run has not ended, or ended early; the next one takes in what it did"));
    if (torn) findings.push(note("journal", name, "its last record was cut off: it announced nothing that was done"));
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    findings.push(problem(error.code, name, error.message));
  }
}

async function verifyLocks({ storage, files }: StackContext, findings: Finding[]): Promise<void> {
  for (const { key, holder } of await officialLocks(storage, files.keys)) {
    const dead = holder && isDead(holder);
    const what = dead ? "left by a process that is dead; the next run removes it" : "held, or left by another computer";
    findings.push(note("lock", storage.show(key), `${what}: ${describeHolder(holder)}`));
  }
}

/** The copies from which a checkpoint can be put back. */
async function verifyCopies({ storage, files }: StackContext, findings: Finding[]): Promise<void> {
  for (const key of await copiesOf({ storage, files })) {
    const stored = await storage.read(key);
    if (!stored) continue;
    const file = storage.show(key);
    try {
      parseCheckpoint(file, await unpacked(file, stored.bytes));
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      findings.push(problem("copy", file, error.message));
    }
  }
}

/** Newest first: the previous checkpoint, then those beside history entries and in backups. */
export async function copiesOf({ storage, files }: Pick<StackContext, "storage" | "files">): Promise<string[]> {
  const { keys, ref } = files;
  const [own, past, backups] = await Promise.all([
    storage.list(keys.folder),
    storage.list(keys.history),
    storage.list(keys.backups),
  ]);
  const previous = own.filter(({ name }) => name.startsWith(`${ref.stack}.json`) && name.endsWith(".bak"));
  const kept = [
    ...past
      .filter(({ name }) => /\.checkpoint\.json(\.gz|\.zst)?$/.test(name))
      .map((e) => ({ ...e, in: keys.history })),
    ...backups.filter(({ name }) => /\.json(\.gz|\.zst)?$/.test(name)).map((e) => ({ ...e, in: keys.backups })),
  ];
  const stamp = (name: string): bigint => BigInt(/(\d+)\.(?:checkpoint\.)?json/.exec(name)?.[1] ?? 0);
  kept.sort((a, b) => (stamp(a.name) < stamp(b.name) ? 1 : -1));
  return [...previous.map(({ name }) => `${keys.folder}/${name}`), ...kept.map((e) => `${e.in}/${e.name}`)];
}
