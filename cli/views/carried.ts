/** What an export or import carried, in lines. */
import type { CarriedData, OperationKind } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import { sizeWords } from "../ui/size.ts";

export function carriedLines(operation: OperationKind, { at, stores, dryRun }: CarriedData): string[] {
  const lines = stores.map(({ store, kind, count, sizeBytes, had }) => {
    const things = `${count.toLocaleString("en")} ${kind === "table" ? "item" : "object"}${count === 1 ? "" : "s"}`;
    return `  ${safeText(store)}: ${things}, ${sizeWords(sizeBytes)}${dryRun && had ? "; there is data already" : ""}`;
  });
  const where = safeText(at);
  if (dryRun) return [`All of ${where} is as it was written, and fits. Nothing was changed.`, ...lines];
  if (operation === "import") return [`Imported from ${where}`, ...lines];
  return [`Exported to ${where}`, ...lines];
}
