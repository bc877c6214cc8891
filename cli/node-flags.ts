/** What Node is told when a process of ours is started: how much garbage V8 lets lie before it looks, above all. */
import type { OperationKind } from "../stacks/events.ts";

const ours = ["--disable-warning=ExperimentalWarning", "--disable-sigusr1"];

/**
 * Of a worker. With half of V8's usual space for young objects ten thousand resources take 50 MiB less, and a tenth more
 * time; a thousand take as long.
 */
export const workerFlags: readonly string[] = [...ours, "--max-semi-space-size=8"];

/**
 * Of a worker that carries data, where next to nothing lives longer than a page. V8 otherwise lets the old space grow to
 * several times of what lives in it.
 */
const carrierFlags: readonly string[] = [...ours, "--max-semi-space-size=2", "--heap-growing-percent=20"];
const carriers: ReadonlySet<OperationKind> = new Set(["export", "import", "backup", "restore", "close"]);

export const flagsOfWorker = (operation: OperationKind): readonly string[] =>
  carriers.has(operation) ? carrierFlags : workerFlags;

/** Of the local cloud, which keeps its data in SQLite and in files, and so has little that lives. */
export const cloudFlags: readonly string[] = [...ours, "--max-semi-space-size=4", "--heap-growing-percent=50"];
