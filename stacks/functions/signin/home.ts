/** Signed in, and out again: this browser, or all of the person's. */
import { cookieLines } from "../shared/cookies.ts";
import { type Handler, redirect } from "./answer.ts";
import { config } from "./config.ts";
import { logAccess } from "./log.ts";
import { signInHere } from "./moving.ts";
import { homePage } from "./pages.ts";
import { endAll, endSession, owner, sessionOf } from "./sessions.ts";

/** `/` */
export const showHome: Handler = async (request, now) => {
  const session = await sessionOf(request, now);
  if (!session) return signInHere(request, undefined, now);
  const { sub, app, role } = session.row;
  const { passkeysOf } = await import("./webauthn.ts");
  const names = (await passkeysOf(sub, request.host)).map(({ name }) => name).sort();
  const who = sub === owner.sub ? `the owner of ${config.cloud}` : `a guest of ${app}, as ${role}`;
  return homePage({ who, passkeys: names });
};

export const signOut: Handler = async (request, now) => {
  const session = await sessionOf(request, now);
  if (session) {
    await endSession(session.sid);
    logAccess({ who: session.row.sub, what: "sign out", allowed: true, from: request.from });
  }
  return redirect("/", cookieLines("session", "", 0, request.secure));
};

export const signOutEverywhere: Handler = async (request, now) => {
  const session = await sessionOf(request, now);
  if (session) {
    await endAll(session.row.sub);
    logAccess({ who: session.row.sub, what: "sign out everywhere", allowed: true, from: request.from });
  }
  return redirect("/", cookieLines("session", "", 0, request.secure));
};
