/**
 * What a command would make, shown before it is asked: its steps, then `y`. A view of a command that asks after its preview
 * (`add`, `adopt`); without a yes nothing was changed, and `esc` goes back to what was typed.
 */
import { useEffect, useMemo, useRef, useState } from "react";
import { createPaint } from "../../ui/paint.ts";
import { wrap } from "../../ui/width.ts";
import { apply, emptyModel } from "../../views/operation-model.ts";
import { history } from "../../views/operation-tree.tsx";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, type Running, useShell } from "../shell.ts";

export function Preview({ line, title }: ScreenParams["preview"]) {
  const shell = useShell();
  const model = useMemo(emptyModel, []);
  const running = useRef<Running<unknown>>(undefined);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  useEffect(() => {
    if (running.current) return;
    running.current = shell.start(line.name, line.args, line.flags, { onEvent: (event) => apply(model, event) });
    void running.current.ended.then(setAnswer);
  }, [shell, line, model]);
  const asked = answer?.fault?.code === "answer-needed";
  const yes = (): void => shell.replace("progress", { line: { ...line, flags: { ...line.flags, yes: true } }, title });
  const keys: ScreenKey[] = asked
    ? [{ key: "y", label: "make it so", does: "do what is shown", run: yes }]
    : answer
      ? []
      : [{ key: "ctrl-c", label: "stop", does: "look no further", run: () => running.current?.interrupt() }];
  const failed = answer?.fault ?? answer?.events.findLast((event) => event.type === "error");
  const status = asked
    ? {
        words: `${answer.fault?.detail ?? ""} y does it, esc goes back; nothing was changed so far.`,
        tone: "warn" as const,
      }
    : failed && { words: faultWords(failed), tone: "bad" as const };
  return (
    <Screen title={title} keys={keys} waiting={!answer} status={status}>
      {({ rows, columns }) =>
        answer ? (
          <Lines
            lines={history(model, { verbose: false, paint: createPaint(false) })
              .flatMap((text) => text.split("\n"))
              .flatMap((text) => wrap(text, columns - 2))
              .map((text) => ` ${text}`)}
            rows={rows}
          />
        ) : (
          <Say tone="dim"> looking what it would make</Say>
        )
      }
    </Screen>
  );
}
