/** `data set` in plain text. */
import type { SetDocument } from "../commands/data-set.ts";
import type { Paint } from "../ui/paint.ts";
import { many } from "../ui/table.ts";

export function plain({ store, changed, wouldChange, keys, stayed, change }: SetDocument, paint: Paint): string {
  if (wouldChange === 0) return `Nothing in ${store} would be another; nothing was changed.`;
  if (wouldChange !== undefined)
    return [
      `${many(wouldChange, "item")} of ${store} would be changed:`,
      ...keys.map((key) => `  ${key}`),
      ...(wouldChange > keys.length ? ["  ..."] : []),
    ].join("\n");
  return [
    `${many(changed, "item")} of ${store} changed.`,
    ...(stayed.length > 0 ? [`Changed by somebody else meanwhile, and left so: ${stayed.join(", ")}`] : []),
    ...(change === undefined
      ? []
      : [`  ${paint.dim("take it back:")} ${paint.command(`freehold data undo ${change}`)}`]),
  ].join("\n");
}
