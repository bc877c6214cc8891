/** `passkey ls` in plain text. */
import type { ListedPasskey, PasskeyListDocument } from "../commands/passkey-ls.ts";
import type { Paint } from "../ui/paint.ts";
import { columns } from "../ui/table.ts";
import { since } from "../ui/time.ts";

export function plain({ cloud, host, passkeys }: PasskeyListDocument, paint: Paint): string {
  if (passkeys.length === 0) return `Nobody has a passkey in ${cloud} yet.\n  ${paint.command("freehold passkey add")}`;
  const table = columns(passkeys.map(row));
  const older = passkeys.filter((one) => one.older).length;
  return older === 0 ? table : `${table}\n\n${olderWords(older, host)}\n  ${paint.command("freehold passkey add")}`;
}

const row = ({ id, name, person, created, used, host, older }: ListedPasskey): string[] => [
  name,
  person,
  `made ${since(created)}`,
  used === undefined ? "never used" : `used ${since(used)}`,
  older ? `${host} (an older address)` : host,
  id.slice(0, 12),
];

const olderWords = (count: number, host: string): string =>
  `${count === 1 ? "One is" : `${count} are`} of an older address. Sign-in is at ${host} now, and takes passkeys made there; a link leads to making one:`;
