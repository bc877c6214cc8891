/** `logs`: lines of an app's functions and gate, oldest first; with -f until Ctrl-C. */

import { openCloud } from "../access.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { duration } from "../duration.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";
import { findApp } from "./app.ts";

export async function run(input: Input): Promise<Outcome> {
  const since = sinceOf(text(input.flags, "since"), Date.now());
  const { config, app } = await findApp(input);
  const cloud = await openCloud(input.paths, config);
  const { readLogs } = await import("../../stacks/deploy.ts");
  const abort = new AbortController();
  const stop = input.onInterrupt(() => abort.abort());
  const follow = input.flags["follow"] === true;
  try {
    await readLogs(
      cloud,
      app.name,
      { follow, signal: abort.signal, ...(since === undefined ? {} : { since }) },
      (line) =>
        input.line(
          { type: "log", ...line },
          `${line.at} ${line.function} ${safeText(line.message.trimEnd(), { lines: true })}`,
        ),
    );
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    stop();
  }
  return { exitCode: abort.signal.aborted && !follow ? 130 : 0 };
}

function sinceOf(said: string | undefined, now: number): number | undefined {
  if (said === undefined) return undefined;
  const back = duration(said);
  if (back !== undefined) return now - back;
  const at = /^\d{4}-\d{2}-\d{2}/.test(said) ? Date.parse(said) : Number.NaN;
  if (Number.isNaN(at)) throw faults.badFlag("logs", "--since", "is a time, as 10m, 2h, or 2026-01-31T12:00:00Z");
  return at;
}
