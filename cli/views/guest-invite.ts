/** `guest invite` in plain text: the link alone on stdout, to be sent; what it gives on stderr. */
import type { InvitedDocument } from "../commands/guest-invite.ts";
import type { Paint } from "../ui/paint.ts";

export const plain = ({ link }: InvitedDocument, paint: Paint): string => paint.link(link);

export const aside = ({ app, name, role, expires, linkExpires, again }: InvitedDocument): string =>
  [
    `${name} may come to ${app} as ${role} until ${expires}, and nowhere else.`,
    `The link makes a passkey of theirs, once, until ${linkExpires}. Send it to nobody else.`,
    ...(again ? ["Links sent to them before are good for nothing now."] : []),
  ].join("\n");
