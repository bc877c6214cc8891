/**
 * An operation as a live tree on a terminal. What is over moves into the scrollback and stays; what is under way is
 * never taller than the window. Never the alternate screen; the plain view says the same. `d` leaves the operation
 * running; Ctrl-C is a signal as ever.
 */
import { Box, render, Static, Text, useApp, useInput, useWindowSize } from "ink";
import { useEffect, useState } from "react";
import type { OperationEvent } from "../../stacks/events.ts";
import type { Expected } from "../operations/expected.ts";
import { plainFault } from "./fault.ts";
import { apply, emptyModel, type Model } from "./operation-model.ts";
import { type Lines, type OperationView, resultLines, type ViewOptions } from "./operation-plain.ts";
import { CurrentStack, history, type TreeOptions } from "./operation-tree.tsx";

const frameMs = 30;

export interface LiveOptions extends ViewOptions {
  /** Keys are read when these are there: stdin is a terminal. */
  keys?: LiveKeys;
}

export interface LiveKeys {
  /** Leave the operation running. */
  detach(): void;
  /** Ctrl-C, which is a key like another while keys are read. */
  interrupt(): void;
  /** Ctrl-Z: stops the process as a shell expects; answers when it goes on. */
  suspend(): Promise<void>;
}

const unknown: Expected = () => undefined;

export function createLiveView({ out, err }: Lines, options: LiveOptions, stdout: NodeJS.WriteStream): OperationView {
  const model = emptyModel();
  const after: (() => void)[] = [];
  const changed = new EventTarget();
  let expected = unknown;
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
      options={options}
      onDrawn={(lines) => drawn(lines)}
      changed={changed}
      expected={(kind, op) => expected(kind, op)}
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
      if (event.type === "start") expected = options.expectedIn?.(event.cloud) ?? unknown;
      // Kept for below the tree, where the eye ends.
      if (event.type === "error") after.push(() => err(plainFault(event, options.paint)));
      if (event.type === "result") after.push(...resultLines(event, options.paint).map((line) => () => out(line)));
      redraw();
    },
    async close() {
      // Drawing lags behind the events; what is not drawn when it ends would never reach the scrollback.
      const whole = history(model, options).length;
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
  options: LiveOptions;
  expected: Expected;
  /** With the number of lines that are in the scrollback now. */
  onDrawn(lines: number): void;
}

function Operation({ model, changed, options, expected, onDrawn }: Props) {
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
  const lines = history(model, options);
  // In braces: what an effect returns, React would call at the end.
  useEffect(() => {
    onDrawn(lines.length);
  });
  const color = colored(options);
  return (
    <>
      <Static items={lines}>
        {(line, at) => (
          <Text key={at} wrap="wrap">
            {line}
          </Text>
        )}
      </Static>
      {current ? (
        <CurrentStack
          stack={current}
          now={now}
          verbose={options.verbose}
          color={color}
          max={Math.max(2, rows - 3)}
          width={columns}
          expected={expected}
        />
      ) : null}
      {options.keys ? <Keys keys={options.keys} color={color} shown={current !== undefined} /> : null}
    </>
  );
}

const colored = ({ paint }: TreeOptions): boolean => paint.bold("x") !== "x";

/** What a person may do meanwhile. */
function Keys({ keys, color, shown }: { keys: LiveKeys; color: boolean; shown: boolean }) {
  const { suspendTerminal } = useApp();
  useInput((text, { ctrl }) => {
    if (ctrl && text === "c") keys.interrupt();
    else if (ctrl && text === "z") void suspendTerminal(keys.suspend);
    else if (!ctrl && text === "d") keys.detach();
  });
  return shown ? (
    <Box>
      <Text dimColor={color} wrap="truncate-end">
        {"d leave it running   ctrl-c stop"}
      </Text>
    </Box>
  ) : null;
}
