/**
 * What the executor writes while it works. A record is durable before the call it announces; the checkpoint is
 * written once, at the end, from base state and journal. Cost per step does not grow with the stack.
 */
import { resourceFromJson, resourceToJson } from "./checkpoint.ts";
import { verifyIntegrity } from "./integrity.ts";
import type { JournalFile } from "./journal-file.ts";
import type { JournalRecord } from "./journal-records.ts";
import { JournalState } from "./journal-state.ts";
import { keepSeals } from "./property-json.ts";
import type { PendingOperation, PendingOperationType, ResourceState, Snapshot } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";

/** One step under way. */
/** What becomes of one resource's state. */
export interface Change {
  /** The state to keep; null: none, the resource is gone or was never made. */
  resource: ResourceState | null;
  /** The base or earlier state that this one stands for from now on; null: a new one. */
  replaces: ResourceState | null;
}

export interface JournalEntry {
  /**
   * The provider call is over. In the state at once, and durable when it resolves: before that, what follows may begin,
   * since its own intent is written after this.
   */
  done(outcome: Change): Promise<void>;
  /** The provider call failed cleanly: the pending operation is cleared and state is as before. */
  failed(): Promise<void>;
}

export interface Journal {
  /**
   * Durable when it resolves; only then may the provider be called. `intentKey` is the provider's physical name or
   * client token, by which a create that was cut off is found again.
   */
  begin(step: { type: PendingOperationType; resource: ResourceState; intentKey?: string }): Promise<JournalEntry>;
  /** State changes without a provider call (same with new options, components, providers, outputs). Not fsynced alone. */
  record(outcome: Change): void;
  /** A pending operation of an earlier run has been dealt with and leaves the state. */
  settle(operation: PendingOperation): void;
  /** What the checkpoint would be now; passes the integrity check. */
  snapshot(): Snapshot;
  /** Folds the journal into the checkpoint, atomically, and ends it. Returns what was written. */
  close(): Promise<Snapshot>;
}

export interface JournalInit {
  base: Snapshot;
  file: JournalFile;
  manager: SecretsManager | undefined;
  /** Writes the checkpoint; `changed`: it is not the base. `fold` is told its digest before it takes its place. */
  write(snapshot: Snapshot, changed: boolean, fold: (digest: string) => Promise<void>): Promise<void>;
}

export function openJournal({ base, file, manager, write }: JournalInit): Journal {
  const state = new JournalState(base);
  const form = { kind: "ciphertext", manager } as const;
  let operations = 0;
  let changed = false;
  let keyIsThere = manager === undefined;
  let written: Snapshot | undefined;

  const put = ({ resource, replaces }: Change, op?: number): void => {
    const key = replaces === null ? null : (state.keyOf(replaces) ?? null);
    if (replaces !== null && key === null)
      throw new TypeError("the journal was told to replace a state it does not hold");
    changed = true;
    if (resource && replaces) {
      keepSeals(resource.inputs, replaces.inputs);
      keepSeals(resource.outputs, replaces.outputs);
    }
    file.append({
      t: "done",
      ...(op === undefined ? {} : { op }),
      resource: resource && resourceToJson(resource, form),
      replaces: key,
    });
    state.put(resource, key);
  };

  return {
    async begin({ type, resource, intentKey }) {
      // No provider is called with a passphrase that is not the stack's.
      if (!keyIsThere) await manager?.ready();
      keyIsThere = true;
      changed = true;
      const op = operations++;
      const key = intentKey === undefined ? {} : { intentKey };
      file.append({ t: "begin", op, type, resource: resourceToJson(resource, form), ...key });
      state.begin(op, { type, resource });
      await file.flush();
      return {
        async done(outcome) {
          put(outcome, op);
          state.end(op);
          await file.flushSoon();
        },
        async failed() {
          file.append({ t: "failed", op });
          state.end(op);
          await file.flush();
        },
      };
    },
    record: (outcome) => put(outcome),
    settle(operation) {
      const index = state.indexOfEarlier(operation);
      if (index === -1) return;
      changed = true;
      file.append({ t: "settled", index });
      state.settle(index);
    },
    snapshot() {
      const snapshot = state.snapshot();
      verifyIntegrity(snapshot);
      return snapshot;
    },
    async close() {
      if (written) return written;
      // What is as it was needs no key; anything else is not written with a wrong one.
      if (changed)
        await manager?.ready().catch(async (error: unknown) => {
          await file.discard();
          throw error;
        });
      const snapshot = this.snapshot();
      try {
        await write(snapshot, changed, async (digest) => {
          file.append({ t: "fold", digest });
          await file.flush();
        });
      } finally {
        await file.close();
      }
      written = snapshot;
      return snapshot;
    },
  };
}

/** What a dead process's records make of the checkpoint they began from. */
export function replay(
  base: Snapshot,
  records: readonly JournalRecord[],
  manager: SecretsManager | undefined,
): Snapshot {
  const state = new JournalState(base);
  for (const record of records) {
    if (record.t === "begin")
      state.begin(record.op, {
        type: record.type as PendingOperationType,
        resource: resourceFromJson(record.resource, manager),
      });
    else if (record.t === "failed") state.end(record.op);
    else if (record.t === "settled") state.settle(record.index);
    else if (record.t === "done") {
      state.put(record.resource && resourceFromJson(record.resource, manager), record.replaces);
      if (record.op !== undefined) state.end(record.op);
    }
  }
  return state.snapshot();
}
