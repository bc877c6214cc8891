/**
 * Gives memory back while nobody types: what keys and logs have left is collected then, instead of whenever V8 comes to
 * it, which is late on a computer that has much. Never soon after a key, and only where it is worth the pause.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Without a key for so long, a pause of some 100 ms meets nobody. */
const usual = { quietMs: 2_000, lookEveryMs: 500, worthBytes: 24 * 1024 * 1024 };

/** `lastKeyAt`: as performance.now() has it. Returns how to stop. */
export function tidyWhenIdle(lastKeyAt: () => number, { quietMs, lookEveryMs, worthBytes } = usual): () => void {
  let collect: (() => void) | undefined;
  let kept = worthBytes;
  const look = (): void => {
    if (performance.now() - lastKeyAt() < quietMs) return;
    if (getHeapStatistics().total_heap_size - kept < worthBytes) return;
    collect ??= collector();
    collect();
    kept = getHeapStatistics().total_heap_size;
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return () => clearInterval(timer);
}

/**
 * V8's own collector: it is handed out to contexts that are made after it was asked for. Of its kinds the one that
 * gives pages back.
 */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext('() => gc({ type: "major", execution: "sync", flavor: "last-resort" })') as () => void;
}
