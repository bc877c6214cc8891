/** `data put` and `data edit` in plain text. */
import type { PutDocument } from "../commands/data-put.ts";
import type { Paint } from "../ui/paint.ts";

const words: Record<PutDocument["outcome"], string> = {
  made: "is new",
  replaced: "was replaced",
  same: "is as it was; nothing was changed",
};

export function plain({ store, key, outcome, change }: PutDocument, paint: Paint): string {
  const line = `${key} in ${store} ${words[outcome]}.`;
  return change === undefined
    ? line
    : `${line}\n  ${paint.dim("take it back:")} ${paint.command(`freehold data undo ${change}`)}`;
}
