/** A list of which only what fits is drawn, however long it is, with one row that is meant; and lines that scroll. */
import { Box } from "ink";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { useKeyLayer } from "../../ui/keys.ts";
import { aligned } from "../../ui/table.ts";
import { Say } from "./say.tsx";

/** The first row to draw, so that the meant one is in sight and as little moves as can be. */
export function firstShown(first: number, selected: number, rows: number, count: number): number {
  const kept = Math.min(Math.max(first, selected - rows + 1), selected);
  return Math.max(0, Math.min(kept, count - rows));
}

const moves: Record<string, (at: number, rows: number, last: number) => number> = {
  up: (at) => at - 1,
  k: (at) => at - 1,
  down: (at) => at + 1,
  j: (at) => at + 1,
  pageup: (at, rows) => at - rows,
  pagedown: (at, rows) => at + rows,
  home: () => 0,
  end: (_at, _rows, last) => last,
};

/** Moved by arrows, page keys, home and end, and by letters too unless somebody types on the same screen. */
function useMoves(at: number, last: number, page: RefObject<number>, go: (to: number) => void, typing: boolean): void {
  useKeyLayer("screen", ({ name }) => {
    const move = typing && name.length === 1 ? undefined : moves[name];
    if (!move || last < 0) return false;
    go(Math.max(0, Math.min(last, move(at, Math.max(1, page.current), last))));
    return true;
  });
}

export interface Selection {
  at: number;
  count: number;
  select(at: number): void;
  /** Rows in sight; the list says it when it is drawn. */
  page: RefObject<number>;
}

/** Which of `count` rows is meant, `first` to begin with. Of no rows it is 0. */
export function useSelection(count: number, { typing = false, first = 0 } = {}): Selection {
  const [selected, select] = useState(first);
  const page = useRef(1);
  const at = Math.max(0, Math.min(selected, count - 1));
  useMoves(at, count - 1, page, select, typing);
  return { at, count, select, page };
}

interface ListProps {
  selection: Selection;
  rows: number;
  columns: number;
  /** One row in `columns` cells, without its marker. Called for rows in sight only. */
  row(at: number, columns: number): ReactNode;
}

/** The meant row has `>` before it, and stands out where there are colours. */
export function List({ selection, rows, columns, row }: ListProps) {
  const { at: selected, count, page } = selection;
  const [first, setFirst] = useState(0);
  const from = firstShown(first, selected, rows, count);
  useEffect(() => {
    page.current = rows;
    setFirst(from);
  }, [page, rows, from]);
  const shown = Array.from({ length: Math.max(0, Math.min(rows, count - from)) }, (_, offset) => from + offset);
  return (
    <Box flexDirection="column">
      {shown.map((at) => (
        <Say key={at} {...(at === selected ? { tone: "strong" } : {})}>
          {at === selected ? " > " : "   "}
          {row(at, columns - 3)}
        </Say>
      ))}
    </Box>
  );
}

interface LinesProps {
  lines: readonly string[];
  rows: number;
  typing?: boolean;
  /** Stays at the end while it grows, until somebody scrolls up. */
  follow?: boolean;
}

/** Lines that are cut where the window ends; when there are too many they scroll, and the last row says where one is. */
export function Lines({ lines, rows: room, typing = false, follow = false }: LinesProps) {
  // What follows is at its end, and its title counts it.
  const says = lines.length > room && !follow;
  const rows = says ? Math.max(1, room - 1) : room;
  const last = Math.max(0, lines.length - rows);
  const [place, setPlace] = useState<number | "end">(follow ? "end" : 0);
  const from = place === "end" ? last : Math.min(place, last);
  const page = useRef(rows);
  useEffect(() => {
    page.current = rows;
  }, [rows]);
  useMoves(from, last, page, (to) => setPlace(follow && to >= last ? "end" : to), typing);
  const shown = lines.slice(from, from + rows).map((line, offset) => [from + offset, line] as const);
  return (
    <Box flexDirection="column">
      {shown.map(([at, line]) => (
        <Say key={at}>{line === "" ? " " : line}</Say>
      ))}
      {says ? (
        <Say tone="dim">{` ${from + 1} to ${from + shown.length} of ${lines.length} lines; up and down scroll`}</Say>
      ) : null}
    </Box>
  );
}

/** Cells of rows as columns, each as wide as its widest; the window cuts the last one. */
export const alignColumns = (rows: readonly (readonly string[])[]): string[] => aligned(rows, "   ");
