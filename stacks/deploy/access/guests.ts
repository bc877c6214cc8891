/**
 * Guests: a person other than the owner, for one app, in one role, until a day. The invitation is a link whose digest is
 * kept; whoever opens it enrols a passkey of their own. Revoking takes row, invitations, passkeys and sessions.
 */
import type { Cloud } from "../../cloud.ts";
import {
  type GuestRow,
  type InviteRow,
  lives,
  newId,
  newToken,
  type PasskeyRow,
  rowId,
  type SessionRow,
} from "../../functions/shared/rows.ts";
import { deleteRows, type Found, nowSeconds, putRow, rowsBelow } from "./table.ts";

export interface Guest extends GuestRow {
  id: string;
}

const guestOf = ({ id, ...row }: Found<GuestRow>): Guest => ({ id: id.slice("guest/".length), ...row });

export async function listGuests(cloud: Cloud, app?: string): Promise<Guest[]> {
  const guests = (await rowsBelow<GuestRow>(cloud, "guest/")).map(guestOf);
  return guests.filter((one) => app === undefined || one.app === app);
}

/** From `owner` or `guest/ID` to who a person would say it is. */
export async function guestNames(cloud: Cloud): Promise<(sub: string) => string> {
  const names = new Map((await listGuests(cloud)).map(({ id, name }) => [`guest/${id}`, name]));
  return (sub) => names.get(sub) ?? sub;
}

export interface NewGuest extends Pick<GuestRow, "app" | "role" | "name"> {
  signinUrl: string;
  /** Seconds from now: how long the guest may come. */
  seconds: number;
  /** Who is invited again; keeps their passkeys. */
  again?: Guest;
}

/** The link is good once, until the guest's end or for seven days; those sent before are good for nothing. */
export async function inviteGuest(
  cloud: Cloud,
  { signinUrl, seconds, again, ...person }: NewGuest,
): Promise<{ guest: Guest; link: string; linkExpires: number }> {
  const now = nowSeconds();
  const id = again?.id ?? newId();
  const expires = now + seconds;
  const accepted = again?.accepted === undefined ? {} : { accepted: again.accepted };
  const row: GuestRow = { ...person, created: again?.created ?? now, expires, ...accepted };
  if (again) await deleteRows(cloud, await invitationsOf(cloud, id));
  await putRow(cloud, rowId.guest(id), row);
  const token = newToken();
  const invite: InviteRow = { guest: id, app: person.app, expires: Math.min(expires, now + lives.invite) };
  await putRow(cloud, rowId.invite(token), invite);
  const link = new URL("/invite", signinUrl);
  link.searchParams.set("invite", token);
  return { guest: { id, ...row }, link: link.href, linkExpires: invite.expires };
}

const invitationsOf = async (cloud: Cloud, guest: string): Promise<string[]> =>
  (await rowsBelow<InviteRow>(cloud, "invite/")).filter((one) => one.guest === guest).map(({ id }) => id);

/** What went with the guest. The row goes first: nothing new is made for one who is not there. */
export async function revokeGuest(
  cloud: Cloud,
  { id }: Pick<Guest, "id">,
): Promise<{ passkeys: number; sessions: number }> {
  const sub = rowId.guest(id);
  await deleteRows(cloud, [sub, ...(await invitationsOf(cloud, id))]);
  const ofGuest = async (beginning: string): Promise<string[]> =>
    (await rowsBelow<PasskeyRow | SessionRow>(cloud, beginning)).filter((one) => one.sub === sub).map((one) => one.id);
  const passkeys = await ofGuest("passkey/");
  await deleteRows(cloud, passkeys);
  const sessions = await ofGuest("session/");
  await deleteRows(cloud, sessions);
  return { passkeys: passkeys.length, sessions: sessions.length };
}
