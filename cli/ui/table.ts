/** Columns of plain text, as wide as what is in them on a terminal. */
import { widthOf } from "./width.ts";

/** A line a row, `gap` between columns. */
export function aligned(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  const filled = (cell: string, at: number): string => cell + " ".repeat(widths[at]! - widthOf(cell));
  return rows.map((row) => row.map(filled).join(gap).trimEnd());
}

export const columns = (rows: readonly (readonly string[])[]): string => aligned(rows).join("\n");

/** `1 session`, `3 sessions` */
export const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
