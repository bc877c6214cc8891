/** What the commands that start an operation share: flags to a request, questions before something comes or goes. */
import { appNameProblem } from "../../blueprints/app-name.ts";
import type { OperationEvent } from "../../stacks/events.ts";
import { askForCode, environmentBy } from "../access.ts";
import { readClouds } from "../clouds.ts";
import { type Input, list, type Outcome, text } from "../command.ts";
import { duration } from "../duration.ts";
import { faults } from "../errors.ts";
import { fromEnvironment, signInOf } from "../github.ts";
import type { OperationAnswers } from "../operations/request.ts";
import { type NewOperation, runOperation } from "../operations/start.ts";
import { passSecondFactor, takenSessions } from "../signing-in/second-factor.ts";
import { anyRegion } from "../signing-in/ways.ts";
import { converse } from "./asking.ts";

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
export function pairs(words: readonly string[], command = "up", flag = "--settings"): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at <= 0) throw faults.badFlag(command, flag, "is KEY=VALUE");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

export async function start(
  input: Input,
  asked: Omit<NewOperation, "command" | "cwd">,
  settings: Record<string, string> = pairs(list(input.flags, "settings")),
  more: Pick<OperationAnswers, "value"> = {},
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
  await askForCodeOf(input, asked, cloud);
  const token = fromEnvironment(input.env);
  const { secrets } = input;
  const sessions = takenSessions();
  const answers = { settings, ...more, sessions, ...(secrets && { secrets }), ...(token && { github: token }) };
  return { exitCode: await converse(input, request, answers, withSignIn) };
}

/** Before it begins: nobody can type one while it runs. */
async function askForCodeOf({ paths }: Input, { profile }: Partial<NewOperation>, cloud: string | undefined) {
  if (profile !== undefined) return passSecondFactor(environmentBy({ profile, signIn: "profile" }), anyRegion);
  const { clouds, current } = await readClouds(paths);
  const config = clouds.find(({ name }) => name === (cloud ?? current));
  return config && askForCode(paths, config);
}

/** What GitHub says to those it does not know, where it might say more to others. */
const hidden: ReadonlySet<string> = new Set(["github-limited", "repository-not-found", "repository-gone"]);

/** Starts again with the sign-in of `gh` where GitHub shows nothing without: the owner is asked about it only then. */
async function withSignIn(input: Input, request: NewOperation, answers: OperationAnswers): Promise<number> {
  if (answers.github) return runOperation(request, answers, input);
  const held: OperationEvent[] = [];
  const emit: Input["emit"] = (event) => {
    if (held.length > 0 || (event.type === "error" && hidden.has(event.code))) held.push(event);
    else input.emit(event);
  };
  const code = await runOperation(request, answers, { ...input, emit });
  const found = held.length > 0 ? await signInOf(input) : undefined;
  if (found) {
    answers.github = found;
    return runOperation(request, answers, input);
  }
  for (const event of held) input.emit(event);
  return code;
}

/** Of `up` and `upgrade`: a consent's digest, and the digest that is expected of the folder. Throws `flag-invalid`. */
export function digests({ flags }: Input, command: string): Pick<NewOperation, "accept" | "expect"> {
  const of = (name: "accept" | "expect") => {
    const value = text(flags, name);
    if (value !== undefined && !/^sha256:[0-9a-f]{64}$/.test(value))
      throw faults.badFlag(command, `--${name}`, "is a digest, sha256: and 64 hex digits");
    return value === undefined ? {} : { [name]: value };
  };
  return { ...of("accept"), ...of("expect") };
}

/** Of `up`, `preview`, `upgrade` and `setup`: `--refresh`. */
export const refreshed = ({ flags }: Input): Pick<NewOperation, "refresh"> =>
  flags["refresh"] === true ? { refresh: true } : {};

/** `--as`: another name than the blueprint's. Throws `flag-invalid`. */
export function named({ flags }: Input, command: string): Pick<NewOperation, "as"> {
  const as = text(flags, "as");
  const problem = as === undefined ? undefined : appNameProblem(as);
  if (problem !== undefined) throw faults.badFlag(command, "--as", `cannot be this: ${problem}`);
  return as === undefined ? {} : { as };
}

/** True without asking with `--yes`; without a terminal the answer is missing (exit code 3). */
export async function confirm(input: Input, question: string, flag: string): Promise<void> {
  if (input.flags["yes"] === true) return;
  if (!input.interactive) throw faults.answer(question, `${input.typed} ${flag}`);
  const answer = await input.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw faults.declined();
}
