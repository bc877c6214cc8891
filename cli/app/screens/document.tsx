/** A query as a screen: the lines of its plain view, to scroll through, with the keys of whoever shows it. */
import { useEffect, useMemo, useState } from "react";
import type { FlagValues } from "../../flag-values.ts";
import { useActive } from "../../ui/keys.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { plainView } from "../plain-view.ts";
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
  const active = useActive();
  const [shown, setShown] = useState<Answer<Document>>();
  const [view, setView] = useState<View>();
  // By what they say, not by which arrays they are: those are new with each drawing.
  const asked = JSON.stringify([args, flags]);
  useEffect(() => {
    // Again each time it is seen: what was done meanwhile may have changed it.
    if (!active) return;
    const [words, said] = JSON.parse(asked) as [string[], FlagValues | undefined];
    void shell.call<Document>(command, words, said ?? {}).then(async (answer) => {
      const plain = await plainView(command);
      setView(() => plain);
      setShown(answer);
    });
  }, [shell, command, asked, active]);
  const document = shown?.document;
  const words = document === undefined ? undefined : status?.(document);
  const failed = shown?.fault && { words: faultWords(shown.fault), tone: "bad" as const };
  return (
    <Screen
      title={title}
      waiting={!shown}
      keys={document === undefined ? [] : keys(document)}
      status={failed ?? (words === undefined ? undefined : { words })}
    >
      {({ rows, columns }) =>
        document !== undefined && view ? (
          <Plain view={view} document={document} rows={rows} columns={columns} />
        ) : (
          <Say tone="dim">{shown ? " " : " looking"}</Say>
        )
      }
    </Screen>
  );
}

type View = Awaited<ReturnType<typeof plainView>>;

function Plain({ view, document, rows, columns }: { view: View; document: unknown; rows: number; columns: number }) {
  const lines = useMemo(() => view(document, columns - 1).map((line) => ` ${line}`), [view, document, columns]);
  return <Lines lines={lines} rows={rows} />;
}
