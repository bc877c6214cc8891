/** `sessions rotate` in plain text. */
import type { SessionsRotatedDocument } from "../commands/sessions-rotate.ts";

export const plain = ({ cloud }: SessionsRotatedDocument): string =>
  `Sessions of ${cloud} are signed with a new key from now on. Who is signed in stays so; sessions revoke --all ends that.`;
