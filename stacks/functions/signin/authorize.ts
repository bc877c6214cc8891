/**
 * From this site to an app: a code in the address, for one app, one session and the browser that the app's gate has put
 * its cookie into; and what gates ask with it. The way back is the app's own address, as the account knows it.
 */
import { createHash } from "node:crypto";
import { cookieLines } from "../shared/cookies.ts";
import { type CodeRow, isToken, lives, newToken, rowId, type SessionRow } from "../shared/rows.ts";
import type { SigninRequest, SigninResponse } from "../shared/signin.ts";
import { sitePath } from "../shared/site-path.ts";
import { type Answer, type Handler, redirect } from "./answer.ts";
import { addressAt } from "./apps.ts";
import { audienceOf } from "./config.ts";
import { tried } from "./limits.ts";
import { logAccess } from "./log.ts";
import { signInHere } from "./moving.ts";
import { toldTo } from "./pages.ts";
import type { Request } from "./request.ts";
import { endSession, type Known, knownBy, prolong, sessionOf, standing, tokenOf } from "./sessions.ts";
import { addRow, takeRow } from "./table.ts";

const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");

/** A guest is let into one app. */
const isFor = ({ app }: SessionRow, asked: string): boolean => app === undefined || app === asked;

/** `/authorize?app=APP&to=/path&challenge=C`, of a gate that was asked by a name of its owner's with `&host=HOST`. */
export const authorize: Handler = async (request, now) => {
  const { app, challenge, host } = request.query;
  const address = await addressAt(app, host);
  if (!app || !address || !isToken(challenge)) return unknownWay(request);
  const session = await sessionOf(request, now);
  if (!session) return signInFirst(request, app, now);
  const { sub } = session.row;
  const allowed = isFor(session.row, app);
  const why = allowed ? {} : { why: "guest of another app" };
  logAccess({ who: sub, what: `go to ${app}`, allowed, ...why, from: request.from });
  if (!allowed) return otherApp(request);
  const code = newToken();
  const row: CodeRow = { app, sid: session.sid, challenge, expires: now + lives.code };
  if (!(await addRow(rowId.code(code), row))) throw new Error("two codes are one");
  const to = sitePath(request.query["to"]);
  return redirect(
    `${address}.freehold/signin?code=${code}&to=${encodeURIComponent(to)}`,
    await fresh(session, request, now),
  );
};

/** This site's own cookie goes on with its use. */
async function fresh(session: Known, { secure }: Request, now: number): Promise<string[]> {
  if (session.iat + lives.renew > now) return [];
  const longer = await prolong(session, now);
  return longer ? cookieLines("session", await tokenOf(longer, "signin", now), lives.session, secure) : [];
}

/** What gates ask. Whatever is not good is answered with null; that nobody can tell rejects. */
export async function answerGate(asked: SigninRequest, now: number): Promise<SigninResponse> {
  if (typeof asked.app !== "string" || typeof asked.from !== "string") return { session: null };
  return asked.ask === "exchange" ? exchange(asked, now) : renewOrEnd(asked, now);
}

type Exchange = Extract<SigninRequest, { ask: "exchange" }>;

async function exchange({ app, code, verifier, from }: Exchange, now: number): Promise<SigninResponse> {
  if (!isToken(code) || typeof verifier !== "string" || verifier.length > 200) return { session: null };
  const wait = await tried("code", from, now);
  if (wait !== null) return { session: null, wait };
  const row = await takeRow<CodeRow>(rowId.code(code), { app, challenge: challengeOf(verifier) }, now);
  const session = row ? await standing(row.sid, now) : null;
  const good = row && session && isFor(session, app);
  logAccess({
    who: good ? session.sub : "nobody",
    what: `sign in to ${app}`,
    allowed: Boolean(good),
    ...(good ? {} : { why: row ? "session ended" : "code not good" }),
    from,
  });
  return { session: good ? await tokenOf({ sid: row.sid, row: session, iat: now }, app, now) : null };
}

type RenewOrEnd = Exclude<SigninRequest, { ask: "exchange" }>;

async function renewOrEnd({ ask, app, session: token, from }: RenewOrEnd, now: number): Promise<SigninResponse> {
  const known = typeof token === "string" ? await knownBy(token, audienceOf(app), now) : null;
  if (!known || !isFor(known.row, app)) return { session: null };
  if (ask === "end") {
    await endSession(known.sid);
    logAccess({ who: known.row.sub, what: `sign out at ${app}`, allowed: true, from });
    return { session: null };
  }
  const longer = ask === "renew" ? await prolong(known, now) : null;
  return { session: longer ? await tokenOf(longer, app, now) : null };
}

async function signInFirst(request: Request, app: string, now: number): Promise<Answer> {
  if (request.shown) return signInHere(request, app, now);
  return toldTo(request, {
    status: 401,
    code: "sign-in-first",
    title: "Sign in first",
    text: `"freehold open ${app}" makes a link that signs you in once.`,
  });
}

const unknownWay = (request: Request): Answer =>
  toldTo(request, {
    status: 404,
    code: "no-such-app",
    title: "There is no such app",
    text: 'This address leads to no app of this cloud. "freehold ls" shows the apps there are.',
  });

const otherApp = (request: Request): Answer =>
  toldTo(request, {
    status: 403,
    code: "guest-of-another-app",
    title: "You are a guest of another app",
    text: "An invitation is for one app. The owner of this cloud can invite you to this one, too.",
  });
