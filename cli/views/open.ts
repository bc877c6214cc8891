/** `open` in plain text: the link alone where it is piped, so that it can be used. */
import type { OpenDocument } from "../commands/open.ts";
import type { Paint } from "../ui/paint.ts";

export function plain({ link, opened }: OpenDocument, paint: Paint): string {
  return opened ? `Opened in the browser: ${paint.link(link)}` : paint.link(link);
}
