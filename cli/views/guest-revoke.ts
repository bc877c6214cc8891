/** `guest revoke` in plain text. */
import type { GuestRevokedDocument } from "../commands/guest-revoke.ts";
import { many } from "../ui/table.ts";

export function plain({ revoked, passkeys, sessions }: GuestRevokedDocument): string {
  return `${revoked.name} comes to ${revoked.app} no more: ${many(passkeys, "passkey")} and ${many(sessions, "session")} went, and within a minute nothing of theirs works.`;
}
