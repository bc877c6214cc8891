/** What an export or import carried, in lines. */
import type { CarriedData, MadeBackup, OperationKind } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import { sizeWords } from "../ui/size.ts";
import { many } from "../ui/table.ts";
import { dollars } from "./data-backups.ts";

type Store = CarriedData["stores"][number];

export function carriedLines(operation: OperationKind, { at, stores, dryRun, backups }: CarriedData): string[] {
  const lines = stores.map(({ store, kind, count, sizeBytes, had, arrived, stays }) => {
    const things = `${count.toLocaleString("en")} ${kind === "table" ? "item" : "object"}${count === 1 ? "" : "s"}`;
    const compared = arrived ? `; here: ${arrivedWords(arrived)}${stays ? ", and stays so" : ""}` : "";
    return `  ${safeText(store)}: ${things}, ${sizeWords(sizeBytes)}${dryRun && had ? "; there is data already" : ""}${compared}`;
  });
  const where = safeText(at);
  if (backups) return [...backups.flatMap(backupLines), ...lines];
  if (dryRun) return [`All of ${where} is as it was written, and fits. Nothing was changed.`, ...lines];
  if (operation === "restore") return [`Restored from ${where}`, ...lines];
  if (operation === "apply") return [`Data of ${where}, compared with what is here:`, ...lines];
  if (operation === "import") return [`Imported from ${where}`, ...lines];
  return [`Exported to ${where}`, ...lines];
}

/** Of each item and object, by its digest. */
function arrivedWords({ same, changed, missing, more }: NonNullable<Store["arrived"]>): string {
  const count = (n: number): string => n.toLocaleString("en");
  const others = [
    ...(missing > 0 ? [`${count(missing)} missing`] : []),
    ...(changed > 0 ? [`${count(changed)} otherwise`] : []),
    ...(more > 0 ? [`${count(more)} more`] : []),
  ];
  if (others.length === 0) return "all the same";
  return [`${count(same)} the same`, ...others].join(", ");
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
