/** An item of a table as JSON, to read, edit, remove. A view of `data get`. */
import { useEffect, useMemo, useState } from "react";
import { useActive } from "../../ui/keys.ts";
import { wrap } from "../../ui/width.ts";
import { Lines } from "../kit/list.tsx";
import { faultWords } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { Twin, typedKey } from "../kit/twin.tsx";
import type { ScreenParams } from "../params.ts";
import { type Answer, useShell } from "../shell.ts";
import { leave, useDataActions } from "./data-actions.ts";

export function ItemJson({ store, id: key, shown }: ScreenParams["item"]) {
  const shell = useShell();
  const [typed, setTyped] = useState(false);
  const { item, answer, again } = useItem(store, key, typed);
  const actions = useDataActions({ store, changed: again, removed: (words) => leave(shell, words) });
  const own: ScreenKey = {
    key: "t",
    label: typed ? "plain" : "typed",
    does: "DynamoDB's own JSON, each value with its kind, or plain JSON",
    run: () => setTyped(!typed),
  };
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title={`${store} · ${shown}`}
      waiting={!answer}
      keys={[...actions.keys(item ? { key, shown } : undefined), own, { key: "r", does: "look again", run: again }]}
      status={actions.status ?? failed}
    >
      {({ rows, columns }) => (
        <>
          {item ? (
            <Json item={item} rows={Math.max(1, rows - 1)} columns={columns} />
          ) : (
            <Say tone="dim">{answer ? " " : " looking"}</Say>
          )}
          <Twin words={["data", "get", store, ...typedKey(key)]} flags={typed ? ["--typed"] : []} columns={columns} />
        </>
      )}
    </Screen>
  );
}

type Shown = Record<string, unknown>;

function useItem(store: string, key: string, typed: boolean) {
  const shell = useShell();
  const active = useActive();
  const [turn, setTurn] = useState(0);
  const [seen, setSeen] = useState<{ item?: Shown; answer: Answer<unknown> }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn more is a look more
  useEffect(() => {
    if (!active) return undefined;
    let left = false;
    const found: Shown[] = [];
    const onLine = (record: Shown): void => void found.push(record);
    void shell.call("data get", [store, key], typed ? { typed } : {}, { onLine }).then((answer) => {
      if (!left) setSeen({ answer, ...(found[0] ? { item: found[0] } : {}) });
    });
    return () => {
      left = true;
    };
  }, [shell, store, key, typed, active, turn]);
  return { item: seen?.item, answer: seen?.answer, again: () => setTurn((before) => before + 1) };
}

function Json({ item, rows, columns }: { item: Shown; rows: number; columns: number }) {
  const lines = useMemo(
    () =>
      JSON.stringify(item, null, 2)
        .split("\n")
        .flatMap((line) => folded(line, columns - 1)),
    [item, columns],
  );
  return <Lines lines={lines} rows={rows} />;
}

/** A long text goes on below where it began. */
function folded(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)![0];
  const [first = "", ...rest] = wrap(line.slice(indent.length), Math.max(10, columns - indent.length - 2));
  return [` ${indent}${first}`, ...rest.map((part) => ` ${indent}  ${part}`)];
}
