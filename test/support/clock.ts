/** A clock that tests move: what waits for it runs at once when its moment has been passed. */
import type { Clock } from "../../stacks/local/clock.ts";

export interface MovableClock extends Clock {
  move(ms: number): void;
}

/** Time goes on as usual between two moves, but nothing that waits is woken by it. */
export function movableClock(): MovableClock {
  let aheadMs = 0;
  let waiting: { due: number; run: () => void }[] = [];
  const now = (): number => Date.now() + aheadMs;
  return {
    now,
    after(ms, run) {
      const entry = { due: now() + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((one) => one !== entry);
      };
    },
    move(ms) {
      aheadMs += ms;
      const due = waiting.filter((one) => one.due <= now()).sort((a, b) => a.due - b.due);
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { run } of due) run();
    },
  };
}
