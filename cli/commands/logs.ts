/** `logs`: lines of an app's functions and gate, oldest first; with -f until Ctrl-C. */

import { exitCodes } from "../../blueprints/fault.ts";
import type { LogLine } from "../../stacks/deploy.ts";
import { enterCloud } from "../access.ts";
import { type CloudConfig, findCloud } from "../clouds.ts";
import { type Input, type Outcome, text } from "../command.ts";
import { duration } from "../duration.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { findApp } from "./app.ts";

export async function run(input: Input): Promise<Outcome> {
  const since = sinceOf(text(input.flags, "since"), Date.now(), "logs");
  const { config, stack } = await stackMeant(input);
  const cloud = await enterCloud(input.paths, config);
  const { readLogs } = await import("../../stacks/deploy.ts");
  const abort = new AbortController();
  const stop = input.onInterrupt(() => abort.abort());
  const follow = input.flags["follow"] === true;
  try {
    await readLogs(
      cloud,
      stack,
      {
        ...{ follow, signal: abort.signal, ...(since === undefined ? {} : { since }) },
        ...flag(input, "function"),
        ...flag(input, "filter"),
      },
      (line) => input.line({ type: "log", ...line }, (paint) => plainLine(line, paint)),
    );
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    stop();
  }
  return { exitCode: abort.signal.aborted ? exitCodes.interrupted : exitCodes.done };
}

/** An app's, or that of one's own functions. */
async function stackMeant(input: Input): Promise<{ config: CloudConfig; stack: string }> {
  if (input.args[0] === "things")
    return { config: await findCloud(input.paths, text(input.flags, "cloud")), stack: "things" };
  const { config, app } = await findApp(input);
  return { config, stack: app.name };
}

function flag<T extends string>(input: Input, name: T): { [name in T]?: string } {
  const said = text(input.flags, name);
  return (said === undefined ? {} : { [name]: said }) as { [name in T]?: string };
}

/** Time and id stand before the message once: the runtime's own of each line of `console` are left out. */
function plainLine({ at, function: name, requestId, message }: LogLine, paint: Paint): string {
  const shown = safeText(message.trimEnd(), { lines: true });
  const own = /^\d{4}-\d\d-\d\dT[\d:.]+Z\s+[0-9a-f-]{36}\s+/.exec(shown);
  const words = own ? shown.slice(own[0].length) : shown;
  const level = /^(ERROR|WARN|FATAL)\b/.exec(words)?.[1];
  const paintWords =
    level === undefined ? words : (level === "WARN" ? paint.warn : paint.bad)(level) + words.slice(level.length);
  const id = requestId === undefined ? "-".padEnd(8) : requestId.slice(0, 8);
  return `${paint.dim(at)} ${paint.bold(safeText(name))} ${paint.dim(id)} ${paintWords}`;
}

/** `--since`: milliseconds since 1970. Throws `flag-invalid`. */
export function sinceOf(said: string | undefined, now: number, command: string): number | undefined {
  if (said === undefined) return undefined;
  const back = duration(said);
  if (back !== undefined) return now - back;
  const at = /^\d{4}-\d{2}-\d{2}/.test(said) ? Date.parse(said) : Number.NaN;
  if (Number.isNaN(at)) throw faults.badFlag(command, "--since", "is a time, as 10m, 2h, or 2026-01-31T12:00:00Z");
  return at;
}
