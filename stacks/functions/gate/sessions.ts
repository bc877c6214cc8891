/**
 * Who a session's cookie is: a token signed by the sign-in function, good while its row stands. The row is looked up at
 * most every half a minute; when that cannot be done, nobody passes.
 */
import { lives, rowId, type SessionRow } from "../shared/rows.ts";
import { check, kidOfToken, type Session } from "../shared/session.ts";
import { readRow } from "./access-rows.ts";
import { audience, config } from "./config.ts";
import { valuesOf } from "./cookies.ts";
import type { UrlEvent } from "./event.ts";
import { signingKey } from "./signing-keys.ts";
import type { Who } from "./who.ts";

export interface SignedIn {
  token: string;
  /** Seconds since 1970. */
  issuedAt: number;
  who: Who;
}

/** Tokens checked before, so that a warm request costs no signature and no question. */
const seen = new Map<string, { session: Session; role: string; until: number }>();
const mostSeen = 200;

/** The first cookie counts. Rejects when it cannot be known whether the session still stands. */
export async function sessionOf(event: UrlEvent): Promise<SignedIn | null> {
  const [token] = valuesOf(event, "session");
  if (!token) return null;
  const now = Date.now() / 1000;
  const known = seen.get(token);
  if (known && known.until > now) return known.session.exp > now ? signedIn(token, known.session, known.role) : null;
  seen.delete(token);
  const session = await verified(token, now);
  const row = session && (await readRow<SessionRow>(rowId.session(session.sid), now));
  if (!session || !row || !stands(session, row)) return null;
  if (seen.size >= mostSeen) seen.clear();
  seen.set(token, { session, role: row.role, until: now + lives.known });
  return signedIn(token, session, row.role);
}

const signedIn = (token: string, { sub, iat }: Session, role: string): SignedIn => ({
  token,
  issuedAt: iat,
  who: { sub, role },
});

/** The row's word counts: whose it is, and of a guest at which app. */
function stands(session: Session, row: SessionRow): boolean {
  if (row.sub !== session.sub) return false;
  return row.sub === "owner" ? row.app === undefined : row.app === config.app;
}

/** By its signature alone; null for what is no session of this app. */
async function verified(token: string, now: number): Promise<Session | null> {
  const kid = kidOfToken(token);
  const key = kid && (await signingKey(kid, now));
  if (!key) return null;
  try {
    return check(token, audience, key, now);
  } catch {
    return null;
  }
}

/** All sessions that the request carries, and that are this app's by their signature. */
export async function endable(event: UrlEvent): Promise<string[]> {
  const tokens = [...new Set(valuesOf(event, "session"))];
  const checked = await Promise.all(tokens.map((token) => verified(token, Date.now() / 1000)));
  return tokens.filter((_, at) => checked[at] !== null);
}

export const forget = (token: string): void => void seen.delete(token);
