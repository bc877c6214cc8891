/** The live view's state: what happened so far to which resource, from events alone. Draws nothing, knows no clock. */
import type {
  ConsentEvent,
  NoteEvent,
  OperationEvent,
  SettingsNeededEvent,
  StartEvent,
  StepOp,
} from "../../stacks/events.ts";
import { safeText } from "../safe-text.ts";
import { addressNote } from "./address.ts";
import { isSetupEvent, type SetupEvent } from "./setup.ts";

export interface Row {
  urn: string;
  parent?: string;
  kind: string;
  name: string;
  op: StepOp;
  phase: "started" | "waiting" | "done" | "failed";
  /** Milliseconds, 1970. */
  startedAt: number;
  elapsedMs?: number;
  retained?: true;
  message?: string;
}

export interface StackState {
  title: string;
  stack: string;
  preview: boolean;
  rows: Map<string, Row>;
  summary?: Extract<OperationEvent, { type: "summary" }>;
}

export interface Model {
  start?: Extract<OperationEvent, { type: "start" }>;
  /** In the order of their turns; those with a summary are over. */
  stacks: StackState[];
  /** What does not change any more, in the order it was over: what a scrollback is made of. */
  over: Over[];
}

export type Over = StackState | StartEvent | ConsentEvent | SettingsNeededEvent | SetupEvent | NoteEvent;

export const emptyModel = (): Model => ({ stacks: [], over: [] });

export function apply(model: Model, event: OperationEvent): void {
  if (event.type === "start") {
    model.start = event;
    // Where it came: what a note before it said is in the scrollback already.
    model.over.push(event);
  } else if (event.type === "consent" || event.type === "settings-needed") model.over.push(event);
  else if (event.type === "address") model.over.push(addressNote(event));
  else if (event.type === "note" || isSetupEvent(event)) model.over.push(event);
  else if (event.type === "stack") {
    const { stack, app, preview } = event;
    model.stacks.push({ stack, title: app ?? stack, preview, rows: new Map() });
  } else if (event.type === "summary") {
    const current = model.stacks.findLast(({ stack }) => stack === event.stack);
    if (!current) return;
    current.summary = event;
    model.over.push(current);
  } else if (event.type === "resource") {
    const current = model.stacks.findLast(({ stack }) => stack === event.stack);
    if (!current) return;
    const at = Date.parse(event.at);
    const { urn, parent, kind, op, phase, elapsedMs, message, retained } = event;
    current.rows.set(urn, {
      urn,
      kind,
      op,
      phase,
      name: safeText(event.name),
      startedAt: current.rows.get(urn)?.startedAt ?? at,
      ...(parent ? { parent } : {}),
      ...(elapsedMs === undefined ? {} : { elapsedMs }),
      ...(retained ? { retained } : {}),
      ...(message ? { message: safeText(message) } : {}),
    });
  }
}

/** Children below their parents, in the order they came; unchanged ones only when asked for. */
export function tree({ rows }: StackState, verbose: boolean): { row: Row; depth: number }[] {
  const shown = [...rows.values()].filter(({ op, phase }) => verbose || op !== "same" || phase === "failed");
  const there = new Set(shown.map(({ urn }) => urn));
  const out: { row: Row; depth: number }[] = [];
  const add = (parent: string | undefined, depth: number): void => {
    for (const row of shown) {
      const above = row.parent !== undefined && there.has(row.parent) ? row.parent : undefined;
      if (above !== parent) continue;
      out.push({ row, depth });
      add(row.urn, depth + 1);
    }
  };
  add(undefined, 0);
  return out;
}

/** At most `max`: what is under way first, then what came last; the order of the tree stays. */
export function within<T extends { row: Row }>(lines: readonly T[], max: number): { lines: T[]; hidden: number } {
  if (lines.length <= max) return { lines: [...lines], hidden: 0 };
  const rank = ({ row }: T, at: number): number =>
    (row.phase === "started" || row.phase === "waiting" ? 0 : lines.length) - at;
  const chosen = new Set(
    [...lines]
      .map((line, at) => ({ line, rank: rank(line, at) }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, Math.max(0, max))
      .map(({ line }) => line),
  );
  return { lines: lines.filter((line) => chosen.has(line)), hidden: lines.length - chosen.size };
}
