/** `sessions revoke` in plain text. */
import type { SessionsRevokedDocument } from "../commands/sessions-revoke.ts";
import { many } from "../ui/table.ts";

export function plain({ revoked }: SessionsRevokedDocument): string {
  if (revoked.length === 0) return "No session was open.";
  const whose = revoked.map(({ id, person }) => `  ${id}  ${person}`);
  return `${many(revoked.length, "session")} ended; within a minute no app takes ${revoked.length === 1 ? "it" : "them"}.\n${whose.join("\n")}`;
}
