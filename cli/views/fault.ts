/** An error as people read it: what, why and where, and what to type next. */
import type { ErrorEvent } from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import type { Paint } from "../ui/paint.ts";

export function plainFault({ summary, detail, at, next }: Omit<ErrorEvent, "type" | "code">, paint: Paint): string {
  const lines = [`${paint.bad("Error:")} ${paint.bold(safeText(summary))}`];
  if (detail) lines.push(indent(safeText(detail, { lines: true })));
  if (at && !detail?.includes(at)) lines.push(indent(`at ${safeText(at)}`));
  if (next) lines.push("", indent(safeText(next)));
  return lines.join("\n");
}

const indent = (text: string): string => text.replace(/^/gm, "  ");
