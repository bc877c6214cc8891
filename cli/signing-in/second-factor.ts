/**
 * Roles that want a code of a second factor with every use. It is asked for on the terminal, or by the terminal app, before
 * an operation begins, since nobody can type one while it runs; once a command, and in the app once in the life of what it
 * opens. That stays in memory, here and in the operation's process, which is told over its stdin; it is in no file.
 */
import { homedir } from "node:os";
import { Fault } from "../../blueprints/fault.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";

/** As AWS's tools name them in an environment. */
type SessionKeys = Record<string, string>;

interface Session {
  keys: SessionKeys;
  /** Milliseconds since 1970. */
  expires?: number;
}

/** By profile. */
export type Sessions = Readonly<Record<string, Session>>;

let ask: ((question: string) => Promise<string>) | undefined;
let sessions: Sessions = {};

/** Whoever is there to type one: the command's terminal. */
export function codesAskedBy(asks: (question: string) => Promise<string>): void {
  ask = asks;
}

export function takeSessions(given: Sessions): void {
  sessions = given;
}

export const takenSessions = (): Sessions => sessions;

export const sessionOf = (profile: string): SessionKeys | undefined =>
  Object.hasOwn(sessions, profile) ? sessions[profile]!.keys : undefined;

/** One that is about to end is of no use to what begins now; as the SDK renews its own. */
const leastMs = 5 * 60_000;

function lasts(profile: string): boolean {
  if (!Object.hasOwn(sessions, profile)) return false;
  const { expires = Number.POSITIVE_INFINITY } = sessions[profile]!;
  // With nobody to ask, AWS says when it is over.
  return !ask || expires - Date.now() > leastMs;
}

/** A code that AWS did not take may have been the one before. */
const mostTries = 3;

/** Throws `declined` of an empty answer. */
async function codeTyped(asks: NonNullable<typeof ask>, question: string): Promise<string> {
  for (;;) {
    const code = (await asks(question)).trim();
    if (code === "") throw faults.declined();
    if (/^\d{6}$/.test(code)) return code;
  }
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Asks for the code if the profile that this environment names wants one. In turn, since what one command of the app was
 * told serves the next. `environment`: as it is without what a code has opened. Throws `second-factor-needed` where nobody
 * can be asked, `declined`, credentials, `denied`.
 */
export function passSecondFactor(environment: Record<string, string>, region: string): Promise<void> {
  const mine = turn.then(() => pass(environment, region));
  turn = mine.catch(() => undefined);
  return mine;
}

async function pass(environment: Record<string, string>, region: string): Promise<void> {
  const profile = environment["AWS_PROFILE"] || "default";
  if (environment["AWS_ACCESS_KEY_ID"] || lasts(profile)) return;
  const { wantsCode } = await import("./profiles.ts");
  if (!(await wantsCode(environment, environment["HOME"] || homedir(), profile))) return;
  if (!ask) throw faults.secondFactor(profile);
  sessions = { ...sessions, [profile]: await opened(ask, environment, region, profile) };
}

async function opened(
  asks: NonNullable<typeof ask>,
  environment: Record<string, string>,
  region: string,
  profile: string,
): Promise<Session> {
  const { keysByCode } = await import("../../stacks/deploy.ts");
  for (let tries = 1; ; tries++) {
    try {
      const again = tries === 1 ? "" : "AWS did not take that one. ";
      return await keysByCode({ environment: { ...environment, AWS_PROFILE: profile }, region }, (factor) =>
        codeTyped(asks, safeText(`${again}Code of ${factor}, for the profile ${profile}: `)),
      );
    } catch (error) {
      const refused = error instanceof Fault && /MultiFactorAuthentication failed/.test(error.detail ?? "");
      if (!refused || tries >= mostTries) throw error;
    }
  }
}
