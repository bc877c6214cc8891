/**
 * When long work on tables is done: at a start, after requests that make some, and every second. All of its state is in
 * the store, so a killed process goes on with it. What the work is lies in backfill.ts and expiry.ts.
 */
import { every } from "../clock.ts";
import { fillExpiry, fillIndex, type Surroundings } from "./backfill.ts";
import { expirySweeper, streamTrimmer, tokenForgetter, trashEmptier } from "./expiry.ts";

const everyMs = 1000;

export interface Chores {
  /** There may be something to do now. */
  wake(): void;
  start(): void;
  /** Resolves when the slice under way is done. */
  stop(): Promise<void>;
}

export function openChores(around: Omit<Surroundings, "stopped">): Chores {
  const { cloud } = around;
  let cancel = (): void => undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const doAll = allChores({ ...around, stopped: () => stopped });

  const wake = (): void => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = doAll()
      .catch((error: unknown) => {
        if (!stopped) cloud.log(`dynamodb: background work failed: ${error instanceof Error ? error.stack : error}`);
      })
      .finally(() => {
        running = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  };

  return {
    wake,
    start() {
      cancel = every(cloud.clock, everyMs, wake);
      wake();
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

function allChores(around: Surroundings): () => Promise<void> {
  const removeExpired = expirySweeper(around);
  const emptyTrash = trashEmptier(around);
  const forgetTokens = tokenForgetter(around);
  const trimStreams = streamTrimmer(around);
  return async () => {
    for (const { record, indexes } of around.tables.all()) {
      for (const index of indexes)
        if (index.record.backfilling) await fillIndex(around, record.name, index.record.part);
      if (record.ttl?.filling) await fillExpiry(around, record.name);
      if (record.ttl) await removeExpired(record.name);
    }
    await emptyTrash();
    await forgetTokens();
    await trimStreams();
  };
}
