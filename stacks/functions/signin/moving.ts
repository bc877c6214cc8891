/**
 * Sign-in at another address of its own. Passkeys belong to one host: who has one for another host of this very site signs
 * in there, as ever, and comes over with a code (one use, a minute, for the browser it began in) to make one here. The way
 * leads between hosts that this site was told of, and to no other.
 */
import { createHash } from "node:crypto";
import { cookieLines, cookieValues } from "../shared/cookies.ts";
import { localPort } from "../shared/local-port.ts";
import { type CodeRow, isToken, lives, newToken, type PasskeyRow, rowId } from "../shared/rows.ts";
import { sitePath } from "../shared/site-path.ts";
import { type Answer, type Handler, redirect } from "./answer.ts";
import { hostOfOwn } from "./apps.ts";
import { config } from "./config.ts";
import { tooMany, tried } from "./limits.ts";
import { logAccess } from "./log.ts";
import { type OtherHost, signInPage, toldTo } from "./pages.ts";
import type { Request } from "./request.ts";
import { endSession, mayAdd, sessionOf, standing, tokenOf } from "./sessions.ts";
import { addRow, rowsOf, takeRow } from "./table.ts";

/** So long a person may take to sign in. */
const seconds = 600;
/** In the row of a code: no app is called so, and so no gate gets anything for it. */
const site = "/signin";

const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
const addressOfHost = (host: string): string =>
  host === config.localHost ? `http://${host}:${localPort()}` : `https://${host}`;

/** All hosts of this site but this one. */
async function others(here: string): Promise<string[]> {
  const { hosts = [] } = config;
  if (hosts.length === 0) return [];
  return [...hosts, await hostOfOwn()].filter((host) => host !== here);
}

const knownFor = 60;
let passkeyHosts = { hosts: new Set<string>(), until: 0 };

async function withPasskeys(hosts: readonly string[], now: number): Promise<string[]> {
  if (hosts.length === 0) return [];
  if (passkeyHosts.until <= now) {
    const rows = await rowsOf<PasskeyRow>("passkey/");
    passkeyHosts = { hosts: new Set(rows.map(({ host }) => host)), until: now + knownFor };
  }
  return hosts.filter((host) => passkeyHosts.hosts.has(host));
}

/** The page that asks for a passkey; with the ways to other hosts for which there are some. */
export async function signInHere(request: Request, app: string | undefined, now: number): Promise<Answer> {
  const hosts = await withPasskeys(await others(request.host), now);
  if (hosts.length === 0) return signInPage(app);
  const [begun] = cookieValues(request.cookies, "signin", request.secure);
  const verifier = isToken(begun) ? begun : newToken();
  const to = `${request.path}?${new URLSearchParams(request.query as Record<string, string>)}`;
  const query = new URLSearchParams({ host: request.host, challenge: challengeOf(verifier), to });
  const ways = hosts.map((host): OtherHost => ({ host, address: `${addressOfHost(host)}/move?${query}` }));
  return { ...signInPage(app, ways), cookies: cookieLines("signin", verifier, seconds, request.secure) };
}

/** `/move?host=HOST&challenge=C&to=/path`, asked of the host that the passkey is for; HOST is where it came from. */
export const move: Handler = async (request, now) => {
  const { host, challenge, to } = request.query;
  if (!host || !isToken(challenge) || !(await others(request.host)).includes(host)) return nowhere(request);
  const session = await sessionOf(request, now);
  // A passkey is to be made over there: a session that is older adds none here, and so none there.
  if (!mayAdd(session, now)) return signInPage();
  const code = newToken();
  const row: CodeRow = { app: site, sid: session.sid, challenge, expires: now + lives.code };
  if (!(await addRow(rowId.code(code), row))) throw new Error("two codes are one");
  logAccess({ who: session.row.sub, what: `go to ${host}`, allowed: true, from: request.from });
  return redirect(`${addressOfHost(host)}/moved?${new URLSearchParams({ code, to: sitePath(to) })}`);
};

/** `/moved?code=CODE&to=/path`, back at the host where it began: the session is good here, too. */
export const moved: Handler = async (request, now) => {
  const { code, to } = request.query;
  const wait = await tried("code", request.from, now);
  if (wait !== null) return tooMany(request, wait);
  const [verifier = ""] = cookieValues(request.cookies, "signin", request.secure);
  const good = isToken(code) && isToken(verifier);
  const row = good
    ? await takeRow<CodeRow>(rowId.code(code), { app: site, challenge: challengeOf(verifier) }, now)
    : null;
  const session = row ? await standing(row.sid, now) : null;
  const why = session ? {} : { why: row ? "session ended" : "code not good" };
  logAccess({
    who: session?.sub ?? "nobody",
    what: "come over",
    allowed: session !== null,
    ...why,
    from: request.from,
  });
  if (!row || !session) return stale(request);
  const before = await sessionOf(request, now);
  if (before && before.sid !== row.sid) await endSession(before.sid);
  const { secure } = request;
  const token = await tokenOf({ sid: row.sid, row: session, iat: now }, "signin", now);
  return redirect(`/passkeys/new?${new URLSearchParams({ to: sitePath(to) })}`, [
    ...cookieLines("session", token, lives.session, secure),
    ...cookieLines("signin", "", 0, secure),
  ]);
};

const nowhere = (request: Request): Answer =>
  toldTo(request, {
    status: 404,
    code: "no-such-address",
    title: "This way leads nowhere",
    text: "It begins at the sign-in page of one of this cloud's own addresses.",
  });

const stale = (request: Request): Answer =>
  toldTo(request, {
    status: 401,
    code: "sign-in-stale",
    title: "This sign-in is over",
    text: "It was used, took too long, or began in another browser. Begin again at the app.",
  });
