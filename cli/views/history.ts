/** `history` in plain text, newest first. */
import type { ChangeItem, HistoryDocument } from "../commands/history.ts";
import { safeText } from "../safe-text.ts";
import { moment } from "../ui/time.ts";
import { ran } from "./show.ts";

export function plain({ app, items }: HistoryDocument): string {
  if (items.length === 0) return `Nothing is recorded of ${app}.`;
  return items.map((item) => (item.type === "change" ? changed(item) : ran(item))).join("\n");
}

function changed({ at, by, operation, version, before, settings, accepted }: ChangeItem): string {
  const what = before && before.version !== version ? `${before.version} to ${version}` : version;
  const parts = [
    `${safeText(operation)} ${safeText(what)}`,
    ...(settings.length > 0 ? [`settings ${safeText(settings.join(", "))}`] : []),
    ...(accepted ? [`accepted the consent ${accepted.digest} by ${safeText(accepted.by)}`] : []),
  ];
  return `${moment(at)} ${safeText(by)}: ${parts.join("; ")}`;
}
