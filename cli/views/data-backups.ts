/** `data backups` in plain text: a line each, then what all of them come to. */
import type { BackupsDocument } from "../commands/data-backups.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";
import { sizeWords } from "../ui/size.ts";
import { columns, many } from "../ui/table.ts";
import { moment } from "../ui/time.ts";

type Shown = BackupsDocument["backups"][number];

const reasons = { asked: "", upgrade: "before an upgrade", moment: "of a table's past" } as const;

export function plain({ cloud, at, backups, kept, sizeBytes, costPerMonth }: BackupsDocument, paint: Paint): string {
  if (backups.length === 0)
    return `There is no backup in ${cloud} yet.\n  ${paint.command("freehold data backup --all")}`;
  const rules = Object.entries(kept).map(([app, { rule, at: applied }]) => {
    const words = "count" in rule ? `the newest ${rule.count}` : many(rule.days, "day");
    return `${safeText(app)}: ${words} kept when last named, ${moment(applied)}`;
  });
  const sum = `${sizeWords(sizeBytes)} in ${at}, ${dollars(costPerMonth)}; none goes unless --keep is named.`;
  return [columns(backups.map(line)), ...rules, sum].join("\n");
}

function line(backup: Shown): string[] {
  const { app, id } = backup;
  if (!("verified" in backup)) return [app, id, moment(backup.begun), "", "", "not whole"];
  const { version = "", until, sizeBytes, why } = backup;
  return [app, id, moment(until), version, sizeWords(sizeBytes), ["whole", reasons[why]].filter(Boolean).join(", ")];
}

export const dollars = (perMonth: number): string =>
  perMonth === 0 ? "at no cost" : `about $${perMonth < 0.01 ? perMonth.toFixed(6) : perMonth.toFixed(2)} a month`;
