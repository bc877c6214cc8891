/**
 * One-use links of the command line: whoever opens one first is the owner, in that browser. The same browser may open it
 * again, and is led to where it leads.
 */
import { cookieLines } from "../shared/cookies.ts";
import { isToken, type LinkRow, lives, newId, rowId } from "../shared/rows.ts";
import { type Answer, type Handler, redirect } from "./answer.ts";
import { addressOf } from "./apps.ts";
import { tooMany, tried } from "./limits.ts";
import { logAccess } from "./log.ts";
import { toldTo } from "./pages.ts";
import { goOn } from "./passkeys.ts";
import type { Request } from "./request.ts";
import { beginSession, endSession, owner, sessionOf, tokenOf } from "./sessions.ts";
import { changeRow, getRow } from "./table.ts";

/** `/link?link=TOKEN` */
export const openLink: Handler = async (request, now) => {
  const { link } = request.query;
  const { from } = request;
  const wait = await tried("link", from, now);
  if (wait !== null) return tooMany(request, wait);
  const opened = isToken(link) ? await open(rowId.link(link), request, now) : null;
  logAccess({
    who: opened ? owner.sub : "nobody",
    what: "open a link",
    allowed: opened !== null,
    ...(opened ? {} : { why: "used, too old or unknown" }),
    from,
  });
  return opened ? lead(opened, request) : notGood(request);
};

interface Opened {
  purpose: LinkRow["purpose"];
  app?: string;
  /** Of the session that it made. */
  cookies: string[];
}

/** Null: it does not let this browser in. Of two that open it at once, one is the first. */
async function open(id: string, request: Request, now: number): Promise<Opened | null> {
  const before = await sessionOf(request, now);
  const seen = await getRow<LinkRow>(id, now);
  if (!seen) return null;
  if (before?.row.sub === owner.sub && seen.used !== undefined) return { ...seen, cookies: [] };
  const sid = newId();
  const when = "attribute_not_exists(#used) AND #expires > :now";
  const row = await changeRow<LinkRow>(id, { set: { used: sid }, when, names: ["expires"], given: { now } });
  if (!row) return null;
  const session = await beginSession(owner, "link", request, now, sid);
  if (before) await endSession(before.sid);
  return {
    ...row,
    cookies: cookieLines("session", await tokenOf(session, "signin", now), lives.session, request.secure),
  };
}

/** To the app; a person whose browser could have a passkey, and has none here yet, is asked on the way. */
async function lead({ purpose, app, cookies }: Opened, request: Request): Promise<Answer> {
  const address = await addressOf(app);
  if (!request.shown) return goOn(address, cookies);
  const { passkeysOf } = await import("./webauthn.ts");
  const ask = purpose === "enrol" || (await passkeysOf(owner.sub, request.host)).length === 0;
  if (!ask) return goOn(address, cookies);
  return redirect(address ? `/passkeys/new?app=${app}` : "/passkeys/new", cookies);
}

const notGood = (request: Request): Answer =>
  toldTo(request, {
    status: 401,
    code: "link-not-good",
    title: "This link does not work any more",
    text: `A link works once, and for ${lives.link / 60} minutes. Where you run your cloud, "freehold open" and the app's name, or "freehold passkey add", make a new one.`,
  });
