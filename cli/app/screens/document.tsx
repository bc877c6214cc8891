/** A query as a screen: the lines of its plain view, to scroll through, with the keys of whoever shows it. */
import { useEffect, useMemo, useState } from "react";
import type { FlagValues } from "../../flag-values.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { broken, plainLines } from "../plain-view.ts";
import { type Answer, useShell } from "../shell.ts";

interface Props<Document> {
  title: string;
  command: string;
  args: readonly string[];
  flags?: FlagValues;
  keys(document: Document): ScreenKey[];
  status?(document: Document): string | undefined;
}

export function DocumentScreen<Document>({ title, command, args, flags, keys, status }: Props<Document>) {
  const shell = useShell();
  const [shown, setShown] = useState<Answer<Document>>();
  const [lines, setLines] = useState<readonly string[]>([]);
  // By what they say, not by which arrays they are: those are new with each drawing.
  const asked = JSON.stringify([args, flags]);
  useEffect(() => {
    const [words, said] = JSON.parse(asked) as [string[], FlagValues | undefined];
    void shell.call<Document>(command, words, said ?? {}).then(async (answer) => {
      if (answer.document !== undefined) setLines(await plainLines(command, answer.document));
      setShown(answer);
    });
  }, [shell, command, asked]);
  const document = shown?.document;
  const words = document === undefined ? undefined : status?.(document);
  const failed = shown?.fault && { words: faultWords(shown.fault), tone: "bad" as const };
  return (
    <Screen
      title={title}
      keys={document === undefined ? [] : keys(document)}
      status={failed ?? (words === undefined ? undefined : { words })}
    >
      {({ rows, columns }) =>
        shown ? <Wrapped lines={lines} rows={rows} columns={columns} /> : <Say tone="dim">{" looking"}</Say>
      }
    </Screen>
  );
}

function Wrapped({ lines, rows, columns }: { lines: readonly string[]; rows: number; columns: number }) {
  const all = useMemo(() => broken(lines, columns - 1).map((line) => ` ${line}`), [lines, columns]);
  return <Lines lines={all} rows={rows} />;
}
