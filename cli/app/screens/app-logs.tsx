/** What an app's functions write, as it comes, with a filter that is typed. A view of `logs -f`; keeps a bounded end of it. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../../stacks/deploy.ts";
import { cut, wrap } from "../../ui/width.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import { useShell } from "../shell.ts";
import type { SectionProps } from "./actions.ts";

/** Older lines go; `freehold logs` has them. */
const keptLines = 5_000;
const keptChars = 2_000_000;
/** However fast they come, so often they are drawn. */
const drawEveryMs = 100;

export function AppLogs({ app, keys }: SectionProps) {
  const { lines, problem } = useFollowed(app);
  const [typing, setTyping] = useState(false);
  const [whole, setWhole] = useState(false);
  const filter = useTextField("", { active: typing });
  const wanted = filter.text.toLowerCase();
  const found = useMemo(
    () => (wanted === "" ? lines : lines.filter(({ search }) => search.includes(wanted))),
    [lines, wanted],
  );
  const stop = (): void => setTyping(false);
  const all = (): void => {
    filter.set("");
    stop();
  };
  const own: ScreenKey[] = typing
    ? [
        { key: "enter", label: "filter", does: "keep the filter", run: stop },
        { key: "esc", label: "all lines", does: "show all lines again", run: all },
      ]
    : [
        { key: "/", label: "filter", does: "show lines with these words only", run: () => setTyping(true) },
        {
          key: "w",
          label: whole ? "cut lines" : "whole lines",
          does: "long lines cut, or broken into several",
          run: () => setWhole(!whole),
        },
      ];
  return (
    <Screen
      title={`${app} · logs`}
      right={wanted === "" ? `${lines.length} lines` : `${found.length} of ${lines.length} lines`}
      typing={typing}
      keys={typing ? own : [...own, ...keys]}
      status={problem === undefined ? undefined : { words: problem, tone: "bad" }}
    >
      {({ rows, columns }) => (
        <>
          {typing || wanted !== "" ? (
            <TextField prompt=" filter: " value={filter.value} width={columns} active={typing} />
          ) : null}
          {found.length === 0 ? (
            <Say tone="dim">
              {lines.length === 0
                ? " Nothing was written in the last hour. What comes is shown."
                : " No line has this."}
            </Say>
          ) : (
            <Lines
              lines={shownLines(found, columns, whole)}
              rows={rows - (typing || wanted !== "" ? 1 : 0)}
              typing={typing}
              follow
            />
          )}
        </>
      )}
    </Screen>
  );
}

interface Line {
  head: string;
  text: string;
  search: string;
}

/** As the plain view has it: time, function, request, words; the runtime's own time and id in front of them are left out. */
function lineOf({ at, function: name, requestId, message }: LogLine): Line {
  const words = message.trimEnd().replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\s+[0-9a-f-]{36}\s+/, "");
  const head = `${at.slice(11, 19)} ${name} ${(requestId ?? "-").slice(0, 8)} `;
  return { head, text: words, search: `${head}${words}`.toLowerCase() };
}

/** The end of what fits is enough: lines that are broken are broken for the window only. */
function shownLines(lines: readonly Line[], columns: number, whole: boolean): string[] {
  return lines.flatMap(({ head, text }) => {
    const [first = "", ...rest] = text.split("\n");
    const all = [` ${head}${first}`, ...rest.map((line) => `   ${line}`)];
    return whole ? all.flatMap((line) => wrap(line, columns)) : all.map((line) => cut(line, columns));
  });
}

function useFollowed(app: string): { lines: readonly Line[]; problem: string | undefined } {
  const shell = useShell();
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [problem, setProblem] = useState<string>();
  const waiting = useRef<Line[]>([]);
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const draw = (): void => {
      timer = undefined;
      const came = waiting.current.splice(0);
      setLines((before) => endOf([...before, ...came]));
    };
    const running = shell.start(
      "logs",
      [app],
      { follow: true },
      {
        onLine: (record) => {
          waiting.current.push(lineOf(record as unknown as LogLine));
          timer ??= setTimeout(draw, drawEveryMs);
        },
      },
    );
    void running.ended.then(({ fault }) => fault && setProblem(faultWords(fault)));
    return () => {
      clearTimeout(timer);
      running.interrupt();
    };
  }, [shell, app]);
  return { lines, problem };
}

function endOf(lines: readonly Line[]): readonly Line[] {
  let chars = 0;
  let from = lines.length;
  while (from > 0 && lines.length - from < keptLines && chars < keptChars) chars += lines[--from]!.search.length;
  return from === 0 ? lines : lines.slice(from);
}
