/** `data rm` in plain text. */
import type { RemoveDocument } from "../commands/data-rm.ts";
import type { Paint } from "../ui/paint.ts";

export function plain({ store, removed, wouldRemove, keys, stayed, change }: RemoveDocument, paint: Paint): string {
  if (wouldRemove === 0) return `Nothing in ${store} fits; nothing was removed.`;
  if (wouldRemove !== undefined)
    return [
      `${wouldRemove} of ${store} would go:`,
      ...keys.map((key) => `  ${key}`),
      ...(wouldRemove > keys.length ? ["  ..."] : []),
    ].join("\n");
  const what = removed === 1 && keys.length === 1 ? keys[0] : String(removed);
  return [
    `${what} of ${store} ${removed === 1 ? "is" : "are"} removed.`,
    ...(stayed.length > 0 ? [`Changed meanwhile, and still there: ${stayed.join(", ")}`] : []),
    ...(change === undefined
      ? []
      : [`  ${paint.dim("take it back:")} ${paint.command(`freehold data undo ${change}`)}`]),
  ].join("\n");
}
