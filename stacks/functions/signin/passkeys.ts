/**
 * Passkeys: signing in with one, and adding one to whoever has just signed in. Asked for by this site's own pages only.
 */
import { cookieLines } from "../shared/cookies.ts";
import { lives, type PasskeyRow, rowId } from "../shared/rows.ts";
import { sitePath } from "../shared/site-path.ts";
import { type Answer, type Handler, json, redirect } from "./answer.ts";
import { addressOf, beginning } from "./apps.ts";
import { config } from "./config.ts";
import { tried } from "./limits.ts";
import { logAccess } from "./log.ts";
import { signInHere } from "./moving.ts";
import { addPage } from "./pages.ts";
import { fieldsOf, type Request } from "./request.ts";
import {
  beginSession,
  endSession,
  guestOf,
  type Known,
  mayAdd,
  owner,
  type Person,
  sessionOf,
  tokenOf,
} from "./sessions.ts";
import { addRow, changeRow, getRow, type Row } from "./table.ts";

/** The library is behind it. */
const webauthn = () => import("./webauthn.ts");

const longestName = 60;

/** What a guest's device shows beside the passkey. */
export const guestName = (app: string | undefined): string => `Guest of ${app}`;

export const refusal = (status: number, error: string, message: string): Answer => json(status, { error, message });

const tooMany = (wait: number): Answer => ({
  ...refusal(429, "too-many", "Too many tries from this address. Try again in a minute."),
  headers: { "content-type": "application/json", "retry-after": String(wait) },
});

/** Before anything else of a ceremony; an answer is a refusal. */
export async function busy(kind: "passkey" | "invite", { from }: Request, now: number): Promise<Answer | null> {
  const wait = await tried(kind, from, now);
  return wait === null ? null : tooMany(wait);
}

export const signInOptions: Handler = async (request, now) =>
  (await busy("passkey", request, now)) ?? json(200, await (await webauthn()).requestOptions(request, now));

export const signIn: Handler = async (request, now) => {
  const refused = await busy("passkey", request, now);
  if (refused) return refused;
  const response = fieldsOf(request)?.["response"] as { id?: unknown } | undefined;
  const row =
    typeof response?.id === "string" && /^[\w-]{16,1400}$/.test(response.id)
      ? await getRow<PasskeyRow>(rowId.passkey(response.id), now)
      : null;
  const person = row && row.host === request.host ? await personOf(row, now) : null;
  const good = row && person ? await (await webauthn()).verified(response, row, request, now) : null;
  if (!row || !person || !good || !(await noteUse(row, good.counter, now))) {
    logAccess({ who: "nobody", what: "sign in", allowed: false, why: "passkey not accepted", from: request.from });
    return refusal(401, "passkey-not-accepted", "This passkey is not one of this cloud's, or not any more.");
  }
  logAccess({ who: person.sub, what: "sign in", allowed: true, from: request.from });
  return signedIn(await beginSession(person, row.name, request, now), request, now, {});
};

const personOf = async ({ sub }: PasskeyRow, now: number): Promise<Person | null> =>
  sub === owner.sub ? owner : guestOf(sub, now);

/** False: another answer with this counter, or a later one, came first: somebody has a copy. */
async function noteUse({ id }: Row<PasskeyRow>, counter: number, now: number): Promise<boolean> {
  // Devices that do not count answer 0 each time.
  const when = counter === 0 ? "#counter = :counter" : "#counter < :counter";
  return (await changeRow(id, { set: { counter, used: now }, when })) !== null;
}

/** The new session takes the place of the one this browser had. */
export async function signedIn(
  session: Known,
  request: Request,
  now: number,
  answer: Record<string, unknown>,
): Promise<Answer> {
  const before = await sessionOf(request, now);
  if (before) await endSession(before.sid);
  return json(
    200,
    answer,
    cookieLines("session", await tokenOf(session, "signin", now), lives.session, request.secure),
  );
}

/** A guest has several devices, and no use for filling the owner's table. */
const mostOfGuest = 10;

/** Whose passkey is to be added, which is whose session it is: owner or guest; or why not. */
async function whoAdds(request: Request, now: number): Promise<Known | Answer> {
  const refused = await busy("passkey", request, now);
  if (refused) return refused;
  const session = await sessionOf(request, now);
  if (!mayAdd(session, now)) return signInAgain();
  const { sub } = session.row;
  if (sub === owner.sub) return session;
  const there = await (await webauthn()).passkeysOf(sub, request.host);
  return there.length < mostOfGuest ? session : enough();
}

/** `/passkeys/new?app=APP`: APP is where it goes on afterwards; `?to=/path`: a page of this site is, for who came over. */
export const newPasskeyPage: Handler = async (request, now) => {
  const session = await sessionOf(request, now);
  const { app, to } = request.query;
  const address = await addressOf(app);
  if (!mayAdd(session, now)) return signInHere(request, address ? app : undefined, now);
  const there = await (await webauthn()).passkeysOf(session.row.sub, request.host);
  const next = address ? beginning(address) : sitePath(to);
  return addPage({ name: defaultName(request), next, more: there.length > 0, moved: to !== undefined });
};

export const addOptions: Handler = async (request, now) => {
  const adding = await whoAdds(request, now);
  if ("statusCode" in adding) return adding;
  const { sub, app } = adding.row;
  const userName = sub === owner.sub ? `The owner of ${config.cloud}` : guestName(app);
  const enrolment = { purpose: "enrol", sub, userName } as const;
  return json(200, await (await webauthn()).creationOptions(enrolment, request, now));
};

export const addPasskey: Handler = async (request, now) => {
  const adding = await whoAdds(request, now);
  if ("statusCode" in adding) return adding;
  const { sub } = adding.row;
  const added = await enrol("enrol", sub, fieldsOf(request), request, now);
  logAccess({ who: sub, what: "add a passkey", allowed: added, from: request.from });
  return added ? json(200, {}) : notAccepted();
};

const signInAgain = (): Answer =>
  refusal(401, "sign-in-first", "You signed in too long ago to add a passkey. Load this page again and sign in.");

const enough = (): Answer =>
  refusal(409, "too-many-passkeys", `A guest has ${mostOfGuest} passkeys at most. The owner can remove some of yours.`);

export const notAccepted = (): Answer =>
  refusal(400, "passkey-not-accepted", "The passkey was not accepted. Load this page again and try once more.");

/** Makes the row; false when the answer is not good, or the passkey is there already. `first` is done in between. */
export async function enrol(
  purpose: "enrol" | "invite",
  sub: string,
  fields: Record<string, unknown> | null,
  request: Request,
  now: number,
  first: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const made = await (await webauthn()).enrolled(fields?.["response"], { purpose, sub }, request, now);
  if (!made || !(await first())) return false;
  const { host } = request;
  const name = nameOf(fields, request);
  return addRow(rowId.passkey(made.credential), {
    sub,
    name,
    host,
    created: now,
    ...made.passkey,
  } satisfies PasskeyRow);
}

/** As the person calls it, in one line. */
export function nameOf(fields: Record<string, unknown> | null, request: Request): string {
  const asked = fields?.["name"];
  const name =
    typeof asked === "string"
      ? asked
          .replace(/[\p{C}\s]+/gu, " ")
          .trim()
          .slice(0, longestName)
      : "";
  return name === "" ? defaultName(request) : name;
}

/** Of the browser's own words the first that fits; Chrome says Safari, and Edge says both. */
const browsers = [
  ["Edge", /Edg/],
  ["Opera", /OPR\//],
  ["Firefox", /Firefox|FxiOS/],
  ["Chrome", /Chrome|CriOS/],
  ["Safari", /Safari/],
] as const;
const systems = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X|Macintosh/],
  ["ChromeOS", /CrOS/],
  ["Linux", /Linux/],
] as const;

/** `Chrome on macOS` */
export function defaultName({ agent }: Pick<Request, "agent">): string {
  const browser = browsers.find(([, said]) => said.test(agent))?.[0] ?? "A browser";
  const system = systems.find(([, said]) => said.test(agent))?.[0];
  return system ? `${browser} on ${system}` : browser;
}

/** Answers a redirect to where a browser goes on with its new session. */
export const goOn = (address: string | null, cookies: string[]): Answer =>
  redirect(address ? beginning(address) : "/", cookies);
