/** `data history` in plain text. */
import type { DataHistoryDocument } from "../commands/data-history.ts";
import { columns } from "../ui/table.ts";
import { moment } from "../ui/time.ts";

export function plain({ cloud, changes }: DataHistoryDocument): string {
  if (changes.length === 0) return `No change of data in ${cloud} is kept on this computer.`;
  return columns(
    changes.map(({ change, at, stores, key, count, what, undone, unknown }) => [
      change,
      moment(at),
      what,
      count > 1 ? `${count} in ${stores.join(", ")}` : `${key} in ${stores.join(", ")}`,
      [...(undone ? ["taken back"] : []), ...(unknown ? ["cut off"] : [])].join(", "),
    ]),
  );
}
