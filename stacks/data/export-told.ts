/**
 * What exports and imports tell while they are at it: a store's turn as a resource's, so that every view of operations
 * shows it. Counts and sizes, never what is stored.
 */
import { bucketKind, tableKind } from "../components/context.ts";
import type { Emit, StepOp } from "../events.ts";

export interface Told {
  /** Items or objects, and bytes, on top of those before. */
  more(count: number, bytes: number): void;
  done(): void;
  failed(error: unknown): void;
}

const everyMs = 1_000;
const mb = 1_000_000;

export const amount = (kind: "table" | "bucket", count: number, bytes: number): string =>
  `${count.toLocaleString("en")} ${kind === "table" ? "item" : "object"}${count === 1 ? "" : "s"}, ${(bytes / mb).toFixed(1)} MB`;

export function telling(
  emit: Emit,
  { app, kind, name, id }: { app: string; kind: "table" | "bucket"; name: string; id: string },
  op: StepOp,
): Told {
  const begun = performance.now();
  let last = begun;
  let [count, bytes] = [0, 0];
  const say = (phase: "started" | "waiting" | "done" | "failed", message?: string): void =>
    emit({
      type: "resource",
      phase,
      stack: app,
      op,
      urn: `${app}/${name}`,
      kind: kind === "table" ? tableKind : bucketKind,
      name,
      id,
      ...(phase === "done" || phase === "failed" ? { elapsedMs: Math.round(performance.now() - begun) } : {}),
      ...(message ? { message } : {}),
      at: new Date().toISOString(),
    });
  say("started");
  return {
    more(items, size) {
      count += items;
      bytes += size;
      if (performance.now() - last < everyMs) return;
      last = performance.now();
      say("waiting", amount(kind, count, bytes));
    },
    done: () => say("done"),
    failed: (error) => say("failed", (error as Error).message),
  };
}
