/**
 * The code that would run: its files, those that run first, one of them, or how it differs from what is installed, reach
 * first. A view of `source`.
 */
import { useEffect, useState } from "react";
import type { SourceDocument } from "../../commands/source.ts";
import { sizeWords } from "../../ui/size.ts";
import { cut, fill } from "../../ui/width.ts";
import { List, useSelection } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen } from "../kit/screen.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";
import { DocumentScreen } from "./document.tsx";

export function SourceScreen({ ref, path, diff }: ScreenParams["source"]) {
  if (diff)
    return (
      <DocumentScreen title={`${ref} · changes`} command="source" args={[ref]} flags={{ diff: true }} keys={() => []} />
    );
  if (path === undefined) return <Files of={ref} />;
  return <DocumentScreen title={`${ref} · ${path}`} command="source" args={[ref, path]} keys={() => []} />;
}

function Files({ of: ref }: { of: string }) {
  const shell = useShell();
  const [shown, setShown] = useState<Answer<SourceDocument>>();
  useEffect(() => void shell.call<SourceDocument>("source", [ref]).then(setShown), [shell, ref]);
  const files = shown?.document?.files ?? [];
  const selection = useSelection(files.length);
  const path = files[selection.at]?.path;
  const read = (): void => {
    if (path !== undefined) shell.open("source", { ref, path });
  };
  return (
    <Screen
      title={`${ref} · code`}
      waiting={!shown}
      {...(shown?.document ? { right: `${files.length} ${files.length === 1 ? "file" : "files"}` } : {})}
      status={
        shown?.fault
          ? { words: faultWords(shown.fault), tone: "bad" }
          : shown?.document && { words: `${shown.document.digest}; what runs comes first` }
      }
      keys={
        shown?.document
          ? [
              { key: "enter", label: "read", does: "read this file", run: read },
              {
                key: "d",
                label: "what changes",
                does: "how it differs from what is installed, reach first",
                run: () => shell.open("source", { ref, diff: true }),
              },
            ]
          : []
      }
    >
      {({ rows, columns }) =>
        shown ? (
          <List selection={selection} rows={rows} columns={columns} row={(at, width) => fileLine(files[at]!, width)} />
        ) : (
          <Say tone="dim">{" looking"}</Say>
        )
      }
    </Screen>
  );
}

function fileLine({ path, part, sizeBytes }: SourceDocument["files"][number], width: number): string {
  const end = `${fill(part, 14)} ${sizeWords(sizeBytes)}`;
  return width < 50 ? cut(path, width) : `${fill(path, width - 26)} ${end}`;
}
