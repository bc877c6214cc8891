/** `guest ls` in plain text. */
import type { GuestListDocument, ListedGuest } from "../commands/guest-ls.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";
import { since, until } from "../ui/time.ts";

export function plain({ cloud, guests }: GuestListDocument, paint: Paint): string {
  if (guests.length === 0)
    return `Nobody is a guest here in ${cloud}.\n  ${paint.command("freehold guest invite APP --name NAME")}`;
  return columns(guests.map(row));
}

const row = ({ id, app, name, role, expires, accepted }: ListedGuest): string[] => [
  name,
  `${role} of ${app}`,
  accepted === undefined ? "invited" : `came first ${since(accepted)}`,
  until(expires),
  id,
];
