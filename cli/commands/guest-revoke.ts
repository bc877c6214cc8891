/** `guest revoke`: the guest, their passkeys, sessions and unused links go; within a minute nothing of theirs works. */
import type { Input, Outcome } from "../command.ts";
import { enterAccess, oneOf } from "../who.ts";

export interface GuestRevokedDocument {
  revoked: { id: string; app: string; name: string };
  passkeys: number;
  sessions: number;
}

export async function run(input: Input): Promise<Outcome> {
  const { cloud, access } = await enterAccess(input);
  const guest = oneOf(await access.listGuests(cloud), input.args[0]!, "guest", "freehold guest ls");
  const went = await access.revokeGuest(cloud, guest);
  const { id, app, name } = guest;
  return { document: { revoked: { id, app, name }, ...went } satisfies GuestRevokedDocument };
}
