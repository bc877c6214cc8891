/**
 * What the executor writes while it works. A record is durable before the call it announces; the checkpoint is
 * written once, at the end, from base state and journal. Cost per step does not grow with the stack.
 */
import type { PendingOperationType, ResourceState, Snapshot } from "./resource.ts";

/** One step under way. */
export interface JournalEntry {
  /**
   * The provider call is over. `resource` is the state to keep (null: none, the resource is gone or was never made);
   * `replaces` is the base or earlier state that this one stands for from now on (null: a new one).
   */
  done(outcome: { resource: ResourceState | null; replaces: ResourceState | null }): Promise<void>;
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
  record(outcome: { resource: ResourceState | null; replaces: ResourceState | null }): void;
  /** What the checkpoint would be now; passes the integrity check. */
  snapshot(): Snapshot;
  /** Folds the journal into the checkpoint, atomically, and ends it. Returns what was written. */
  close(): Promise<Snapshot>;
}
