/**
 * Invitations: looking at one uses nothing; it is used with the passkey it is for, by one person. A guest gets the app
 * and the role that the invitation says, until the guest's own end, and is never the owner.
 */
import { type GuestRow, type InviteRow, isToken, rowId } from "../shared/rows.ts";
import { type Answer, type Handler, json } from "./answer.ts";
import { addressOf, beginning } from "./apps.ts";
import { tooMany, tried } from "./limits.ts";
import { logAccess } from "./log.ts";
import { invitePage, toldTo } from "./pages.ts";
import { busy, defaultName, enrol, guestName, notAccepted, refusal, signedIn } from "./passkeys.ts";
import { fieldsOf, type Request } from "./request.ts";
import { beginSession, guestOf, owner, type Person, sessionOf } from "./sessions.ts";
import { changeRow, getRow, takeRow } from "./table.ts";

type Guest = Person & { name: string; app: string; until: number };

/** Null: used, withdrawn, too old, unknown. */
async function invited(token: unknown, now: number): Promise<Guest | null> {
  if (typeof token !== "string" || !isToken(token)) return null;
  const row = await getRow<InviteRow>(rowId.invite(token), now);
  const guest = row ? await guestOf(`guest/${row.guest}`, now) : null;
  if (!guest?.app || guest.until === undefined || guest.app !== row?.app) return null;
  return { ...guest, app: guest.app, until: guest.until };
}

/** `/invite?invite=TOKEN` */
export const showInvitation: Handler = async (request, now) => {
  const wait = await tried("invite", request.from, now);
  if (wait !== null) return tooMany(request, wait);
  const { invite } = request.query;
  const guest = await invited(invite, now);
  const address = await addressOf(guest?.app);
  if (!guest || !address || !invite) {
    logAccess({ who: "nobody", what: "open an invitation", allowed: false, why: "not good", from: request.from });
    return notGood(request);
  }
  const { app, role, until } = guest;
  const isOwner = (await sessionOf(request, now))?.row.sub === owner.sub;
  return invitePage({ app, role, until, name: defaultName(request), invite, isOwner });
};

const notGood = (request: Request): Answer =>
  toldTo(request, {
    status: 401,
    code: "invitation-not-good",
    title: "This invitation does not work any more",
    text: "It was used, withdrawn, or is too old. Ask whoever sent it for a new one: freehold guest invite.",
  });

const gone = (): Answer =>
  refusal(401, "invitation-not-good", "This invitation was used, withdrawn, or is too old. Ask for a new one.");

export const acceptOptions: Handler = async (request, now) => {
  const refused = await busy("invite", request, now);
  if (refused) return refused;
  const guest = await invited(fieldsOf(request)?.["invite"], now);
  if (!guest) return gone();
  const { creationOptions } = await import("./webauthn.ts");
  const { sub, app } = guest;
  return json(200, await creationOptions({ purpose: "invite", sub, userName: guestName(app) }, request, now));
};

export const accept: Handler = async (request, now) => {
  const refused = await busy("invite", request, now);
  if (refused) return refused;
  const fields = fieldsOf(request);
  const token = fields?.["invite"];
  const guest = await invited(token, now);
  if (!guest) return gone();
  const { sub, app } = guest;
  const address = await addressOf(app);
  // Of two that accept at once, with passkeys that are both good, one has the invitation.
  const use = async (): Promise<boolean> => (await takeRow(rowId.invite(String(token)), { app }, now)) !== null;
  const accepted = address !== null && (await enrol("invite", sub, fields, request, now, use));
  logAccess({ who: sub, what: `accept an invitation to ${app}`, allowed: accepted, from: request.from });
  if (!accepted) return notAccepted();
  await changeRow<GuestRow>(rowId.guest(sub.slice("guest/".length)), { set: { accepted: now } });
  const session = await beginSession(guest, "invitation", request, now);
  return signedIn(session, request, now, { next: beginning(address) });
};
