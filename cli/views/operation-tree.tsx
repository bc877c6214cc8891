/**
 * The tree of an operation under way, never taller than the room it is given, and the lines that stay when a part of it
 * is over. The command's live view and the terminal app's progress screen draw with it. Reads no keys.
 */
import { Box, Text } from "ink";
import type { Expected } from "../operations/expected.ts";
import type { Paint } from "../ui/paint.ts";
import { settingsNeededLines } from "../ui/setting.ts";
import { doing, done, kindWords, leaving, left, mark, outcomeWords, wouldBe } from "../ui/steps.ts";
import { elapsed, ofUsual } from "../ui/time.ts";
import { consentLines } from "./consent.ts";
import { type Model, type Over, type Row, type StackState, tree, within } from "./operation-model.ts";
import { noteLine, startLine } from "./operation-plain.ts";
import { isSetupEvent, setupLines } from "./setup.ts";

const frames = ["|", "/", "-", "\\"];

export interface TreeOptions {
  verbose: boolean;
  paint: Paint;
}

/** What does not change any more, as lines for the scrollback; only ever grows. */
export function history(model: Model, options: TreeOptions): string[] {
  return model.over.flatMap((one) => lasting(one, options));
}

function lasting(one: Over, { verbose, paint }: TreeOptions): string[] {
  if (!("type" in one)) return finished(one, verbose);
  if (one.type === "start") return [startLine(one)];
  if (isSetupEvent(one)) return setupLines(one, paint);
  if (one.type === "settings-needed") return settingsNeededLines(one);
  return one.type === "consent" ? consentLines(one, paint) : [noteLine(one)];
}

interface CurrentProps {
  stack: StackState;
  /** Milliseconds, 1970. */
  now: number;
  verbose: boolean;
  color: boolean;
  /** Lines it may take, with its heading. */
  max: number;
  width: number;
  expected: Expected;
}

export function CurrentStack({ stack, now, verbose, color, max, width, expected }: CurrentProps) {
  const { lines, hidden } = within(tree(stack, verbose), Math.max(0, max - 2));
  const spin = frames[Math.floor(now / 120) % frames.length];
  return (
    <Box flexDirection="column" width={width}>
      <Text
        bold={color}
        wrap="truncate-end"
      >{`${spin} ${stack.preview ? "previewing" : "working on"} ${stack.title}`}</Text>
      {lines.map(({ row, depth }) => (
        <Text key={row.urn} dimColor={color && row.phase === "done"} wrap="truncate-end">
          {describe(row, depth, stack.preview, { now, expected })}
        </Text>
      ))}
      {hidden > 0 ? <Text wrap="truncate-end">{`  and ${hidden} more`}</Text> : null}
    </Box>
  );
}

function finished(stack: StackState, verbose: boolean): string[] {
  const { summary, title } = stack;
  const lines = tree(stack, verbose).map(({ row, depth }) => describe(row, depth, stack.preview));
  return [title, ...lines, ...(summary ? [`  ${outcomeWords(summary)} (${elapsed(summary.durationMs)})`] : [])];
}

function describe(row: Row, depth: number, preview: boolean, clock?: { now: number; expected: Expected }): string {
  const { op, phase, kind, name, message, retained } = row;
  const indent = "  ".repeat(depth + 1);
  const what = `${kindWords(kind)} ${name}`;
  if (preview && phase === "done") return `${indent}${retained ? "=" : mark(op)} ${what}  ${wouldBe(op, retained)}`;
  const present = retained ? leaving : doing(op);
  const verb = phase === "done" ? (retained ? left : done(op)) : phase === "failed" ? `failed ${present}` : present;
  const tail = [timeOf(row, clock), phase === "waiting" || phase === "failed" ? message : undefined]
    .filter(Boolean)
    .join("  ");
  return `${indent}${phase === "failed" ? "!" : retained ? "=" : mark(op)} ${what}  ${verb}${tail ? `  ${tail}` : ""}`;
}

/** What it took; of what is under way, how long it has been and how long it usually is. */
function timeOf({ op, kind, phase, elapsedMs, startedAt }: Row, clock?: { now: number; expected: Expected }): string {
  if (elapsedMs !== undefined) return elapsed(elapsedMs);
  if (!clock || phase === "done") return "";
  return ofUsual(clock.now - startedAt, clock.expected(kind, op));
}
