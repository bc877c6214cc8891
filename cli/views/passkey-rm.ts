/** `passkey rm` in plain text: what went, and what is left. */
import type { PasskeyRemovedDocument } from "../commands/passkey-rm.ts";
import { many } from "../ui/table.ts";

export function plain({ removed, sessions, left }: PasskeyRemovedDocument): string {
  const { name, person } = removed;
  const ended = sessions === 0 ? "" : ` ${many(sessions, "session")} that it opened ended.`;
  const rest =
    left === 0 ? `${person} has none left; a link is the way in.` : `${person} has ${many(left, "passkey")} left.`;
  return `${name} of ${person} is removed.${ended} ${rest}`;
}
