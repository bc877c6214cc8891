/**
 * Roles that want a code of a second factor with every use. It is asked for on the terminal, once a command and before an
 * operation begins, since nobody can type one while it runs. What it opens stays in memory, here and in the operation's
 * process, which is told over its stdin; it is in no file.
 */
import { homedir } from "node:os";
import { Fault } from "../../blueprints/fault.ts";
import { faults } from "../errors.ts";
import { safeText } from "../safe-text.ts";

/** As AWS's tools name them in an environment. */
type SessionKeys = Record<string, string>;

/** By profile. */
export type Sessions = Readonly<Record<string, SessionKeys>>;

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
  Object.hasOwn(sessions, profile) ? sessions[profile] : undefined;

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

/**
 * Asks for the code if the profile that this environment names wants one. Throws `second-factor-needed` where nobody can
 * be asked, credentials, `denied`.
 */
export async function passSecondFactor(environment: Record<string, string>, region: string): Promise<void> {
  const profile = environment["AWS_PROFILE"] || "default";
  if (environment["AWS_ACCESS_KEY_ID"] || sessionOf(profile)) return;
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
): Promise<SessionKeys> {
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
