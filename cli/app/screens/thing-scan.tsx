/** What the account has that belongs to no stack; one of it becomes a thing as it is. A view of `adopt --scan` and `adopt`. */
import { useEffect, useMemo, useState } from "react";
import { appNameProblem } from "../../../blueprints/app-name.ts";
import { many } from "../../ui/table.ts";
import { alignColumns, List, useSelection } from "../kit/list.tsx";
import { faultWords, type Status } from "../kit/operation.ts";
import { Say } from "../kit/say.tsx";
import { Screen, type ScreenKey } from "../kit/screen.tsx";
import { TextField, useTextField } from "../kit/text-field.tsx";
import { Twin } from "../kit/twin.tsx";
import { type Answer, useShell } from "../shell.ts";

interface Found {
  type: string;
  id: string;
}

export function ThingScan() {
  const shell = useShell();
  const { found, answer } = useScan();
  const [naming, setNaming] = useState(false);
  const [status, say] = useState<Status>();
  const selection = useSelection(found.length, { typing: naming });
  const field = useTextField("", { active: naming, onChange: () => say(undefined) });
  const one = found[selection.at];
  const lines = useMemo(() => alignColumns(found.map(({ type, id }) => [type, id])), [found]);
  const adopt = ({ type, id }: Found): void => {
    const as = field.text.trim();
    const problem = as === "" ? undefined : appNameProblem(as);
    if (problem !== undefined) say({ words: `It cannot be called this: ${problem}.`, tone: "bad" });
    else {
      setNaming(false);
      const line = { name: "adopt", args: [type, id], flags: as === "" ? {} : { as } };
      shell.replace("preview", { line, title: `adopt ${type}` });
    }
  };
  const begin = (): void => {
    field.set("");
    setNaming(true);
  };
  const keys: ScreenKey[] = naming
    ? [
        {
          key: "enter",
          label: "look",
          does: "read it, and show what taking it in would be",
          run: () => one && adopt(one),
        },
        { key: "esc", label: "leave it", does: "back to the list", run: () => setNaming(false) },
      ]
    : one
      ? [{ key: "enter", label: "adopt", does: "take it in as it is; shown first", run: begin }]
      : [];
  const failed = answer?.fault && { words: faultWords(answer.fault), tone: "bad" as const };
  return (
    <Screen
      title="adopt"
      {...(answer ? { right: `${many(found.length, "resource")} of no stack` } : {})}
      waiting={!answer}
      typing={naming}
      keys={keys}
      status={status ?? failed}
    >
      {({ rows, columns }) => (
        <>
          {naming ? (
            <TextField prompt=" Call it (empty: as its id ends): " value={field.value} width={columns} active />
          ) : null}
          {found.length > 0 ? (
            <List
              selection={selection}
              rows={Math.max(1, rows - 1 - (naming ? 1 : 0))}
              columns={columns}
              row={(at) => lines[at] ?? ""}
            />
          ) : (
            <Say wrap="wrap">
              {answer
                ? answer.fault
                  ? " "
                  : " The account has nothing that belongs to no stack."
                : " looking through the account"}
            </Say>
          )}
          <Twin words={["adopt"]} flags={["--scan"]} columns={columns} />
        </>
      )}
    </Screen>
  );
}

function useScan(): { found: readonly Found[]; answer: Answer<unknown> | undefined } {
  const shell = useShell();
  const [found, setFound] = useState<readonly Found[]>([]);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  useEffect(() => {
    const lines: Found[] = [];
    const onLine = (record: Record<string, unknown>): void => void lines.push(record as unknown as Found);
    void shell.call("adopt", [], { scan: true }, { onLine }).then((now) => {
      setFound(lines);
      setAnswer(now);
    });
  }, [shell]);
  return { found, answer };
}
