/**
 * Pulumi's own file layout below `file://DIR`: stacks, history, backups, locks, tags. Every write is whole or not at
 * all; an update's checkpoint is only ever written from its journal.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  Backend,
  BackendOptions,
  HistoryEntry,
  LoadedCheckpoint,
  StackSummary,
  Tags,
  Update,
  UpdateInfo,
  UpdateKind,
} from "./backend.ts";
import {
  type Checkpoint,
  checkpointText,
  deploymentFromSnapshot,
  digestOf,
  featuresOf,
  parseCheckpoint,
  sealed,
  snapshotFromDeployment,
  type UntypedDeployment,
} from "./checkpoint.ts";
import { errors } from "./errors.ts";
import { readText, removeFile, removeLeftovers, syncFolder, writeAtomically } from "./files.ts";
import { readHistory, type StoredEntry, writeHistory } from "./history.ts";
import { verifyIntegrity } from "./integrity.ts";
import { openJournal, replay } from "./journal.ts";
import { createJournalFile, markFolding, readJournalFile } from "./journal-file.ts";
import { acquireLock, holders } from "./lock.ts";
import { formatRef, parseRef } from "./refs.ts";
import type { Snapshot, StackRef } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";
import { openTags } from "./tags.ts";
import { exported, imported, renamed } from "./transfer.ts";

export function openBackend(url: string, options: BackendOptions): Backend {
  if (!url.startsWith("file://")) throw errors.backend(url);
  const path = url.slice("file://".length);
  return new FileBackend(url, path.startsWith("/") ? fileURLToPath(url) : path, options.clock);
}

class FileBackend implements Backend {
  readonly url: string;
  readonly #root: string;
  readonly #clock: { now(): number };

  constructor(url: string, dir: string, clock: { now(): number }) {
    this.url = url;
    this.#root = join(dir, ".pulumi");
    this.#clock = clock;
  }

  #stackFile = ({ project, stack }: StackRef): string => join(this.#root, "stacks", project, `${stack}.json`);
  #journalFile = ({ project, stack }: StackRef): string => join(this.#root, "journals", project, `${stack}.journal`);
  #guardFile = ({ project, stack }: StackRef): string => join(this.#root, "journals", project, `${stack}.lock`);
  #tagsFile = ({ project, stack }: StackRef): string => join(this.#root, "stacks", project, `${stack}.pulumi-tags`);
  #historyFolder = ({ project, stack }: StackRef): string => join(this.#root, "history", project, stack);
  #lockFolder = (ref: StackRef): string => join(this.#root, "locks", ...formatRef(ref).split("/"));

  async stacks(project?: string): Promise<StackSummary[]> {
    const projects = project ? [project] : await readdir(join(this.#root, "stacks")).catch(() => []);
    const found: StackSummary[] = [];
    for (const name of projects)
      for (const file of await readdir(join(this.#root, "stacks", name)).catch(() => []))
        if (/\.json(\.gz|\.zst)?$/.test(file))
          found.push(
            await this.#summary({ organization: "organization", project: name, stack: file.replace(/\.json.*$/, "") }),
          );
    return found;
  }

  async #summary(ref: StackRef): Promise<StackSummary> {
    const checkpoint = await this.#read(ref).catch((cause: unknown) => String((cause as Error).message ?? cause));
    if (typeof checkpoint === "string") return { ref, unreadable: checkpoint };
    const { deployment } = checkpoint;
    const time = Date.parse(deployment?.["manifest"]?.time ?? "");
    return {
      ref,
      ...(Number.isNaN(time) ? {} : { lastUpdate: new Date(time).toISOString() }),
      ...(deployment ? { resourceCount: deployment["resources"]?.length ?? 0 } : {}),
    };
  }

  /** Throws when it is there in a form that only the official engine reads. */
  async exists(ref: StackRef): Promise<boolean> {
    if (await present(this.#stackFile(ref))) return true;
    for (const ending of [".gz", ".zst"])
      if (await present(this.#stackFile(ref) + ending)) throw errors.compressed(this.#stackFile(ref) + ending);
    return false;
  }

  /** A stack whose checkpoint is gone while its past is here was not removed: made anew, everything would be made twice. */
  async #refuseLost(ref: StackRef): Promise<void> {
    const past = await readdir(this.#historyFolder(ref)).catch(() => [] as string[]);
    const journal = await readJournalFile(this.#journalFile(ref));
    if (past.length > 0 || journal) throw errors.lost(this.#stackFile(ref), this.#historyFolder(ref));
  }

  async create(ref: StackRef): Promise<void> {
    if (await this.exists(ref)) throw errors.exists(ref);
    const meta = join(this.#root, "meta.yaml");
    if ((await readText(meta)) === undefined) await writeAtomically(meta, "version: 1\n");
    await this.#locked(ref, async () => {
      if (await this.exists(ref)) throw errors.exists(ref);
      await this.#refuseLost(ref);
      await writeAtomically(
        this.#stackFile(ref),
        JSON.stringify({ version: 3, checkpoint: { stack: formatRef(ref) } }),
      );
    });
  }

  async remove(ref: StackRef, { force }: { force: boolean }): Promise<void> {
    await this.#locked(ref, async () => {
      const { deployment } = await this.#read(ref);
      const left = ((deployment?.["resources"] ?? []) as { type: string }[]).filter(
        ({ type }) => type !== "pulumi:pulumi:Stack",
      );
      const journal = await readJournalFile(this.#journalFile(ref));
      const busy =
        (deployment?.["pending_operations"]?.length ?? 0) > 0 ||
        (journal?.records.some(({ t }) => t === "begin" || t === "done") ?? false);
      if ((left.length > 0 || busy) && !force) throw errors.notEmpty(ref);
      await removeFile(this.#journalFile(ref));
      await removeFile(this.#tagsFile(ref));
      await removeFile(`${this.#stackFile(ref)}.bak`);
      // The past first: cut off between, a past without a checkpoint would look like a checkpoint that was lost.
      await rm(this.#historyFolder(ref), { recursive: true, force: true });
      await removeFile(this.#stackFile(ref));
      await syncFolder(dirname(this.#stackFile(ref)));
    });
    // The guard's file stays: a process that has it open would hold a lock on a file that nobody else sees.
  }

  async rename(ref: StackRef, newName: string): Promise<StackRef> {
    const to = { ...ref, stack: parseRef(newName, ref.project).stack };
    await this.#locked(ref, async () => {
      if (await this.exists(to)) throw errors.exists(to);
      await this.#fold(ref, undefined);
      const text = await this.#text(ref);
      await writeAtomically(this.#stackFile(to), sealed(renamed(this.#stackFile(ref), text, ref, to)));
      const tags = await readText(this.#tagsFile(ref));
      if (tags !== undefined) await writeAtomically(this.#tagsFile(to), tags);
      for (const file of [this.#stackFile(ref), `${this.#stackFile(ref)}.bak`, this.#tagsFile(ref)])
        await removeFile(file);
    });
    await this.#moveHistory(ref, to);
    return to;
  }

  async #moveHistory(from: StackRef, to: StackRef): Promise<void> {
    for (const entry of (await readHistory(this.#historyFolder(from), from.stack)).reverse())
      await writeHistory(this.#historyFolder(to), to.stack, entry, undefined, entry.endTime * 1000);
    await rm(this.#historyFolder(from), { recursive: true, force: true });
    const now = this.#clock.now();
    const seconds = Math.floor(now / 1000);
    await writeHistory(
      this.#historyFolder(to),
      to.stack,
      {
        kind: "rename",
        startTime: seconds,
        endTime: seconds,
        message: "",
        environment: {},
        config: {},
        version: 0,
        result: "succeeded",
      },
      undefined,
      now,
    );
  }

  async load(ref: StackRef): Promise<LoadedCheckpoint> {
    const { deployment } = await this.#read(ref);
    const secretsProvider = deployment?.["secrets_providers"];
    return {
      ...(secretsProvider ? { secretsProvider } : {}),
      resourceCount: deployment?.["resources"]?.length ?? 0,
      interrupted: (await readText(this.#journalFile(ref))) !== undefined,
      snapshot: (manager) => snapshotFromDeployment(deployment, manager),
    };
  }

  async openUpdate(ref: StackRef, kind: UpdateKind, manager: SecretsManager | undefined): Promise<Update> {
    if (!(await this.exists(ref))) throw errors.notFound(ref);
    const lock = await acquireLock(this.#lockFolder(ref), this.#guardFile(ref), this.#clock.now());
    try {
      const startTime = Math.floor(this.#clock.now() / 1000);
      const { recovered, notes } = await this.#fold(ref, manager);
      const checkpoint = await this.#read(ref);
      const base = snapshotFromDeployment(checkpoint.deployment, manager);
      const file = await createJournalFile(this.#journalFile(ref), checkpoint.digest);
      const journal = openJournal({
        base,
        file,
        manager,
        write: (snapshot, fold) => this.#writeCheckpoint(ref, snapshot, manager, fold),
      });
      const end = async (then: () => Promise<void>): Promise<void> => {
        try {
          await journal.close();
          await removeFile(this.#journalFile(ref));
          await then();
        } finally {
          await lock.release();
        }
      };
      return {
        base,
        recovered,
        notes,
        journal,
        finish: (info) => end(() => this.#remember(ref, { kind, startTime, ...info })),
        abandon: () => end(async () => undefined),
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #remember(ref: StackRef, info: UpdateInfo & { kind: UpdateKind; startTime: number }): Promise<void> {
    const now = this.#clock.now();
    const text = await this.#text(ref);
    const entry: StoredEntry = { ...info, endTime: Math.floor(now / 1000), version: 0 };
    await writeHistory(this.#historyFolder(ref), ref.stack, entry, text, now);
    await writeAtomically(
      join(this.#root, "backups", ref.project, ref.stack, `${ref.stack}.${BigInt(now) * 1_000_000n}.json`),
      text,
    );
  }

  /** Takes into the checkpoint what a dead process's journal says. */
  async #fold(ref: StackRef, manager: SecretsManager | undefined): Promise<{ recovered: boolean; notes: string[] }> {
    const file = this.#journalFile(ref);
    for (const kept of [this.#stackFile(ref), file]) await removeLeftovers(dirname(kept), `${basename(kept)}.`);
    const journal = await readJournalFile(file);
    if (!journal) return { recovered: false, notes: [] };
    const { deployment, digest } = await this.#read(ref);
    const folded = journal.records.find((record) => record.t === "fold" && record.digest === digest);
    const base = journal.records[0];
    if (!folded && (base?.t !== "base" || base.digest !== digest)) throw errors.journalForeign(file);
    const said = journal.records.some(({ t }) => t !== "base" && t !== "fold");
    if (!folded && said) {
      const snapshot = replay(snapshotFromDeployment(deployment, manager), journal.records, manager);
      await this.#writeCheckpoint(ref, snapshot, manager, (digest) => markFolding(file, journal.records, digest));
    }
    await removeFile(file);
    const notes = journal.torn
      ? [`the last record of ${file} was cut off and is left out: it announced nothing that was done`]
      : [];
    return { recovered: !folded && said, notes };
  }

  async #writeCheckpoint(
    ref: StackRef,
    snapshot: Snapshot,
    manager: SecretsManager | undefined,
    fold: (digest: string) => Promise<void>,
  ): Promise<void> {
    verifyIntegrity(snapshot);
    const deployment = deploymentFromSnapshot(snapshot, manager, { kind: "ciphertext", manager }, this.#clock.now());
    const text = checkpointText(formatRef(ref), deployment, featuresOf(snapshot));
    const before = await readText(this.#stackFile(ref));
    if (before !== undefined) await writeAtomically(`${this.#stackFile(ref)}.bak`, before);
    await fold(digestOf(text));
    await writeAtomically(this.#stackFile(ref), text);
  }

  tags(ref: StackRef): Tags {
    return openTags(this.#tagsFile(ref), ref.stack, () => this.#text(ref));
  }

  async history(ref: StackRef, paging?: { page?: number; pageSize?: number }): Promise<HistoryEntry[]> {
    await this.#text(ref);
    const time = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const entries = await readHistory(this.#historyFolder(ref), ref.stack, paging);
    return entries.map((entry) => ({ ...entry, startTime: time(entry.startTime), endTime: time(entry.endTime) }));
  }

  async cancel(ref: StackRef): Promise<void> {
    await this.#text(ref);
    for (const { file } of await holders(this.#lockFolder(ref))) await removeFile(file);
  }

  async exportDeployment(
    ref: StackRef,
    manager: SecretsManager | undefined,
    options: { showSecrets: boolean },
  ): Promise<UntypedDeployment> {
    return exported((await this.#read(ref)).deployment, manager, options);
  }

  async importDeployment(
    ref: StackRef,
    json: unknown,
    manager: SecretsManager | undefined,
    options: { force: boolean },
  ): Promise<void> {
    const snapshot = imported(json, ref, manager, options);
    await this.#locked(ref, async () => {
      await this.#fold(ref, manager);
      await this.#writeCheckpoint(ref, snapshot, manager, async () => undefined);
      const now = this.#clock.now();
      await this.#remember(ref, {
        kind: "import",
        startTime: Math.floor(now / 1000),
        result: "succeeded",
        resourceChanges: {},
        config: {},
        message: "",
        environment: {},
      });
    });
  }

  async #locked<T>(ref: StackRef, work: () => Promise<T>): Promise<T> {
    const lock = await acquireLock(this.#lockFolder(ref), this.#guardFile(ref), this.#clock.now());
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  async #text(ref: StackRef): Promise<string> {
    const text = await readText(this.#stackFile(ref));
    if (text !== undefined) return text;
    await this.exists(ref);
    throw errors.notFound(ref);
  }

  async #read(ref: StackRef): Promise<Checkpoint> {
    const checkpoint = parseCheckpoint(this.#stackFile(ref), await this.#text(ref));
    // The official engine's older files have the short name alone.
    const named = checkpoint.stack?.split("/") ?? [];
    const strange = named.at(-1) !== ref.stack || (named.length === 3 && named[1] !== ref.project);
    if (named.length > 0 && strange) throw errors.foreignCheckpoint(this.#stackFile(ref), checkpoint.stack!, ref);
    return checkpoint;
  }
}

async function present(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw error;
    },
  );
}
