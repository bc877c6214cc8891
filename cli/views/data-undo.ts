/** `data undo` in plain text: what was taken back, and what could not be, each with why. */

import type { UndoOutcome } from "../../stacks/deploy.ts";
import type { UndoDocument } from "../commands/data-undo.ts";
import type { Paint } from "../ui/paint.ts";

const words: Record<UndoOutcome, string> = {
  undone: "is as it was",
  already: "was so already",
  "changed-since": "was changed since, and stays as it is",
  "not-kept": "was too large to be kept, or is kept no more; it stays as it is",
  gone: "is gone with its store",
};
const shown = 20;

export function plain({ changes, change }: UndoDocument, paint: Paint): string {
  const first = [...changes].sort((a, b) => Number(a.outcome === "undone") - Number(b.outcome === "undone"));
  return [
    ...first.slice(0, shown).map(({ store, key, outcome }) => `${key} in ${store} ${words[outcome]}.`),
    ...(changes.length > shown ? [`... ${changes.length} in all.`] : []),
    ...(change === undefined
      ? []
      : [`  ${paint.dim("change it again:")} ${paint.command(`freehold data undo ${change}`)}`]),
  ].join("\n");
}
