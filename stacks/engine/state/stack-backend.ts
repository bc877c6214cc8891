/**
 * Pulumi's own file layout over a storage: stacks, history, backups, locks, tags. Every write is whole or not at all;
 * an update's checkpoint is only ever written from its journal.
 */
import type { Clock } from "../clock.ts";
import type {
  Backend,
  BackendOptions,
  HistoryEntry,
  LoadedCheckpoint,
  RepairResult,
  RepairStep,
  StackSummary,
  Tags,
  Update,
  UpdateKind,
  Verification,
} from "./backend.ts";
import { holdsSecrets, sealed, snapshotFromDeployment, type UntypedDeployment } from "./checkpoint.ts";
import { errors } from "./errors.ts";
import { copyHistory, readHistory, type StoredEntry } from "./history.ts";
import { projectFolder, stackOfName, stacksFolder } from "./layout.ts";
import { breakLocks } from "./lock.ts";
import { type BackendMemory, type Glance, glanceAt } from "./memory.ts";
import { checkLayout, writeMeta } from "./meta.ts";
import { formatRef, parseRef } from "./refs.ts";
import { repair } from "./repair.ts";
import type { StackRef } from "./resource.ts";
import { restore } from "./restore.ts";
import type { SecretsManager } from "./secrets.ts";
import { openStoredSecrets } from "./secrets-provider.ts";
import { type CheckpointMemory, StackFiles } from "./stack-files.ts";
import type { Storage } from "./storage.ts";
import { openTags } from "./tags.ts";
import { exported, imported, renamed } from "./transfer.ts";
import { fold, lockStack, makeStack, openUpdate, type StackContext, writeSnapshot } from "./update.ts";
import { type BackendVariables, readVariables } from "./variables.ts";
import { verify } from "./verify.ts";

export class StackBackend implements Backend {
  readonly #storage: Storage;
  readonly #options: BackendOptions;
  readonly #clock: Pick<Clock, "now" | "uuid">;
  readonly #variables: BackendVariables;
  readonly #memory: CheckpointMemory = {};
  readonly #shared: BackendMemory | undefined;
  #layout: Promise<boolean> | undefined;

  constructor(storage: Storage, options: BackendOptions, shared?: BackendMemory) {
    this.#storage = storage;
    this.#options = options;
    this.#shared = shared;
    this.#clock = options.clock;
    this.#variables = readVariables(options.env ?? {});
  }

  get url(): string {
    return this.#storage.url;
  }

  get isFar(): boolean {
    return this.#storage.isFar;
  }

  /** Before anything is read or written: the store must have the layout that is known here. Answers whether it has a meta file. */
  #checked(): Promise<boolean> {
    const known = this.#shared?.layout ?? this.#layout;
    if (known) return known;
    this.#layout = checkLayout(this.#storage).then(({ present, legacy }) => {
      if (present && legacy.length > 0 && !this.#variables.quietAboutLegacy)
        this.#options.warn?.(
          `warning: Found legacy stack files in state store: ${legacy.join(", ")}. They are left alone; run \`pulumi state upgrade\` with the official CLI to bring them to the new format.\n`,
        );
      return present;
    });
    if (this.#shared) this.#shared.layout = this.#layout;
    return this.#layout;
  }

  /** Of what a command only looks at. */
  #glance(ref: StackRef): Glance {
    const look = (): Glance => glanceAt(this.#context(ref).files, this.#storage);
    return this.#shared?.of(ref, look) ?? look();
  }

  #context(ref: StackRef): StackContext {
    const { username } = this.#options;
    const files = new StackFiles(this.#storage, ref, this.#variables, this.#memory);
    return { storage: this.#storage, files, clock: this.#clock, ...(username === undefined ? {} : { username }) };
  }

  async #files(ref: StackRef): Promise<StackFiles> {
    await this.#checked();
    return this.#context(ref).files;
  }

  async stacks(project?: string): Promise<StackSummary[]> {
    await this.#checked();
    const projects = project
      ? [project]
      : (await this.#storage.list(stacksFolder)).flatMap(({ name, folder }) => (folder ? [name] : []));
    const refs: StackRef[] = [];
    for (const name of projects) {
      const stacks = (await this.#storage.list(projectFolder(name))).flatMap((entry) =>
        entry.folder ? [] : (stackOfName(entry.name) ?? []),
      );
      for (const stack of new Set(stacks)) refs.push({ organization: "organization", project: name, stack });
    }
    const summaries: StackSummary[] = [];
    const { parallel } = this.#variables;
    for (let at = 0; at < refs.length; at += parallel)
      summaries.push(...(await Promise.all(refs.slice(at, at + parallel).map((ref) => this.#summary(ref)))));
    return summaries;
  }

  async #summary(ref: StackRef): Promise<StackSummary> {
    const checkpoint = await this.#context(ref)
      .files.read()
      .catch((cause: unknown) => String((cause as Error).message ?? cause));
    if (typeof checkpoint === "string") return { ref, unreadable: checkpoint };
    const { deployment } = checkpoint;
    const time = Date.parse(deployment?.["manifest"]?.time ?? "");
    return {
      ref,
      ...(Number.isNaN(time) ? {} : { lastUpdate: new Date(time).toISOString() }),
      ...(deployment ? { resourceCount: deployment["resources"]?.length ?? 0 } : {}),
    };
  }

  async exists(ref: StackRef): Promise<boolean> {
    if (!this.#shared) return (await (await this.#files(ref)).find()) !== undefined;
    const { exists } = this.#glance(ref);
    await this.#checked();
    return exists;
  }

  async create(ref: StackRef): Promise<void> {
    if (await this.exists(ref)) throw errors.exists(ref);
    if (!(await this.#checked())) {
      await writeMeta(this.#storage);
      if (this.#shared) this.#shared.layout = undefined;
    }
    const text = JSON.stringify({ version: 3, checkpoint: { stack: formatRef(ref) } });
    // Whoever shares a memory goes on with it: the lock is taken once, then.
    if (this.#shared) await this.#begin(ref, text, this.#shared);
    else await this.#locked(ref, (context) => makeStack(context, text));
  }

  async #begin(ref: StackRef, text: string, memory: BackendMemory): Promise<void> {
    const { files } = this.#context(ref);
    await files.refuseLost();
    memory.begin(ref, files.asRead(text));
  }

  async remove(ref: StackRef, { force }: { force: boolean }): Promise<void> {
    await this.#locked(ref, async ({ files }, remainder) => {
      const { deployment, key } = await files.read();
      const left = ((deployment?.["resources"] ?? []) as { type: string }[]).filter(
        ({ type }) => type !== "pulumi:pulumi:Stack",
      );
      const busy = (deployment?.["pending_operations"]?.length ?? 0) > 0 || (await remainder.says());
      if ((left.length > 0 || busy) && !force) throw errors.notEmpty(ref);
      await files.keepPrevious({ key });
      await remainder.drop();
      await this.#storage.remove(files.keys.tags);
      // The past first: cut off between, a past without a checkpoint would look like a checkpoint that was lost.
      await this.#storage.removeFolder(files.keys.history);
      await this.#storage.remove(key);
    });
    // The lock's file stays: a process that has it open would hold a lock on a file that nobody else sees.
  }

  async rename(ref: StackRef, newName: string): Promise<StackRef> {
    const to = parseRef(newName, ref.project);
    const target = await this.#files(to);
    await this.#locked(ref, async (context) => {
      const { files } = context;
      await fold(context, undefined);
      const { text, key } = await files.read();
      const next = sealed(renamed(this.#storage.show(key), text, ref, to));
      // One cut off half way is gone on with.
      const there = (await target.find()) ? (await target.read()).text : undefined;
      if (there !== undefined && there !== next) throw errors.exists(to);
      const tags = await this.#storage.read(files.keys.tags);
      if (tags) await this.#storage.write(target.keys.tags, tags.bytes);
      const from = { folder: files.keys.history, stack: ref.stack };
      await copyHistory(this.#storage, from, { folder: target.keys.history, stack: to.stack });
      if (there === undefined) await target.write(next, undefined, this.#clock.now());
      await this.#storage.removeFolder(files.keys.history);
      for (const old of [key, `${key}.bak`, files.keys.tags]) await this.#storage.remove(old);
    });
    const startTime = Math.floor(this.#clock.now() / 1000);
    await target.remember({ kind: "rename", startTime, ...plainly }, undefined, this.#clock.now());
    return to;
  }

  async load(ref: StackRef): Promise<LoadedCheckpoint> {
    const { checkpoint, interrupted } = this.#glance(ref);
    await this.#checked();
    const { deployment, text } = await checkpoint;
    const secretsProvider = deployment?.["secrets_providers"];
    return {
      ...(secretsProvider ? { secretsProvider } : {}),
      resourceCount: deployment?.["resources"]?.length ?? 0,
      holdsSecrets: holdsSecrets(text),
      interrupted: await interrupted,
      snapshot: (manager) => snapshotFromDeployment(deployment, manager),
    };
  }

  async openUpdate(ref: StackRef, kind: UpdateKind, manager: SecretsManager | undefined): Promise<Update> {
    if (!(await this.exists(ref))) throw errors.notFound(ref);
    const memory = this.#shared;
    const { lock } = memory ? this.#glance(ref) : {};
    const context = await this.#begun(ref);
    memory?.forget();
    const update = await openUpdate(context, kind, manager, lock);
    return {
      ...update,
      finish: async (info) => {
        const entry = await update.finish(info);
        memory?.forget();
        const written = memory && context.files.written();
        if (written) memory.wrote(ref, written, told(entry));
      },
    };
  }

  tags(ref: StackRef): Tags {
    const { files } = this.#context(ref);
    return openTags(this.#storage, files.keys.tags, ref.stack, () => this.#present(ref));
  }

  async history(ref: StackRef, paging?: { page?: number; pageSize?: number }): Promise<HistoryEntry[]> {
    const newest = this.#shared && this.#glance(ref).newest;
    if (newest && paging?.pageSize === 1 && (paging.page ?? 1) === 1) return [newest];
    const files = await this.#present(ref);
    return (await readHistory(this.#storage, files.keys.history, ref.stack, paging)).map(told);
  }

  async cancel(ref: StackRef): Promise<void> {
    await breakLocks(this.#storage, (await this.#present(ref)).keys);
  }

  async exportDeployment(
    ref: StackRef,
    manager: SecretsManager | undefined,
    options: { showSecrets: boolean },
  ): Promise<UntypedDeployment> {
    const reading = this.#context(ref).files.read();
    // What is wrong with the whole store is told first.
    reading.catch(() => undefined);
    await this.#checked();
    return exported(await reading, manager, options);
  }

  async importDeployment(
    ref: StackRef,
    json: unknown,
    manager: SecretsManager | undefined,
    options: { force: boolean },
  ): Promise<void> {
    const snapshot = imported(json, ref, await this.#opener(json, manager), options);
    await this.#locked(ref, async (context) => {
      await fold(context, manager);
      const text = await writeSnapshot(context, snapshot, manager, await context.files.read());
      const startTime = Math.floor(this.#clock.now() / 1000);
      await context.files.remember({ kind: "import", startTime, ...plainly }, text, this.#clock.now());
    });
  }

  async restore(ref: StackRef, json: unknown, manager: SecretsManager | undefined): Promise<void> {
    const snapshot = imported(json, ref, await this.#opener(json, manager), { force: false });
    if (!(await this.#checked())) await writeMeta(this.#storage);
    await this.#locked(ref, async (context) => {
      const text = await restore(context, snapshot, manager);
      const startTime = Math.floor(this.#clock.now() / 1000);
      await context.files.remember({ kind: "import", startTime, ...plainly }, text, this.#clock.now());
    });
  }

  /** What opens the secrets of a deployment that may come from another stack. They are closed again with the stack's own. */
  async #opener(json: unknown, own: SecretsManager | undefined): Promise<SecretsManager | undefined> {
    const theirs = (json as Partial<UntypedDeployment> | null)?.deployment?.["secrets_providers"];
    if (!theirs || (own && JSON.stringify(theirs.state) === JSON.stringify(own.state))) return own;
    return (await openStoredSecrets(theirs, this.#options.env ?? {})) ?? own;
  }

  async verify(ref: StackRef, manager: SecretsManager | undefined): Promise<Verification> {
    await this.#checked();
    return verify(this.#context(ref), manager);
  }

  async repair(
    ref: StackRef,
    manager: SecretsManager | undefined,
    agree: (steps: readonly RepairStep[]) => Promise<boolean>,
  ): Promise<RepairResult> {
    await this.#checked();
    return repair(this.#context(ref), manager, agree);
  }

  async #locked<T>(ref: StackRef, work: (context: StackContext, left: Remainder) => Promise<T>): Promise<T> {
    const { begins, ...context } = await this.#begun(ref);
    this.#shared?.forget();
    const lock = await lockStack(context);
    try {
      if (begins !== undefined) await makeStack(context, begins);
      return await work(context, remainderOf(context));
    } finally {
      this.#shared?.forget();
      await lock.release();
    }
  }

  /** For who is about to lock it: what was begun alone is made then. */
  async #begun(ref: StackRef): Promise<StackContext> {
    const context = this.#context(ref);
    if (!this.#shared?.takeBegun(ref)) return context;
    return { ...context, begins: (await this.#glance(ref).checkpoint).text };
  }

  /** Throws when the stack is not there. */
  async #present(ref: StackRef): Promise<StackFiles> {
    const files = await this.#files(ref);
    if (!(await files.find())) throw errors.notFound(ref);
    return files;
  }
}

/** As callers are told of it. */
function told(entry: StoredEntry): HistoryEntry {
  const time = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return { ...entry, startTime: time(entry.startTime), endTime: time(entry.endTime) };
}

const plainly = { result: "succeeded", resourceChanges: {}, config: {}, message: "", environment: {} } as const;

/** Journals of runs that ended early, for who holds the lock. */
interface Remainder {
  /** Whether they speak of resources. */
  says(): Promise<boolean>;
  drop(): Promise<void>;
}

function remainderOf({ storage, files }: StackContext): Remainder {
  const journals = storage.journals(files.keys.journal);
  return {
    says: async () => /"t":"(begin|done)"/.test((await journals.read())?.text ?? ""),
    async drop() {
      for (let left = await journals.read(); left; left = await journals.read()) await left.remove();
    },
  };
}
