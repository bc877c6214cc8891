/** An address that answers, as a note: what a person may do from now on, whatever else is still made. */
import type { AddressEvent, NoteEvent } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";

export const addressNote = ({ app, url, stack }: AddressEvent): NoteEvent => ({
  type: "note",
  level: "info",
  message: safeText(`${app} answers at ${url}`),
  stack,
});
