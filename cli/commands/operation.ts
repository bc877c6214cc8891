/** What the commands that start an operation share: flags to a request, a question before something goes. */

import { type Input, list, type Outcome, text } from "../command.ts";
import { duration } from "../duration.ts";
import { faults } from "../errors.ts";
import { type NewOperation, runOperation } from "../operations/start.ts";

/** Of `--wait`: milliseconds, -1 for ever, undefined for not at all. */
export function waitMs({ flags }: Input): number | undefined {
  const said = text(flags, "wait");
  if (said === undefined) return undefined;
  if (said === "forever") return -1;
  const ms = duration(said);
  if (ms === undefined) throw faults.badFlag("", "--wait", "is a time, as 30s or 5m");
  return ms;
}

/** `KEY=VALUE` words. Throws `flag-invalid`; never repeats a value. */
export function pairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at <= 0) throw faults.badFlag("up", "--settings", "is KEY=VALUE");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

export async function start(
  input: Input,
  asked: Omit<NewOperation, "command" | "cwd">,
  settings: Record<string, string> = pairs(list(input.flags, "settings")),
): Promise<Outcome> {
  const cloud = asked.cloud ?? text(input.flags, "cloud");
  const wait = waitMs(input);
  const request: NewOperation = {
    ...asked,
    command: input.typed,
    cwd: input.cwd,
    ...(cloud === undefined ? {} : { cloud }),
    ...(wait === undefined ? {} : { waitMs: wait }),
  };
  return { exitCode: await runOperation(request, { settings }, input) };
}

/** True without asking with `--yes`; without a terminal the answer is missing (exit code 3). */
export async function confirm(input: Input, question: string, flag: string): Promise<void> {
  if (input.flags["yes"] === true) return;
  if (!input.interactive) throw faults.answer(question, `${input.typed} ${flag}`);
  const answer = await input.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw faults.declined();
}
