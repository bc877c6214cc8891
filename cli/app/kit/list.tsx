/** A list of which only what fits is drawn, however long it is, with one row that is meant. */
import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { useKeyLayer } from "../../ui/keys.ts";
import { fill } from "../../ui/width.ts";
import { Say } from "./say.tsx";

/** The first row to draw, so that the meant one is in sight and as little moves as can be. */
export function firstShown(first: number, selected: number, rows: number, count: number): number {
  const kept = Math.min(Math.max(first, selected - rows + 1), selected);
  return Math.max(0, Math.min(kept, count - rows));
}

const moves: Record<string, (at: number, rows: number, count: number) => number> = {
  up: (at) => at - 1,
  k: (at) => at - 1,
  down: (at) => at + 1,
  j: (at) => at + 1,
  pageup: (at, rows) => at - rows,
  pagedown: (at, rows) => at + rows,
  home: () => 0,
  end: (_at, _rows, count) => count - 1,
};

/**
 * Which row is meant, moved by the arrows, page keys, home and end. While somebody types in a field of the same screen,
 * `typing`, letters move nothing.
 */
export function useSelection(count: number, rows: number, { active = true, typing = false } = {}) {
  const [selected, select] = useState(0);
  const at = Math.max(0, Math.min(selected, count - 1));
  useKeyLayer(
    "screen",
    ({ name }) => {
      const move = typing && name.length === 1 ? undefined : moves[name];
      if (!move || count === 0) return false;
      select(Math.max(0, Math.min(count - 1, move(at, rows, count))));
      return true;
    },
    { active },
  );
  return [at, select] as const;
}

interface Props {
  count: number;
  selected: number;
  rows: number;
  columns: number;
  /** One row in `columns` cells, without its marker. Called for rows in sight only. */
  row(at: number, columns: number): ReactNode;
}

/** A row is a string, or what it is drawn as; the meant one has `>` before it and stands out where there are colours. */
export function List({ count, selected, rows, columns, row }: Props) {
  const [first, setFirst] = useState(0);
  const from = firstShown(first, selected, rows, count);
  useEffect(() => setFirst(from), [from]);
  return (
    <Box flexDirection="column">
      {Array.from({ length: Math.min(rows, count - from) }, (_, offset) => {
        const at = from + offset;
        const marker = at === selected ? " > " : "   ";
        const content = row(at, columns - 3);
        return (
          <Say key={at} {...(at === selected ? { tone: "strong" } : {})}>
            {marker}
            {content}
          </Say>
        );
      })}
    </Box>
  );
}

/** Cells of rows as columns: each as wide as its widest, the last one cut where the window ends. */
export function alignColumns(rows: readonly (readonly string[])[], widthOf: (text: string) => number): string[] {
  const widths: number[] = [];
  for (const cells of rows)
    for (const [at, cell] of cells.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  return rows.map((cells) =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : fill(cell, widths[at] ?? 0)))
      .join("   ")
      .trimEnd(),
  );
}
