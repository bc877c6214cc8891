/**
 * What a journal that cannot be folded still tells: every resource it speaks of may exist, so each becomes a pending
 * operation, and the next run looks for it. Nothing it says is taken for done.
 */
import { resourceFromJson } from "./checkpoint.ts";
import type { JournalRecord } from "./journal-records.ts";
import type { PendingOperation, PendingOperationType, Snapshot } from "./resource.ts";
import type { SecretsManager } from "./secrets.ts";

export function withPending(
  snapshot: Snapshot,
  records: readonly JournalRecord[],
  manager: SecretsManager | undefined,
): { snapshot: Snapshot; added: string[] } {
  const there = new Set(snapshot.resources.map(({ urn, id }) => `${urn} ${id ?? ""}`));
  const waiting = new Set(snapshot.pendingOperations.map(({ type, resource }) => `${type} ${resource.urn}`));
  const added: PendingOperation[] = [];
  for (const record of records) {
    const operation = operationOf(record, manager);
    if (!operation?.resource.custom) continue;
    const { type, resource } = operation;
    if (waiting.has(`${type} ${resource.urn}`) || there.has(`${resource.urn} ${resource.id ?? ""}`)) continue;
    waiting.add(`${type} ${resource.urn}`);
    added.push(operation);
  }
  const pendingOperations = [...snapshot.pendingOperations, ...added];
  return { snapshot: { ...snapshot, pendingOperations }, added: added.map(({ resource }) => resource.urn) };
}

function operationOf(record: JournalRecord, manager: SecretsManager | undefined): PendingOperation | undefined {
  if (record.t === "begin")
    return { type: record.type as PendingOperationType, resource: resourceFromJson(record.resource, manager) };
  if (record.t !== "done" || !record.resource) return undefined;
  return { type: "creating", resource: resourceFromJson(record.resource, manager) };
}
