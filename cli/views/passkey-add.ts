/** `passkey add` in plain text: the link alone on stdout, so that it can be used. */
import type { PasskeyAddDocument } from "../commands/passkey-add.ts";
import type { Paint } from "../ui/paint.ts";
import { linkWords } from "../ui/time.ts";

export function plain({ link, opened }: PasskeyAddDocument, paint: Paint): string {
  return opened ? `Opened in the browser: ${paint.link(link)}` : paint.link(link);
}

export const aside = ({ host }: PasskeyAddDocument): string =>
  `Good once, for ${linkWords}. The passkey will be for ${host}.`;
