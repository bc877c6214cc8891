/** Passkeys as the owner sees them: whose each is, and which host it is good for. Enrolling is the sign-in function's. */
import type { Cloud } from "../../cloud.ts";
import { type PasskeyRow, rowId } from "../../functions/shared/rows.ts";
import { guestNames } from "./guests.ts";
import { endSessions, listSessions } from "./sessions.ts";
import { deleteRows, rowsBelow } from "./table.ts";

export interface Passkey extends Pick<PasskeyRow, "sub" | "name" | "host" | "created" | "used"> {
  /** The credential's id, base64url. */
  id: string;
  /** `owner`, or a guest's name. */
  person: string;
}

export async function listPasskeys(cloud: Cloud): Promise<Passkey[]> {
  const [rows, named] = await Promise.all([rowsBelow<PasskeyRow>(cloud, "passkey/"), guestNames(cloud)]);
  return rows.map(({ id, sub, name, host, created, used }) => ({
    id: id.slice("passkey/".length),
    ...{ sub, name, person: named(sub), host, created },
    ...(used === undefined ? {} : { used }),
  }));
}

/** The sessions that it opened end with it: how many they were. */
export async function removePasskey(cloud: Cloud, { id, sub, name }: Passkey): Promise<number> {
  await deleteRows(cloud, [rowId.passkey(id)]);
  const opened = (await listSessions(cloud)).filter((one) => one.sub === sub && one.by === name);
  await endSessions(
    cloud,
    opened.map((one) => one.id),
  );
  return opened.length;
}
