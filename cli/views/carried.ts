/** What an export or import carried, in lines. */
import type { CarriedData, MadeBackup, OperationKind } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import { sizeWords } from "../ui/size.ts";
import { many } from "../ui/table.ts";
import { dollars } from "./data-backups.ts";

export function carriedLines(operation: OperationKind, { at, stores, dryRun, backups }: CarriedData): string[] {
  const lines = stores.map(({ store, kind, count, sizeBytes, had }) => {
    const things = `${count.toLocaleString("en")} ${kind === "table" ? "item" : "object"}${count === 1 ? "" : "s"}`;
    return `  ${safeText(store)}: ${things}, ${sizeWords(sizeBytes)}${dryRun && had ? "; there is data already" : ""}`;
  });
  const where = safeText(at);
  if (backups) return [...backups.flatMap(backupLines), ...lines];
  if (dryRun) return [`All of ${where} is as it was written, and fits. Nothing was changed.`, ...lines];
  if (operation === "restore") return [`Restored from ${where}`, ...lines];
  if (operation === "import") return [`Imported from ${where}`, ...lines];
  return [`Exported to ${where}`, ...lines];
}

/** Size, cost, and of which time: what is in it was there at some moment between the two. */
function backupLines({ app, id, from, until, sizeBytes, costPerMonth, gone, rule }: MadeBackup): string[] {
  const removed = gone.length > 0 ? `; removed ${many(gone.length, "older backup")}` : "";
  return [
    `Backed up ${safeText(app)} as ${id}, and read back: ${sizeWords(sizeBytes)}, ${dollars(costPerMonth)}`,
    `  each part as it was at some moment from ${from} until ${until}`,
    ...(rule ? [`  kept: ${rule}${removed}`] : []),
  ];
}
