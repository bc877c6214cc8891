/** Sessions as the owner sees them. Deleting the row ends one at all apps within a minute: gates look it up again. */
import type { Cloud } from "../../cloud.ts";
import { rowId, type SessionRow } from "../../functions/shared/rows.ts";
import { guestNames } from "./guests.ts";
import { deleteRows, rowsBelow } from "./table.ts";

export interface SignedIn extends Omit<SessionRow, "expires"> {
  id: string;
  /** `owner`, or a guest's name. */
  person: string;
}

export async function listSessions(cloud: Cloud): Promise<SignedIn[]> {
  const [rows, named] = await Promise.all([rowsBelow<SessionRow>(cloud, "session/"), guestNames(cloud)]);
  return rows.map(({ expires: _, ...row }) => ({
    ...row,
    id: row.id.slice("session/".length),
    person: named(row.sub),
  }));
}

export const endSessions = (cloud: Cloud, ids: readonly string[]): Promise<void> =>
  deleteRows(cloud, ids.map(rowId.session));
