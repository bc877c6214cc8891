/**
 * Sessions: a row each, which every token of it names; deleting the row ends it at every app within the time a gate takes
 * what it knows. A guest's never outlives the guest.
 */
import { cookieValues } from "../shared/cookies.ts";
import { type GuestRow, lives, newId, rowId, type SessionRow } from "../shared/rows.ts";
import { check, issue, kidOfToken } from "../shared/session.ts";
import { audienceOf, ownAudience } from "./config.ts";
import { publicKey, signer } from "./keys.ts";
import type { Request } from "./request.ts";
import { addRow, changeRow, getRow, removeRow, rowsOf } from "./table.ts";

export interface Known {
  sid: string;
  row: SessionRow;
  /** When the token that was shown was made. */
  iat: number;
}

export interface Person {
  /** `owner`, or `guest/ID`. */
  sub: string;
  role: string;
  /** Of a guest: the one app, and when it is over. */
  app?: string;
  until?: number;
}

export const owner: Person = { sub: "owner", role: "owner" };

/** Null: removed, or its time is over. No guest is ever the owner, whatever a row says. */
export async function guestOf(sub: string, now: number): Promise<(Person & { name: string }) | null> {
  const id = /^guest\/([0-9a-f]{16})$/.exec(sub)?.[1];
  const row = id ? await getRow<GuestRow>(rowId.guest(id), now) : null;
  if (!row || row.role === "owner") return null;
  return { sub, role: row.role, app: row.app, until: row.expires, name: row.name };
}

const endOf = (now: number, until = Number.POSITIVE_INFINITY): number => Math.min(now + lives.session, until);

export async function beginSession(
  person: Person,
  by: string,
  request: Request,
  now: number,
  sid = newId(),
): Promise<Known> {
  const { sub, role, app, until } = person;
  const { from, agent } = request;
  const row: SessionRow = { sub, role, app, by, created: now, seen: now, from, agent, expires: endOf(now, until) };
  if (!(await addRow(rowId.session(sid), row))) throw new Error("two sessions have one name");
  return { sid, row, iat: now };
}

/** A token of the session for one site: `signin`, or an app. */
export async function tokenOf({ sid, row }: Known, site: string, now: number): Promise<string> {
  const { kid, key } = await signer(now);
  const { sub, role, expires } = row;
  return issue({ aud: audienceOf(site), sub, role, sid, iat: now, exp: endOf(now, expires) }, kid, key);
}

/** The session of a token for this site; null for whatever is none, or was ended. */
export async function knownBy(token: string, audience: string, now: number): Promise<Known | null> {
  const kid = kidOfToken(token);
  const key = kid ? await publicKey(kid, now) : null;
  const session = key ? check(token, audience, key, now) : null;
  if (!session) return null;
  const row = await standing(session.sid, now);
  return row?.sub === session.sub ? { sid: session.sid, row, iat: session.iat } : null;
}

/** The row of a session that stands; null when it was ended, or its guest is none any more. */
export async function standing(sid: string, now: number): Promise<SessionRow | null> {
  const row = await getRow<SessionRow>(rowId.session(sid), now);
  if (!row || row.sub === owner.sub) return row;
  return (await guestOf(row.sub, now)) ? row : null;
}

/** Who has this browser signed in at this site. */
export async function sessionOf({ cookies, secure }: Request, now: number): Promise<Known | null> {
  const [token] = cookieValues(cookies, "session", secure);
  return token ? knownBy(token, ownAudience, now) : null;
}

/** Another 24 hours; null when it was ended meanwhile. */
export async function prolong({ sid, row, iat }: Known, now: number): Promise<Known | null> {
  const guest = row.sub === owner.sub ? undefined : await guestOf(row.sub, now);
  if (guest === null) return null;
  const expires = endOf(now, guest?.until);
  const changed = await changeRow<SessionRow>(rowId.session(sid), { set: { seen: now, expires } });
  return changed && { sid, row: changed, iat };
}

export const endSession = (sid: string): Promise<void> => removeRow(rowId.session(sid));

/** At every browser of this person. */
export async function endAll(sub: string): Promise<number> {
  const rows = await rowsOf<SessionRow>("session/", sub);
  for (const { id } of rows) await removeRow(id);
  return rows.length;
}

/** Who adds a passkey has signed in so recently; a cookie that was copied adds none tomorrow. In seconds. */
const freshFor = 900;

export const mayAdd = (session: Known | null, now: number): session is Known =>
  session !== null && session.row.created + freshFor > now;
