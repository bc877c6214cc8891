/**
 * An operation as a live tree on a terminal. What is over moves into the scrollback and stays; what is under way is
 * never taller than the window. Never the alternate screen; the plain view says the same.
 */
import { Box, render, Static, Text, useWindowSize } from "ink";
import { useEffect, useState } from "react";
import type { OperationEvent } from "../../stacks/events.ts";
import { doing, done, kindWords, leaving, left, mark, outcomeWords, wouldBe } from "../ui/steps.ts";
import { elapsed } from "../ui/time.ts";
import { plainFault } from "./fault.ts";
import { apply, emptyModel, type Model, type Row, type StackState, tree, within } from "./operation-model.ts";
import { type Lines, type OperationView, resultLines, startLine, type ViewOptions } from "./operation-plain.ts";

const frames = ["|", "/", "-", "\\"];
const frameMs = 30;

export function createLiveView({ out, err }: Lines, options: ViewOptions, stdout: NodeJS.WriteStream): OperationView {
  const model = emptyModel();
  const after: (() => void)[] = [];
  const changed = new EventTarget();
  let due: NodeJS.Timeout | undefined;
  // A burst of events is one drawing: React refuses to be told fifty times in a row.
  const redraw = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      changed.dispatchEvent(new Event("change"));
    }, frameMs);
  };
  let drawn: (lines: number) => void = () => undefined;
  const app = render(
    <Operation
      model={model}
      onDrawn={(lines) => drawn(lines)}
      changed={changed}
      verbose={options.verbose}
      color={options.paint.bold("x") !== "x"}
    />,
    {
      stdout,
      exitOnCtrlC: false,
      patchConsole: false,
    },
  );
  return {
    event(event: OperationEvent) {
      apply(model, event);
      // Kept for below the tree, where the eye ends.
      if (event.type === "error") after.push(() => err(plainFault(event, options.paint)));
      if (event.type === "result") after.push(...resultLines(event, options.paint).map((line) => () => out(line)));
      redraw();
    },
    async close() {
      // Drawing lags behind the events; what is not drawn when it ends would never reach the scrollback.
      const whole = history(model, options.verbose).length;
      const flushed = new Promise<void>((resolve) => {
        drawn = (lines) => {
          if (lines >= whole) resolve();
        };
      });
      redraw();
      await Promise.race([flushed, app.waitUntilExit()]);
      clearTimeout(due);
      app.unmount();
      await app.waitUntilExit();
      for (const write of after) write();
    },
  };
}

interface Props {
  model: Model;
  changed: EventTarget;
  verbose: boolean;
  color: boolean;
  /** With the number of lines that are in the scrollback now. */
  onDrawn(lines: number): void;
}

function Operation({ model, changed, verbose, color, onDrawn }: Props) {
  // A new object each time: two changes within one millisecond are two.
  const [{ now }, setClock] = useState(() => ({ now: Date.now() }));
  const { rows, columns } = useWindowSize();
  useEffect(() => {
    const tick = (): void => setClock({ now: Date.now() });
    const timer = setInterval(tick, 120);
    changed.addEventListener("change", tick);
    return () => {
      clearInterval(timer);
      changed.removeEventListener("change", tick);
    };
  }, [changed]);
  const current = model.stacks.find(({ summary }) => !summary);
  const lines = history(model, verbose);
  // In braces: what an effect returns, React would call at the end.
  useEffect(() => {
    onDrawn(lines.length);
  });
  return (
    <>
      <Static items={lines}>
        {(line, at) => (
          <Text key={at} wrap="truncate-end">
            {line}
          </Text>
        )}
      </Static>
      {current ? (
        <Current
          stack={current}
          now={now}
          verbose={verbose}
          color={color}
          max={Math.max(1, rows - 4)}
          width={columns}
          notes={model.notes}
        />
      ) : null}
    </>
  );
}

/** What does not change any more, as lines for the scrollback. */
function history(model: Model, verbose: boolean): string[] {
  const over = model.stacks.filter(({ summary }) => summary);
  return [...(model.start ? [startLine(model.start)] : []), ...over.flatMap((stack) => finished(stack, verbose))];
}

interface CurrentProps {
  stack: StackState;
  now: number;
  verbose: boolean;
  color: boolean;
  max: number;
  width: number;
  notes: string[];
}

function Current({ stack, now, verbose, color, max, width, notes }: CurrentProps) {
  const { lines, hidden } = within(tree(stack, verbose), max);
  const spin = frames[Math.floor(now / 120) % frames.length];
  const note = notes.at(-1);
  return (
    <Box flexDirection="column" width={width}>
      <Text
        bold={color}
        wrap="truncate-end"
      >{`${spin} ${stack.preview ? "previewing" : "working on"} ${stack.title}`}</Text>
      {lines.map(({ row, depth }) => (
        <Text key={row.urn} dimColor={color && row.phase === "done"} wrap="truncate-end">
          {describe(row, depth, now, stack.preview)}
        </Text>
      ))}
      {hidden > 0 ? <Text wrap="truncate-end">{`  and ${hidden} more`}</Text> : null}
      {note ? <Text wrap="truncate-end">{note}</Text> : null}
    </Box>
  );
}

function finished(stack: StackState, verbose: boolean): string[] {
  const { summary, title } = stack;
  const lines = tree(stack, verbose).map(({ row, depth }) => describe(row, depth, 0, stack.preview));
  return [title, ...lines, ...(summary ? [`  ${outcomeWords(summary)} (${elapsed(summary.durationMs)})`] : [])];
}

function describe(
  { op, phase, kind, name, elapsedMs, startedAt, message, retained }: Row,
  depth: number,
  now: number,
  preview: boolean,
): string {
  if (preview && phase === "done")
    return `${"  ".repeat(depth + 1)}${retained ? "=" : mark(op)} ${kindWords(kind)} ${name}  ${wouldBe(op, retained)}`;
  const indent = "  ".repeat(depth + 1);
  const what = `${kindWords(kind)} ${name}`;
  const time =
    elapsedMs === undefined ? (now > 0 && phase !== "done" ? elapsed(now - startedAt) : "") : elapsed(elapsedMs);
  const present = retained ? leaving : doing(op);
  const verb = phase === "done" ? (retained ? left : done(op)) : phase === "failed" ? `failed ${present}` : present;
  const tail = [time, phase === "waiting" || phase === "failed" ? message : undefined].filter(Boolean).join("  ");
  return `${indent}${phase === "failed" ? "!" : retained ? "=" : mark(op)} ${what}  ${verb}${tail ? `  ${tail}` : ""}`;
}
